package oracle

var optionRules = []Rule{
	{ID: "opt-malformed", Title: "options that do not parse", Section: "RFC 9293 §3.1 (MUST-4, MUST-7)", Severity: Error},
	{ID: "opt-syn-only", Title: "an option outside of a SYN that belongs there", Section: "RFC 9293 §3.7.1, RFC 7323 §2.2, RFC 2018 §2", Severity: Error},
	{ID: "opt-unasked", Title: "a SYN-ACK has an option that the SYN has not", Section: "RFC 7323 §2.2, §3.2", Severity: Error},
	{ID: "opt-scale", Title: "a window scale above 14", Section: "RFC 7323 §2.3", Severity: Error},
	{ID: "opt-mss", Title: "a segment longer than the peer's MSS", Section: "RFC 9293 §3.7.1 (MUST-15, MUST-16), RFC 6691 §2", Severity: Error},
}

// maxScale is the largest shift (RFC 7323 §2.3).
const maxScale = 14

// checkOptions judges a segment's options, and its length by the peer's MSS.
func (f *flow) checkOptions(s *segment) {
	x, y := s.x, s.y
	o := &s.Options
	if o.Malformed != "" {
		f.find(x, "opt-malformed", s.Packet, nil, "%s", o.Malformed)
		return
	}
	if !s.Flags.Has(SYN) {
		if o.MSS != 0 || o.Scale >= 0 || o.SACKPermitted {
			f.find(x, "opt-syn-only", s.Packet, nil, "MSS, Window Scale or SACK-Permitted on %v", s.Flags)
		}
		f.checkMSS(s)
		return
	}
	if o.Scale > maxScale {
		f.find(x, "opt-scale", s.Packet, nil, "the window scale is %d", o.Scale)
	}
	if s.Flags.Has(ACK) && y.synSeen && !y.synAck && y.syn.Whole {
		switch {
		case o.Scale >= 0 && y.syn.Scale < 0:
			f.find(x, "opt-unasked", s.Packet, nil, "Window Scale, which the SYN did not offer")
		case o.Timestamps && !y.syn.Timestamps:
			f.find(x, "opt-unasked", s.Packet, nil, "Timestamps, which the SYN did not offer")
		}
	}
}

// checkMSS judges a segment's length. The MSS counts payload and options
// (RFC 6691 §2). Segments whose checksum is not in the capture or left to a card
// may be ones that the card splits or has put together; so may those of a host
// that sends some of twice the length or more, unless the capture is said to be
// from a wire.
func (f *flow) checkMSS(s *segment) {
	mss := s.x.mss()
	n := s.PayloadLen + s.Options.Len
	if mss == 0 || n <= mss || s.PayloadLen == 0 || s.Sum != Good {
		return
	}
	if f.j.opts.Checksum != ChecksumStrict && s.PayloadLen >= 2*(mss-s.Options.Len) {
		f.j.large[s.Src.Addr()] = true
		return
	}
	f.find(s.x, "opt-mss", s.Packet, nil, "%d octets of options and payload, where the peer takes %d", n, mss)
}
