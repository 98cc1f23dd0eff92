package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// pawsIdle is after how long without traffic a timestamp proves nothing.
//
// RFC 7323 §5.5.
const pawsIdle = 24 * 24 * time.Hour

// pawsReorder is how much older than TS.Recent, in ticks of the peer's clock, a
// segment that fills a gap may be: a quarter of a second as a rule.
const pawsReorder = 250

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
	case p.features.has(useSACK):
		if seg.opt.nsack > 0 && (p.snd.flight() > 0 || p.sendq.board != nil) || p.rec.flags.has(recProbed) {
			p.sackOnly(seg)
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
	ack := cc.Ack{Now: now, Flight: p.pipe(), Limited: p.snd.una.Before(p.rec.full) && !ece}
	out := p.snd.flight()
	if b := p.sendq.board; b != nil {
		b.news = p.ackNews(seg)
	}
	r := p.t.ack(&p.sendq, seg.Ack)
	p.snd.una = seg.Ack
	if p.rec.full.Before(seg.Ack) {
		p.rec.full = seg.Ack // keep up, lest the comparison wrap
	}
	if p.sendq.board != nil || seg.opt.nsack > 0 {
		ack.Acked = p.scoreboard(seg)
	}
	ack.Acked += r.bytes - r.known
	ack.RTT = p.sampleRTT(seg, r.sentAt)
	p.rec.tries = 0
	if p.net != nil {
		p.net.Reachable(p.ifc, p.id.remote)
	}
	p.probeArrived()
	if p.rec.flags.has(recProbed) {
		p.probeOnACK(seg, true, out)
	}
	if p.sendq.board != nil {
		p.recoverBySACK(ack, true)
		p.settleBoard()
	} else {
		p.recoverOnACK(ack)
	}
	p.sampleRate(ack)
	p.rec.flags |= recProbeDue
	p.tuneSend()
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

// scoreboard takes the SACK option of an ACK, and returns how much payload it
// newly reports. SEG.ACK was taken already.
func (p *PCB) scoreboard(seg *Segment) int {
	b := p.sendq.board
	if b != nil {
		b.acked(p.snd.una)
	}
	if seg.opt.nsack == 0 || !p.features.has(useSACK) {
		return 0
	}
	p.takeDuplicate(seg)
	p.takeSACK(seg)
	if b = p.sendq.board; b == nil {
		return 0
	}
	return b.news.sacked
}

// sackOnly processes an ACK that may carry SACK blocks and acknowledges nothing
// new.
func (p *PCB) sackOnly(seg *Segment) {
	ack := cc.Ack{Now: p.t.q.Now(), Flight: p.pipe(), Limited: p.snd.una.Before(p.rec.full)}
	if b := p.sendq.board; b != nil {
		b.news = p.ackNews(seg)
	}
	ack.Acked = p.scoreboard(seg)
	p.probeOnACK(seg, false, p.snd.flight())
	b := p.sendq.board
	if b == nil {
		return
	}
	if b.news.sacked > 0 {
		b.until = p.snd.nxt
		ack.RTT = p.sampleRTT(seg, 0)
	}
	p.recoverBySACK(ack, false)
	p.settleBoard()
	p.sampleRate(ack)
	p.rec.flags |= recProbeDue
}

// sampleRTT takes the round trip that an ACK shows: of the newest segment that it
// acknowledges or reports, sent at sentAt if it is acknowledged; or the one that
// a timestamp tells if that segment was sent more than once. It returns the first
// kind, or 0. The RTO that was backed off stays until there is a sample.
//
// RFC 6298 §3, §5.7 (Karn); RFC 7323 §4.1.
func (p *PCB) sampleRTT(seg *Segment, sentAt timers.Time) time.Duration {
	cfg := &p.t.cfg
	if b := p.sendq.board; b != nil {
		sentAt = max(sentAt, b.news.sackedAt)
	}
	var rtt, clean time.Duration
	switch {
	case sentAt != 0:
		rtt = p.t.q.Now().Sub(sentAt)
		clean = max(rtt, time.Microsecond)
	case p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) && seg.opt.tsecr != 0 && seg.Ack == p.snd.una:
		// An echo of days ago is a lie.
		rtt = time.Duration(int32(p.now32()-seg.opt.tsecr)) * time.Millisecond
		if rtt < 0 || rtt > cfg.MaxRTO {
			return 0
		}
	default:
		return 0
	}
	p.rtt.sample(rtt, cfg.MinRTO, cfg.RTOMargin, cfg.MaxRTO)
	p.rec.backoff = 0
	p.rec.flags |= recSampled
	return clean
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
		p.rec.backoff, p.rec.tries = 0, 0
	}
	if wasZero && p.sendq.head != p.sendq.unsent && p.sendq.head != nil {
		// What was sent into the closed window was a probe, and refused. It goes
		// again with what follows it, in place of one octet.
		if head := p.sendq.head; head.next == p.sendq.unsent && head.flags&(segLost|segSacked) == 0 {
			p.t.refill(&p.sendq, head, min(p.SegmentPayload(), int(p.snd.wnd)))
			p.snd.nxt = head.end()
		}
		p.sendq.markLost(p.sendq.head)
	}
}
