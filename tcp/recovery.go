package tcp

import (
	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// recovery is what the sender knows of losses.
//
// Without SACK the sender does not inflate its window by duplicate ACKs, as
// RFC 5681 has it, but counts what they say has left the network (left), which
// comes to the same: pipe = flight − lost − sacked − left. Limited transmit
// (RFC 3042) follows from it.
type recovery struct {
	recover Seq   // RFC 6582: SND.NXT when the loss was noticed
	left    int32 // bytes that duplicate ACKs say have arrived
	dupacks uint8 // in a row
	backoff uint8 // time-outs in a row (RFC 6298 §5.5)
	mode    recMode
	limited bool        // the congestion window held us back since the last ACK
	since   timers.Time // since when the first segment in flight waits for an ACK
	before  int32       // bytes in flight at the first duplicate ACK
}

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
	p.cc.OnLoss(cc.Loss{Now: p.t.q.Now(), Kind: cc.FastRetransmit, Flight: int(r.before)})
	p.sendq.markLost(head)
	p.armRexmit()
	p.resend(head)
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
		p.cc.OnAck(ack)
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
