package sockets

import (
	"io"

	"github.com/golwip/lwip/api"
)

// Read is Recv without flags.
//
// lwIP: lwip_read.
func (p *Protocol) Read(fd int, b []byte) (int, error) { return p.Recv(fd, b, 0) }

// Recv receives into b: bytes of a connection, at least one, or one datagram, of
// which what does not fit is lost. It waits, unless the socket is non-blocking
// or MSG_DONTWAIT is set, or SO_RCVTIMEO passes. At the end of a stream, and
// after shutdown for reading, it returns 0.
//
// MSG_PEEK leaves what was received where it is, and sees all that waits.
// MSG_WAITALL waits until b is full, the stream ends, or time is over, and
// returns what there is.
//
// Errors: EAGAIN, ENOTCONN, ECONNRESET, ETIMEDOUT, ECONNREFUSED (UDP, after an
// ICMP message), EBADF.
//
// lwIP: lwip_recv.
func (p *Protocol) Recv(fd int, b []byte, flags int) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	n, _, err := s.recv(b, flags)
	s.leave()
	return n, err
}

// Recvfrom is Recv that also returns the sender, or a connection's peer.
//
// lwIP: lwip_recvfrom.
func (p *Protocol) Recvfrom(fd int, b []byte, flags int) (int, SockAddr, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, nil, err
	}
	defer s.leave()
	n, m, err := s.recv(b, flags)
	if err != nil {
		return n, nil, err
	}
	if s.isStream() {
		peer, err := s.conn.Peer()
		if err != nil {
			return n, nil, nil
		}
		return n, s.sockAddr(peer), nil
	}
	return n, s.sockAddr(m.From), nil
}

// recv is Recv for a socket. m tells of a datagram.
func (s *socket) recv(b []byte, flags int) (n int, m api.Received, err error) {
	if s.isStream() {
		n, err = s.recvStream(b, flags)
		return n, m, err
	}
	n, _, m, err = s.conn.RecvBytes(b, recvFlags(flags))
	return n, m, s.p.errno(err)
}

// recvFlags returns what the Netconn does about the flags.
func recvFlags(flags int) (f api.RecvFlags) {
	if flags&MSG_PEEK != 0 {
		f |= api.RecvPeek
	}
	if flags&MSG_DONTWAIT != 0 {
		f |= api.RecvDontBlock
	}
	return f
}

// recvStream is Recv for a connection.
func (s *socket) recvStream(b []byte, flags int) (int, error) {
	if flags&MSG_WAITALL != 0 && len(b) > 0 && s.waitsAll(flags) {
		return s.recvAll(b, flags)
	}
	n, _, _, err := s.conn.RecvBytes(b, recvFlags(flags))
	return s.received(n, err)
}

// received returns what a read of a connection tells: 0 at its end. Why it broke
// is told once, after that it has just ended.
func (s *socket) received(n int, err error) (int, error) {
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		return 0, nil
	}
	first, connected := s.report(posix(err))
	switch {
	case first:
		return 0, s.p.errno(err)
	case connected:
		return 0, nil
	}
	return 0, ENOTCONN
}

// report notes that a stream's error is told. It says whether that is for the
// first time, as is any error that does not end it, and whether there had been a
// connection.
func (s *socket) report(e Errno) (first, connected bool) {
	if !endsStream(e) {
		return true, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	first = !s.state.has(reported)
	s.state |= reported
	return first, s.state.has(established) || e == ECONNRESET || e == ECONNABORTED
}

// endsStream reports whether an error that reading or writing returns means that
// the connection is no more.
func endsStream(e Errno) bool {
	switch e {
	case ECONNRESET, ECONNREFUSED, ECONNABORTED, ETIMEDOUT, EHOSTUNREACH, EHOSTDOWN, ENETUNREACH:
		return true
	}
	return false
}

// waitsAll reports whether MSG_WAITALL counts.
func (s *socket) waitsAll(flags int) bool {
	return flags&MSG_DONTWAIT == 0 && !s.p.cfg.IgnoreWaitAll && !s.conn.Nonblocking()
}

// recvAll receives until b is full, the stream ends, or SO_RCVTIMEO has passed
// since it began.
func (s *socket) recvAll(b []byte, flags int) (n int, err error) {
	deadline := s.p.deadline(s.conn.RecvTimeout())
	f := recvFlags(flags) | api.RecvDontBlock
	peek := flags&MSG_PEEK != 0
	least := 1
	if peek {
		least = len(b)
	}
	for {
		ended := s.conn.Readiness().Ended
		if peek {
			n = 0
		}
		k, _, _, err := s.conn.RecvBytes(b[n:], f)
		n += k
		switch {
		case n == len(b), err != nil && err != api.ErrWouldBlock, peek && ended && n > 0:
			return s.receivedSome(n, err)
		}
		if err := s.awaitBytes(least, deadline); err != nil {
			return s.receivedSome(n, err)
		}
	}
}

// receivedSome is received, but an error waits for the next call if there are
// bytes.
func (s *socket) receivedSome(n int, err error) (int, error) {
	if n > 0 {
		s.mark(established, true)
		return n, nil
	}
	return s.received(n, err)
}
