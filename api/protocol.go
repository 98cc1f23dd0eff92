package api

import (
	"maps"
	"slices"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// Core is a stack's core lock.
type Core interface {
	// Lock takes the lock and begins an event of the timer queue.
	Lock()
	// Unlock sends what was decided meanwhile and releases the lock; then, still
	// on the caller's goroutine, staged frames are transmitted. An in-memory
	// wire may deliver the peer's answer from within.
	Unlock()
}

// Protocol is the sequential API of one stack.
type Protocol struct {
	core  Core
	pool  *pbuf.Pool
	clock sysarch.Clock
	q     *timers.Queue
	tcp   *tcp.Protocol
	udp   *udp.Protocol
	raw   *raw.Protocol
	ifs   *netif.Protocol
	cfg   Config

	// The rest is guarded by the core lock.
	stats Stats
	ended bool
	// What Close must end. Of the streams only those are listed whose PCB is gone
	// while bytes wait: tcp knows the others.
	dgrams    map[*dgram]struct{}
	listeners map[*listener]struct{}
	orphans   map[*stream]struct{}
}

// Stats counts what happened in the endpoints' mailboxes.
type Stats struct {
	// DatagramsQueued counts datagrams put into receive mailboxes.
	DatagramsQueued uint64
	// DatagramsFull counts datagrams dropped because the mailbox was full.
	DatagramsFull uint64
	// DatagramsClosed counts datagrams dropped because nobody reads any more.
	DatagramsClosed uint64
	// DatagramsFamily counts IPv4 datagrams dropped by an IPv6-only endpoint.
	DatagramsFamily uint64
	// NoMemory counts received datagrams dropped for want of a buffer.
	NoMemory uint64
	// StreamsClosed counts pieces of payload that arrived after their reader
	// had closed.
	StreamsClosed uint64
	// AcceptFull counts connections reset because the accept mailbox was full.
	AcceptFull uint64
	// AcceptClosed counts connections reset because their listener was closed.
	AcceptClosed uint64
}

// New returns the API of the stack that the core lock guards. u or r may be nil:
// endpoints of that kind cannot be made then.
func New(core Core, pool *pbuf.Pool, clock sysarch.Clock, q *timers.Queue, t *tcp.Protocol, u *udp.Protocol,
	r *raw.Protocol, ifs *netif.Protocol, cfg Config) *Protocol {
	return &Protocol{
		core: core, pool: pool, clock: clock, q: q, tcp: t, udp: u, raw: r, ifs: ifs, cfg: cfg.withDefaults(),
		dgrams: make(map[*dgram]struct{}), listeners: make(map[*listener]struct{}), orphans: make(map[*stream]struct{}),
	}
}

// Close ends every datagram endpoint and listener, so that blocked calls return,
// and frees what waits in mailboxes. New endpoints cannot be made any more. The
// caller then closes TCP, which ends the connections.
func (p *Protocol) Close() {
	p.core.Lock()
	p.ended = true
	dgrams := slices.Collect(maps.Keys(p.dgrams))
	listeners := slices.Collect(maps.Keys(p.listeners))
	orphans := slices.Collect(maps.Keys(p.orphans))
	p.core.Unlock()
	for _, d := range dgrams {
		d.close()
	}
	for _, l := range listeners {
		l.close()
	}
	for _, s := range orphans {
		s.discard()
	}
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats {
	p.core.Lock()
	defer p.core.Unlock()
	return p.stats
}
