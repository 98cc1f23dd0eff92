package tcp

import (
	"errors"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
)

// foreignRig is a rig whose segments are for an address that is not the host's.
func foreignRig(t *testing.T, cfg ForwardConfig) (*rig, *Forwarder, *[]*ForwardRequest) {
	r := newRig(t, Config{})
	r.foreign = true
	got := new([]*ForwardRequest)
	f, err := r.tcp.Forward(r.ifc, cfg, func(q *ForwardRequest) { *got = append(*got, q) })
	if err != nil {
		t.Fatal(err)
	}
	return r, f, got
}

// A request holds the SYN: nothing is answered, repetitions are none of their own,
// and the peer may take it back.
func TestForwardRequest(t *testing.T) {
	r, f, got := foreignRig(t, ForwardConfig{})
	r.listenWith(5, nil) // must not hear of it
	r.deliver(r.segment(SYN, 0, 0, 5000, synOpts(1000, true, 7, 3), nil))
	r.send(SYN, 0, 0)
	r.silent()
	if s := r.tcp.Stats(); len(*got) != 1 || s.ForwardRepeated != 1 || f.Pending() != 1 {
		t.Fatalf("%d requests", len(*got))
	}
	up := &owner{}
	p, err := (*got)[0].Accept(up)
	if err != nil {
		t.Fatal(err)
	}
	up.pcb = p
	r.tcp.Flush()
	e := r.expect(SYN|ACK, 0, 1, 0)
	if !e.opt.has(hasTimestamp) || !e.opt.has(hasScale) || !e.opt.has(hasSACKOK) {
		t.Error("options of the SYN were forgotten")
	}
	r.opts = tsOpt(8, e.opt.tsval)
	r.send(ACK, 1, 1, 'x')
	if up.connected != 1 || p.State() != Established || p.Info().MSS != 988 {
		t.Errorf("%v, %+v", p.State(), p.Info())
	}
	if _, err := (*got)[0].Accept(up); err != ErrBadState {
		t.Errorf("accepted twice: %v", err)
	}
	r.port++
	r.opts = nil
	r.send(SYN, 0, 0)
	r.take()
	if r.send(RST, 9, 0); f.Pending() != 1 {
		t.Error("a RST of any number took the request back")
	}
	r.send(RST, 1, 0)
	if (*got)[1].Err() != ErrReset || f.Pending() != 0 || (*got)[1].Drop() != ErrReset {
		t.Error("the peer's RST did not take the request back")
	}
	r.send(ACK, 1, 1)
	r.expect(RST, 1, 0, 0)
	f.Close()
	r.tcp.Flush()
	if p.State() != Closed || !errors.Is(up.err, ErrAborted) || r.ifc.TakesForeign() {
		t.Error("the connection outlived its forwarder")
	}
	r.take()
	r.foreign = false
	r.end()
}

// Each refusal tells the peer what it should; a request that nobody decides is
// forgotten.
func TestForwardRefusals(t *testing.T) {
	r, f, got := foreignRig(t, ForwardConfig{MaxPending: 2, Timeout: 5 * time.Second})
	ask := func() *ForwardRequest {
		r.port++
		r.send(SYN, 0, 0)
		return (*got)[len(*got)-1]
	}
	if err := ask().Reset(); err != nil {
		t.Error(err)
	}
	r.expect(RST|ACK, Seq(0).Sub(r.iss), 1, 0) // number zero
	if err := ask().Drop(); err != nil {
		t.Error(err)
	}
	if err := ask().Unreachable(ip.AdminProhibited); err != nil || len(r.unreachable) != 1 || r.unreachable[0] != ip.AdminProhibited {
		t.Error(err, r.unreachable)
	}
	a := ask()
	r.pass(time.Second)
	ask()
	n := len(*got)
	if ask(); len(*got) != n || r.tcp.Stats().ForwardFull != 1 {
		t.Error("requests are not bounded")
	}
	r.pass(4 * time.Second)
	if a.Err() != ErrTimeout || f.Pending() != 1 {
		t.Error("not forgotten in time")
	}
	r.pass(time.Second)
	if f.Pending() != 0 || r.tcp.Stats().ForwardTimeout != 2 {
		t.Error("not forgotten")
	}
	r.silent()
	r.end()
}
