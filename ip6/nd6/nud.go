package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/timers"
)

// State is the reachability state of a neighbor.
//
//	             send                 answer
//	(None) ───────────────▶ Incomplete ─────▶ Reachable ◀──────┐
//	   ▲                        │ 3 × no         │ time        │ answer,
//	   │◀───────────────────────┘                ▼             │ hint
//	   │                                       Stale ◀─ heard  │
//	   │                                         │ send        │
//	   │         3 × no                  5 s     ▼             │
//	   └──────────────────── Probe ◀─────────  Delay ──────────┤
//	                           └───────────────────────────────┘
//
// RFC 4861 §7.3.2, appendix C.
type State uint8

const (
	None       State = iota // just made
	Incomplete              // being asked for; packets wait
	Reachable               // known to answer
	Stale                   // known once; may be used
	Delay                   // used while stale; waiting for a hint
	Probe                   // being asked, directly
)

var stateNames = [...]string{"none", "incomplete", "reachable", "stale", "delay", "probe"}

// String returns the state's RFC 4861 name.
func (s State) String() string { return stateNames[s] }

// setState changes n's state and does what entering it demands. A static
// neighbor's state does not change.
func (p *Protocol) setState(n *neighbor, s State) {
	if n.static && n.state == Reachable {
		return
	}
	n.state = s
	n.probes = 0
	switch s {
	case None, Stale:
		p.q.Stop(&n.timer)
	case Reachable:
		p.q.Stop(&n.timer)
		if n.static {
			n.until = timers.Never
			return
		}
		n.until = p.q.Now().Add(p.link(n.ifc).reachable)
	case Delay:
		p.q.ArmAfter(&n.timer, p.cfg.DelayFirstProbe)
	case Incomplete, Probe:
		p.solicit(n)
	}
}

// onNeighborTimer is the end of a wait in Incomplete, Delay or Probe.
//
// RFC 4861 §7.2.2, §7.3.3.
func (p *Protocol) onNeighborTimer(n *neighbor) {
	switch n.state {
	case None, Reachable, Stale:
	case Incomplete:
		if n.probes < maxMulticastSolicit {
			p.solicit(n)
			return
		}
		p.fail(n)
	case Delay:
		p.setState(n, Probe)
	case Probe:
		if n.probes < maxUnicastSolicit {
			p.solicit(n)
			return
		}
		p.fail(n)
	}
}

// solicit sends the next solicitation for n and waits for the answer.
func (p *Protocol) solicit(n *neighbor) {
	n.probes++
	p.q.ArmAfter(&n.timer, p.link(n.ifc).retrans)
	src, ok := p.solicitSource(n.ifc, n.source)
	if !ok {
		p.stats.NoSource++
		return
	}
	dst := n.addr
	if n.state == Incomplete {
		dst = SolicitedNode(n.addr)
	}
	p.sendNS(n.ifc, src, dst, n.addr)
}

// solicitSource returns the source address of a solicitation: the prompting
// packet's if it is ours, else any.
//
// RFC 4861 §7.2.2.
func (p *Protocol) solicitSource(ifc *netif.Interface, src netip.Addr) (netip.Addr, bool) {
	if src.IsValid() && ifc.Owns(src) {
		return src, true
	}
	for i := range ifc.Addrs6() {
		if a := &ifc.Addrs6()[i]; a.State.Valid() && !a.Addr.IsLoopback() {
			return a.Addr, true
		}
	}
	return netip.Addr{}, false
}

// fail gives up on n: what waits for it is undeliverable, and next hops are
// determined anew.
//
// RFC 4861 §7.2.2, §7.3.3, §6.3.6.
func (p *Protocol) fail(n *neighbor) {
	p.stats.NUDFailures++
	ifc, pending := n.ifc, n.pending
	n.pending = nil
	p.queued -= len(pending)
	p.forget(n)
	for _, buf := range pending {
		p.stats.Unresolved++
		if p.handler == nil {
			buf.Free()
			continue
		}
		p.handler.Unresolved(ifc, buf)
	}
}

// Reachable tells that the neighbor nextHop on ifc answers: an upper layer saw
// forward progress. Cheap enough for every acknowledgement.
//
// RFC 4861 §7.3.1. lwIP: nd6_reachability_hint.
func (p *Protocol) Reachable(ifc *netif.Interface, nextHop netip.Addr) {
	n := p.find(ifc, nextHop)
	if n == nil {
		return
	}
	switch n.state {
	case None, Incomplete:
	case Reachable:
		if !n.static {
			n.until = p.q.Now().Add(p.link(n.ifc).reachable)
		}
	case Stale, Delay, Probe:
		p.setState(n, Reachable)
	}
}

// learn records that a message from addr gave hw as its link-layer address,
// without proving that the neighbor hears us: a new or changed entry is Stale.
//
// RFC 4861 §7.2.3, §6.2.6, §6.3.4, §8.3.
func (p *Protocol) learn(ifc *netif.Interface, addr netip.Addr, hw ethernet.Addr) *neighbor {
	n := p.find(ifc, addr)
	if n == nil {
		if n = p.add(ifc, addr, heard); n == nil {
			p.stats.NeighborsFull++
			return nil
		}
		n.hw = hw
		p.setState(n, Stale)
		return n
	}
	if n.static || n.hw == hw && n.state != Incomplete && n.state != None {
		return n
	}
	n.hw = hw
	p.setState(n, Stale)
	if len(n.pending) != 0 {
		p.setState(n, Delay) // what waited is a use
		p.flush(n)
	}
	return n
}
