package nd6

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// router is an entry of the default router list.
type router struct {
	ifc    *netif.Interface
	addr   netip.Addr
	pref   int8 // RFC 4191: -1 low, 0 medium, 1 high
	static bool
	until  timers.Time
}

// solicitsRouters reports whether routers are looked for on l: by hosts, on
// links with neighbors, once there is a link-local address.
func (p *Protocol) solicitsRouters(l *link) bool {
	f := l.ifc.Flags()
	return !p.cfg.NoRouterDiscovery && f.Has(netif.ND|netif.Multicast) && !f.Has(netif.Forwarding)
}

// onRS sends the next router solicitation.
//
// RFC 4861 §6.3.7. lwIP: 3 of them, every 4 s, while the link-local address is
// not known to be a duplicate.
func (p *Protocol) onRS(l *link) {
	s := l.ifc.Addrs6()[0].State
	if s == netif.Invalid || s == netif.Duplicated || !p.solicitsRouters(l) {
		return
	}
	if l.rsLeft--; l.rsLeft > 0 {
		p.q.ArmAfter(&l.rs, rtrSolicitInterval)
	}
	p.sendRS(l.ifc)
}

// advertisedRouter updates the default router list; a lifetime of zero takes the
// router off it. When the list is full, a router of higher preference than one
// on it takes that one's place.
//
// RFC 4861 §6.3.4, RFC 4191 §3.
func (p *Protocol) advertisedRouter(ifc *netif.Interface, addr netip.Addr, pref int8, life time.Duration) {
	if life == 0 {
		p.removeRouter(ifc, addr)
		return
	}
	until := p.q.Now().Add(life)
	worst := -1
	for i := range p.routers {
		r := &p.routers[i]
		if r.ifc == ifc && r.addr == addr {
			if r.static {
				return
			}
			if r.pref != pref {
				r.pref = pref
				p.changed()
			}
			r.until = until
			return
		}
		if !r.static && (worst < 0 || r.pref < p.routers[worst].pref) {
			worst = i
		}
	}
	r := router{ifc: ifc, addr: addr, pref: pref, until: until}
	switch {
	case len(p.routers) < p.cfg.Routers:
		p.routers = append(p.routers, r)
	case worst >= 0 && p.routers[worst].pref < pref:
		p.routers[worst] = r
	default:
		p.stats.RoutersFull++
		return
	}
	p.changed()
}

// removeRouter takes a learned router off the default router list.
func (p *Protocol) removeRouter(ifc *netif.Interface, addr netip.Addr) {
	for i, r := range p.routers {
		if r.ifc == ifc && r.addr == addr && !r.static {
			p.routers = append(p.routers[:i], p.routers[i+1:]...)
			p.changed()
			return
		}
	}
}

// SetDefaultRouter gives ifc a default router that does not expire, in place of
// the one given before. An invalid address takes it away.
func (p *Protocol) SetDefaultRouter(ifc *netif.Interface, addr netip.Addr) {
	for i, r := range p.routers {
		if r.ifc == ifc && r.static {
			p.routers = append(p.routers[:i], p.routers[i+1:]...)
			break
		}
	}
	if addr = addr.WithZone(""); addr.Is6() && !addr.IsMulticast() {
		p.removeRouter(ifc, addr)
		p.routers = append(p.routers, router{ifc: ifc, addr: addr, static: true, until: timers.Never})
		if n := p.find(ifc, addr); n != nil {
			n.router = true
		}
	}
	p.changed()
	p.armLifetime()
}

// isRouter reports whether addr on ifc is a gateway of any route.
func (p *Protocol) isRouter(ifc *netif.Interface, addr netip.Addr) bool {
	for i := range p.routers {
		if r := &p.routers[i]; r.ifc == ifc && r.addr == addr {
			return true
		}
	}
	for i := range p.routes {
		if r := &p.routes[i]; r.ifc == ifc && r.gateway == addr {
			return true
		}
	}
	return false
}

// Router is an entry of the default router list.
type Router struct {
	Ifc        *netif.Interface
	Addr       netip.Addr
	Preference int // -1 low, 0 medium, 1 high
	Static     bool
	Until      timers.Time
}

// Routers returns the default router list.
func (p *Protocol) Routers() []Router {
	var list []Router
	for _, r := range p.routers {
		list = append(list, Router{r.ifc, r.addr, int(r.pref), r.static, r.until})
	}
	return list
}

// pickRouter returns the default router to use for a new destination on via, or
// on any interface: those known to answer first, then by preference; if none is
// known to answer, in turn, so that an unreachable one is found out.
//
// RFC 4861 §6.3.6, RFC 4191 §3.2.
func (p *Protocol) pickRouter(via *netif.Interface) *router {
	var best *router
	bestScore, bestAt := -1, 0
	for i := range p.routers {
		at := (p.robin + i) % len(p.routers)
		r := &p.routers[at]
		if via != nil && r.ifc != via || !r.ifc.Ready() {
			continue
		}
		score := int(r.pref) + 1
		if p.maybeReachable(r.ifc, r.addr) {
			score += 4
		}
		if score > bestScore {
			best, bestScore, bestAt = r, score, at
		}
	}
	if best != nil && bestScore < 4 {
		p.robin = bestAt + 1
	}
	return best
}

// maybeReachable reports whether nothing speaks against the neighbor: it is in
// the cache with a link-layer address.
func (p *Protocol) maybeReachable(ifc *netif.Interface, addr netip.Addr) bool {
	if !ifc.Flags().Has(netif.ND) {
		return true
	}
	n := p.find(ifc, addr)
	return n != nil && n.state != None && n.state != Incomplete
}
