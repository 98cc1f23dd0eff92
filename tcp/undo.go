package tcp

import (
	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// undo tells whether the last recovery, by duplicates or by time-out, was for
// nothing: whether the peer had the original of everything that was sent again.
// Two things prove that of a segment: its acknowledgment echoes a timestamp from
// before it was sent again (Eifel detection), or the peer reports it as received
// twice (DSACK). Once it is proved of all, the window is as before.
//
// RFC 3522 §3.2, RFC 4015 §3.2, RFC 3708 §4.
type undo struct {
	resent []sackBlock // sent again and not proved needless, sorted
	since  timers.Time // when the first of it was sent again
	end    timers.Time // until when a proof is waited for, once all is acknowledged
	any    bool        // something was sent again
	twice  bool        // something was sent again more than once: duplicates prove nothing
	off    bool        // there is no telling
	fast   bool        // a time-out that hit a fast recovery
}

// maxResent bounds the ranges that undo keeps.
const maxResent = 64

// begin begins a recovery.
func (u *undo) begin() { *u = undo{resent: u.resent[:0]} }

// sent notes that s is sent again now.
func (u *undo) sent(s *outSegment, now timers.Time) {
	if !u.any {
		u.any, u.since = true, now
	}
	x := sackBlock{s.seq, s.end()}
	n := len(u.resent)
	i := n // the ranges before i begin at or before x
	for i > 0 && u.resent[i-1].left.After(x.left) {
		i--
	}
	switch {
	case u.off:
	case i > 0 && u.resent[i-1].right.AtLeast(x.right):
		u.twice = true
	case i > 0 && u.resent[i-1].right.After(x.left), i < n && u.resent[i].left.Before(x.right):
		u.off = true // it was cut in two since
	case i > 0 && u.resent[i-1].right == x.left:
		u.resent[i-1].right = x.right
	case i < n && u.resent[i].left == x.right:
		u.resent[i].left = x.left
	case n == maxResent:
		u.off = true
	default:
		u.resent = append(u.resent, sackBlock{})
		copy(u.resent[i+1:], u.resent[i:])
		u.resent[i] = x
	}
}

// needless notes that the peer had x before it was sent again.
func (u *undo) needless(x sackBlock) {
	for i := 0; i < len(u.resent); i++ {
		r := &u.resent[i]
		switch {
		case x.right.AtMost(r.left) || x.left.AtLeast(r.right):
		case x.left.AtMost(r.left) && x.right.AtLeast(r.right):
			u.resent = append(u.resent[:i], u.resent[i+1:]...)
			i--
		case x.left.AtMost(r.left):
			r.left = x.right
		case x.right.AtLeast(r.right):
			r.right = x.left
		case len(u.resent) == maxResent:
			u.off = true
		default:
			rest := sackBlock{x.right, r.right}
			r.right = x.left
			u.resent = append(u.resent, sackBlock{})
			copy(u.resent[i+2:], u.resent[i+1:])
			u.resent[i+1] = rest
		}
	}
}

// proved reports whether everything that was sent again was needless.
func (u *undo) proved() bool { return u.any && !u.off && len(u.resent) == 0 }

// pending reports whether a proof may still come.
func (u *undo) pending() bool { return u.any && !u.off && len(u.resent) > 0 }

// takeDuplicate uses the report of a duplicate that the ACK carries, if any.
//
// RFC 2883 §5, RFC 3708 §4.
func (p *PCB) takeDuplicate(seg *Segment) {
	if !p.isDuplicate(seg) {
		return
	}
	p.t.stats.DSACKs++
	x := seg.opt.sack[0]
	if p.probeDuplicate(x) {
		return // no sign of reordering
	}
	if b := p.sendq.board; b != nil {
		b.rack.dsack = true
		if !b.undo.twice {
			b.undo.needless(x)
		}
	}
}

// revert undoes the reduction of the window: what is marked lost is not, and the
// recovery, if it still lasts, is over.
//
// RFC 4015 §3.2; RFC 9438 §4.9.
func (p *PCB) revert() {
	q := &p.sendq
	b := q.board
	p.t.stats.SpuriousUndone++
	fast := b.undo.fast
	b.undo.begin()
	b.undo.off = true
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags&(segLost|segFlying) == segLost {
			s.flags &^= segLost
			q.pace.found(s)
			b.enlist(s)
		}
	}
	q.lost, q.again = 0, nil
	now := p.t.q.Now()
	p.rec.frto = frtoOff
	p.cc.OnLoss(cc.Loss{Now: now, Kind: cc.Spurious, Flight: p.pipe()})
	switch {
	case p.rec.mode == recNone:
	case fast && p.snd.una.Before(p.rec.recover):
		p.rec.mode = recFast // the recovery that the time-out hit goes on
		b.prr.start(p.snd.flight() - q.sacked)
		b.prr.onACK(0, p.pipe(), p.cc.SlowStartThreshold(), p.SegmentPayload(), false)
	default:
		p.rec.mode = recNone
		p.cc.OnRecovered(now)
	}
	p.rec.flags |= recReordered // something came late
}
