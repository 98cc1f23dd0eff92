package oracle

var sackRules = []Rule{
	{ID: "sack-unasked", Title: "SACK without both sides' permission", Section: "RFC 2018 §2, §4", Severity: Error},
	{ID: "sack-block", Title: "a SACK block is no range of sequence numbers above the ACK", Section: "RFC 2018 §3, RFC 2883 §4", Severity: Error},
	{ID: "sack-false", Title: "SACK of what was never sent", Section: "RFC 2018 §3, §4", Severity: Error},
	{ID: "dsack-false", Title: "a duplicate is reported that was not received twice", Section: "RFC 2883 §4", Severity: Error, Vantage: AtHost, Whole: true},
}

// checkSACK judges the SACK blocks of a segment.
//
// The first block reports a duplicate if it lies below the ACK or within the
// second (RFC 2883 §4); an empty one answers a probe without payload, as Linux
// does.
func (f *flow) checkSACK(s *segment) {
	x, y := s.x, s.y
	if len(s.Options.SACK) == 0 || s.Flags.Has(SYN) {
		return
	}
	y.lossSeen = true
	if x.agreed() && !(x.syn.SACKPermitted && y.syn.SACKPermitted) {
		f.find(x, "sack-unasked", s.Packet, nil, "the SYNs do not permit SACK")
		return
	}
	var blocks [4]span
	n := copy(blocks[:], make([]span, min(len(s.Options.SACK), len(blocks))))
	for i, b := range s.Options.SACK[:n] {
		lo := y.unwrap(b.Left)
		blocks[i] = span{lo, lo + int64(int32(b.Right-b.Left))}
	}
	for i, b := range blocks[:n] {
		first := i == 0
		duplicate := first && (b.hi <= s.ack || n > 1 && blocks[1].lo <= b.lo && b.hi <= blocks[1].hi)
		switch {
		case b.hi < b.lo, b.hi == b.lo && !duplicate:
			f.find(x, "sack-block", s.Packet, nil, "block %d ends %d octets before it begins", i+1, b.lo-b.hi)
		case duplicate:
			f.checkDuplicate(s, b)
		case b.lo <= s.ack:
			f.find(x, "sack-block", s.Packet, nil, "block %d begins %d octets below the ACK", i+1, s.ack-b.lo)
		default:
			y.reported = max(y.reported, b.hi)
			if g, missing := y.seen.gap(b.lo, b.hi); missing {
				y.claim("sack-false", s, g, true)
			}
		}
	}
}

// checkDuplicate judges a report of a duplicate.
func (f *flow) checkDuplicate(s *segment, b span) {
	y := s.y
	if b.lo == b.hi || b.lo < y.base || y.dupLost || y.dup.covers(b.lo, b.hi) {
		return
	}
	f.find(s.x, "dsack-false", s.Packet, nil, "%d octets are reported as received twice, some of which came once at most", b.hi-b.lo)
}
