package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/pbuf"
)

// quiet is a Handler that consumes payload without keeping it.
type quiet struct{ n int }

func (q *quiet) Connected(*PCB) {}
func (q *quiet) Received(p *PCB, buf *pbuf.Buf) {
	n := buf.TotalLen()
	q.n += n
	buf.Free()
	p.Recved(n)
}
func (q *quiet) PeerClosed(*PCB)       {}
func (q *quiet) Sent(*PCB, int)        {}
func (q *quiet) Closed(*PCB, error)    {}
func (q *quiet) SoftError(*PCB, error) {}

// steady opens a connection and returns a function that moves n bytes from one
// end to the other, on a wire without delay and without allocations of its own.
func steady(tb testing.TB) (p *pair, move func(n int)) {
	p = newPair(tb, Config{})
	c, s := p.establish()
	in := &quiet{}
	s.pcb.SetHandler(in)
	c.pcb.SetHandler(&quiet{})
	c.pcb.Set(NoDelay)
	p.delay = 0
	ring := make([]flying, 0, 4096)
	p.wire = ring
	direct := func(to *host) func(packet) {
		return func(k packet) { p.wire = append(p.wire, flying{p.now, to, k}) }
	}
	p.a.out, p.b.out = direct(p.b), direct(p.a)
	round := func() {
		p.a.tcp.Flush()
		for len(p.wire) > 0 {
			batch := p.wire
			p.wire = p.wire[len(p.wire):]
			for i := range batch {
				batch[i].to.input(batch[i].p)
			}
			p.a.tcp.Flush()
			p.b.tcp.Flush()
		}
		p.wire = ring
	}
	mss := c.pcb.SegmentPayload()
	return p, func(n int) {
		want := in.n + n
		for n > 0 {
			k := min(n, mss)
			if c.pcb.SendSpace() < k {
				round()
				continue
			}
			buf := p.a.pool.AllocBytes(0, k)
			f := More
			if n -= k; n == 0 {
				f = 0
			}
			if err := c.pcb.Write(buf, f); err != nil {
				tb.Fatal(err)
			}
		}
		for in.n < want {
			p.now = p.now.Add(100 * time.Microsecond)
			p.a.q.Advance(p.now)
			p.b.q.Advance(p.now)
			p.a.q.Run()
			p.b.q.Run()
			round()
		}
	}
}

func TestZeroAllocBulkTransfer(t *testing.T) {
	_, move := steady(t)
	move(4 << 20)
	if n := testing.AllocsPerRun(100, func() { move(256 << 10) }); n != 0 {
		t.Errorf("%v allocations for 256 KiB, want 0", n)
	}
}

func TestZeroAllocSmallWrites(t *testing.T) {
	_, move := steady(t)
	move(1 << 20)
	if n := testing.AllocsPerRun(1000, func() { move(1) }); n != 0 {
		t.Errorf("%v allocations for one octet, want 0", n)
	}
}

func BenchmarkBulk(b *testing.B) {
	_, move := steady(b)
	b.SetBytes(64 << 10)
	for b.Loop() {
		move(64 << 10)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/46, "ns/segment")
}

func BenchmarkOctet(b *testing.B) {
	_, move := steady(b)
	for b.Loop() {
		move(1)
	}
}
