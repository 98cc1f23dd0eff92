package api

import (
	"net/netip"
	"sync"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// listener is a TCP listener with its accept mailbox. It is the tcp.Listener's
// AcceptHandler.
type listener struct {
	endpoint
	rd    side
	lis   *tcp.Listener // guarded by the core lock; nil once it has ended
	owner *Netconn      // hears events; nil for a TCPListener
	box   []*stream     // connections that wait for accept; guarded by mu
	first int           // of box
	most  int           // connections that the mailbox takes
	err   error         // why the listener ended; guarded by mu
	local netip.AddrPort
}

var _ tcp.AcceptHandler = (*listener)(nil)

// listen turns a bound PCB into a listener, which replaces it. The caller holds
// the core lock.
func (p *Protocol) listen(pcb *tcp.PCB, backlog int, owner *Netconn) (*listener, error) {
	if backlog <= 0 {
		backlog = p.cfg.Backlog
	}
	l := &listener{owner: owner, most: backlog}
	l.p = p
	if p.ended {
		return nil, ErrClosed
	}
	ifc := pcb.Interface()
	lis, err := pcb.Listen(backlog, l)
	if err != nil {
		return nil, meaning(err)
	}
	l.lis = lis
	p.listeners[l] = struct{}{}
	l.local = zoned(lis.Addr(), ifc)
	if !l.local.Addr().IsValid() {
		l.local = netip.AddrPortFrom(netip.IPv6Unspecified(), l.local.Port())
	}
	return l, nil
}

// Accept implements tcp.AcceptHandler.
func (l *listener) Accept(_ *tcp.Listener, pcb *tcp.PCB) tcp.Handler {
	l.mu.Lock()
	switch {
	case l.flags.has(closed):
		l.p.stats.AcceptClosed++
	case l.waiting() >= l.most:
		l.p.stats.AcceptFull++
	default:
		s := new(stream)
		s.init(l.p, pcb)
		if l.owner != nil {
			s.owner = l.owner.child(s)
		} else {
			pcb.Set(tcp.NoDelay)
		}
		s.flags |= connected
		s.wr.clear(blockState)
		s.publish(pcb)
		l.put(s)
		c := l.rd.next()
		l.mu.Unlock()
		signal(c)
		l.owner.event(RcvPlus, 0)
		return s
	}
	l.mu.Unlock()
	return nil
}

// ListenerClosed implements tcp.AcceptHandler.
func (l *listener) ListenerClosed(_ *tcp.Listener, err error) {
	l.lis = nil
	l.mu.Lock()
	l.flags |= dead
	l.err = meaning(err)
	l.rd.wake()
	l.mu.Unlock()
	l.owner.fail(meaning(err))
}

// waiting returns how many connections wait. The caller holds mu.
func (l *listener) waiting() int { return len(l.box) - l.first }

// put adds a connection at the end. The caller holds mu.
func (l *listener) put(s *stream) {
	if l.first > 0 && len(l.box) == cap(l.box) {
		n := copy(l.box, l.box[l.first:])
		clear(l.box[n:])
		l.box, l.first = l.box[:n], 0
	}
	l.box = append(l.box, s)
}

// take returns the next connection. The caller holds mu and knows there is one.
func (l *listener) take() *stream {
	s := l.box[l.first]
	l.box[l.first] = nil
	l.first++
	if l.first == len(l.box) {
		l.box, l.first = l.box[:0], 0
		if cap(l.box) > 64 {
			l.box = nil
		}
	}
	return s
}

// accept returns the next connection and waits for it until limit.
func (l *listener) accept(f recvFlags, limit timers.Time) (*stream, error) {
	l.mu.Lock()
	for {
		switch {
		case l.flags.has(closed):
			l.mu.Unlock()
			return nil, ErrClosed
		case l.rd.has(blockExpired):
			l.mu.Unlock()
			return nil, errDeadline
		}
		if l.waiting() > 0 {
			break
		}
		var err error
		switch {
		case l.flags.has(dead):
			err = l.err
		case f.has(dontWait):
			err = ErrWouldBlock
		case l.p.over(limit):
			err = errTimeout
		}
		if err != nil {
			l.mu.Unlock()
			return nil, err
		}
		l.wait(&l.rd, limit)
	}
	s := l.take()
	var next *sync.Cond
	if l.waiting() > 0 {
		next = l.rd.next()
	}
	l.mu.Unlock()
	signal(next)
	l.p.core.Lock()
	if l.lis != nil && s.pcb != nil {
		l.lis.Accepted(s.pcb)
	}
	l.p.core.Unlock()
	l.owner.event(RcvMinus, 0)
	return s, nil
}

// close ends the listener; connections that nobody accepted are reset.
func (l *listener) close() error {
	l.mu.Lock()
	if l.flags.has(closed) {
		l.mu.Unlock()
		return ErrClosed
	}
	l.flags |= closed
	l.rd.set(blockState)
	box := l.box[l.first:]
	l.box, l.first = nil, 0
	l.rd.wake()
	l.mu.Unlock()

	l.p.core.Lock()
	l.stop(&l.rd)
	delete(l.p.listeners, l)
	if l.lis != nil {
		l.lis.Close()
		l.lis = nil
	}
	l.p.core.Unlock()
	for _, s := range box {
		s.setLinger(0)
		s.close()
	}
	return nil
}

// setBacklog changes how many connections may wait.
func (l *listener) setBacklog(n int) error {
	l.p.core.Lock()
	defer l.p.core.Unlock()
	if l.lis == nil {
		return ErrClosed
	}
	l.lis.SetBacklog(n)
	l.mu.Lock()
	l.most = max(n, 1)
	l.mu.Unlock()
	return nil
}

// ListenTCP announces on local, on the interface ifc alone if that is not nil. A
// backlog of 0 or less is Config.Backlog. The zero address takes both families;
// [::] does, too. A failure is a *net.OpError.
func (p *Protocol) ListenTCP(local netip.AddrPort, backlog int, ifc *netif.Interface) (*TCPListener, error) {
	l, err := p.listenTCP(local, backlog, ifc, 0)
	if err != nil {
		return nil, opError("listen", "tcp", nil, tcpAddr(local), err)
	}
	return (*TCPListener)(l), nil
}

func (p *Protocol) listenTCP(local netip.AddrPort, backlog int, ifc *netif.Interface, o tcp.Option) (*listener, error) {
	p.core.Lock()
	defer p.core.Unlock()
	local, zone, err := p.unzone(local)
	if err != nil {
		return nil, err
	}
	if ifc == nil {
		ifc = zone
	}
	pcb, err := p.tcp.NewPCB()
	if err != nil {
		return nil, meaning(err)
	}
	// As Go's net package does: a new listener may follow an old one whose
	// connections are in TIME-WAIT.
	pcb.Set(tcp.ReuseAddr | o)
	if err = pcb.Bind(local, ifc); err == nil {
		var l *listener
		if l, err = p.listen(pcb, backlog, nil); err == nil {
			return l, nil
		}
	}
	pcb.Close()
	return nil, meaning(err)
}
