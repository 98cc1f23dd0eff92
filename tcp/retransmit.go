package tcp

import (
	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

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
	again := p.rec.backoff > 0
	if p.rec.backoff < 255 {
		p.rec.backoff++
	}
	if p.state.oneOf(synchronized) {
		if p.snd.wnd != 0 {
			p.cc.OnLoss(cc.Loss{Now: p.t.q.Now(), Kind: cc.Timeout, Flight: p.snd.flight(), Again: again})
		}
		p.rec.mode = recRTO
		p.rec.recover = p.snd.nxt
		p.rec.left = 0
		p.rec.dupacks = 0
		for s := head; s != p.sendq.unsent; s = s.next {
			s.flags &^= segFlying
			if !s.flags.has(segLost) {
				p.sendq.markLost(s)
			}
		}
		p.recountLost()
	} else {
		p.sendq.markLost(head)
	}
	p.resend(head)
	p.arm(tRexmit, p.rtt.timeout(int(p.rec.backoff), p.t.cfg.MaxRTO))
}

// recountLost makes the count of lost bytes agree with the marks.
func (p *PCB) recountLost() {
	q := &p.sendq
	q.lost = 0
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags&(segLost|segFlying) == segLost {
			q.lost += s.seqLen()
		}
	}
}

// givenUp ends the connection if the first segment was sent too often, or its
// data waited longer than the user allows, and reports whether it did.
//
// A peer that answers with a zero window is alive: its connection is not given
// up for that (RFC 9293 §3.8.6.1, MUST-37).
func (p *PCB) givenUp(head *outSegment) bool {
	limit := p.t.cfg.MaxRetransmits
	if !p.state.oneOf(synchronized) {
		limit = p.t.cfg.MaxSYNRetransmits
	}
	now := p.t.q.Now()
	overdue := p.userLimit > 0 && now.Sub(max(p.lastRecv, p.rec.since)) >= p.userLimit
	if p.snd.wnd == 0 && p.state.oneOf(synchronized) && p.lastRecv > p.lastProbe() {
		overdue = false
		p.rec.backoff = min(p.rec.backoff, uint8(limit-1))
	}
	if int(p.rec.backoff) < limit && !overdue {
		return false
	}
	p.free(ErrTimeout)
	return true
}

// lastProbe returns when the first segment in flight was sent last.
func (p *PCB) lastProbe() timers.Time {
	if h := p.sendq.head; h != nil {
		return h.sentAt
	}
	return 0
}

// resend sends a segment in flight again, at once and whatever the window.
func (p *PCB) resend(s *outSegment) {
	if max := p.SegmentPayload(); int(s.n) > max {
		p.t.split(&p.sendq, s, max)
	}
	p.sendq.markResent(s)
	s.sentAt = p.t.q.Now()
	p.retransmit++
	p.t.stats.Retransmits++
	p.emit(s)
}

// resendHead sends the first segment in flight again: a peer that repeats its
// SYN has not got ours.
func (p *PCB) resendHead() {
	if h := p.sendq.head; h != nil && h != p.sendq.unsent {
		p.resend(h)
	}
}
