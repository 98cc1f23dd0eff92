package sockets

import (
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/tcp"
)

// Bind gives a socket a local address and port; port 0 chooses one.
//
// Errors: EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT for an address of the wrong
// family, EINVAL for a TCP socket that is bound and for an IPv4 address on an
// IPV6_V6ONLY socket, ENODEV for an unknown scope.
//
// lwIP: lwip_bind.
func (p *Protocol) Bind(fd int, addr SockAddr) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	a, err := s.addrPort(addr)
	if err != nil {
		return err
	}
	if s.isStream() && s.is(bound) && !p.cfg.LwIPErrno {
		return EINVAL // whatever became of its connection
	}
	if err := s.conn.Bind(a); err != nil {
		return p.errno(err)
	}
	s.mark(bound, true)
	return nil
}

// Listen makes a TCP socket accept connections, and gives it a port if it has
// none. backlog, how many may wait, is held to [1, Config.MaxBacklog].
//
// Errors: EOPNOTSUPP unless TCP, EINVAL if connected or connecting, EADDRINUSE.
//
// lwIP: lwip_listen.
func (p *Protocol) Listen(fd, backlog int) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	if !s.isStream() {
		return EOPNOTSUPP
	}
	l := s.freeze()
	if err := s.conn.Listen(min(max(backlog, 1), p.cfg.MaxBacklog)); err != nil {
		return p.errno(err)
	}
	s.mu.Lock()
	if s.listen == nil {
		s.listen = l
	}
	s.state |= bound
	s.mu.Unlock()
	p.waiters.wake(s.conn)
	return nil
}

// Accept takes the next connection off a listening socket and returns a
// descriptor for it, which blocks, and the peer's address. It waits for one,
// unless the socket is non-blocking or SO_RCVTIMEO passes.
//
// Errors: EOPNOTSUPP unless TCP, EINVAL if it does not listen, EAGAIN, ENFILE if
// no descriptor is free: the connection is lost then.
//
// lwIP: lwip_accept.
func (p *Protocol) Accept(fd int) (int, SockAddr, error) {
	s, err := p.enter(fd)
	if err != nil {
		return -1, nil, err
	}
	defer s.leave()
	if !s.isStream() {
		return -1, nil, EOPNOTSUPP
	}
	conn, err := s.conn.Accept()
	if err != nil {
		return -1, nil, p.errno(err)
	}
	slot, err := p.reserve()
	if err != nil {
		conn.Delete()
		return -1, nil, err
	}
	child := &socket{p: p, conn: conn, slot: slot, domain: s.domain, typ: s.typ, proto: s.proto, state: bound | established}
	s.inherit(child)
	peer, err := conn.Peer()
	if err != nil { // its address is known as long as there is a Netconn
		conn.Delete()
		p.free(slot)
		return -1, nil, ECONNABORTED
	}
	nfd, err := p.publish(child)
	return nfd, child.sockAddr(peer), err
}

// Connect sets the peer of a socket; for TCP it opens the connection, and waits
// until that has succeeded or failed unless the socket is non-blocking. AF_UNSPEC
// dissolves the association of a UDP or raw socket.
//
// Errors: EINPROGRESS, EALREADY, EISCONN; ECONNREFUSED, ETIMEDOUT, ENETUNREACH,
// ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL for an IPv4 address on an
// IPV6_V6ONLY socket. A non-blocking open that has failed is told by SO_ERROR, or
// by the next Connect.
//
// lwIP: lwip_connect.
func (p *Protocol) Connect(fd int, addr SockAddr) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	if addr != nil && addr.Family() == AF_UNSPEC {
		return p.errno(s.conn.Disconnect())
	}
	a, err := s.addrPort(addr)
	if err != nil {
		return err
	}
	if !s.isStream() {
		if err := s.conn.Connect(a); err != nil {
			return s.sendError(err, a.Addr())
		}
		s.mark(bound, true)
		return nil
	}
	if err := s.pendingError(); err != nil {
		return p.errno(err)
	}
	err = s.conn.Connect(a)
	switch err {
	case nil:
		s.mark(bound|established, true)
		s.mark(reported, false)
	case api.ErrInProgress:
		s.mark(bound, true)
		s.mark(reported, false)
	case api.ErrAlready, api.ErrIsConnected, api.ErrValue:
	default:
		s.mark(reported, true)
	}
	p.waiters.wake(s.conn)
	return s.sendError(err, a.Addr())
}

// pendingError returns why a connection has ended and nobody was told yet, and
// clears it; nil if it has not.
func (s *socket) pendingError() error {
	if r := s.conn.Readiness(); !r.Failed || !r.Dead {
		return nil
	}
	err := s.conn.Err()
	if err != nil {
		s.mark(reported, true)
	}
	return err
}

// alive reports whether a stream has a PCB: an error that is pending then does
// not end it.
func (s *socket) alive() bool { return !s.conn.Readiness().Dead }

// Shutdown ends reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR) of a
// TCP connection: a read returns 0 then, a write EPIPE.
//
// Errors: EOPNOTSUPP unless TCP, EINVAL for another how, ENOTCONN.
//
// lwIP: lwip_shutdown.
func (p *Protocol) Shutdown(fd, how int) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	if !s.isStream() {
		return EOPNOTSUPP
	}
	var which tcp.Shutdown
	var now state
	switch how {
	case SHUT_RD:
		which, now = tcp.ShutRead, shutRead
	case SHUT_WR:
		which, now = tcp.ShutWrite, shutWrite
	case SHUT_RDWR:
		which, now = tcp.ShutRead|tcp.ShutWrite, shutRead|shutWrite
	default:
		return EINVAL
	}
	if err := s.conn.Shutdown(which); err != nil {
		return p.errno(err)
	}
	s.mark(now, true)
	p.waiters.wake(s.conn)
	return nil
}
