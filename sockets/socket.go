package sockets

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/tcp"
)

// socket is what stands behind a descriptor.
type socket struct {
	p      *Protocol
	conn   *api.Netconn
	slot   int
	domain uint8
	typ    uint8
	proto  uint8

	calls   atomic.Int32 // in progress
	closing atomic.Bool
	waiting atomic.Int32 // calls of select and poll

	mu     sync.Mutex
	idle   *sync.Cond // for close: calls became 0
	state  state
	stored tcp.Option // SO_REUSEADDR and SO_KEEPALIVE where nothing uses them
	linger int16      // seconds, if state has lingers
	rcvbuf int        // SO_RCVBUF with Config.KeepWindow
	listen *listening // a listener's options
	groups []membership
}

// state is what happened to a socket.
type state uint16

const (
	bound       state = 1 << iota // has a local port
	established                   // of a stream: there is or was a peer
	reported                      // of a stream: why it ended was told
	shutRead                      // Shutdown(SHUT_RD)
	shutWrite                     // Shutdown(SHUT_WR)
	lingers                       // SO_LINGER is on
	wantInfo                      // IP_PKTINFO
	wantInfo6                     // IPV6_RECVPKTINFO
)

func (s state) has(t state) bool { return s&t != 0 }

// is reports whether any of t holds.
func (s *socket) is(t state) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.has(t)
}

// mark makes t hold, or no longer.
func (s *socket) mark(t state, on bool) {
	s.mu.Lock()
	s.state &^= t
	if on {
		s.state |= t
	}
	s.mu.Unlock()
}

// enter begins a call on a descriptor; leave must end it. EBADF: there is none.
func (p *Protocol) enter(fd int) (*socket, error) {
	s := p.table.lookup(fd - p.cfg.Offset)
	if s == nil {
		return nil, EBADF
	}
	s.calls.Add(1)
	if s.closing.Load() {
		s.leave()
		return nil, EBADF
	}
	return s, nil
}

func (s *socket) leave() {
	if s.calls.Add(-1) == 0 && s.closing.Load() {
		s.mu.Lock()
		if s.idle != nil {
			s.idle.Broadcast()
		}
		s.mu.Unlock()
	}
}

func (s *socket) fd() int { return s.slot + s.p.cfg.Offset }

func (s *socket) isStream() bool { return s.typ == SOCK_STREAM }

// Socket makes a socket and returns its descriptor. protocol 0 is the type's
// own; for a raw socket it is the IP protocol's number.
//
// Errors: EAFNOSUPPORT, EINVAL for an unknown type, EPROTONOSUPPORT, ENFILE if
// no descriptor is free, ENOBUFS if no PCB is.
//
// lwIP: lwip_socket.
func (p *Protocol) Socket(domain, typ, protocol int) (int, error) {
	if domain == AF_INET && p.cfg.NoIPv4 || domain == AF_INET6 && p.cfg.NoIPv6 {
		return -1, EAFNOSUPPORT
	}
	kind, err := netconnType(domain, typ, protocol)
	if err != nil {
		return -1, err
	}
	slot, err := p.reserve()
	if err != nil {
		return -1, err
	}
	conn, err := p.api.New(kind, ip.Proto(protocol), p.event)
	if err == nil && typ == SOCK_RAW {
		// Raw sockets are of one family, where a raw PCB may be of both.
		if err = conn.Bind(netip.AddrPortFrom(unspecified(domain), 0)); err != nil {
			conn.Delete()
		}
	}
	if err != nil {
		p.free(slot)
		return -1, p.errno(err)
	}
	return p.publish(&socket{p: p, conn: conn, slot: slot, domain: uint8(domain), typ: uint8(typ), proto: uint8(protocol)})
}

// netconnType returns the Netconn that a socket needs.
func netconnType(domain, typ, protocol int) (api.Type, error) {
	if domain != AF_INET && domain != AF_INET6 {
		return 0, EAFNOSUPPORT
	}
	var kind api.Type
	switch typ {
	case SOCK_STREAM:
		if protocol != 0 && protocol != IPPROTO_TCP {
			return 0, EPROTONOSUPPORT
		}
		kind = api.TCP
	case SOCK_DGRAM:
		if protocol != 0 && protocol != IPPROTO_UDP {
			return 0, EPROTONOSUPPORT // UDP-Lite, too
		}
		kind = api.UDP
	case SOCK_RAW:
		if protocol < 0 || protocol > 255 {
			return 0, EPROTONOSUPPORT
		}
		kind = api.Raw
	default:
		return 0, EINVAL
	}
	if domain == AF_INET6 {
		kind |= api.TCP6 &^ api.TCP
	}
	return kind, nil
}

// reserve takes a free slot.
func (p *Protocol) reserve() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return 0, EBADF
	}
	slot, ok := p.table.reserve(p.cfg.MaxSockets)
	if !ok {
		p.stats.TableFull++
		return 0, ENFILE
	}
	return slot, nil
}

// free gives a slot back.
func (p *Protocol) free(slot int) {
	p.mu.Lock()
	p.table.release(slot)
	p.mu.Unlock()
}

// publish stores a socket in its slot and returns the descriptor.
func (p *Protocol) publish(s *socket) (int, error) {
	p.mu.Lock()
	if p.ended {
		p.table.release(s.slot)
		p.mu.Unlock()
		s.conn.Delete()
		return -1, EBADF
	}
	p.table.put(s.slot, s)
	p.stats.Opened++
	p.stats.Open++
	p.mu.Unlock()
	return s.fd(), nil
}

// Close closes a descriptor. Every call in progress on it returns, most of them
// with EBADF, before Close does. What was written to a connection is delivered
// in the background, unless SO_LINGER says otherwise.
//
// lwIP: lwip_close. Guide §10.
func (p *Protocol) Close(fd int) error {
	s := p.table.lookup(fd - p.cfg.Offset)
	if s == nil {
		return EBADF
	}
	return s.close()
}

// close is Close for a socket. EBADF: somebody else closes it.
func (s *socket) close() error {
	if s.closing.Swap(true) {
		return EBADF
	}
	p := s.p
	p.waiters.wake(s.conn)
	s.dropMemberships()
	s.conn.Delete()
	s.mu.Lock()
	for s.calls.Load() > 0 {
		if s.idle == nil {
			s.idle = sync.NewCond(&s.mu)
		}
		s.idle.Wait()
	}
	s.mu.Unlock()
	p.mu.Lock()
	p.table.release(s.slot)
	p.stats.Open--
	p.mu.Unlock()
	return nil
}
