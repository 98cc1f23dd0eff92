package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// rack is the loss detection by time: once a segment has arrived, everything
// sent before it has arrived as well, is lost, or was overtaken by it; the last
// is waited for during the reordering window.
//
//	  sent                       arrives      now
//	──┬──┬───────────────────────┬────────────┬──▶
//	  A  B                       B
//	  └──────── rtt ─────────────┘ + reo_wnd  : A is lost
//
// RFC 8985 §5.2, §6.2. What outlives a board is in recovery: reordering_seen,
// reo_wnd_mult, reo_wnd_persist.
type rack struct {
	xmit  timers.Time   // RACK.xmit_ts: when the last sent of what has arrived was sent
	end   Seq           // RACK.end_seq
	rtt   time.Duration // RACK.rtt; 0: nothing has arrived
	fack  Seq           // RACK.fack: the highest that has arrived
	round Seq           // RACK.dsack_round

	inRound   bool // round is valid
	reordered bool // RACK.reordering_seen, since the board was opened
	dsack     bool // the ACK being processed carries a DSACK
	waits     bool // tLoss is armed for the reordering window
}

// Constants of RFC 8985 §6.2.
const (
	reoWndPersist = 16
	rackBudget    = 64 // segments within the reordering window that one ACK looks at
)

// enlist enters s in the order of transmission, in which it is as good as always
// the newest.
func (b *board) enlist(s *outSegment) {
	at := b.newest
	for at != nil && sentAfter(at.sentAt, at.end(), s.sentAt, s.end()) {
		at = at.prevSent
	}
	s.prevSent = at
	if at == nil {
		s.nextSent, b.oldest = b.oldest, s
	} else {
		s.nextSent, at.nextSent = at.nextSent, s
	}
	if s.nextSent == nil {
		b.newest = s
	} else {
		s.nextSent.prevSent = s
	}
}

// delist takes s out of the order of transmission if it is in there.
func (b *board) delist(s *outSegment) {
	if s.prevSent == nil && b.oldest != s {
		return
	}
	if s.prevSent == nil {
		b.oldest = s.nextSent
	} else {
		s.prevSent.nextSent = s.nextSent
	}
	if s.nextSent == nil {
		b.newest = s.prevSent
	} else {
		s.nextSent.prevSent = s.prevSent
	}
	s.prevSent, s.nextSent = nil, nil
}

// sentAfter reports whether a segment sent at t1 was sent after one sent at t2;
// of those sent at once, the one that ends higher was.
//
// RFC 8985 §6.2, step 2 (RACK_sent_after).
func sentAfter(t1 timers.Time, end1 Seq, t2 timers.Time, end2 Seq) bool {
	return t1 > t2 || t1 == t2 && end1.After(end2)
}

// arrived takes into account that s has arrived, by ACK or by SACK, for the
// first time.
//
// RFC 8985 §6.2, steps 2 and 3.
func (b *board) arrived(s *outSegment) {
	r, a := &b.rack, &b.news
	end := s.end()
	again := s.flags.has(segAgain)
	switch {
	case end.After(r.fack):
		r.fack = end
	case end.Before(r.fack) && !again:
		r.reordered = true
	}
	if !again && end.AtMost(a.recover) {
		a.orig = true
	}
	rtt := a.now.Sub(s.sentAt)
	if again && (a.before(s.sentAt) || rtt < a.minRTT) {
		return // what has arrived is the original
	}
	r.rtt = max(rtt, 1)
	if sentAfter(s.sentAt, end, r.xmit, r.end) {
		r.xmit, r.end = s.sentAt, end
	}
}

// reoWnd returns the reordering window.
//
// RFC 8985 §6.2, step 4 (RACK_update_reo_wnd).
func (p *PCB) reoWnd() time.Duration {
	if !p.rec.flags.has(recReordered) && (p.rec.mode != recNone || p.sendq.board.segs >= dupThresh) {
		return 0
	}
	return min(time.Duration(max(p.rec.reoMult, 1))*p.rtt.min/4, p.rtt.srtt)
}

// adaptReoWnd widens the reordering window once a round trip that has seen a
// DSACK: it was too narrow, something was sent again for nothing.
//
// RFC 8985 §6.2, step 4.
func (p *PCB) adaptReoWnd() {
	r := &p.sendq.board.rack
	if r.reordered {
		p.rec.flags |= recReordered
	}
	if r.inRound && p.snd.una.AtLeast(r.round) {
		r.inRound = false
	}
	if r.dsack && !r.inRound {
		r.inRound, r.round = true, p.snd.nxt
		p.rec.reoMult = min(max(p.rec.reoMult, 1)+1, 200)
		p.rec.reoPersist = reoWndPersist
	}
	r.dsack = false
}

// reoRecovered counts a recovery that is over: after 16 of them without a DSACK
// the reordering window is its narrowest again.
func (p *PCB) reoRecovered() {
	if p.rec.reoPersist > 0 {
		p.rec.reoPersist--
	}
	if p.rec.reoPersist == 0 {
		p.rec.reoMult = 1
	}
}

// detectLosses takes for lost what was sent a reordering window before something
// that has arrived, and arms the timer for what is not due yet. It returns how
// many segments it took for lost.
//
// One call looks at so many segments that are not due: beyond, the timer is set
// for the latest that they can become due.
//
// RFC 8985 §6.2, step 5 (RACK_detect_loss).
func (p *PCB) detectLosses() (n int) {
	b := p.sendq.board
	r := &b.rack
	if r.waits {
		p.stop(tLoss)
		r.waits = false
	}
	if r.rtt == 0 {
		return 0
	}
	now := p.t.q.Now()
	wnd := p.reoWnd()
	wait := time.Duration(0)
	budget := rackBudget
	for s := b.oldest; s != nil; {
		if !sentAfter(r.xmit, r.end, s.sentAt, s.end()) {
			break
		}
		next := s.nextSent
		if left := s.sentAt.Add(r.rtt + wnd).Sub(now); left > 0 {
			wait = max(wait, left)
			if budget--; budget == 0 {
				wait = max(r.xmit.Add(r.rtt+wnd).Sub(now), wait)
				break
			}
		} else {
			if s.flags.has(segFlying) {
				p.t.stats.LostRetransmits++
			}
			p.sendq.markLost(s)
			n++
		}
		s = next
	}
	p.t.stats.RACKLosses += uint64(n)
	if wait > 0 {
		r.waits = true
		p.arm(tLoss, wait)
	}
	return n
}

// markOnTimeout takes for lost, after a retransmission time-out, the first
// segment and what was sent a round trip and a reordering window ago.
//
// RFC 8985 §6.3 (RACK_mark_losses_on_RTO).
func (p *PCB) markOnTimeout() {
	b := p.sendq.board
	rtt := b.rack.rtt
	if rtt == 0 {
		rtt = p.rtt.srtt
	}
	p.sendq.markLost(p.sendq.head)
	due := p.t.q.Now().Add(-rtt - p.reoWnd())
	for s := b.oldest; s != nil && s.sentAt <= due; s = b.oldest {
		p.sendq.markLost(s)
	}
}
