package ip

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// TestChainSumIsSumOfBytes cuts bytes into chains of any lengths, some of whose
// elements know their sum, and compares with the sum of the whole.
func TestChainSumIsSumOfBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := pbuf.NewPool(pbuf.Config{})
		var whole []byte
		var head *pbuf.Buf
		for range rapid.IntRange(1, 6).Draw(t, "elements") {
			part := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
			e := pool.AllocBytes(0, len(part))
			copy(e.Bytes(), part)
			if rapid.Bool().Draw(t, "summed") {
				e.Sum = checksum.Sum(part)
				e.Flags |= pbuf.HasSum
			}
			whole = append(part, whole...)
			if head != nil {
				e.SetNext(head)
			}
			head = e
		}
		got, want := ChainSum(head), checksum.Sum(whole)
		// 0 and 0xffff are the same number; which one comes out depends on the cuts.
		if got%0xffff != want%0xffff {
			t.Fatalf("got %#04x, want %#04x", got, want)
		}
		head.Free()
		if s := pool.Stats(); s.BlocksInUse != 0 {
			t.Fatalf("leak: %+v", s)
		}
	})
}
