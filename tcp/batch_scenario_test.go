package tcp

import (
	"testing"

	"github.com/golwip/lwip/pbuf"
)

// RFC 9293 §3.10.7.4 (MUST-58, MUST-59): segments that are queued are processed,
// all of them, before one ACK goes for them.
func TestBatchIsAcknowledgedOnce(t *testing.T) {
	r := newRig(t, Config{MSS: 1000})
	r.enter(Established)
	r.take()
	for i := range 5 { // no flush between
		r.inject(r.segment(ACK, 1+1000*i, 1, 60000, nil, make([]byte, 1000)))
	}
	r.tcp.Flush()
	r.expect(ACK, 1, 5001, 0)
	r.silent()
	r.end()
}

// pushes notes which payloads ended with PSH.
type pushes struct {
	*owner
	push []bool
}

func (p *pushes) Received(q *PCB, buf *pbuf.Buf) {
	p.push = append(p.push, buf.Flags.Has(pbuf.Push))
	p.owner.Received(q, buf)
}

// RFC 9293 §3.9.1.3 (MAY-17): the user of this package is told of PSH.
func TestSegmentsKeepPush(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	p := &pushes{owner: r.up}
	r.pcb.up = p
	r.send(ACK, 1, 1, 1, 2, 3)
	r.send(ACK|PSH, 4, 1, 4, 5)
	if len(p.push) != 2 || p.push[0] || !p.push[1] {
		t.Errorf("got %v", p.push)
	}
	r.take()
	r.end()
}

// RFC 9293 §3.8.6.2.2 (MUST-39): whatever segment goes, the window that it offers
// has grown by a full segment or not at all.
func TestNoSillyWindowBesideData(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, ReceiveBuffer: 4000})
	r.enter(Established)
	r.take()
	r.pcb.Set(NoDelay)
	r.up.hold = true
	for i := range 4 {
		r.send(ACK, 1+1000*i, 1, make([]byte, 1000)...)
	}
	r.take()
	for i, c := range []struct{ consumed, wnd int }{{300, 0}, {300, 0}, {399, 0}, {1, 1000}, {999, 1000}, {1, 2000}} {
		r.pcb.Recved(c.consumed)
		r.tcp.Flush()
		r.write(1)
		list := r.take()
		if len(list) == 0 {
			t.Fatalf("step %d: nothing sent", i)
		}
		if got := list[len(list)-1].wnd; got != c.wnd {
			t.Errorf("step %d: window %d, want %d", i, got, c.wnd)
		}
	}
	r.end()
}
