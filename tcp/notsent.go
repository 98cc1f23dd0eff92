package tcp

// SendSpace returns how many bytes Write accepts now: what is free of the send
// buffer, but no more than brings the bytes never sent to NotSentLowat.
//
// lwIP: tcp_sndbuf.
func (p *PCB) SendSpace() int {
	limit := p.t.cfg.SendQueue
	if limit == 0 {
		limit = max(int(p.sendBuf)/64, 16)
	}
	if int(p.sendq.segs) >= limit {
		return 0
	}
	space := max(p.sendSize()-p.sendq.bytes, 0)
	lowat := p.NotSentLowat()
	if lowat == 0 {
		return space
	}
	left := lowat - p.unsent()
	if left <= 0 {
		return 0
	}
	return min(space, max(left, p.SegmentPayload()))
}

// unsent returns how many bytes were written and never sent.
func (p *PCB) unsent() int { return p.sendq.end.Sub(p.snd.nxt) }

// SendLimit returns how many bytes SendSpace comes to when nothing waits.
func (p *PCB) SendLimit() int {
	lowat := p.NotSentLowat()
	if lowat == 0 {
		return int(p.sendBuf)
	}
	return min(int(p.sendBuf), max(lowat, p.SegmentPayload()))
}

// NotSentLowat returns what SetNotSentLowat set, or the stack's default.
func (p *PCB) NotSentLowat() int {
	if p.own != nil && p.own.lowat != 0 {
		return p.own.lowat
	}
	return p.t.cfg.NotSentLowat
}

// SetNotSentLowat makes SendSpace zero while n bytes or more were written and
// never sent, so that an application decides late what it sends; 0 is
// Config.NotSentLowat.
// Handler.Sent then also tells when bytes were sent.
func (p *PCB) SetNotSentLowat(n int) { p.more().lowat = min(max(n, 0), maxBuffer) }

// tellUnsent tells the owner that fewer bytes wait to be sent than the low-water
// mark, if output, which began at SND.NXT = from, has changed that.
func (p *PCB) tellUnsent(from Seq) {
	if p.snd.nxt == from || !p.state.oneOf(sending) {
		return
	}
	if lowat := p.NotSentLowat(); lowat != 0 && p.unsent() < lowat {
		p.up.Sent(p, 0)
	}
}
