package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// route is a way to a prefix: through a gateway, or, if that is invalid, on the
// link.
type route struct {
	ifc     *netif.Interface
	prefix  netip.Prefix
	gateway netip.Addr
	pref    int8
	static  bool
	until   timers.Time
}

// AddRoute sends packets for prefix out of ifc to gateway, or, if gateway is
// invalid, straight to their destination. It replaces a route of the same prefix
// and interface that was given before. Errors: ErrBadEntry, ErrFull.
func (p *Protocol) AddRoute(ifc *netif.Interface, prefix netip.Prefix, gateway netip.Addr) error {
	gateway = gateway.WithZone("")
	if !prefix.IsValid() || !prefix.Addr().Is6() || gateway.IsValid() && (!gateway.Is6() || gateway.IsMulticast()) {
		return ErrBadEntry
	}
	p.RemoveRoute(ifc, prefix)
	if len(p.routes) >= p.cfg.Routes {
		return ErrFull
	}
	p.routes = append(p.routes, route{ifc: ifc, prefix: prefix.Masked(), gateway: gateway, static: true, until: timers.Never})
	p.changed()
	return nil
}

// RemoveRoute takes away a route that AddRoute gave. Error: ErrNotFound.
func (p *Protocol) RemoveRoute(ifc *netif.Interface, prefix netip.Prefix) error {
	prefix = prefix.Masked()
	for i, r := range p.routes {
		if r.ifc == ifc && r.prefix == prefix && r.static {
			p.routes = append(p.routes[:i], p.routes[i+1:]...)
			p.changed()
			return nil
		}
	}
	return ErrNotFound
}

// inputRoute takes in a route information option.
//
//	 0     1     2      3        4          8
//	┌─────┬─────┬──────┬────────┬──────────┬──────────────────────┐
//	│ 24  │ 1–3 │ bits │ pref   │ lifetime │ prefix, 0 to 16 bytes│
//	└─────┴─────┴──────┴────────┴──────────┴──────────────────────┘
//
// RFC 4191 §2.3, §3.1.
func (p *Protocol) inputRoute(ifc *netif.Interface, from netip.Addr, opt []byte) {
	bits := int(opt[2])
	reserved := opt[3]>>3&3 == 2
	if len(opt) > 24 || bits > 128 || bits > 8*(len(opt)-8) || reserved {
		return
	}
	var a [16]byte
	copy(a[:], opt[8:])
	pre := netip.PrefixFrom(netip.AddrFrom16(a), bits).Masked()
	life, pref := lifetimeOf(opt[4:]), preference(opt[3])
	if bits == 0 {
		if life < 0 {
			life = 1<<63 - 1
		}
		p.advertisedRouter(ifc, from, pref, life)
		return
	}
	if pre.Addr().IsLinkLocalUnicast() || pre.Addr().IsMulticast() {
		return
	}
	for i := range p.routes {
		r := &p.routes[i]
		if r.ifc != ifc || r.prefix != pre || r.gateway != from || r.static {
			continue
		}
		if life == 0 {
			p.routes = append(p.routes[:i], p.routes[i+1:]...)
			p.changed()
			return
		}
		if r.pref != pref {
			p.changed()
		}
		r.until, r.pref = p.after(life), pref
		return
	}
	if life == 0 {
		return
	}
	if len(p.routes) >= p.cfg.Routes {
		p.stats.RoutesFull++
		return
	}
	p.routes = append(p.routes, route{ifc: ifc, prefix: pre, gateway: from, pref: pref, until: p.after(life)})
	p.changed()
}
