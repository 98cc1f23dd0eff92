package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/pbuf"
)

// inBlock delivers a segment in a block of the given size.
func (r *rig) inBlock(b []byte, size int) {
	buf := r.pool.AllocBytes(0, min(size, pbuf.MaxFrame))
	buf.Realloc(len(b))
	copy(buf.Bytes(), b)
	r.input(packet{buf, r.info()})
	r.tcp.Flush()
}

// A peer that sends single octets ahead of a gap pins neither the blocks that
// they came in nor much more than the limit, whatever it leaves between them.
func TestOctetsOutOfOrderPinLittle(t *testing.T) {
	for _, size := range []int{pbuf.Standard, pbuf.Jumbo, pbuf.Large} {
		for _, gap := range []int{1, 2, 3} {
			r := newRig(t, Config{})
			r.enter(Established)
			for i := range 4000 {
				r.inBlock(r.segment(ACK, 2+i*gap, 1, 60000, nil, []byte{1}), size)
			}
			r.take()
			st := r.pool.Stats()
			if limit := 1024*pbuf.Small + pbuf.Large; st.BytesInUse > limit {
				t.Errorf("blocks of %d, gap %d: %d bytes pinned, limit %d", size, gap, st.BytesInUse, limit)
			}
			if gap == 1 && st.BytesInUse > 3*4000 {
				t.Errorf("blocks of %d: 4000 octets in a row pin %d bytes", size, st.BytesInUse)
			}
			r.end()
		}
	}
}

// Medium payloads ahead of a gap do not pin large blocks either: four times the
// payload at most, and a small block.
func TestShrink(t *testing.T) {
	r := newRig(t, Config{})
	for _, size := range []int{pbuf.Small, pbuf.Standard, pbuf.Jumbo, pbuf.Large} {
		for _, n := range []int{1, 100, 256, 257, 500, 1448, 2048, 5000, 20000} {
			if n > size {
				continue
			}
			buf := r.pool.AllocBytes(0, min(size, pbuf.MaxFrame))
			buf.Realloc(n)
			buf.Bytes()[n-1] = 77
			buf = r.tcp.shrink(buf)
			if got := buf.BlockSize(); got > max(8*n, pbuf.Small) && got > pbuf.Standard || buf.Len() != n || buf.Bytes()[n-1] != 77 {
				t.Errorf("%d octets of a block of %d: a block of %d, %d octets", n, size, got, buf.Len())
			}
			buf.Free()
		}
	}
	r.end()
}

// Single octets that are written wait in full segments; those that were sent one
// by one are bounded by their number.
func TestOctetsWrittenPinLittle(t *testing.T) {
	for _, opts := range []Option{0, NoDelay, Cork} {
		r := newRig(t, Config{MSS: 1000, SendBuffer: 64 << 10})
		r.wnd = 10
		r.enter(Established)
		r.pcb.Set(opts)
		n := 0
		for ; r.pcb.SendSpace() > 0; n++ {
			if err := r.pcb.Write(r.pool.AllocBytes(0, 1), 0); err != nil {
				t.Fatal(err)
			}
			r.tcp.Flush()
		}
		if st := r.pool.Stats(); n < 60000 || st.BytesInUse > 3*n {
			t.Errorf("%v: %d octets pin %d bytes", opts, n, st.BytesInUse)
		}
		r.pass(time.Second)
		r.end()
	}
}
