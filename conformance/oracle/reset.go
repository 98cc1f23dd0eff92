package oracle

var resetRules = []Rule{
	{ID: "rst-seq", Title: "a RST that its receiver cannot believe", Section: "RFC 9293 §3.5.2, §3.10.7.4", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "rst-after", Title: "the connection goes on after a RST of one's own", Section: "RFC 9293 §3.5.3, §3.10.5", Severity: Error, Vantage: AtHost},
	{ID: "rst-answered", Title: "a RST in answer to a RST", Section: "RFC 9293 §3.5.2, §3.10.7.1", Severity: Error, Vantage: AtHost},
}

// ending is how a host resets a connection.
type ending struct {
	rstNo    int // its last RST that ended the connection
	rebounds int // RSTs that directly followed one of the peer's
	rstLast  int // its last RST of any kind
}

// checkReset judges a RST, and whatever follows one. It reports whether the
// segment is to be looked at as part of a living connection.
func (f *flow) checkReset(s *segment) bool {
	x := s.x
	if s.Flags.Has(RST) {
		f.checkRST(s)
		x.rstLast = s.Number
		x.lastNo, x.lastAt = s.Number, s.At
		return false
	}
	if !s.Flags.Has(ACK) && !s.Flags.Has(SYN) {
		f.find(x, "ack-missing", s.Packet, nil, "flags %v", s.Flags)
		return false
	}
	if x.rstNo != 0 {
		f.find(x, "rst-after", s.Packet, []int{x.rstNo}, "%v follows its own RST", s.Flags)
	}
	if f.dead {
		x.lastNo, x.lastAt = s.Number, s.At
	}
	return !f.dead
}

// checkRST judges a RST: whether it directly answers one, and whether its
// sequence number makes the peer believe it.
//
// RFC 9293 §3.5.2: one that answers a segment with an ACK takes its sequence
// number from there; one that answers a segment without has 0 and an ACK.
func (f *flow) checkRST(s *segment) {
	x, y := s.x, s.y
	if y.rstLast != 0 && y.rstLast == y.lastNo && y.lastNo > x.lastNo {
		if x.rebounds++; x.rebounds == 2 {
			f.find(x, "rst-answered", s.Packet, []int{y.rstLast}, "for the second time a RST follows a RST of the peer directly")
		}
	}
	fresh := x.nxt == x.base && !x.synSeen // nothing but this RST was seen
	zero := s.Seq == 0 && s.Flags.Has(ACK)
	inFlight := s.lo >= x.una && s.lo <= x.nxt
	// What it sent last may have been dropped before it came to the capture.
	inWindow := s.lo >= x.una && x.edgeKnown && s.lo <= x.edge+1
	asked := y.acked && (s.lo == y.ack || s.lo <= x.nxt && s.lo >= x.base)
	if !fresh && !zero && !inFlight && !inWindow && !asked && !f.dead && x.synSeen {
		f.find(x, "rst-seq", s.Packet, nil, "its sequence number is %d away from SND.NXT", s.lo-x.nxt)
		return
	}
	// In the handshake a RST may answer a single segment.
	if x.synSeen && y.synSeen && x.una > x.synAt && y.una > y.synAt && s.lo == x.nxt {
		x.rstNo = s.Number
		f.dead = true
	} else if inFlight || zero {
		f.dead = true
	}
}
