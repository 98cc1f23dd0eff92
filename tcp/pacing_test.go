package tcp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// TestPacing: with BBR what is sent is spread over the round trip; with CUBIC a window
// goes as fast as ACKs let it.
func TestPacing(t *testing.T) {
	burst := func(controller func(cc.Params) cc.Controller) int {
		p := newPair(t, Config{NewController: controller})
		p.check = true
		p.delay = 20 * time.Millisecond
		c, s := p.establish()
		p.transfer(c, s, 1<<20, time.Minute)
		most, n, at := 0, 0, timers.Time(0)
		p.pass = func(from *host, h Header, _ int) bool {
			if from == p.a {
				if p.now != at {
					n, at = 0, p.now
				}
				n++
				most = max(most, n)
			}
			return true
		}
		p.transfer(c, s, 2<<20, time.Minute)
		p.end()
		return most
	}
	paced, plain := burst(cc.NewBBR), burst(cc.NewCubic)
	t.Logf("at most %d segments at once with BBR, %d with CUBIC", paced, plain)
	if paced > 45 || plain <= paced {
		t.Errorf("at most %d segments at once with BBR, %d with CUBIC", paced, plain)
	}
}

// TestSetCongestion: a connection may change its controller while it sends, in good
// and bad weather, and its counts stay right.
func TestSetCongestion(t *testing.T) {
	p := newPair(t, Config{})
	p.check = true
	c, s := p.establish()
	if got := c.pcb.Congestion(); got != "cubic" {
		t.Errorf("%q by default", got)
	}
	p.pass = func(_ *host, _ Header, n int) bool { return n%17 != 0 }
	for i, name := range []string{"bbr", "reno", "bbr", "cubic", "bbr"} {
		if err := c.pcb.SetCongestion(name); err != nil || c.pcb.Congestion() != name {
			t.Errorf("%q: %v, %q", name, err, c.pcb.Congestion())
		}
		p.transfer(c, s, 100<<10+i, time.Hour)
		c.write(make([]byte, 5000)) // in flight at the next change
		p.run(time.Millisecond)
		p.until(time.Hour, func() bool { return c.pcb.snd.flight() == 0 && c.pcb.sendq.head == nil })
	}
	if err := c.pcb.SetCongestion("vegas"); err != ErrCongestion || c.pcb.Congestion() != "bbr" {
		t.Errorf("%v, %q", err, c.pcb.Congestion())
	}
	p.end()
}

// TestListenerCongestion: a listener's connections have its controller.
func TestListenerCongestion(t *testing.T) {
	p := newPair(t, Config{})
	l, err := p.b.tcp.NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.SetCongestion("reno"); err != nil {
		t.Fatal(err)
	}
	if err := l.Bind(netip.AddrPortFrom(netip.Addr{}, 80), nil); err != nil {
		t.Fatal(err)
	}
	d := new(door)
	if _, err := l.Listen(128, d); err != nil {
		t.Fatal(err)
	}
	c := p.a.dial(p.b)
	p.until(time.Minute, func() bool { return c.connected == 1 && len(d.got) == 1 })
	if got := d.got[0].pcb.Congestion(); got != "reno" {
		t.Errorf("%q", got)
	}
	p.end()
}

// TestZeroAllocPacing: stamps are used again.
func TestZeroAllocPacing(t *testing.T) {
	p := newPair(t, Config{NewController: cc.NewBBR})
	c, s := p.establish()
	p.transfer(c, s, 1<<20, time.Minute)
	e := c.pcb.sendq.pace
	count := func() (n int) {
		for x := e.free; x != nil; x = x.next {
			n++
		}
		return n
	}
	before := count()
	p.transfer(c, s, 1<<20, time.Minute)
	if after := count(); before == 0 || after > 2*before+64 {
		t.Errorf("%d stamps, then %d", before, after)
	}
	p.end()
}
