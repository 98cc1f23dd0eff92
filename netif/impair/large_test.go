package impair_test

import (
	"testing"
	"time"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
)

// largeFrame returns an Ethernet frame with 6000 bytes of TCP payload, by 1000.
func (r *rig) largeFrame() *pbuf.Buf {
	f := r.pool.AllocBytes(0, 14+40+6000)
	b := f.Bytes()
	clear(b)
	b[12] = 8
	copy(b[14:], []byte{0x45, 0, byte(6040 >> 8), byte(6040 & 255), 0, 0, 0x40, 0, 64, 6})
	b[14+20+12] = 5 << 4
	f.SegmentSize = 1000
	return f
}

// TestLargeSegmentsAreCut: an impaired direction meets every packet by itself, and a
// link that is left alone passes large segments on.
func TestLargeSegmentsAreCut(t *testing.T) {
	delay := impair.Profile{Delay: time.Millisecond}
	for _, c := range []struct {
		name     string
		cfg      impair.Config
		out, in  int
		splits   bool
		overflow uint64
	}{
		{"left alone", impair.Config{}, 1, 1, true, 0},
		{"out", impair.Config{Out: delay}, 6, 1, false, 0},
		{"in", impair.Config{In: delay}, 1, 6, false, 0},
		{"lost in part", impair.Config{Out: impair.Profile{Delay: time.Millisecond, Rate: 1e6, QueuePackets: 4}}, 4, 1, false, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.cfg)
			if got := r.d.Properties().MaxSegment != 0; got != c.splits {
				t.Errorf("claims to split: %v", got)
			}
			r.d.Transmit([]*pbuf.Buf{r.largeFrame()})
			r.peer.Transmit([]*pbuf.Buf{r.largeFrame()})
			r.drain()
			if out, in := len(r.b.numbers()), len(r.a.numbers()); out != c.out || in != c.in {
				t.Errorf("%d frames go out, %d come in; want %d and %d", out, in, c.out, c.in)
			}
			if got := r.d.Stats().Out.QueueDropped; got != c.overflow {
				t.Errorf("%d pieces dropped, want %d", got, c.overflow)
			}
		})
	}
}
