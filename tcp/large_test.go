package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// largeDriver is a nullDriver that splits large segments.
type largeDriver struct{ nullDriver }

func (largeDriver) Properties() netif.Properties {
	p := nullDriver{}.Properties()
	p.MaxSegment = pbuf.MaxLen
	return p
}

// takeLarge gives h an interface that takes large segments.
func (h *host) takeLarge() {
	ifc, err := h.ifs.Add(largeDriver{}, netif.Config{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.ifc = ifc
}

// TestLargeSegmentSize: a large segment takes at most half of the congestion
// window, whole segments all but the last, and never more than one packet holds.
func TestLargeSegmentSize(t *testing.T) {
	p := newPair(t, Config{SendBuffer: 1 << 20, ReceiveBuffer: 1 << 20})
	p.a.takeLarge()
	p.b.takeLarge()
	c, s := p.establish()
	mss := c.pcb.SegmentPayload()
	large, largest := 0, 0
	out := p.a.out
	p.a.out = func(k packet) {
		h, _ := ParseHeader(flat(k.buf))
		n := k.buf.TotalLen() - h.Len()
		if size := int(k.buf.SegmentSize); size != 0 {
			large++
			largest = max(largest, n)
			if size != mss || n <= mss || n > c.pcb.cc.Window()/2 || k.buf.TotalLen()+40 > pbuf.MaxLen {
				t.Fatalf("a large segment of %d bytes by %d, congestion window %d", n, size, c.pcb.cc.Window())
			}
		} else if n > mss {
			t.Fatalf("a segment of %d bytes", n)
		}
		out(k)
	}
	p.transfer(c, s, 4<<20, time.Minute)
	if large < 50 || largest < 45*mss {
		t.Errorf("%d large segments, the largest of %d bytes", large, largest)
	}
	if st := p.a.tcp.Stats(); st.LargeOut != uint64(large) || st.Retransmits != 0 || st.SegmentsOut < 4<<20/uint64(mss) {
		t.Errorf("stats: %+v", st)
	}
	p.end()
}

// TestLargeSegmentLost: what was lost with a large segment comes back in segments
// of ordinary size.
func TestLargeSegmentLost(t *testing.T) {
	p := newPair(t, Config{})
	p.check = true
	p.a.takeLarge()
	c, s := p.establish()
	drop := 3
	seen := map[Seq]bool{}
	out := p.a.out
	p.a.out = func(k packet) {
		h, _ := ParseHeader(flat(k.buf))
		if k.buf.SegmentSize != 0 {
			if seen[h.Seq()] {
				t.Error("a large retransmission")
			}
			if drop--; drop == 0 {
				seen[h.Seq()] = true
				k.buf.Free()
				return
			}
		}
		out(k)
	}
	p.transfer(c, s, 1<<20, time.Minute)
	if p.a.tcp.Stats().Retransmits == 0 {
		t.Error("nothing was sent again")
	}
	p.end()
}

// TestLargeSegmentRefused: a full driver's queue, or a lack of memory, leaves the
// segments unsent, to be sent later.
func TestLargeSegmentRefused(t *testing.T) {
	p := newPair(t, Config{})
	p.check = true
	p.a.takeLarge()
	c, s := p.establish()
	n := 0
	p.a.refuse = func() error {
		if n++; n%3 != 0 {
			return netif.ErrQueueFull
		}
		return nil
	}
	p.transfer(c, s, 1<<20, time.Minute)
	if st := p.a.tcp.Stats(); st.LargeOut == 0 || st.Retransmits != 0 {
		t.Errorf("stats: %+v", st)
	}
	p.a.refuse = nil
	p.end()
}

func TestZeroAllocLargeSegments(t *testing.T) {
	p, move := steady(t)
	p.a.takeLarge()
	p.b.takeLarge()
	move(4 << 20)
	before := p.a.tcp.Stats().LargeOut
	if n := testing.AllocsPerRun(100, func() { move(256 << 10) }); n != 0 {
		t.Errorf("%v allocations for 256 KiB, want 0", n)
	}
	if p.a.tcp.Stats().LargeOut == before {
		t.Error("no large segments")
	}
}

func BenchmarkLarge(b *testing.B) {
	p, move := steady(b)
	p.a.takeLarge()
	p.b.takeLarge()
	b.SetBytes(64 << 10)
	for b.Loop() {
		move(64 << 10)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/46, "ns/segment")
}

// TestLargeSegmentWindow: a large segment ends with the peer's window, and its last
// piece waits as a small segment does.
//
// RFC 9293 §3.7.4, §3.8.6.
func TestLargeSegmentWindow(t *testing.T) {
	for _, c := range []struct {
		name            string
		window, n, sent int
	}{
		{"all", 60000, 4000, 4000},
		{"the peer's window", 3000, 8000, 3000},
		{"Nagle", 60000, 4500, 4000},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.takeLarge()
			r.wnd = uint16(c.window)
			r.establish(optMSS, 4, 1000>>8, 1000&255)
			r.write(c.n)
			sent := 0
			for _, s := range r.take() {
				sent += len(s.data)
			}
			if large := r.tcp.Stats().LargeOut; sent != c.sent || large == 0 {
				t.Errorf("%d bytes sent, want %d; %d large segments", sent, c.sent, large)
			}
			r.end()
		})
	}
}
