package tcp

// segmentArrives processes one segment in a synchronized state or in
// SYN-RECEIVED. The order of the checks is the RFC's and matters.
//
// RFC 9293 §3.10.7.4.
func (p *PCB) segmentArrives(seg *Segment) {
	if !p.checkSequence(seg) || // first
		!p.checkRST(seg) || // second
		!p.checkSYN(seg) { // fourth; third (security) is not implemented: docs/gaps.md
		return
	}
	p.takeCE(seg)
	if !p.checkACK(seg) { // fifth
		return
	}
	p.takeTimestamp(seg)
	p.checkText(seg) // seventh; sixth (URG): the payload is in-band, the pointer unused
	p.checkFIN(seg)  // eighth
}

// checkSequence is the first check: the segment must have a part in the window,
// and its timestamp must not be old.
//
// RFC 9293 §3.10.7.4, first; RFC 7323 §5.3 for PAWS.
func (p *PCB) checkSequence(seg *Segment) bool {
	if p.features.has(useTimestamps) && !p.checkTimestamp(seg) {
		return false
	}
	if !p.rcv.acceptable(seg.Seq, seg.SeqLen()) && !p.edge(seg) && !p.repeatedSYN(seg) {
		switch {
		case seg.Flags.Has(RST):
			p.t.stats.BadReset++
			return false
		case seg.Flags.Has(SYN):
			p.t.stats.BadFlags++
		case seg.End().AtMost(p.rcv.nxt) && seg.SeqLen() > 0:
			p.t.stats.Duplicate++
			p.reportDuplicate(seg)
			if p.state == TimeWait && seg.Flags.Has(FIN) {
				p.arm(tEnd, 2*p.t.cfg.MSL)
			}
		default:
			p.t.stats.OutOfWindow++
		}
		if p.allowance(seg) {
			p.checkACK(seg)
		}
		if p.state != Closed {
			p.ackOutOfWindow(seg)
		}
		return false
	}
	p.expireOutOfOrder()
	p.lastRecv = p.t.q.Now()
	return true
}

// edge reports whether the segment is an empty ACK on the right edge of the
// window, where a peer that filled the window puts it, or one number behind the
// edge of a closed window, if the peer's probe is in flight.
//
// Deviation: by RFC 9293 §3.10.7.4, table 6, the right edge is outside of the
// window; the ACKs of a peer that lost some of a full window would count for
// nothing. Pinned by TestSegmentArrives.
func (p *PCB) edge(seg *Segment) bool {
	return seg.SeqLen() == 0 && seg.Flags&(ACK|RST) == ACK &&
		(seg.Seq == p.rcv.adv || p.rcv.window() == 0 && seg.Seq == p.rcv.adv.Add(1))
}

// allowance reports whether the ACK of a segment that is not acceptable counts:
// with the window closed, a peer whose probe we refuse acknowledges with it.
//
// RFC 9293 §3.10.7.4, first: "If the RCV.WND is zero, no segments will be
// acceptable, but special allowance should be made to accept valid ACKs".
func (p *PCB) allowance(seg *Segment) bool {
	return p.rcv.window() == 0 && seg.Seq.AtMost(p.rcv.nxt) && seg.Flags&(ACK|SYN|RST) == ACK &&
		p.state.oneOf(synchronized) && seg.Ack.AtLeast(p.snd.una) && seg.Ack.AtMost(p.snd.nxt)
}

// repeatedSYN reports whether the segment is the SYN that brought us to
// SYN-RECEIVED, again or, after a simultaneous open, with an ACK. It lies before
// the window, but says what the peer lacks.
//
// RFC 9293 §3.10.7.4, fourth; §3.5, figure 8.
func (p *PCB) repeatedSYN(seg *Segment) bool {
	return p.state == SynReceived && seg.Flags&(SYN|RST) == SYN && seg.Seq == p.rcv.irs
}

// takeTimestamp notes the timestamp to echo: that of the segment that begins at
// or before the last ACK sent. The segment has passed all checks.
//
// RFC 7323 §4.3.
func (p *PCB) takeTimestamp(seg *Segment) {
	if p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) && seg.Seq.AtMost(p.rcv.acked) &&
		(int32(seg.opt.tsval-p.rcv.tsRecent) >= 0 || p.reasm.empty()) {
		p.rcv.tsRecent = seg.opt.tsval
	}
}

