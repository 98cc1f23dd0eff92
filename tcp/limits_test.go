package tcp

import (
	"testing"
	"time"
)

// SetMaxSegment is announced, and binds both ends; it is a listener's children's,
// too.
func TestMaxSegment(t *testing.T) {
	r := newRig(t, Config{})
	_, h := r.listenWith(5, func(p *PCB) { p.SetMaxSegment(700) })
	r.deliver(r.segment(SYN, 0, 0, 60000, synOpts(1400, false, 0, -1), nil))
	if e := r.expect(SYN|ACK, 0, 1, 0); e.opt.mss != 700 {
		t.Errorf("announced %d", e.opt.mss)
	}
	r.send(ACK, 1, 1)
	p := h.got[0]
	if p.Info().MSS != 700 || p.MaxSegment() != 700 {
		t.Errorf("sends %d", p.Info().MSS)
	}
	p.SetMaxSegment(600)
	if p.Info().MSS != 600 {
		t.Errorf("lowered to %d", p.Info().MSS)
	}
	p.SetMaxSegment(0)
	p.SetMaxSegment(1)
	if p.Info().MSS != minMSS {
		t.Errorf("least: %d", p.Info().MSS)
	}
	r.end()
}

// SetSYNRetransmits bounds the SYNs of one connection, and the SYN,ACKs of a
// listener.
func TestSYNRetransmits(t *testing.T) {
	r := newRig(t, Config{})
	p, _ := r.tcp.NewPCB()
	p.SetSYNRetransmits(2)
	up := &owner{pcb: p}
	if err := p.Connect(AddrPort{}, up); err == nil {
		t.Fatal("connected to nowhere")
	}
	r.pcb, r.up = p, up
	r.tcp.Flush()
	if err := p.Connect(r.peerAddr(), up); err != nil {
		t.Fatal(err)
	}
	r.pass(time.Minute)
	if n := len(r.take()); n != 3 || up.err != ErrTimeout {
		t.Errorf("%d SYNs, %v", n, up.err)
	}
	r.listenWith(5, func(p *PCB) { p.SetSYNRetransmits(1) })
	r.send(SYN, 0, 0)
	r.pass(time.Minute)
	if n := len(r.take()); n != 2 || r.tcp.Count(SynReceived) != 0 {
		t.Errorf("%d SYN,ACKs", n)
	}
	r.end()
}

// SetWindowClamp bounds the window; the buffer comes back with 0.
func TestWindowClamp(t *testing.T) {
	r := newRig(t, Config{ReceiveBuffer: 50000})
	p, _ := r.tcp.NewPCB()
	p.SetWindowClamp(4000)
	p.SetReceiveBuffer(30000)
	if p.ReceiveBuffer() != 4000 || p.WindowClamp() != 4000 {
		t.Errorf("%d, %d", p.ReceiveBuffer(), p.WindowClamp())
	}
	if err := p.Connect(r.peerAddr(), &owner{pcb: p}); err != nil {
		t.Fatal(err)
	}
	r.tcp.Flush()
	if s := r.take(); len(s) != 1 || s[0].wnd != 4000 {
		t.Errorf("sent %v", s)
	}
	p.SetWindowClamp(0)
	if p.ReceiveBuffer() != 30000 {
		t.Errorf("%d after the clamp", p.ReceiveBuffer())
	}
	p.Close()
	r.end()
}

// With QuickACK the first segment is acknowledged at once, and so is what waited.
func TestQuickACK(t *testing.T) {
	r := newRig(t, Config{})
	r.establish()
	r.send(ACK, 1, 1, 'a')
	r.silent()
	r.pcb.Set(QuickACK)
	r.tcp.Flush()
	r.expect(ACK, 1, 2, 0)
	r.send(ACK, 2, 1, 'b')
	r.expect(ACK, 1, 3, 0)
	r.end()
}

// What waits for a missing segment is dropped, if so configured, when nothing has
// come for several time-outs.
func TestOutOfOrderExpires(t *testing.T) {
	for _, n := range []int{0, 6} {
		r := newRig(t, Config{OutOfOrderRTOs: n})
		r.establish()
		r.send(ACK, 101, 1, make([]byte, 100)...)
		r.take()
		r.pass(7 * r.pcb.rtt.rto)
		r.send(ACK, 1, 1, make([]byte, 100)...)
		want := 201
		if n != 0 {
			want = 101
		}
		r.pass(time.Second)
		s := r.take()
		if len(s) == 0 || s[len(s)-1].ack != want || r.tcp.Stats().OutOfOrderExpired != uint64(n/6) {
			t.Errorf("%d: sent %v, want an ACK of %d", n, s, want)
		}
		r.end()
	}
}
