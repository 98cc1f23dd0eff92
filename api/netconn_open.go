package api

import (
	"context"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// Bind gives the Netconn a local address and port. An invalid address is any: of
// IPv4, or of both families for an IPv6 type that is not V6Only. Port 0 chooses
// one.
//
// Errors: ErrValue for an address of the wrong family; those that mean
// EADDRINUSE and EADDRNOTAVAIL.
//
// lwIP: netconn_bind.
func (c *Netconn) Bind(local netip.AddrPort) error {
	s, d, l, set, err := c.enter()
	if err != nil {
		return err
	}
	err = c.bind(s, d, l, set, local)
	c.leave(err)
	return err
}

func (c *Netconn) bind(s *stream, d *dgram, l *listener, set settings, local netip.AddrPort) error {
	if !local.Addr().IsValid() {
		local = netip.AddrPortFrom(c.anyAddr(), local.Port())
	} else if err := c.fits(local.Addr(), set); err != nil {
		return err
	}
	c.mu.Lock()
	ifc := c.ifc
	c.mu.Unlock()
	var err error
	switch {
	case s != nil:
		err = s.bind(local, ifc)
	case d != nil:
		err = d.bind(local, ifc)
	case l != nil:
		err = ErrValue
	}
	if err == nil {
		c.mu.Lock()
		c.bound = true
		c.mu.Unlock()
	}
	return err
}

// anyAddr returns the unspecified address of the type's family.
func (c *Netconn) anyAddr() netip.Addr {
	if c.typ.IsV6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// fits returns ErrValue if the Netconn cannot have to do with a: an IPv6 address
// for an IPv4 type, an IPv4 one for an IPv6 type that is V6Only.
func (c *Netconn) fits(a netip.Addr, set settings) error {
	v4 := a.Is4() || a.Is4In6()
	if c.typ.IsV6() && v4 && set.v6only || !c.typ.IsV6() && !a.Is4() {
		return ErrValue
	}
	return nil
}

// BindInterface restricts the Netconn to an interface; nil lifts that. For TCP
// it counts from the next Bind, Connect or Listen on.
//
// lwIP: netconn_bind_if, SO_BINDTODEVICE.
func (c *Netconn) BindInterface(ifc *netif.Interface) error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.ifc = ifc
	c.mu.Unlock()
	if d != nil {
		err = d.bindInterface(ifc)
	}
	c.leave(err)
	return err
}

// Connect sets the peer; for TCP it opens the connection and waits until that
// has succeeded or failed. A nonblocking Netconn returns ErrInProgress and tells
// the outcome by an event, Readiness and Err.
//
// Errors: ErrInProgress, ErrAlready, ErrIsConnected, ErrValue for an address of
// the wrong family; those that mean ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH.
//
// lwIP: netconn_connect.
func (c *Netconn) Connect(remote netip.AddrPort) error {
	s, d, l, set, err := c.enter()
	if err != nil {
		return err
	}
	switch err = c.fits(remote.Addr(), set); {
	case err != nil:
	case d != nil:
		err = d.connect(remote)
	case l != nil:
		err = ErrIsConnected
	default:
		err = c.connect(s, remote, set)
	}
	c.leave(err)
	return err
}

// connect opens a TCP connection.
func (c *Netconn) connect(s *stream, remote netip.AddrPort, set settings) error {
	c.mu.Lock()
	ifc, bound := c.ifc, c.bound
	c.mu.Unlock()
	if ifc != nil && !bound {
		if err := c.bind(s, nil, nil, set, netip.AddrPort{}); err != nil {
			return err
		}
	}
	if err := s.open(remote); err != nil {
		return err
	}
	if set.nonblocking {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case s.flags.has(connected):
			return nil
		case s.flags.has(connecting):
			return ErrInProgress
		}
		return s.err
	}
	return s.finish(context.Background(), 0)
}

// Disconnect forgets the peer of a UDP or raw Netconn.
//
// lwIP: netconn_disconnect.
func (c *Netconn) Disconnect() error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if d == nil {
		err = ErrValue
	} else {
		err = d.disconnect()
	}
	c.leave(err)
	return err
}

