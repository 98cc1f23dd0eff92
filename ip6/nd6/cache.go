package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// neighbor is one entry of the neighbor cache.
type neighbor struct {
	addr   netip.Addr
	ifc    *netif.Interface
	hw     ethernet.Addr
	state  State
	used   bool        // we sent to it since eviction last looked
	static bool        // given by the user; never changes
	router bool        // RFC 4861's IsRouter
	hop    bool        // next hop of a redirected destination
	until  timers.Time // end of Reachable
	source netip.Addr  // of the packet that prompted its solicitations
	probes int         // solicitations sent in this state

	timer   timers.Timer
	pending []*pbuf.Buf
	slot    int // in Protocol.neighbors
}

// purpose says why an entry is made, which decides what it may displace.
type purpose uint8

const (
	wanted purpose = iota // we have something to send
	heard                 // a message of the neighbor told of it
)

// find returns the entry of addr on ifc, or nil.
func (p *Protocol) find(ifc *netif.Interface, addr netip.Addr) *neighbor {
	if n := p.last; n.addr == addr && n.ifc == ifc {
		return n
	}
	return p.cache[makeKey(ifc, addr)]
}

// add returns a new entry in state None, or nil if there is no room.
func (p *Protocol) add(ifc *netif.Interface, addr netip.Addr, why purpose) *neighbor {
	if len(p.neighbors) >= p.cfg.Neighbors {
		v := p.victim(why)
		if v == nil {
			return nil
		}
		p.stats.NeighborsEvicted++
		p.forget(v)
	}
	var n *neighbor
	if i := len(p.idle); i > 0 {
		n = p.idle[i-1]
		p.idle = p.idle[:i-1]
	} else {
		n = new(neighbor)
		n.timer.Init(func() { p.onNeighborTimer(n) })
	}
	n.addr, n.ifc, n.slot = addr, ifc, len(p.neighbors)
	n.router = p.isRouter(ifc, addr)
	p.neighbors = append(p.neighbors, n)
	p.cache[makeKey(ifc, addr)] = n
	return n
}

// evictionScan bounds the work of making room.
const evictionScan = 64

// victim chooses an entry to give up. One that a message told of may displace
// only entries that we never used, so a flood of messages cannot take away the
// neighbors in use; one that we want to send to takes the least useful of those
// it looks at. Routers go last, static entries never.
//
// lwIP: nd6_new_neighbor_cache_entry's order of recycling.
func (p *Protocol) victim(why purpose) *neighbor {
	var best *neighbor
	bestRank := 1 << 10
	for range min(evictionScan, len(p.neighbors)) {
		p.hand = (p.hand + 1) % len(p.neighbors)
		n := p.neighbors[p.hand]
		if n.static {
			continue
		}
		rank := 0
		switch n.state {
		case None, Stale:
			if n.used {
				rank = 2
			}
		case Incomplete:
			rank = 1
		case Reachable, Delay, Probe:
			rank = 3
			if !n.used {
				rank = 2
			}
		}
		if n.router {
			rank += 8
		}
		if why == heard && rank > 0 {
			continue
		}
		if why == wanted {
			n.used = false
		}
		if rank < bestRank {
			best, bestRank = n, rank
		}
	}
	return best
}

// forget takes n out of the cache; what waits for it is dropped.
func (p *Protocol) forget(n *neighbor) {
	for i, buf := range n.pending {
		n.pending[i] = nil
		p.queued--
		p.drop(buf, &p.stats.Flushed)
	}
	p.q.Remove(&n.timer)
	delete(p.cache, makeKey(n.ifc, n.addr))
	end := len(p.neighbors) - 1
	p.neighbors[n.slot] = p.neighbors[end]
	p.neighbors[n.slot].slot = n.slot
	p.neighbors[end] = nil
	p.neighbors = p.neighbors[:end]
	if p.last == n {
		p.last = new(neighbor)
	}
	if n.router || n.hop {
		p.changed()
	}
	*n = neighbor{timer: n.timer, pending: n.pending[:0]}
	p.idle = append(p.idle, n)
}

// Neighbor is what the cache knows of one neighbor.
type Neighbor struct {
	Ifc    *netif.Interface
	Addr   netip.Addr
	HWAddr ethernet.Addr // zero while Incomplete
	State  State
	Router bool
	Static bool
}

// Neighbors calls f for each entry of the cache until it returns false.
func (p *Protocol) Neighbors(f func(Neighbor) bool) {
	for _, n := range p.neighbors {
		s := n.state
		if s == Reachable && !n.static && p.q.Now() >= n.until {
			s = Stale
		}
		if !f(Neighbor{n.ifc, n.addr, n.hw, s, n.router, n.static}) {
			return
		}
	}
}
