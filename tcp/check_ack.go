package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// pawsIdle is after how long without traffic a timestamp proves nothing.
//
// RFC 7323 §5.5.
const pawsIdle = 24 * 24 * time.Hour

// checkACK is the fifth check: what the peer acknowledges and the window it
// offers. It reports whether the segment's payload may be looked at.
//
// RFC 9293 §3.10.7.4, fifth; RFC 5961 §5.2.
func (p *PCB) checkACK(seg *Segment) bool {
	if !seg.Flags.Has(ACK) {
		p.t.stats.BadFlags++
		return false
	}
	if p.state == SynReceived {
		if !seg.Ack.After(p.snd.una) || seg.Ack.After(p.snd.nxt) {
			p.t.stats.BadAck++
			p.resetFor(seg)
			return false
		}
		p.establish(seg)
	}
	if seg.Ack.After(p.snd.nxt) {
		p.t.stats.BadAck++
		p.challengeACK()
		return false
	}
	if seg.Ack.Before(p.snd.una.Add(-int(p.snd.maxWnd))) {
		p.t.stats.BadAck++
		p.challengeACK()
		return false
	}
	wnd := seg.Wnd << p.snd.scale
	wasZero := p.snd.wnd == 0
	sameWindow := wnd == p.snd.wnd
	if seg.Ack.AtLeast(p.snd.una) && p.snd.update(seg.Seq, seg.Ack, wnd) {
		p.windowChanged(wasZero)
	}
	switch {
	case seg.Ack.After(p.snd.una):
		if !p.newACK(seg) {
			return false
		}
	case seg.Ack == p.snd.una && seg.SeqLen() == 0 && sameWindow && p.snd.flight() > 0 &&
		wnd != 0 && seg.Seq.AtLeast(p.rcv.nxt):
		// RFC 5681 §2. An ACK of a zero-window probe is none, nor is a keep-alive.
		p.duplicateACK()
	case seg.Ack.Before(p.snd.una) && seg.SeqLen() == 0: // overtaken by a later one
		p.t.stats.Duplicate++
	}
	return true
}

// newACK processes an ACK of something new. It reports false if the connection
// is gone.
func (p *PCB) newACK(seg *Segment) bool {
	now := p.t.q.Now()
	ece := p.takeECE(seg)
	flight := p.pipe()
	r := p.t.ack(&p.sendq, seg.Ack)
	p.snd.una = seg.Ack
	switch {
	case r.sentAt != 0:
		p.rtt.sample(now.Sub(r.sentAt), p.t.cfg.MinRTO, p.t.cfg.MaxRTO)
	case p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) && seg.opt.tsecr != 0:
		// RFC 7323 §4.1: a retransmission's round trip is known by its timestamp.
		// An echo of days ago is a lie.
		d := time.Duration(int32(p.now32()-seg.opt.tsecr)) * time.Millisecond
		if d >= 0 && d <= p.t.cfg.MaxRTO {
			p.rtt.sample(d, p.t.cfg.MinRTO, p.t.cfg.MaxRTO)
		}
	default:
	}
	p.rec.backoff = 0
	if p.net != nil {
		p.net.Reachable(p.ifc, p.id.remote)
	}
	ack := cc.Ack{Now: now, Acked: r.bytes, Flight: flight, Limited: p.rec.limited && !ece}
	if r.sentAt != 0 {
		ack.RTT = p.rtt.latest
	}
	p.probeArrived()
	p.recoverOnACK(ack)
	p.rec.since = now
	if p.snd.flight() == 0 {
		p.stop(tRexmit)
	} else {
		p.armRexmit() // RFC 6298 §5.3
	}
	if r.bytes > 0 {
		p.todo.sent += r.bytes
		p.todo.events |= evSent
	}
	if r.fin {
		return p.finAcked()
	}
	return true
}

// finAcked moves on after the peer acknowledged our FIN. It reports false if the
// connection is gone.
func (p *PCB) finAcked() bool {
	switch p.state {
	case FinWait1:
		p.setState(FinWait2)
		if p.user.has(userGone) {
			p.todo.events |= evFinished
			return p.waitForFIN()
		}
	case Closing:
		p.enterTimeWait()
	case LastAck:
		p.todo.events |= evFinished
		p.tell()
		p.free(nil)
		return false
	case Closed, Listen, SynSent, SynReceived, Established, FinWait2, CloseWait, TimeWait:
	}
	return true
}

// windowChanged acts on a new window of the peer.
func (p *PCB) windowChanged(wasZero bool) {
	if p.snd.wnd == 0 {
		return
	}
	if p.isArmed(tPersist) {
		p.stop(tPersist)
		p.rec.backoff = 0
	}
	if wasZero && p.sendq.head != p.sendq.unsent && p.sendq.head != nil {
		// What was sent into the closed window was a probe, and refused.
		p.sendq.markLost(p.sendq.head)
	}
}
