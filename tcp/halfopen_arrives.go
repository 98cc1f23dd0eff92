package tcp

// halfOpenArrives processes a segment for a half-open connection: the checks of
// SYN-RECEIVED in the RFC's order, as PCB.segmentArrives has them. What passes
// them all makes a PCB, which takes the segment from the ACK on.
//
// RFC 9293 §3.10.7.4.
func (t *Protocol) halfOpenArrives(h *halfOpen, seg *Segment) {
	p := t.asPCB(h)
	if !t.halfOpenSequence(h, p, seg) { // first
		return
	}
	switch {
	case seg.Flags.Has(RST): // second
		if seg.Seq != p.rcv.nxt {
			t.stats.BadReset++
			t.challengeHalfOpen(h, p)
			return
		}
		t.removeHalfOpen(h) // back to LISTEN; the user is not told
	case p.repeatedSYN(seg):
		t.stats.Duplicate++
		t.resendSYNACK(h)
	case seg.Flags.Has(SYN): // fourth: back to LISTEN, where the next SYN is welcome
		t.stats.BadFlags++
		t.removeHalfOpen(h)
	case !seg.Flags.Has(ACK): // fifth
		t.stats.BadFlags++
	case seg.Ack != h.iss.Add(1):
		t.stats.BadAck++
		p.resetFor(seg)
	default:
		t.completeHalfOpen(h, seg)
	}
}

// resendSYNACK repeats the SYN,ACK for a peer that repeats its SYN. When it is due
// next does not change, unless the driver has no room for it now.
func (t *Protocol) resendSYNACK(h *halfOpen) {
	tries := h.tries
	t.repeatSYNACK(h)
	sent := h.tries != tries || tries == 255
	h.tries = tries
	if sent == (tries > 0) {
		return
	}
	t.unschedule(h)
	h.tries = 0
	if sent {
		h.tries = 1
	}
	t.schedule(h, t.synWait(h.tries))
}

// halfOpenSequence is the first check.
//
// RFC 9293 §3.10.7.4, first; RFC 7323 §5.3.
func (t *Protocol) halfOpenSequence(h *halfOpen, p *PCB, seg *Segment) bool {
	if p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) && !seg.Flags.Has(RST) &&
		int32(seg.opt.tsval-h.tsRecent) < 0 {
		t.stats.PAWS++
		t.answerHalfOpen(h, p, seg)
		return false
	}
	if p.rcv.acceptable(seg.Seq, seg.SeqLen()) || p.edge(seg) || p.repeatedSYN(seg) {
		return true
	}
	switch {
	case seg.Flags.Has(RST):
		t.stats.BadReset++
		return false
	case seg.Flags.Has(SYN):
		t.stats.BadFlags++
	case seg.End().AtMost(p.rcv.nxt) && seg.SeqLen() > 0:
		t.stats.Duplicate++
	default:
		t.stats.OutOfWindow++
	}
	t.answerHalfOpen(h, p, seg)
	return false
}

// answerHalfOpen is PCB.ackOutOfWindow.
func (t *Protocol) answerHalfOpen(h *halfOpen, p *PCB, seg *Segment) {
	if seg.SeqLen() > 0 && !seg.Flags.Has(SYN) {
		p.sendACK()
		return
	}
	t.challengeHalfOpen(h, p)
}

// challengeHalfOpen is PCB.challengeACK; a half-open connection has one allowance
// for its short life.
func (t *Protocol) challengeHalfOpen(h *halfOpen, p *PCB) {
	if h.spare == 0 {
		t.stats.ChallengeLimited++
		return
	}
	h.spare--
	t.stats.ChallengeACKs++
	p.sendACK()
}

// completeHalfOpen makes a PCB of h, whose SYN the segment acknowledges. If the
// accept queue is full, or there is no PCB to be had, the segment is dropped: the
// peer takes the connection for open and sends again, or it gets our SYN,ACK
// again and acknowledges that.
func (t *Protocol) completeHalfOpen(h *halfOpen, seg *Segment) {
	l := h.l
	if l.full() {
		t.stats.AcceptFull++
		return
	}
	if l.deferAccept != 0 && seg.Len == 0 && !seg.Flags.Has(FIN) && t.deferHalfOpen(h) {
		return
	}
	p, err := t.newPCB(l.prio)
	if err != nil {
		return
	}
	v := *h
	t.removeHalfOpen(h)
	t.adopt(p, &v, seg)
}

// adopt makes p the connection that v describes, and lets it take the segment
// that completes the handshake.
func (t *Protocol) adopt(p *PCB, v *halfOpen, seg *Segment) {
	v.load(t, p)
	p.link()
	p.listener = v.l
	v.l.pending++
	p.setState(SynReceived)
	s := t.newSegment()
	s.flags = segSYN
	p.sendq.append(s)
	p.sendq.unsent = nil
	p.snd.nxt = s.end()
	p.rec.since = t.q.Now()
	p.rec.backoff = v.tries - min(v.tries, 1)
	p.rcv.acked = p.rcv.nxt
	if v.again {
		s.flags |= segAgain
	} else if v.due != 0 {
		s.sentAt = v.due.Add(-t.synWait(v.tries))
		if v.end != 0 && v.due == v.end {
			s.flags |= segAgain // when it was sent is not known any more
		}
	}
	p.segmentArrives(seg)
	if p.state == SynReceived { // the segment failed a later check
		p.armRexmit()
	}
	p.tell()
	t.markDirty(p)
}
