package tcp

// challenge limits the ACKs that an outsider can provoke.
type challenge struct {
	begun uint32 // of the current second: milliseconds, never 0
	left  uint8
}

// challengeACK answers a suspicious segment with an ACK, so that the real peer
// can correct us. Each connection has its own allowance, of a random size, so
// that it tells an outsider nothing about another (CVE-2016-5696).
//
// RFC 5961 §3.2, §4.2, §5.2, §7.
func (p *PCB) challengeACK() {
	c := &p.challenge
	now := uint32(p.t.q.Now()/1e6) | 1<<31
	if c.begun == 0 || now-c.begun >= 1000 {
		c.begun = now
		c.left = 10 + uint8(p.t.rand.Uint32()&7)
	}
	if c.left == 0 {
		p.t.stats.ChallengeLimited++
		return
	}
	c.left--
	p.t.stats.ChallengeACKs++
	p.sendACK()
}

// ackOutOfWindow answers a segment that is not acceptable. With payload it is a
// peer's repetition and is always answered; without, it may be one end of two
// that acknowledge each other for ever, and shares the challenges' allowance, as
// does a SYN (RFC 5961 §4.2).
//
// RFC 9293 §3.10.7.4, first: "send an acknowledgment in reply (unless the RST bit
// is set)".
func (p *PCB) ackOutOfWindow(seg *Segment) {
	switch {
	case seg.Flags.Has(RST):
	case seg.SeqLen() > 0 && !seg.Flags.Has(SYN):
		p.wishACK(ackNow)
		p.t.markDirty(p)
	default:
		p.challengeACK()
	}
}
