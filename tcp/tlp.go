package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// Constants of RFC 8985 §7.2: the interval before there is a round trip, and how
// long a peer may delay an ACK.
const (
	firstProbe      = time.Second
	probeDelayedACK = 200 * time.Millisecond
)

// armProbe arms the timer of a tail loss probe after something new was sent or
// acknowledged. No probe is sent in a recovery, while blocks are out of order,
// while one is out, or into a closed window.
//
// RFC 8985 §7.2 (TLP_calc_PTO). A probe that is due when the retransmission timer
// is goes first: in onTimer it comes before.
func (p *PCB) armProbe() {
	r := &p.rec
	r.flags &^= recProbeDue
	b := p.sendq.board
	if b != nil && b.rack.waits {
		return
	}
	if !p.isArmed(tRexmit) || b != nil && b.segs > 0 || r.mode != recNone || p.snd.wnd == 0 || !p.features.has(useSACK) || r.flags.has(recProbed) ||
		!r.flags.has(recSampled) || p.sendq.lost > 0 {
		if p.isArmed(tLoss) {
			p.stop(tLoss)
		}
		return
	}
	d := firstProbe
	if p.rtt.srtt != 0 {
		d = max(2*p.rtt.srtt, rttGranularity)
		if p.sendq.head.next == p.sendq.unsent {
			d += probeDelayedACK
		}
	}
	p.arm(tLoss, min(d, p.timers.at[tRexmit].Sub(p.t.q.Now())))
}

// onProbe sends a tail loss probe: the next new segment if the peer's window has
// room for it, else the last one again, so that the peer says what it has.
//
// RFC 8985 §7.3 (TLP_send_probe).
func (p *PCB) onProbe() {
	r := &p.rec
	head := p.sendq.head
	if head == nil || head == p.sendq.unsent || r.mode != recNone || r.flags.has(recProbed) || !r.flags.has(recSampled) {
		return
	}
	if p.givenUp(head) {
		return
	}
	p.needCC()
	r.flags &^= recSampled | recProbeAgain
	if s := p.sendq.unsent; s != nil && s.seqLen() <= p.snd.usable() {
		if !p.sendNew(s) {
			return
		}
	} else {
		for s = head; s.next != p.sendq.unsent; {
			s = s.next
		}
		if !p.resend(s) {
			return
		}
		r.flags |= recProbeAgain
	}
	p.t.stats.TLPs++
	r.flags |= recProbed
	r.flags &^= recProbeDue
	r.probe = p.snd.nxt
	p.armRexmit()
}

// probeOnACK looks whether the ACK answers the probe, and if the probe repaired
// a loss that nothing else has noticed, has the window reduced for it. flight is
// what was in flight before the ACK.
//
// RFC 8985 §7.4.2 (TLP_process_ack).
func (p *PCB) probeOnACK(seg *Segment, advanced bool, flight int) {
	r := &p.rec
	if !r.flags.has(recProbed) || seg.Ack.Before(r.probe) {
		return
	}
	switch {
	case !r.flags.has(recProbeAgain):
		r.flags &^= recProbed // new data; nothing was lost before it
	case seg.Ack.After(r.probe):
		r.flags &^= recProbed
		p.t.stats.TLPRecoveries++
		now := p.t.q.Now()
		p.reduce(cc.FastRetransmit, p.lossFlight(flight), false)
		p.cc.OnRecovered(now)
	case !advanced && seg.SeqLen() == 0 && seg.opt.nsack == 0:
		r.flags &^= recProbed // the original and the probe have arrived
	}
}

// probeDuplicate reports whether x is the report that both the probe and its
// original have arrived; then nothing was lost.
//
// RFC 8985 §7.4.2.
func (p *PCB) probeDuplicate(x sackBlock) bool {
	r := &p.rec
	if !r.flags.has(recProbed|recProbeAgain) || x.right != r.probe {
		return false
	}
	r.flags &^= recProbed
	return true
}
