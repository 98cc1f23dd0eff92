package tcp

import (
	"testing"
	"time"
)

// Closed connections that wait for their peers are bounded in number: Close resets
// what is beyond.
func TestMaxOrphans(t *testing.T) {
	r := newRig(t, Config{MaxOrphans: 2})
	_, h := r.listenWith(9, nil)
	var all []*PCB
	open := func() *PCB {
		r.port++
		r.send(SYN, 0, 0)
		r.send(ACK, 1, 1)
		r.take()
		p := h.got[len(h.got)-1]
		all = append(all, p)
		return p
	}
	for range 2 {
		open().Close()
	}
	r.tcp.Flush()
	if s := r.take(); len(s) != 1 || s[0].flags != FIN|ACK || r.tcp.Orphans() != 2 {
		t.Fatalf("sent %v, %d orphans", s, r.tcp.Orphans())
	}
	p := open()
	p.Close()
	r.tcp.Flush()
	if s := r.take(); len(s) != 1 || !s[0].flags.Has(RST) || p.State() != Closed || r.tcp.Stats().OrphansFull != 1 {
		t.Errorf("sent %v, in %v", s, p.State())
	}
	if up := p.up; up != (nobody{}) {
		t.Error("its owner was not told")
	}
	r.port--
	r.send(FIN|ACK, 1, 2) // TIME-WAIT: no orphan any more
	r.take()
	if all[1].State() != TimeWait || r.tcp.Orphans() != 1 {
		t.Errorf("%v, %d orphans", all[1].State(), r.tcp.Orphans())
	}
	open().Close()
	r.tcp.Flush()
	if s := r.take(); len(s) != 1 || s[0].flags != FIN|ACK {
		t.Errorf("no room was made: %v", s)
	}
	r.end()
	if r.tcp.Orphans() != 0 {
		t.Error("orphans are left")
	}
}

// FIN-WAIT-2 of a closed connection lasts as long as the connection says.
func TestSetFinWait2(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(FinWait2)
	if r.pcb.FinWait2() != time.Minute {
		t.Error("default", r.pcb.FinWait2())
	}
	r.pcb.SetFinWait2(3 * time.Second)
	r.pcb.Close()
	r.pass(2 * time.Second)
	if r.pcb.State() != FinWait2 {
		t.Error("ended early")
	}
	r.pass(2 * time.Second)
	if r.pcb.State() != Closed {
		t.Error(r.pcb.State())
	}
	r.silent()
	r.end()

	r = newRig(t, Config{})
	r.enter(FinWait1)
	r.pcb.SetFinWait2(-1)
	r.pcb.Close()
	r.tcp.Flush()
	r.take()
	r.send(ACK, 1, 2)
	if s := r.take(); len(s) != 1 || !s[0].flags.Has(RST) || r.pcb.State() != Closed || r.up.closed != 1 || r.up.err != nil {
		t.Errorf("sent %v, in %v, told %v", s, r.pcb.State(), r.up.err)
	}
	r.end()
}
