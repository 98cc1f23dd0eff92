package tcp

import (
	"reflect"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

// A PCB that was released serves again once its connection is over, and is as good
// as new.
func TestRelease(t *testing.T) {
	p := newPair(t, Config{MaxTimeWait: 4})
	p.check = true
	_, d := p.b.listen()
	open := func() (c, s *owner) {
		n := len(d.got)
		c = p.a.dial(p.b)
		p.until(time.Minute, func() bool { return c.connected == 1 && len(d.got) == n+1 })
		return c, d.got[n]
	}
	seen := make(map[*PCB]int)
	for range 20 {
		c, s := open()
		seen[c.pcb]++
		seen[s.pcb]++
		p.transfer(c, s, 5000, time.Minute)
		p.transfer(s, c, 5000, time.Minute)
		c.pcb.Release()
		p.run(time.Second)
		s.pcb.Release()
		p.run(time.Second)
	}
	// One of the server, and of the client those in TIME-WAIT and one or two more.
	if len(seen) > 8 {
		t.Errorf("20 connections took %d PCBs", len(seen))
	}
	if p.a.tcp.nfree == 0 || p.b.tcp.nfree == 0 {
		t.Errorf("%d and %d PCBs are free", p.a.tcp.nfree, p.b.tcp.nfree)
	}
	used, err := p.b.tcp.NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	p.b.tcp.free = nil
	fresh, err := p.b.tcp.NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	used.Close()
	fresh.Close()
	used.timers.timer, fresh.timers.timer = timers.Timer{}, timers.Timer{}
	if !reflect.DeepEqual(used, fresh) {
		t.Errorf("used again: %+v\nnew: %+v", used, fresh)
	}
	p.end()
}

// A PCB that was closed, not released, stays its owner's to look at.
func TestClosedIsNotReused(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	c.pcb.Close()
	p.run(time.Second)
	s.pcb.Close()
	p.run(5 * time.Minute)
	if p.a.tcp.nfree != 0 || p.b.tcp.nfree != 0 || c.pcb.State() != Closed || !c.pcb.Remote().IsValid() {
		t.Errorf("%d and %d PCBs free, %v to %v", p.a.tcp.nfree, p.b.tcp.nfree, c.pcb.State(), c.pcb.Remote())
	}
	p.end()
}

// A reset, and the end of who never connected, release, too.
func TestReleaseAnyState(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	c.write(make([]byte, 1000))
	s.hold = true
	p.run(time.Second)
	s.pcb.Release() // unread payload: a RST
	p.run(time.Second)
	if c.err != ErrReset || p.b.tcp.nfree != 1 {
		t.Errorf("the peer hears %v; %d PCBs are free", c.err, p.b.tcp.nfree)
	}
	x, err := p.a.tcp.NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	x.Release()
	p.a.dial(p.b).pcb.Release()
	p.run(time.Second)
	if p.a.tcp.nfree != 2 {
		t.Errorf("%d PCBs are free, want 2", p.a.tcp.nfree)
	}
	p.end()
}
