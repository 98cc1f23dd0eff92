package sockets

import (
	"net/netip"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// Write is Send without flags.
//
// lwIP: lwip_write.
func (p *Protocol) Write(fd int, b []byte) (int, error) { return p.Send(fd, b, 0) }

// Writev is Sendmsg without flags, address and control messages.
//
// lwIP: lwip_writev.
func (p *Protocol) Writev(fd int, iov [][]byte) (int, error) {
	return p.Sendmsg(fd, &Msg{Iov: iov}, 0)
}

// Send sends b: on a connection all of it, or, if the socket is non-blocking,
// MSG_DONTWAIT is set or SO_SNDTIMEO passes, as much as fits; or one datagram to
// the connected peer. MSG_MORE says that more will follow soon.
//
// Errors: EAGAIN, ENOTCONN, EPIPE after shutdown for writing and after an error
// that was told, ECONNRESET, ETIMEDOUT; EDESTADDRREQ, EMSGSIZE, ENOMEM if the
// interface's transmit queue is full (guide §14), ENETUNREACH, EHOSTUNREACH,
// ENETDOWN, EACCES for a broadcast without SO_BROADCAST.
//
// lwIP: lwip_send.
func (p *Protocol) Send(fd int, b []byte, flags int) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	defer s.leave()
	if s.isStream() {
		n, err := s.conn.Write(b, writeFlags(flags))
		return s.sent(n, err)
	}
	n, err := s.conn.SendTo(b, netip.AddrPort{})
	if err != nil {
		return 0, s.sendError(err, netip.Addr{})
	}
	return n, nil
}

// Sendto is Send that sends a datagram to addr, also from a socket that is
// connected elsewhere. nil is the connected peer. A TCP socket ignores addr.
//
// lwIP: lwip_sendto.
func (p *Protocol) Sendto(fd int, b []byte, flags int, addr SockAddr) (int, error) {
	if addr == nil {
		return p.Send(fd, b, flags)
	}
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	defer s.leave()
	if s.isStream() {
		n, err := s.conn.Write(b, writeFlags(flags))
		return s.sent(n, err)
	}
	to, err := s.addrPort(addr)
	if err != nil {
		return 0, err
	}
	if err := s.autoBind(); err != nil {
		return 0, p.errno(err)
	}
	n, err := s.conn.SendTo(b, to)
	if err != nil {
		return 0, s.sendError(err, to.Addr())
	}
	return n, nil
}

// Sendmsg sends the pieces of m.Iov as one write or one datagram, to m.Name if
// that is not nil. A control message IP_PKTINFO or IPV6_PKTINFO chooses the
// interface and source address of a datagram.
//
// Errors: Send's, EFAULT for no message, EMSGSIZE for no piece or more than
// 65535 and for a datagram of more bytes, EOPNOTSUPP for flags other than
// MSG_DONTWAIT, MSG_MORE and MSG_NOSIGNAL.
//
// Deviation: lwIP ignores control messages. Pinned by TestSendmsgPktInfo.
//
// lwIP: lwip_sendmsg.
func (p *Protocol) Sendmsg(fd int, m *Msg, flags int) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	defer s.leave()
	switch {
	case m == nil:
		return 0, EFAULT
	case flags&^(MSG_DONTWAIT|MSG_MORE|MSG_NOSIGNAL) != 0:
		return 0, EOPNOTSUPP
	}
	if err := m.check(); err != nil {
		return 0, err
	}
	if s.isStream() {
		n, err := s.conn.WriteVectors(m.Iov, writeFlags(flags))
		return s.sent(n, err)
	}
	return s.sendPacket(m)
}

// sendPacket is Sendmsg of a datagram.
func (s *socket) sendPacket(m *Msg) (int, error) {
	p := s.p
	var nb api.Netbuf
	var via *netif.Interface
	info, src := PktInfo{}, netip.Addr{}
	if m.Name != nil {
		to, err := s.addrPort(m.Name)
		if err != nil {
			return 0, err
		}
		nb.From = to
	}
	if parsed, ok := ParsePktInfo(m.Control); ok {
		info = parsed
		var err error
		if via, err = p.interfaceByIndex(info.Index); err != nil {
			return 0, err
		}
		if src = info.Addr.Unmap(); src.IsValid() && src.IsUnspecified() {
			src = netip.Addr{}
		}
		if !nb.From.IsValid() {
			if nb.From, err = s.conn.Peer(); err != nil {
				return 0, EDESTADDRREQ
			}
		}
	}
	n := m.size()
	if n > pbuf.MaxLen {
		return 0, EMSGSIZE
	}
	if err := s.autoBind(); nb.From.IsValid() && err != nil {
		return 0, p.errno(err)
	}
	b := nb.Alloc(p.api, n)
	if nb.Buf() == nil {
		return 0, ENOBUFS
	}
	for _, piece := range m.Iov {
		b = b[copy(b, piece):]
	}
	if err := s.conn.SendVia(&nb, via, src); err != nil {
		return 0, s.sendError(err, nb.From.Addr())
	}
	return n, nil
}

// writeFlags returns what the Netconn does about the flags.
func writeFlags(flags int) (f api.WriteFlags) {
	if flags&MSG_MORE != 0 {
		f |= api.More
	}
	if flags&MSG_DONTWAIT != 0 {
		f |= api.DontBlock
	}
	return f
}

// sent returns what a write to a connection tells: how many bytes, if there are
// any. Why the connection broke is told once, after that it is just not there.
func (s *socket) sent(n int, err error) (int, error) {
	switch {
	case n > 0 || err == nil:
		return n, nil
	case err == api.ErrInProgress:
		return 0, s.p.orLwIP(EAGAIN, EINPROGRESS)
	}
	first, connected := s.report(posix(err))
	switch {
	case first:
		return 0, s.p.errno(err)
	case connected:
		return 0, s.p.orLwIP(EPIPE, ENOTCONN)
	}
	return 0, ENOTCONN
}

// autoBind gives an IPv6 UDP socket that is about to send, and not bound, a port
// of both families, so that it can talk to both later.
//
// RFC 3493 §3.7.
func (s *socket) autoBind() error {
	if s.domain != AF_INET6 || s.typ != SOCK_DGRAM || s.is(bound) {
		return nil
	}
	err := s.conn.WithUDP(func(u *udp.PCB) {
		if !u.Local().IsValid() {
			u.Bind(netip.AddrPortFrom(netip.IPv6Unspecified(), 0), nil)
		}
	})
	if err == nil {
		s.mark(bound, true)
	}
	return err
}
