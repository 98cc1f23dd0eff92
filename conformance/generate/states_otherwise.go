package generate

// otherwise is §3.10.7.4.
func (c *conn) otherwise(s *segment) verdict {
	for _, step := range []func(*segment) (verdict, bool){c.first, c.second, c.fourth, c.fifth} {
		if v, done := step(s); done {
			return v
		}
	}
	return c.seventhAndEighth(s)
}

// acceptable is table 6 of RFC 9293, §3.10.7.4.
func (c *conn) acceptable(s *segment) bool {
	n := s.length()
	switch {
	case n == 0 && c.edge == c.rcv:
		return s.seq == c.rcv
	case n == 0:
		return between(c.rcv, s.seq, c.edge)
	case c.edge == c.rcv:
		return false
	}
	return between(c.rcv, s.seq, c.edge) || between(c.rcv, s.seq+n-1, c.edge)
}

// onEdge tells the exception to table 6 that docs/gaps.md has: a peer that filled
// the window acknowledges from its right edge, and from one number behind it if
// the window is closed and a probe on the way.
func (c *conn) onEdge(s *segment) bool {
	pure := s.length() == 0 && s.has(ack) && !s.has(rst)
	return pure && (s.seq == c.edge || c.edge == c.rcv && s.seq == c.edge+1)
}

// first checks the sequence number.
func (c *conn) first(s *segment) (verdict, bool) {
	switch repeated := c.state == synReceived && s.bits&(syn|rst) == syn && s.seq == c.irs; {
	case repeated && c.active && s.has(ack) && s.ack == c.nxt:
		c.una, c.state = s.ack, established
		return silence("RFC 9293 §3.5, figure 7: in a simultaneous open the peer's SYN,ACK, which repeats its SYN, acknowledges ours."), true
	case repeated:
		return answer("RFC 9293 §3.10.7.4, first: the SYN that made the connection, again, is answered; the peer lacks our SYN, so it goes along.", c.synAck()), true
	case c.acceptable(s) || c.onEdge(s):
		return verdict{}, false
	case s.has(rst):
		return silence("RFC 9293 §3.10.7.4, first (RFC 5961 §3.2): a RST outside the window is dropped."), true
	case c.state == timeWait && s.has(fin) && !s.has(syn) && s.seq+s.length() == c.rcv:
		c.again = true
		return answer("RFC 9293 §3.10.7.4, eighth: the peer's FIN, again, is acknowledged, and the 2 MSL begin anew.", c.acknowledgment()), true
	}
	if c.edge == c.rcv && s.has(ack) && !s.has(syn) && s.seq == c.rcv && between(c.una, s.ack, c.nxt+1) {
		c.una = s.ack
		return answer("RFC 9293 §3.10.7.4, first: with a closed window nothing is taken, but valid ACKs are.", c.acknowledgment()), true
	}
	return answer("RFC 9293 §3.10.7.4, first: a segment that is not acceptable is answered by an ACK and dropped.", c.acknowledgment()), true
}

// second checks RST.
func (c *conn) second(s *segment) (verdict, bool) {
	switch {
	case !s.has(rst):
		return verdict{}, false
	case c.state == timeWait:
		return silence("RFC 1337 §3 (F1): a RST in TIME-WAIT is ignored."), true
	case s.seq != c.rcv:
		return answer("RFC 9293 §3.10.7.4, second (RFC 5961 §3.2): a RST in the window, but not at RCV.NXT, gets a challenge ACK.", c.acknowledgment()), true
	}
	switch {
	case c.state == synReceived && !c.active:
		*c = conn{state: listen}
		return silence("RFC 9293 §3.10.7.4, second: a RST at RCV.NXT returns a passive open to LISTEN."), true
	case c.state == synReceived:
		c.err = "ECONNREFUSED"
	case c.state != closing && c.state != lastAck:
		c.err = "ECONNRESET"
	}
	c.state = closed
	return silence("RFC 9293 §3.10.7.4, second (RFC 5961 §3.2): a RST at RCV.NXT resets the connection."), true
}

// fourth checks SYN. There is no third: security is not implemented.
func (c *conn) fourth(s *segment) (verdict, bool) {
	switch {
	case !s.has(syn):
		return verdict{}, false
	case c.state == synReceived && !c.active:
		*c = conn{state: listen}
		return silence("RFC 9293 §3.10.7.4, fourth: a SYN in the window returns a passive open to LISTEN."), true
	}
	return answer("RFC 9293 §3.10.7.4, fourth (RFC 5961 §4.2): a SYN gets a challenge ACK.", c.acknowledgment()), true
}

