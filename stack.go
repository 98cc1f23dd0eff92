package lwip

import (
	"errors"
	"sync"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// Stack is one TCP/IP stack.
type Stack struct {
	mu    sync.Mutex // the core lock; see lock.go
	clock sysarch.Clock
	pool  *pbuf.Pool

	// The rest is guarded by the core lock.
	q       timers.Queue
	alarm   sysarch.Alarm
	alarmAt timers.Time // what the alarm is set to; timers.Never: not set
	closing bool        // Close was called
	closed  bool        // frames are refused
	wakeups uint64

	ifs     *netif.Protocol
	arp     *arp.Protocol
	ip4     *ip4.Protocol // nil: switched off
	nd6     *nd6.Protocol
	ip6     *ip6.Protocol // nil: switched off
	raw     *raw.Protocol
	udp     *udp.Protocol
	tcp     *tcp.Protocol
	api     *api.Protocol
	sockets *sockets.Protocol
}

// ErrClosed says that the stack was closed.
var ErrClosed = errors.New("lwip: stack is closed")

// ErrNoFamily says that a configuration leaves no address family.
var ErrNoFamily = errors.New("lwip: both address families are switched off")

// New makes a stack. Nothing runs until it has an interface or is called.
//
// lwIP: lwip_init, tcpip_init.
func New(cfg Config) (*Stack, error) {
	if cfg.NoIPv4 && cfg.NoIPv6 {
		return nil, ErrNoFamily
	}
	if cfg.Clock == nil {
		cfg.Clock = sysarch.Real()
	}
	r := cfg.Rand
	if r == nil {
		r = sysarch.NewRand()
	}
	s := &Stack{clock: cfg.Clock, pool: pbuf.NewPool(cfg.Pbuf), alarmAt: timers.Never}
	q := &s.q
	q.Follow(cfg.Clock.Now)
	s.ifs = netif.New(q, r, s.pool)

	var net4, net6 ip.Network
	if !cfg.NoIPv4 {
		s.arp = arp.New(s.ifs, q, r, cfg.ARP)
		s.ip4 = ip4.New(s.ifs, q, r, s.pool, s.arp, cfg.IP4)
		net4 = s.ip4
	}
	if !cfg.NoIPv6 {
		s.nd6 = nd6.New(s.ifs, q, r, s.pool, cfg.ND6)
		s.ip6 = ip6.New(s.ifs, q, r, s.pool, s.nd6, cfg.IP6)
		net6 = s.ip6
	}
	s.raw = raw.New(s.pool, net4, net6, s.ifs, cfg.Raw)
	s.udp = udp.New(s.pool, q, r, net4, net6, s.ifs, cfg.UDP)
	s.tcp = tcp.New(s.pool, q, r, net4, net6, s.ifs, cfg.TCP)
	if s.ip4 != nil {
		s.ip4.HandleRaw(s.raw)
		s.ip4.Handle(ip.UDP, s.udp)
		s.ip4.Handle(ip.TCP, s.tcp)
	}
	if s.ip6 != nil {
		s.ip6.HandleRaw(s.raw)
		s.ip6.Handle(ip.UDP, s.udp)
		s.ip6.Handle(ip.TCP, s.tcp)
	}
	s.api = api.New(s, s.pool, cfg.Clock, q, s.tcp, s.udp, s.raw, s.ifs, cfg.API)
	cfg.Sockets.NoIPv4, cfg.Sockets.NoIPv6 = cfg.NoIPv4, cfg.NoIPv6
	s.sockets = sockets.New(s, s.api, s.ifs, q, cfg.Clock, cfg.Sockets)

	s.alarm = cfg.Clock.NewAlarm(s.onAlarm)
	if !cfg.NoLoopback {
		if err := s.addLoopback(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Close ends the stack: connections are reset, blocked calls return, interfaces
// are removed and their drivers detached. No goroutine, timer or buffer of the
// stack is left when it returns.
func (s *Stack) Close() error {
	s.Lock()
	if s.closing {
		s.Unlock()
		return ErrClosed
	}
	s.closing = true
	s.Unlock()
	s.sockets.CloseAll()
	s.api.Close()
	s.Lock()
	s.tcp.Close()
	s.Unlock() // the resets leave while the interfaces are still there

	s.Lock()
	s.closed = true
	ifs := append([]*netif.Interface(nil), s.ifs.List()...)
	s.Unlock()
	var errs []error
	for _, ifc := range ifs {
		errs = append(errs, s.remove(ifc))
	}
	s.Lock()
	s.alarm.Stop()
	s.alarmAt = 0 // never to be set again
	s.Unlock()
	return errors.Join(errs...)
}

// The protocols, for the callback API. Their methods are called between Lock and
// Unlock.

// TCP returns the stack's TCP.
func (s *Stack) TCP() *tcp.Protocol { return s.tcp }

// UDP returns the stack's UDP.
func (s *Stack) UDP() *udp.Protocol { return s.udp }

// Raw returns the stack's raw IP.
func (s *Stack) Raw() *raw.Protocol { return s.raw }

// IP4 returns the stack's IPv4, or nil if it is switched off.
func (s *Stack) IP4() *ip4.Protocol { return s.ip4 }

// ARP returns the stack's ARP, or nil if IPv4 is switched off.
func (s *Stack) ARP() *arp.Protocol { return s.arp }

// IP6 returns the stack's IPv6, or nil if it is switched off.
func (s *Stack) IP6() *ip6.Protocol { return s.ip6 }

// ND6 returns the stack's neighbour discovery, or nil if IPv6 is switched off.
func (s *Stack) ND6() *nd6.Protocol { return s.nd6 }

// Interfaces returns the list of interfaces.
func (s *Stack) Interfaces() *netif.Protocol { return s.ifs }

// API returns the sequential (Netconn) API, whose methods take the core lock
// themselves.
func (s *Stack) API() *api.Protocol { return s.api }

// Sockets returns the BSD sockets, whose methods take the core lock themselves.
func (s *Stack) Sockets() *sockets.Protocol { return s.sockets }

// Timers returns the stack's timers.
func (s *Stack) Timers() *timers.Queue { return &s.q }

// Clock returns the stack's clock.
func (s *Stack) Clock() sysarch.Clock { return s.clock }

// Pool returns the stack's packet memory, which may be used without the lock.
func (s *Stack) Pool() *pbuf.Pool { return s.pool }
