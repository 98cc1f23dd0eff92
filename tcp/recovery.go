package tcp

import (
	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// recovery is what the sender knows of losses, besides the scoreboard that a
// connection with SACK has while there are any (sackboard.go).
//
// Without SACK the sender does not inflate its window by duplicate ACKs, as
// RFC 5681 has it, but counts what they say has left the network (left), which
// comes to the same: pipe = flight − lost − sacked − left. Limited transmit
// (RFC 3042) follows from it.
type recovery struct {
	recover    Seq         // RFC 6582: SND.NXT when the loss was noticed
	full       Seq         // SND.NXT when the congestion window was last full
	left       int32       // bytes that duplicate ACKs say have arrived
	before     int32       // bytes in flight at the first duplicate ACK
	since      timers.Time // since when the first segment in flight waits for an ACK
	probe      Seq         // RFC 8985 §7.3: TLP.end_seq
	dupacks    uint8       // in a row
	backoff    uint8       // how often the RTO is doubled (RFC 6298 §5.5)
	tries      uint8       // time-outs without progress
	reoMult    uint8       // RFC 8985 §6.2: RACK.reo_wnd_mult; 0 is 1
	reoPersist uint8       // RACK.reo_wnd_persist
	mode       recMode
	frto       frto
	flags      recFlags
}

// recFlags are what else the sender knows.
type recFlags uint8

const (
	recProbeDue   recFlags = 1 << iota // the timer of the loss probe is to be armed anew
	recProbed                          // a probe is out: TLP.end_seq is valid
	recProbeAgain                      // it is a retransmission: TLP.is_retrans
	recSampled                         // there was an RTT sample since the last probe
	recReordered                       // RACK.reordering_seen
)

func (f recFlags) has(g recFlags) bool { return f&g == g }

// recMode is why the sender is recovering.
type recMode uint8

const (
	recNone recMode = iota
	recFast         // fast recovery (RFC 6582 §3.2)
	recRTO          // after a time-out, until recover is acknowledged
)

// dupThresh is how many duplicate ACKs make a loss (RFC 5681 §3.2).
const dupThresh = 3

// pipe returns how many bytes are taken to be in the network.
//
// RFC 6675 §4 (SetPipe), with estimates in place of the scoreboard where there
// is none.
func (p *PCB) pipe() int {
	return max(p.snd.flight()-p.sendq.lost-p.sendq.sacked-int(p.rec.left), 0)
}

// duplicateACK counts a duplicate ACK and begins fast recovery at the third.
//
// RFC 5681 §3.2, RFC 6582 §3.2 steps 1–3.
func (p *PCB) duplicateACK() {
	p.needCC()
	r := &p.rec
	if r.dupacks == 0 {
		r.before = int32(p.snd.flight())
	}
	if r.dupacks < 255 {
		r.dupacks++
	}
	if int(r.left) < p.snd.flight()-p.sendq.lost {
		r.left += int32(p.SegmentPayload())
	}
	if r.dupacks != dupThresh || r.mode != recNone {
		return
	}
	// RFC 6582 §3.2 step 1: not for what a former recovery has covered already.
	if p.snd.una.AtMost(r.recover) && r.recover != p.snd.iss {
		return
	}
	head := p.sendq.head
	if head == nil || head == p.sendq.unsent {
		return
	}
	p.t.stats.FastRetransmits++
	r.mode = recFast
	r.recover = p.snd.nxt
	// RFC 5681 §3.2 step 2: what limited transmit has added does not count.
	p.reduce(cc.FastRetransmit, int(r.before), false)
	p.sendq.markLost(head)
	p.armRexmit()
	p.resend(head)
}

// recoverBySACK takes an ACK or SACK into account on a connection that has a
// scoreboard: it looks for losses, begins, goes on with or ends a recovery, or
// lets the window grow. ack.Acked is what the ACK delivered; advanced says that
// SND.UNA moved.
//
// RFC 8985 §6.2, RFC 6675 §5, RFC 9937 §6.
func (p *PCB) recoverBySACK(ack cc.Ack, advanced bool) {
	p.needCC()
	r, b := &p.rec, p.sendq.board
	p.adaptReoWnd()
	if p.frtoOnACK(advanced) {
		p.t.stats.SpuriousTimeouts++
		p.revert()
	} else if b.undo.proved() {
		p.revert()
	}
	lost := p.detectLosses()
	// Blocks alone let the window grow only where reordering is usual: elsewhere
	// they announce a loss (RFC 3042 §2). What they report counts later.
	ack.Acked += b.credit
	delivered := ack.Acked - b.credit
	if b.credit = 0; !advanced && !r.flags.has(recReordered) {
		b.credit, ack.Acked = ack.Acked, 0
	}
	if r.mode != recNone && p.snd.una.AtLeast(r.recover) {
		p.endRecovery()
	}
	switch r.mode {
	case recNone:
		switch {
		case lost > 0:
			ack.Acked, ack.Recovering = ack.Acked+b.credit, true
			b.credit = 0
			p.beginRecovery(delivered)
			p.cc.OnAck(ack)
		case ack.Acked > 0:
			p.cc.OnAck(ack)
		}
	case recFast:
		b.credit = 0
		if delivered > 0 {
			ack.Acked, ack.Recovering = delivered, true
			p.cc.OnAck(ack)
		}
		if delivered > 0 || lost > 0 {
			b.prr.onACK(delivered, p.pipe(), p.cc.SlowStartThreshold(), p.SegmentPayload(), advanced && lost == 0)
		}
	case recRTO:
		if ack.Acked > 0 {
			ack.Limited = true
			p.cc.OnAck(ack)
		}
	}
}

// beginRecovery begins a fast recovery by SACK. delivered is what the ACK that
// showed the loss delivered.
//
// RFC 6675 §5, step 4; RFC 9937 §6.1.
func (p *PCB) beginRecovery(delivered int) {
	r, b := &p.rec, p.sendq.board
	p.t.stats.FastRetransmits++
	r.mode, r.recover, r.frto = recFast, p.snd.nxt, frtoOff
	r.flags &^= recProbed
	b.until = p.snd.nxt
	b.undo.begin()
	p.reduce(cc.FastRetransmit, p.lossFlight(p.snd.flight()), false)
	b.prr.start(p.snd.flight() - p.sendq.sacked + delivered)
	b.prr.onACK(delivered, p.pipe(), p.cc.SlowStartThreshold(), p.SegmentPayload(), false)
	p.armRexmit()
}

// lossFlight returns what the reduction of the window starts from: the bytes in
// flight, or the window if that was the limit: it is no whole number of segments,
// and has not earned to lose the rest.
//
// RFC 9438 §4.6, RFC 5681 §3.1 equation 4.
func (p *PCB) lossFlight(flight int) int {
	if p.snd.una.Before(p.rec.full) {
		return p.cc.Window()
	}
	return min(flight, p.cc.Window())
}

// endRecovery ends a recovery: what was out when it began is acknowledged.
func (p *PCB) endRecovery() {
	p.rec.mode, p.rec.frto = recNone, frtoOff
	p.reoRecovered()
	p.cc.OnRecovered(p.t.q.Now())
}

// onLossTimer is the end of the reordering window, or the time for a loss probe:
// there is never occasion for both.
//
// RFC 8985 §6.2 step 5, §7.2.
func (p *PCB) onLossTimer() {
	b := p.sendq.board
	if b == nil || !b.rack.waits {
		p.onProbe()
		return
	}
	b.rack.waits = false
	if lost := p.detectLosses(); lost > 0 {
		switch p.rec.mode {
		case recNone:
			p.beginRecovery(0)
		case recFast:
			b.prr.onACK(0, p.pipe(), p.cc.SlowStartThreshold(), p.SegmentPayload(), false)
		case recRTO:
		}
	}
	p.settleBoard()
}

// settleBoard gives the board back once everything is acknowledged that it is
// about. Proof that what was sent again was needless may come a round trip later.
func (p *PCB) settleBoard() {
	q := &p.sendq
	b := q.board
	if b == nil || p.rec.mode != recNone || b.segs > 0 || q.lost > 0 || p.snd.una.Before(b.until) {
		return
	}
	now := p.t.q.Now()
	if b.undo.pending() && (b.undo.end == 0 || now < b.undo.end) {
		if b.undo.end == 0 {
			b.undo.end = now.Add(p.rtt.rto)
		}
		if !b.rack.waits {
			b.rack.waits = true
			p.arm(tLoss, b.undo.end.Sub(now))
		}
		return
	}
	if b.rack.waits {
		p.stop(tLoss)
		p.rec.flags |= recProbeDue
	}
	p.t.closeBoard(q)
}

// recoverOnACK takes an ACK of new data into account: it ends a recovery, goes
// on with it (partial ACK), or lets the window grow.
//
// RFC 6582 §3.2 steps 3–5.
func (p *PCB) recoverOnACK(ack cc.Ack) {
	r := &p.rec
	r.dupacks = 0
	if r.mode != recNone && p.snd.una.AtLeast(r.recover) {
		r.mode = recNone
		r.left = 0
		p.cc.OnRecovered(ack.Now)
		return
	}
	switch r.mode {
	case recNone:
		r.left = 0
		if p.snd.una.After(r.recover) {
			r.recover = p.snd.una.Add(-1) // keep up, lest the comparison wrap
		}
		if p.cc != nil { // the ACK of our SYN comes before there is one
			p.cc.OnAck(ack)
		}
	case recFast:
		// Partial ACK: the next hole begins at SND.UNA.
		r.left = max(r.left-int32(max(ack.Acked-p.SegmentPayload(), 0)), 0)
		if head := p.sendq.head; head != nil && head != p.sendq.unsent && !head.flags.has(segSacked) {
			p.sendq.markLost(head)
			if head.flags&(segLost|segFlying) == segLost {
				p.resend(head)
			}
		}
	case recRTO:
		r.left = 0
		ack.Limited = true
		p.cc.OnAck(ack)
	}
}
