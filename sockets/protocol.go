package sockets

import (
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Protocol is the BSD sockets of one stack. Its methods may be called by any
// number of goroutines at once.
type Protocol struct {
	core  api.Core
	api   *api.Protocol
	ifs   *netif.Protocol
	q     *timers.Queue
	clock sysarch.Clock
	cfg   Config

	table       table
	mu          sync.Mutex // guards table's free list, stats and ended
	stats       Stats
	ended       bool
	memberships atomic.Int64
	waiters     waiters
	counters    counters
}

// New returns the sockets of the stack that the core lock guards.
func New(core api.Core, a *api.Protocol, ifs *netif.Protocol, q *timers.Queue, clock sysarch.Clock, cfg Config) *Protocol {
	p := &Protocol{core: core, api: a, ifs: ifs, q: q, clock: clock, cfg: cfg.withDefaults()}
	p.waiters.by = make(map[*api.Netconn]*watched)
	return p
}

// CloseAll closes every descriptor, without lingering, and waits for the calls
// in progress. Descriptors cannot be made any more: EBADF.
func (p *Protocol) CloseAll() {
	p.mu.Lock()
	p.ended = true
	open := p.table.list()
	p.mu.Unlock()
	for _, s := range open {
		s.conn.SetNonblocking(true) // do not linger
		s.close()
	}
}
