package sockets

import (
	"github.com/golwip/lwip/api"
)

// Msg is a message with everything that belongs to it.
//
// C: struct msghdr, with struct iovec.
type Msg struct {
	// Name is where to send a datagram, and where one came from.
	Name SockAddr
	// Iov is the pieces of memory to send from, or to fill.
	Iov [][]byte
	// Control is the control messages to send. What Recvmsg returns is written to
	// its memory, as far as its length allows, and Control is cut to that.
	Control []byte
	// Flags is set by Recvmsg: MSG_TRUNC, MSG_CTRUNC.
	Flags int
}

// check returns EMSGSIZE if the number of pieces is out of range.
//
// lwIP: IOV_MAX.
func (m *Msg) check() error {
	if len(m.Iov) == 0 || len(m.Iov) > 65535 {
		return EMSGSIZE
	}
	return nil
}

// size returns the length of all pieces in bytes.
func (m *Msg) size() (n int) {
	for _, b := range m.Iov {
		n += len(b)
	}
	return n
}

// Readv is Recvmsg without flags and names; it returns how many bytes were
// stored.
//
// lwIP: lwip_readv.
func (p *Protocol) Readv(fd int, iov [][]byte) (int, error) {
	m := Msg{Iov: iov}
	n, err := p.Recvmsg(fd, &m, 0)
	return min(n, m.size()), err
}

// Recvmsg is Recv into several pieces that also tells the sender, and the
// interface and address that a datagram came to (IP_PKTINFO, IPV6_RECVPKTINFO).
// For a datagram that did not fit it sets MSG_TRUNC in m.Flags and returns the
// whole length, which is then more than was stored.
//
// Errors: Recv's, EFAULT for no message, EMSGSIZE for no piece or more than
// 65535, EOPNOTSUPP for flags other than MSG_PEEK, MSG_DONTWAIT, MSG_WAITALL and
// MSG_NOSIGNAL.
//
// lwIP: lwip_recvmsg, which returns the whole length, too; POSIX returns what was
// stored.
func (p *Protocol) Recvmsg(fd int, m *Msg, flags int) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	defer s.leave()
	switch {
	case m == nil:
		return 0, EFAULT
	case flags&^(MSG_PEEK|MSG_DONTWAIT|MSG_WAITALL|MSG_NOSIGNAL) != 0:
		return 0, EOPNOTSUPP
	}
	if err := m.check(); err != nil {
		return 0, err
	}
	m.Flags = 0
	if s.isStream() {
		return s.recvVectors(m, flags)
	}
	return s.recvPacket(m, flags)
}

// recvPacket is Recvmsg of a datagram.
func (s *socket) recvPacket(m *Msg, flags int) (int, error) {
	var nb api.Netbuf
	if err := s.conn.Recv(&nb, recvFlags(flags)); err != nil {
		return 0, s.p.errno(err)
	}
	defer nb.Delete()
	n, full := 0, nb.Len()
	for _, b := range m.Iov {
		n += nb.Copy(b, n)
	}
	if n < full {
		m.Flags |= MSG_TRUNC
	}
	m.Name = s.sockAddr(nb.From)
	s.control(m, PktInfo{Index: nb.Index, Addr: nb.To.Addr()})
	return full, nil
}

// recvVectors is Recvmsg of a connection. One read fills all pieces: they are
// gathered in between if there are several.
func (s *socket) recvVectors(m *Msg, flags int) (n int, err error) {
	m.Control = m.Control[:0]
	if len(m.Iov) == 1 {
		n, err = s.recvStream(m.Iov[0], flags)
	} else {
		size := m.size()
		if flags&MSG_WAITALL == 0 {
			size = min(size, max(s.conn.Readiness().Pending, 4096))
		}
		b := make([]byte, size)
		n, err = s.recvStream(b, flags)
		b = b[:n]
		for _, piece := range m.Iov {
			b = b[copy(piece, b):]
		}
	}
	if err == nil {
		if peer, perr := s.conn.Peer(); perr == nil {
			m.Name = s.sockAddr(peer)
		}
	}
	return n, err
}
