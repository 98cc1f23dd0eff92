package tcp

import "github.com/golwip/lwip/tcp/cc"

// onRexmit is the expiry of the retransmission timer: everything in flight is
// taken for lost, the first segment is sent again and the timer backs off; after
// too many the connection is given up.
//
// RFC 6298 §5.4–5.7, RFC 9293 §3.8.3 (MUST-20 to MUST-23).
func (p *PCB) onRexmit() {
	head := p.sendq.head
	if head == nil || head == p.sendq.unsent {
		return
	}
	p.t.stats.Timeouts++
	if p.givenUp(head) {
		return
	}
	again := p.rec.tries > 0
	if p.rec.tries < 255 {
		p.rec.tries++
	}
	if p.rec.backoff < 255 {
		p.rec.backoff++
	}
	p.blackHole(head)
	if p.state.oneOf(synchronized) {
		p.needCC()
		flight := p.snd.flight()
		if p.features.has(useSACK) {
			p.timeoutBySACK()
		} else {
			p.timeout()
		}
		if p.snd.wnd != 0 {
			p.reduce(cc.Timeout, flight, again)
		}
	} else {
		p.sendq.markLost(head)
	}
	p.armRexmit()
	p.resend(head)
}

// timeout takes everything in flight for lost.
func (p *PCB) timeout() {
	p.rec.mode = recRTO
	p.rec.recover = p.snd.nxt
	p.rec.left = 0
	p.rec.dupacks = 0
	for s := p.sendq.head; s != p.sendq.unsent; s = s.next {
		s.flags &^= segFlying
		if !s.flags.has(segLost) {
			p.sendq.markLost(s)
		}
	}
	p.sendq.recountLost()
}

// timeoutBySACK takes for lost what is old enough, and first tries whether the
// time-out was spurious, unless it comes on top of another one. What the peer has
// reported stays true unless it should have acknowledged it, too: then it has
// thrown it away.
//
// RFC 2018 §8, RFC 6675 §5.1, RFC 8985 §6.3, RFC 5682 §3.1 step 1.
func (p *PCB) timeoutBySACK() {
	r, b := &p.rec, p.openBoard()
	r.flags &^= recProbed
	b.undo.end = 0
	if r.mode != recRTO {
		b.undo.begin()
		b.undo.fast = r.mode == recFast
		r.frto = frtoFirst
	} else {
		r.frto = frtoOff
	}
	if p.sendq.head.flags.has(segSacked) {
		p.t.stats.Reneged++
		b.forget(&p.sendq)
		b.undo.off = true
		r.frto = frtoOff
	}
	r.mode, r.recover = recRTO, p.snd.nxt
	b.until = p.snd.nxt
	p.markOnTimeout()
}

// armRexmit arms the retransmission timer for the RTO, backed off, or for the end
// of the user's patience if that comes first.
//
// RFC 6298 §5.1, §5.3, §5.5; RFC 5482 for the user timeout.
func (p *PCB) armRexmit() {
	cfg := &p.t.cfg
	d := p.rtt.timeout(p.backoff(), cfg.MaxRTO)
	if cfg.LastWait > 0 && int(p.rec.tries) >= p.retransmitLimit() {
		d = cfg.LastWait
	}
	if p.userLimit > 0 {
		if left := p.rec.since.Add(p.userLimit).Sub(p.t.q.Now()); left > 0 {
			d = min(d, left)
		}
	}
	p.arm(tRexmit, d)
}

// backoff returns how often the RTO is doubled.
func (p *PCB) backoff() int {
	cfg := &p.t.cfg
	if p.state == SynSent && cfg.NoSYNBackoff || p.state == SynReceived && cfg.NoSYNACKBackoff {
		return 0
	}
	return int(p.rec.backoff)
}

// retransmitLimit returns how often the first segment may be sent again.
func (p *PCB) retransmitLimit() int {
	if !p.state.oneOf(synchronized) {
		return p.SYNRetransmits()
	}
	return p.t.cfg.MaxRetransmits
}

// givenUp ends the connection if the first segment was sent too often, or its
// data waited longer than the user allows, and reports whether it did.
//
// A peer that answers with a zero window is alive: its connection is not given
// up for that (RFC 9293 §3.8.6.1, MUST-37), as long as somebody owns it: once
// closed, it is only memory that the peer holds (RFC 6429 §3).
func (p *PCB) givenUp(head *outSegment) bool {
	limit := p.retransmitLimit()
	now := p.t.q.Now()
	overdue := p.userLimit > 0 && head != p.sendq.unsent && now.Sub(p.rec.since) >= p.userLimit
	if p.snd.wnd == 0 && p.state.oneOf(synchronized) && p.lastRecv >= head.sentAt && !p.user.has(userGone) {
		overdue = false
		p.rec.tries = min(p.rec.tries, uint8(limit-1))
	}
	if int(p.rec.tries) < limit && !overdue {
		return false
	}
	if p.user.has(userGone) && p.snd.wnd == 0 && p.lastRecv >= head.sentAt {
		p.sendRST() // the peer is there, and still waits
	}
	p.free(ErrTimeout)
	return true
}

// resend sends a segment in flight again, at once and whatever the window, and
// reports whether it could. If not, the segment still waits to be sent again.
func (p *PCB) resend(s *outSegment) bool {
	if max := p.SegmentPayload(); int(s.n) > max {
		if p.isProbe(s) {
			p.probeLost()
		}
		p.t.split(&p.sendq, s, max)
	}
	if !p.isArmed(tRexmit) {
		p.armRexmit() // RFC 6298 §5.1
	}
	pipe := p.pipe()
	if !p.emit(s) {
		p.sendq.markLost(s)
		p.stall()
		return false
	}
	p.paced(s, pipe)
	p.sendq.markResent(s)
	s.sentAt = p.t.q.Now()
	p.spend(int(s.n))
	if b := p.sendq.board; b != nil {
		b.resent(s)
		b.until = p.snd.nxt
	}
	p.retransmit++
	p.t.stats.Retransmits++
	return true
}

// resendHead sends the first segment in flight again: a peer that repeats its
// SYN has not got ours.
func (p *PCB) resendHead() {
	if h := p.sendq.head; h != nil && h != p.sendq.unsent {
		p.resend(h)
	}
}
