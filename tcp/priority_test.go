package tcp

import (
	"slices"
	"testing"
	"time"
)

// When all PCBs are in use, a connection that its owner has left goes first, then
// one of lower priority, the lowest and the longest idle of them; none of the same.
//
// lwIP: tcp_alloc.
func TestEvictByPriority(t *testing.T) {
	r := newRig(t, Config{MaxPCBs: 5})
	l, h := r.listenWith(9, func(p *PCB) { p.SetPriority(100) })
	accept := func() *PCB {
		r.port++
		r.send(SYN, 0, 0)
		n := len(h.got)
		r.send(ACK, 1, 1)
		r.take()
		if len(h.got) == n {
			return nil
		}
		l.Accepted(h.got[n])
		return h.got[n]
	}
	var all []*PCB
	for _, prio := range []int{70, 30, 30, 90, 100} {
		r.pass(time.Second)
		p := accept()
		if p == nil || p.Priority() != 100 {
			t.Fatal("not accepted with the listener's priority")
		}
		p.SetPriority(prio)
		all = append(all, p)
	}
	gone := func(want ...int) {
		t.Helper()
		for i, p := range all {
			if (p.State() == Closed) != slices.Contains(want, i) {
				t.Errorf("number %d, priority %d, in %v", i, p.Priority(), p.State())
			}
		}
	}
	var made []*PCB
	for _, want := range [][]int{{1}, {1, 2}} { // the two of 30, the older one first
		p, err := r.tcp.NewPCB()
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, p)
		gone(want...)
	}
	if _, err := r.tcp.NewPCB(); err != ErrNoMemory {
		t.Errorf("another one of normal priority: %v", err)
	}
	r.take()
	for _, want := range [][]int{{1, 2, 0}, {1, 2, 0, 3}} {
		if accept() == nil {
			t.Error("no room for one of high priority")
		}
		gone(want...)
	}
	if accept() != nil {
		t.Error("one of the same priority gave way")
	}
	gone(1, 2, 0, 3)
	if n := r.tcp.Stats().Evicted; n != 4 {
		t.Errorf("%d evicted", n)
	}
	for _, p := range made {
		p.Close()
	}
	r.end()
}

// A connection in LAST-ACK gives way before any that is in use.
func TestEvictLastAck(t *testing.T) {
	r := newRig(t, Config{MaxPCBs: 1})
	r.enter(LastAck)
	r.pcb.Close()
	p, err := r.tcp.NewPCB()
	if err != nil || r.pcb.State() != Closed || r.tcp.Stats().Evicted != 1 {
		t.Fatalf("%v, %v", err, r.pcb.State())
	}
	if s := r.take(); len(s) != 1 || !s[0].flags.Has(RST) {
		t.Errorf("sent %v", s)
	}
	if _, err := r.tcp.NewPCB(); err != ErrNoMemory {
		t.Errorf("a second: %v", err)
	}
	p.Close()
	r.end()
}