// fifth checks ACK.
func (c *conn) fifth(s *segment) (verdict, bool) {
	if !s.has(ack) {
		return silence("RFC 9293 §3.10.7.4, fifth: a segment without ACK is dropped."), true
	}
	if c.state == synReceived {
		if !between(c.una+1, s.ack, c.nxt+1) {
			return answer("RFC 9293 §3.10.7.4, fifth; §3.5.2, group 2: in SYN-RECEIVED an ACK that is not acceptable is answered by <SEQ=SEG.ACK><CTL=RST>.", reset(s)), true
		}
		c.una, c.state, c.fresh = s.ack, established, !c.active
	}
	if !between(c.una-c.max, s.ack, c.nxt+1) {
		return answer("RFC 9293 §3.10.7.4, fifth (RFC 5961 §5.2): an ACK outside of SND.UNA-MAX.SND.WND to SND.NXT is answered by an ACK, and the segment dropped.", c.acknowledgment()), true
	}
	if between(c.una, s.ack, c.nxt+1) {
		c.una = s.ack
	}
	if !c.ended || c.una != c.nxt {
		return verdict{}, false
	}
	switch c.state {
	case finWait1:
		c.state = finWait2
	case closing:
		c.state, c.again = timeWait, true
		return silence("RFC 9293 §3.10.7.4, fifth: in CLOSING the ACK of our FIN leads to TIME-WAIT."), true
	case lastAck:
		c.state = closed
		return silence("RFC 9293 §3.10.7.4, fifth: in LAST-ACK the ACK of our FIN ends the connection."), true
	}
	return verdict{}, false
}

// receiving reports whether text and FIN are looked at in this state.
func (c *conn) receiving() bool {
	return c.state == established || c.state == finWait1 || c.state == finWait2
}

// seventhAndEighth take text and FIN: whatever they do, one ACK says so. Sixth,
// URG, is nothing that a peer sees.
func (c *conn) seventhAndEighth(s *segment) verdict {
	if !c.receiving() {
		if s.n > 0 {
			return silence("RFC 9293 §3.10.7.4, seventh: after the peer's FIN text is ignored.")
		}
		return silence("RFC 9293 §3.10.7.4, fifth: an acceptable ACK is processed and not answered.")
	}
	if c.gone && s.n > 0 && between(c.rcv, s.seq+s.n-1, c.edge) {
		c.state = closed
		return answer("RFC 9293 §3.6.1: text that comes after CLOSE is answered by a RST, for nobody will read it.", reset(s))
	}
	before, waiting := c.rcv, len(c.held) > 0 || c.early
	c.text(s)
	ended := c.end(s)
	a := c.acknowledgment()
	switch {
	case ended:
		return answer("RFC 9293 §3.10.7.4, eighth: a FIN in order is acknowledged, and the user told.", a)
	case c.rcv != before && (waiting || len(c.held) > 0):
		return answer("RFC 9293 §3.10.7.4, seventh; RFC 5681 §4.2: text that fills a gap is acknowledged at once.", a)
	case c.rcv != before:
		a.soon = true
		return answer("RFC 9293 §3.10.7.4, seventh: text in order is taken, and acknowledged within half a second.", a)
	case s.length() > 0:
		return answer("RFC 9293 §3.10.7.4, seventh (SHLD-31); RFC 5681 §4.2: what is ahead of a gap is held, and acknowledged at once.", a)
	}
	return silence("RFC 9293 §3.10.7.4, fifth: an acceptable ACK is processed and not answered.")
}

// text keeps each octet that is in the window, and moves RCV.NXT over those that
// are there.
func (c *conn) text(s *segment) {
	for k := range s.n {
		if x := s.seq + k; between(c.rcv, x, c.edge) {
			c.held[x] = true
		}
	}
	for c.held[c.rcv] {
		delete(c.held, c.rcv)
		c.rcv++
		c.unread++
	}
}

// end takes a FIN, of this segment or of an earlier one, if everything before it
// is there.
func (c *conn) end(s *segment) bool {
	if at := s.seq + s.n; s.has(fin) && between(c.rcv, at, c.edge) {
		c.last, c.early = at, true
	}
	if !c.early || c.last != c.rcv {
		return false
	}
	c.rcv++
	c.early = false
	switch c.state {
	case established:
		c.state = closeWait
	case finWait1:
		c.state = closing
	case finWait2:
		c.state, c.again = timeWait, true
	}
	return true
}
