package impair

import (
	"bytes"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// sum is the plain one's complement sum of b, which has an even length.
func sum(b []byte) uint32 {
	s := uint32(0)
	for i := 0; i < len(b); i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
		s = s>>16 + s&0xffff
	}
	return s
}

// FuzzMark checks that marking any frame changes nothing but the ECN field and
// IPv4's checksum, and keeps that checksum as right or wrong as it was.
func FuzzMark(f *testing.F) {
	eth := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}
	v4 := []byte{0x45, 2, 0, 20, 0, 1, 0, 0, 64, 17, 0xb5, 0xe7, 192, 0, 2, 1, 192, 0, 2, 2}
	f.Add(append(bytes.Clone(eth), v4...), false, uint8(0))
	f.Add(v4, true, uint8(3))
	f.Add([]byte{0x60, 0x10, 0, 0, 0, 0, 59, 64, 0, 0, 0, 0, 0, 0}, true, uint8(1))
	f.Add(append(append(bytes.Clone(eth[:12]), 0x81, 0, 0, 0, 0x86, 0xdd), 0x60, 0x20), false, uint8(20))
	f.Fuzz(func(t *testing.T, b []byte, ip bool, split uint8) {
		if len(b) > 2000 {
			return
		}
		pool := pbuf.NewPool(pbuf.Config{})
		d := &direction{pool: pool, framing: netif.Ethernet}
		if ip {
			d.framing = netif.IP
		}
		cut := min(int(split), len(b))
		frame := pool.Alloc(pbuf.Raw, cut, pbuf.RAM)
		copy(frame.Bytes(), b)
		if cut < len(b) {
			tail := pool.Alloc(pbuf.Raw, len(b)-cut, pbuf.RAM)
			copy(tail.Bytes(), b[cut:])
			frame.SetNext(tail)
		}
		frame = d.mark(frame)
		var got []byte
		for e := frame; e != nil; e = e.Next() {
			got = append(got, e.Bytes()...)
		}
		frame.Free()
		if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Fatalf("leaked: %+v", s)
		}
		if d.stats.Marked == 0 {
			if !bytes.Equal(got, b) {
				t.Fatal("changed, but not marked")
			}
			return
		}
		off, ok := d.ipHeader(b)
		if !ok {
			t.Fatal("marked without a header")
		}
		was, is := b[off:], got[off:]
		want := bytes.Clone(b)
		if was[0]>>4 == 6 {
			want[off+1] |= 0x30
		} else {
			want[off+1] |= 3
			copy(want[off+10:off+12], is[10:12])
			// Both sums are of the same twelve bytes; 0 and 0xffff are one number.
			if x, y := sum(was[:12])%0xffff, sum(is[:12])%0xffff; x != y {
				t.Fatalf("checksum: the header summed to %#x, now %#x", x, y)
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("got % x, want % x", got, want)
		}
	})
}
