package tcp

// sendSpace is the send sequence space.
//
//	      1         2          3          4
//	─────────┼──────────┼──────────┼──────────
//	      SND.UNA    SND.NXT    SND.UNA
//	                            +SND.WND
//
//	1 acknowledged  2 in flight  3 may be sent  4 may not yet be sent
//
// RFC 9293 §3.3.1, figure 3.
type sendSpace struct {
	una, nxt Seq
	wl1, wl2 Seq // segment and ACK of the last window update
	iss      Seq
	wnd      uint32 // SND.WND, scaled
	maxWnd   uint32 // the largest wnd seen
	mss      uint16 // payload of a full segment by the peer's MSS and our MTU, options not counted
	scale    uint8  // Snd.Wind.Shift
}

// usable returns how many bytes of new data the peer's window takes; negative if
// the window shrank.
func (s *sendSpace) usable() int { return s.una.Add(int(s.wnd)).Sub(s.nxt) }

// flight returns the sequence space sent and not acknowledged.
func (s *sendSpace) flight() int { return s.nxt.Sub(s.una) }

// acceptable returns the number for a segment without payload that the peer will
// accept: SND.NXT, or the end of its window if a probe or a shrunken window put
// SND.NXT beyond it.
func (s *sendSpace) acceptable() Seq {
	if s.usable() < 0 {
		return s.una.Add(int(s.wnd))
	}
	return s.nxt
}

// update takes the window of a segment over if the segment is not older than the
// one that set it last, and reports whether the window changed.
//
// Deviation: RFC 9293 §3.10.7.4, fifth check, ESTABLISHED, takes a segment for
// older whose sequence number is lower. What the peer sends again has a low
// number and is not old: if it acknowledges something new, no segment that came
// before was sent after it, and SND.UNA, which it moves, would take the right
// edge of the former window beyond what the peer ever offered. Pinned by
// TestWindowUpdateOrder.
func (s *sendSpace) update(seq, ack Seq, wnd uint32) bool {
	if !(s.una.Before(ack) || s.wl1.Before(seq) || s.wl1 == seq && s.wl2.AtMost(ack)) {
		return false
	}
	changed := s.wnd != wnd
	s.wnd, s.wl1, s.wl2 = wnd, seq, ack
	s.maxWnd = max(s.maxWnd, wnd)
	return changed
}
