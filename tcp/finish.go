package tcp

import "github.com/golwip/lwip/pbuf"

// decisions are what processing a segment, a timer or a call decided, to be
// carried out when the PCB is consistent: tell runs the upcalls at the end of
// each segment, finish sends at the end of the batch.
type decisions struct {
	data    *pbuf.Buf // payload in order, to hand over
	sent    int       // bytes newly acknowledged
	events  events
	ack     ackWish
	dirty   bool  // on Protocol.dirty
	dsack   bool  // dup is to be reported in the next ACK
	tooBig  bool  // the path carries less than was sent
	stalled int32 // place on Protocol.stalled plus one; 0: not there
	dup     sackBlock
}

// events are upcalls that are due.
type events uint8

const (
	evConnected  events = 1 << iota // Handler.Connected
	evAccept                        // AcceptHandler.Accept
	evSent                          // Handler.Sent
	evPeerClosed                    // Handler.PeerClosed
	evFinished                      // Handler.Closed(nil), if the owner has closed
)

// ackWish is how urgent an ACK is.
type ackWish uint8

const (
	ackNone ackWish = iota
	ackSoon         // may be delayed
	ackNow
)

// wishACK raises the urgency.
func (p *PCB) wishACK(w ackWish) { p.todo.ack = max(p.todo.ack, w) }

// tell runs the upcalls that are due, in a fixed order. Each may end the
// connection, which ends the series.
func (p *PCB) tell() {
	d := &p.todo
	ev := d.events
	d.events = 0
	t := p.t
	if ev&evConnected != 0 {
		p.up.Connected(p)
	}
	if ev&evAccept != 0 {
		p.accept()
	}
	if d.data != nil {
		buf := d.data
		d.data = nil
		p.deliver(buf)
	}
	for i, b := range t.ready {
		t.ready[i] = nil
		p.deliver(b)
	}
	t.ready = t.ready[:0]
	if ev&evSent != 0 && p.state != Closed {
		n := d.sent
		d.sent = 0
		p.up.Sent(p, n)
	}
	if ev&evPeerClosed != 0 && p.state != Closed && !p.user.has(userGone) {
		p.up.PeerClosed(p)
	}
	if ev&evFinished != 0 && p.user.has(userGone) {
		p.tellClosed(nil)
	}
}

// deliver hands payload to the owner, or frees it if nobody reads it. After
// Shutdown(ShutRead) it counts as consumed, so that the peer is not held up.
func (p *PCB) deliver(buf *pbuf.Buf) {
	if p.state == Closed || p.user.has(userGone|userNoRead) {
		n := buf.TotalLen()
		buf.Free()
		p.Recved(n)
		return
	}
	p.up.Received(p, buf)
}

// accept offers an established connection to the listener's owner.
func (p *PCB) accept() {
	l := p.listener
	if l == nil || p.state == Closed {
		return
	}
	h := l.up.Accept(l, p)
	if p.state == Closed {
		return
	}
	if h == nil {
		p.kill(ErrAborted)
		return
	}
	p.up = h
}

// finish sends what was decided: segments first, since they carry the ACK, then
// the ACK if it is still due. An ACK with SACK blocks goes by itself: one with
// payload has no room for them and is no duplicate ACK (RFC 5681 §2).
func (p *PCB) finish() {
	if p.state == Closed {
		return
	}
	if p.todo.ack == ackNow && (p.todo.dsack || len(p.reasm.pieces) > 0) {
		p.acknowledge()
	}
	from := p.snd.nxt
	p.output()
	if p.todo.tooBig {
		p.todo.tooBig = false
		p.pathMTU(p.routeMTU())
		p.t.markDirty(p)
	}
	p.tellUnsent(from)
	if p.todo.ack == ackNone || p.state == Closed {
		return
	}
	if p.todo.ack == ackNow || p.ackDue() {
		p.acknowledge()
		return
	}
	if !p.isArmed(tDelack) {
		p.arm(tDelack, p.t.cfg.DelayedACK)
	}
}

// acknowledge sends an ACK, now or when the driver's queue has room.
func (p *PCB) acknowledge() {
	if !p.sendACK() {
		p.todo.ack = ackNow
		p.stall()
	}
}