// checkTimestamp is PAWS: a segment older than the newest in order is answered
// with an ACK and dropped. A RST is not subject to it, nor, by our leave, a
// segment without the option.
//
// Nor is, while there is a gap, payload that is older by a little. A segment sent
// again that fills a gap makes TS.Recent newer than what was sent just before it
// and takes longer: where packets are reordered, PAWS would lose it, the next
// repair the next one, and so on. A sequence number does not come again in so
// short a time. Deviation: RFC 7323 §5.3 R1 drops it. Pinned by TestPAWSReordered.
//
// RFC 7323 §5.3 R1. Deviation: §3.2 says that a segment without the option
// SHOULD be dropped; hosts accept it. Pinned by TestMissingTimestamp.
func (p *PCB) checkTimestamp(seg *Segment) bool {
	if !seg.opt.has(hasTimestamp) || seg.Flags.Has(RST) {
		return true
	}
	age := int32(p.rcv.tsRecent - seg.opt.tsval)
	if age <= 0 || age < pawsReorder && seg.Len > 0 && !p.reasm.empty() {
		return true
	}
	// TS.Recent is invalid after 24 days without traffic (RFC 7323 §5.5).
	if p.t.q.Now().Sub(p.lastRecv) > pawsIdle {
		p.rcv.tsRecent = seg.opt.tsval
		return true
	}
	p.t.stats.PAWS++
	if seg.Seq.Before(p.rcv.nxt) && seg.End().AtMost(p.rcv.nxt) {
		p.reportDuplicate(seg) // what was not received is no duplicate (RFC 2883 §4)
	}
	p.ackOutOfWindow(seg)
	return false
}

// checkRST is the second check. A RST at exactly RCV.NXT resets; elsewhere in
// the window it is challenged.
//
// RFC 9293 §3.10.7.4, second; RFC 5961 §3.2.
func (p *PCB) checkRST(seg *Segment) bool {
	if !seg.Flags.Has(RST) {
		return true
	}
	if p.state == TimeWait {
		p.t.stats.BadReset++ // RFC 1337: no assassination
		return false
	}
	if seg.Seq != p.rcv.nxt {
		p.t.stats.BadReset++
		p.challengeACK()
		return false
	}
	switch p.state {
	case SynReceived:
		// A passive open returns to LISTEN: the child goes and nobody is told, but
		// a Forwarder's owner; an active one was refused.
		if p.listener != nil || p.user.has(userForeign) {
			p.free(ErrReset)
		} else {
			p.free(ErrRefused)
		}
	case Closing, LastAck:
		// A peer that has forgotten us after our payload arrived is none the worse
		// for it; one that has not got all of it is.
		if p.sendq.bytes > 0 {
			p.free(ErrReset)
		} else {
			p.free(nil)
		}
	case Closed, Listen, SynSent, Established, FinWait1, FinWait2, CloseWait, TimeWait:
		p.free(ErrReset)
	}
	return false
}

// checkSYN is the fourth check: a SYN on an open connection is challenged; one
// in the window of a passive open returns it to LISTEN.
//
// RFC 9293 §3.10.7.4, fourth; RFC 5961 §4.2.
func (p *PCB) checkSYN(seg *Segment) bool {
	if !seg.Flags.Has(SYN) {
		return true
	}
	if p.repeatedSYN(seg) {
		if p.listener == nil && seg.Flags.Has(ACK) {
			// Simultaneous open: the peer's SYN,ACK acknowledges our SYN. Its window
			// is not scaled (RFC 7323 §2.2); checkACK takes it for scaled.
			seg.Flags &^= SYN
			seg.Seq = seg.Seq.Add(1)
			seg.Wnd >>= p.snd.scale
			return true
		}
		p.t.stats.Duplicate++
		p.resendHead() // our SYN,ACK was lost
		return false
	}
	p.t.stats.BadFlags++
	if p.state == SynReceived && p.listener != nil {
		p.free(ErrReset) // back to LISTEN, where the next SYN is welcome
		return false
	}
	p.challengeACK()
	return false
}
