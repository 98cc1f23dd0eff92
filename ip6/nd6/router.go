package nd6

import (
	"encoding/binary"
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

// AdvertisementFlags are the flags of a router advertisement.
type AdvertisementFlags uint8

const (
	Managed     AdvertisementFlags = 0x80 // M: addresses by DHCPv6
	OtherConfig AdvertisementFlags = 0x40 // O: other configuration by DHCPv6
)

// Has reports whether all of g are set.
func (f AdvertisementFlags) Has(g AdvertisementFlags) bool { return f&g == g }

// Advertisement is a received router advertisement, as told to listeners.
type Advertisement struct {
	Ifc      *netif.Interface
	Router   netip.Addr
	Flags    AdvertisementFlags
	Lifetime time.Duration // as default router
	// DNS are the recursive name servers advertised (RFC 8106), at most 8; valid
	// during the call.
	DNS []DNSServer
}

// DNSServer is a recursive name server that a router advertised.
type DNSServer struct {
	Addr netip.Addr
	// Lifetime is how long it may be used: 0 not any more; negative for ever.
	Lifetime time.Duration
}

// maxDNS bounds the name servers taken from one advertisement.
const maxDNS = 8

// Listen calls f after every router advertisement taken in, inside the core
// lock. f may keep a copy of what it needs.
func (p *Protocol) Listen(f func(*Advertisement)) { p.listen = append(p.listen, f) }

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

// inputRA handles a router advertisement.
//
//	 0      1      2          4       5        6          8           12          16
//	┌──────┬──────┬──────────┬───────┬────────┬──────────┬───────────┬───────────┬─────────
//	│ 134  │ 0    │ checksum │ hops  │ M O pr │ lifetime │ reachable │ retrans   │ options
//	└──────┴──────┴──────────┴───────┴────────┴──────────┴───────────┴───────────┴─────────
//
// RFC 4861 §6.1.2, §6.3.4.
func (p *Protocol) inputRA(m message) *uint64 {
	l, b := m.link, m.body
	hw, hasHW, ok := m.opts.llAddr(optSourceLL)
	switch {
	case !m.src.IsLinkLocalUnicast():
		return &p.stats.BadSource
	case !ok:
		return &p.stats.BadOption
	case p.cfg.NoRouterDiscovery || l.ifc.Flags().Has(netif.Forwarding):
		return &p.stats.RouterIgnored
	case l.ifc.Owns(m.src):
		return &p.stats.BadSource
	}
	p.stats.InRA++
	p.q.Stop(&l.rs)
	if b[4] != 0 {
		l.hopLimit = b[4]
	}
	if ms := binary.BigEndian.Uint32(b[8:]); ms != 0 {
		if d := time.Duration(ms) * time.Millisecond; d <= maxReachableTime && d != l.base {
			l.setReachable(d)
		}
	}
	if ms := binary.BigEndian.Uint32(b[12:]); ms != 0 && !p.cfg.FixedRetrans {
		l.retrans = min(time.Duration(ms)*time.Millisecond, maxRetransTimer)
	}
	life := time.Duration(binary.BigEndian.Uint16(b[6:])) * time.Second
	p.advertisedRouter(l.ifc, m.src, preference(b[5]), life)
	if hasHW {
		if n := p.learn(l.ifc, m.src, hw); n != nil && !n.static {
			n.router = true
		}
	} else if n := p.find(l.ifc, m.src); n != nil && !n.static {
		n.router = true
	}
	p.adv = Advertisement{Ifc: l.ifc, Router: m.src, Flags: AdvertisementFlags(b[5] & 0xc0),
		Lifetime: life, DNS: p.adv.DNS[:0]}
	p.advertisedOptions(l, m)
	p.armLifetime()
	for _, f := range p.listen {
		f(&p.adv)
	}
	return nil
}

// advertisedOptions takes in the options of a router advertisement. Malformed
// ones are skipped: the message as a whole is known to be well formed.
func (p *Protocol) advertisedOptions(l *link, m message) {
	for opt, rest := m.opts.next(); opt != nil; opt, rest = rest.next() {
		switch opt[0] {
		case optMTU:
			if len(opt) == 8 {
				mtu := binary.BigEndian.Uint32(opt[4:])
				if mtu >= minMTU && uint64(mtu) <= uint64(l.ifc.MTU()) {
					l.ifc.SetMTU6(int(mtu))
				}
			}
		case optPrefix:
			if len(opt) == 32 {
				p.inputPrefix(l, opt)
			}
		case optRouteInfo:
			p.inputRoute(l.ifc, m.src, opt)
		case optRDNSS:
			p.inputRDNSS(opt)
		}
	}
}

// inputRDNSS collects advertised name servers.
//
// RFC 8106 §5.1: length at least 3 and odd.
func (p *Protocol) inputRDNSS(opt []byte) {
	if len(opt) < 24 || len(opt)%16 != 8 {
		return
	}
	life := lifetimeOf(opt[4:])
	for a := opt[8:]; len(a) >= 16 && len(p.adv.DNS) < maxDNS; a = a[16:] {
		addr := netip.AddrFrom16([16]byte(a))
		if !addr.IsMulticast() && !addr.IsUnspecified() && !addr.IsLoopback() {
			p.adv.DNS = append(p.adv.DNS, DNSServer{addr, life})
		}
	}
}

// preference decodes the router preference bits; the reserved value is medium.
//
// RFC 4191 §2.1, §2.2.
func preference(flags byte) int8 {
	switch flags >> 3 & 3 {
	case 1:
		return 1
	case 3:
		return -1
	}
	return 0
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
