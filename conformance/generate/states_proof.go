package generate

// prove shows that the connection is in the state that the model says, by
// looking at it and by going on from there.
func (s *story) prove() {
	c := &s.conn
	if c.state == synReceived && !c.active || c.state == listen {
		s.fd = 0 // nobody has accepted it yet
	}
	if c.fresh {
		s.accept()
	}
	s.look()
	switch c.state {
	case closed:
		s.proveClosed()
	case listen:
		s.in("+0", segment{bits: ack, seq: 1, ack: 88})
		s.in("+0", segment{bits: syn, seq: 900000})
		s.in("+.1", s.peer(ack, 0, c.nxt))
		s.accept()
		s.look()
	case synSent:
		s.in("+0", segment{bits: syn | ack, seq: 7000, ack: 1})
		s.look()
	case synReceived:
		s.in("+0", s.peer(ack, 0, c.nxt))
		if c.fresh {
			s.accept()
		}
		s.look()
		s.talk(c.nxt)
	case established:
		s.talk(c.nxt)
		if c.state == established {
			s.write(10)
		}
	case finWait1:
		s.talk(c.una)
		s.in("+0", s.peer(ack, 0, c.nxt))
		s.look()
	case finWait2:
		s.talk(c.nxt)
		if c.state == finWait2 {
			s.in("+0", s.peer(fin|ack, 0, c.nxt))
		}
		s.look()
	case closeWait:
		s.read()
		if c.una != c.nxt {
			s.in("+0", s.peer(ack, 0, c.nxt))
		}
		s.write(10)
		s.finish()
		s.look()
	case closing, lastAck:
		s.read()
		s.in("+0", s.peer(ack, 0, c.nxt))
		s.look()
		if c.state == closed {
			s.proveClosed()
		}
	case timeWait:
		s.proveTimeWait()
	}
}

// talk lets the peer send what is missing, or ten octets, and reads it.
func (s *story) talk(ackn uint32) {
	c := &s.conn
	if c.gone {
		return // nobody would read it
	}
	s.read()
	n := uint32(10)
	for x := range uint32(buffer) {
		if c.held[c.rcv+x] || c.early && c.last == c.rcv+x {
			n = x
			break
		}
	}
	s.in("+0", s.peer(psh|ack, n, ackn))
	s.look()
	s.read()
}

// proveClosed shows that nothing is left: the user knows, and an ACK that any
// connection would take or answer by an ACK is answered by a RST.
func (s *story) proveClosed() {
	c := &s.conn
	switch {
	case s.fd == 0:
	case c.err == "ECONNREFUSED":
		s.line("+0 getsockopt(%d, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0", s.fd)
	case c.err != "" && c.rcv == c.irs+1:
		s.line("+0 recv(%d, ..., 20000, MSG_DONTWAIT) = -1 %s", s.fd, c.err)
	case c.err != "":
		s.line("+0 write(%d, ..., 10) = -1 %s", s.fd, c.err)
	}
	s.in("+0", segment{bits: ack, seq: c.rcv, ack: 88})
}

// proveTimeWait comes back 70 s after TIME-WAIT began, of which 40 had passed
// before the segment: the connection is still there if its 2 MSL of 60 s began
// anew.
func (s *story) proveTimeWait() {
	c := &s.conn
	if !c.again {
		c.state = closed
	}
	s.wait = ""
	s.in("+30", segment{bits: fin | ack, seq: c.rcv - 1, ack: c.nxt})
}

// fence ends a script: an ACK of no connection is answered by a RST, which is
// the next packet only if the stack has sent nothing that the script does not
// know of.
func (s *story) fence() {
	s.line("+0 < 9 > 8080 . 1:1(0) ack 77 win %d", window)
	s.line("+0 > 8080 > 9 R 77:77(0)")
}
