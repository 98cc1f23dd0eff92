package api

import (
	"context"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// newStream makes an unconnected TCP endpoint.
func (p *Protocol) newStream(owner *Netconn) (*stream, error) {
	s := new(stream)
	s.owner = owner
	p.core.Lock()
	defer p.core.Unlock()
	if p.ended {
		return nil, ErrClosed
	}
	pcb, err := p.tcp.NewPCB()
	if err != nil {
		return nil, meaning(err)
	}
	s.init(p, pcb)
	if owner == nil {
		pcb.Set(tcp.NoDelay) // as Go's net package does
	}
	return s, nil
}

// newDial makes a TCP endpoint that has no PCB yet: open makes one, in the same
// stretch of the core lock that sends the SYN.
func (p *Protocol) newDial() *stream {
	s := new(stream)
	s.init(p, nil)
	return s
}

// open begins an active open to remote. It returns when the SYN is on its way,
// or already answered.
func (s *stream) open(remote netip.AddrPort) error {
	s.mu.Lock()
	switch {
	case s.flags.has(closed):
		s.mu.Unlock()
		return ErrClosed
	case s.flags.has(connecting):
		s.mu.Unlock()
		return ErrAlready
	case s.flags.has(connected):
		s.mu.Unlock()
		return ErrIsConnected
	}
	s.flags |= connecting
	s.err = nil
	s.mu.Unlock()

	s.p.core.Lock()
	err := s.connect(remote)
	s.p.core.Unlock()
	if err != nil {
		s.mu.Lock()
		s.flags &^= connecting
		s.wr.wake()
		s.rd.wake()
		s.mu.Unlock()
	}
	return err
}

// connect is open inside the core lock.
func (s *stream) connect(remote netip.AddrPort) error {
	if s.p.ended {
		return ErrClosed
	}
	remote, ifc, err := s.p.unzone(remote)
	if err != nil {
		return err
	}
	if s.pcb == nil {
		// It is newDial's, or the last attempt failed, which ended its PCB. lwIP
		// wants a new netconn; POSIX lets the socket try again.
		if s.pcb, err = s.p.tcp.NewPCB(); err != nil {
			return meaning(err)
		}
		if s.owner == nil {
			s.pcb.Set(tcp.NoDelay) // as Go's net package does
		}
		s.mu.Lock()
		s.flags &^= dead
		s.mu.Unlock()
	}
	if ifc != nil && s.pcb.Interface() == nil && !s.pcb.Local().Addr().IsValid() {
		local := netip.AddrPortFrom(netip.IPv6Unspecified(), s.pcb.Local().Port())
		if err := s.pcb.Bind(local, ifc); err != nil {
			return meaning(err)
		}
	}
	return meaning(s.pcb.Connect(remote, s))
}

// finish waits until the active open has succeeded or failed, ctx is done, or
// limit has passed.
func (s *stream) finish(ctx context.Context, limit timers.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.has(connecting) && ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			s.mu.Lock()
			s.flags |= cancelled
			s.wr.wake()
			s.mu.Unlock()
		})
		defer stop()
	}
	for s.flags.has(connecting) {
		switch {
		case s.flags.has(closed):
			return ErrClosed
		case s.flags.has(cancelled):
			return ctx.Err()
		case s.wr.has(blockExpired):
			return errDeadline
		case s.p.over(limit):
			return errTimeout
		}
		s.wait(&s.wr, limit)
	}
	switch {
	case s.flags.has(closed):
		return ErrClosed
	case s.flags.has(connected):
		return nil
	case s.err != nil:
		return s.err
	}
	return ErrNotConnected
}

// bind gives the endpoint a local address.
func (s *stream) bind(local netip.AddrPort, ifc *netif.Interface) error {
	s.p.core.Lock()
	defer s.p.core.Unlock()
	local, zone, err := s.p.unzone(local)
	if err != nil {
		return err
	}
	if s.pcb == nil {
		return s.reason()
	}
	if ifc == nil {
		ifc = zone
	}
	return meaning(s.pcb.Bind(local, ifc))
}

// DialTCP connects to remote, from local if that is valid, through ifc if that is
// not nil. It blocks until the connection is established, has failed, or ctx is
// done. A failure is a *net.OpError.
func (p *Protocol) DialTCP(ctx context.Context, local, remote netip.AddrPort, ifc *netif.Interface) (*TCPConn, error) {
	s, err := p.dialTCP(ctx, local, remote, ifc)
	if err != nil {
		return nil, opError("dial", "tcp", tcpAddr(local), tcpAddr(remote), err)
	}
	return (*TCPConn)(s), nil
}

func (p *Protocol) dialTCP(ctx context.Context, local, remote netip.AddrPort, ifc *netif.Interface) (*stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var s *stream
	var err error
	if local.IsValid() || ifc != nil {
		if s, err = p.newStream(nil); err != nil {
			return nil, err
		}
		err = s.bind(local, ifc)
	} else {
		s = p.newDial()
	}
	if err == nil {
		err = s.open(remote)
	}
	if err == nil {
		err = s.finish(ctx, 0)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}