// Listen makes a TCP Netconn a listener; one that is not bound gets an ephemeral
// port. On a listener it changes the backlog. 0 or less is Config.Backlog.
//
// Errors: ErrType unless TCP, ErrValue if connected or connecting, those that
// mean EADDRINUSE.
//
// lwIP: netconn_listen_with_backlog.
func (c *Netconn) Listen(backlog int) error {
	s, d, l, set, err := c.enter()
	if err != nil {
		return err
	}
	if backlog <= 0 {
		backlog = c.p.cfg.Backlog
	}
	switch {
	case d != nil:
		err = ErrType
	case l != nil:
		err = l.setBacklog(backlog)
	default:
		err = c.listen(s, backlog, set)
	}
	c.leave(err)
	return err
}

// listen replaces the stream by a listener.
func (c *Netconn) listen(s *stream, backlog int, set settings) error {
	s.mu.Lock()
	busy := s.flags.has(connecting | connected)
	s.mu.Unlock()
	if busy {
		return ErrValue
	}
	c.mu.Lock()
	bound := c.bound
	c.mu.Unlock()
	if !bound {
		if err := c.bind(s, nil, nil, set, netip.AddrPort{}); err != nil {
			return err
		}
	}
	c.p.core.Lock()
	defer c.p.core.Unlock()
	if s.pcb == nil {
		return ErrValue
	}
	l, err := c.p.listen(s.pcb, backlog, c)
	if err != nil {
		return err
	}
	s.pcb = nil
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stream, c.listener = nil, l
	return nil
}

// Accept returns the next connection. It waits for one, unless the listener is
// nonblocking or has a receive timeout. The new Netconn blocks.
//
// Errors: ErrWouldBlock, a timeout, ErrValue if it does not listen, ErrType
// unless TCP, ErrClosed.
//
// lwIP: netconn_accept.
func (c *Netconn) Accept() (*Netconn, error) {
	_, d, l, set, err := c.enter()
	if err != nil {
		return nil, err
	}
	var s *stream
	switch {
	case d != nil:
		err = ErrType
	case l == nil:
		err = ErrValue
	default:
		s, err = l.accept(set.recvFlags(), c.p.limit(set.recv))
	}
	c.leave(err)
	if err != nil {
		return nil, err
	}
	return s.owner, nil
}

func (s settings) recvFlags() recvFlags {
	if s.nonblocking {
		return dontWait
	}
	return 0
}

// Close ends a TCP connection or listener, as Delete does, but without waiting
// for calls in progress. ErrNotConnected unless TCP.
//
// lwIP: netconn_close.
func (c *Netconn) Close() error {
	s, _, l, set, err := c.enter()
	if err != nil {
		return err
	}
	switch {
	case s != nil:
		if set.nonblocking {
			s.endLinger()
		}
		err = s.close()
	case l != nil:
		err = l.close()
	default:
		err = ErrNotConnected
	}
	c.leave(err)
	return err
}

// Shutdown ends one or both directions of a TCP connection. ErrType unless TCP.
//
// lwIP: netconn_shutdown.
func (c *Netconn) Shutdown(which tcp.Shutdown) error {
	s, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	switch {
	case d != nil:
		err = ErrType
	case s == nil:
		err = ErrNotConnected
	default:
		err = s.shutdown(which)
	}
	c.leave(err)
	return err
}

// JoinGroup receives what is sent to a multicast group on an interface, until
// LeaveGroup or Delete; a nil interface lets the stack choose.
//
// lwIP: netconn_join_leave_group_netif.
func (c *Netconn) JoinGroup(ifc *netif.Interface, group netip.Addr) error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if d == nil {
		err = ErrType
	} else {
		err = d.join(ifc, group)
	}
	c.leave(err)
	return err
}

// LeaveGroup ends a membership.
//
// lwIP: netconn_join_leave_group_netif.
func (c *Netconn) LeaveGroup(ifc *netif.Interface, group netip.Addr) error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if d == nil {
		err = ErrType
	} else {
		err = d.leave(ifc, group)
	}
	c.leave(err)
	return err
}

// setV6Only makes the endpoint refuse IPv4, or take it again.
func (d *dgram) setV6Only(on bool) {
	d.mu.Lock()
	if on {
		d.flags |= v6only
	} else {
		d.flags &^= v6only
	}
	d.mu.Unlock()
	d.withUDP(func(u *udp.PCB) {
		if on {
			u.Set(udp.V6Only)
		} else {
			u.Clear(udp.V6Only)
		}
	})
}

// endLinger makes close not wait.
func (s *stream) endLinger() {
	s.mu.Lock()
	if s.linger > 0 {
		s.linger = -1
	}
	s.mu.Unlock()
}
