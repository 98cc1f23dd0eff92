package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/sys_arch"
)

func TestOpenTransferClose(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	p.transfer(c, s, 1<<20, time.Minute)
	p.transfer(s, c, 1<<20, time.Minute)
	c.pcb.Close()
	p.run(time.Second)
	if s.eof != 1 || s.pcb.State() != CloseWait || c.pcb.State() != FinWait2 {
		t.Fatalf("after close: %v and %v", c.pcb.State(), s.pcb.State())
	}
	s.pcb.Close()
	p.until(time.Minute, func() bool { return s.closed == 1 && c.closed == 1 })
	if c.pcb.State() != TimeWait || c.err != nil || s.err != nil {
		t.Fatalf("closed: %v, %v, %v", c.pcb.State(), c.err, s.err)
	}
	p.run(2 * time.Minute)
	if c.pcb.State() != Closed {
		t.Fatalf("after 2 MSL: %v", c.pcb.State())
	}
	p.end()
}

func TestTransferUnderLoss(t *testing.T) {
	for _, every := range []int{100, 20, 7} {
		p := newPair(t, Config{})
		c, s := p.establish()
		r := sysarch.NewSeededRand(uint64(every))
		p.pass = func(*host, Header, int) bool { return r.IntN(every) != 0 }
		p.transfer(c, s, 1<<20, time.Hour)
		t.Logf("one in %d: %v, %+v", every, p.now, c.pcb.Info())
		c.pcb.Close()
		s.pcb.Close()
		p.run(3 * time.Minute)
		p.end()
	}
}

func TestRefused(t *testing.T) {
	p := newPair(t, Config{})
	c := p.a.dial(p.b)
	p.until(time.Minute, func() bool { return c.closed == 1 })
	if c.err != ErrRefused {
		t.Fatal(c.err)
	}
	p.end()
}

func TestSilentPeer(t *testing.T) {
	p := newPair(t, Config{})
	p.pass = func(*host, Header, int) bool { return false }
	c := p.a.dial(p.b)
	start := p.now
	p.until(time.Hour, func() bool { return c.closed == 1 })
	if d := p.now.Sub(start); c.err != ErrTimeout || d < 3*time.Minute || d > 5*time.Minute {
		t.Fatal(c.err, d)
	}
	p.end()
}

func TestZeroWindow(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	s.hold = true
	data := make([]byte, 400<<10)
	rest := c.write(data)
	p.run(20 * time.Minute)
	for range 10 {
		rest = c.write(rest)
		p.run(time.Minute)
	}
	if got := s.got.Len(); got != s.pcb.ReceiveBuffer() {
		t.Fatalf("%d bytes arrived, want %d", got, s.pcb.ReceiveBuffer())
	}
	if c.closed != 0 {
		t.Fatal("gave up on a peer that answers: ", c.err)
	}
	s.hold = false
	s.pcb.Recved(s.held)
	p.until(time.Minute, func() bool { rest = c.write(rest); return s.got.Len() == len(data) })
	p.end()
}

func TestSimultaneousOpen(t *testing.T) {
	p := newPair(t, Config{})
	open := func(h, to *host) *owner {
		pcb, _ := h.tcp.NewPCB()
		if err := pcb.Bind(addrPort(h, 99), nil); err != nil {
			t.Fatal(err)
		}
		o := &owner{pcb: pcb}
		if err := pcb.Connect(addrPort(to, 99), o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	a, b := open(p.a, p.b), open(p.b, p.a)
	p.until(time.Minute, func() bool { return a.connected == 1 && b.connected == 1 })
	p.transfer(a, b, 100000, time.Minute)
	a.pcb.Close()
	b.pcb.Close()
	p.run(time.Second)
	if a.pcb.State() != TimeWait || b.pcb.State() != TimeWait {
		t.Fatalf("simultaneous close: %v, %v", a.pcb.State(), b.pcb.State())
	}
	p.run(2 * time.Minute)
	p.end()
}
