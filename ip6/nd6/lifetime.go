package nd6

import (
	"slices"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// armLifetime sets the one timer for the earliest end of a lifetime.
func (p *Protocol) armLifetime() {
	at := timers.Never
	for i := range p.routers {
		at = min(at, p.routers[i].until)
	}
	for i := range p.prefixes {
		at = min(at, p.prefixes[i].until)
	}
	for i := range p.routes {
		at = min(at, p.routes[i].until)
	}
	for _, ifc := range p.ifs.List() {
		for i := range ifc.Addrs6() {
			a := &ifc.Addrs6()[i]
			if !a.Auto {
				continue
			}
			switch a.State {
			case netif.Preferred:
				at = min(at, a.PreferredUntil, a.ValidUntil)
			case netif.Tentative, netif.Deprecated, netif.Duplicated:
				at = min(at, a.ValidUntil)
			case netif.Invalid:
			}
		}
	}
	if at == timers.Never {
		p.q.Stop(&p.lifetime)
		return
	}
	p.q.Arm(&p.lifetime, at)
}

// onLifetime ends what has lived long enough.
//
// RFC 4861 §6.3.5, RFC 4862 §5.5.4.
func (p *Protocol) onLifetime() {
	now := p.q.Now()
	p.routers = slices.DeleteFunc(p.routers, func(r router) bool { return r.until <= now })
	p.prefixes = slices.DeleteFunc(p.prefixes, func(x prefix) bool { return x.until <= now })
	p.routes = slices.DeleteFunc(p.routes, func(r route) bool { return r.until <= now })
	p.changed()
	for _, ifc := range p.ifs.List() {
		for i := range ifc.Addrs6() {
			switch a := &ifc.Addrs6()[i]; {
			case a.State == netif.Invalid || !a.Auto:
			case a.ValidUntil <= now:
				ifc.SetAddr6State(i, netif.Invalid)
			case a.State == netif.Preferred && a.PreferredUntil <= now:
				ifc.SetAddr6State(i, netif.Deprecated)
			}
		}
	}
	p.armLifetime()
}

// forgetLearned drops routers, prefixes and routes that were learned on ifc,
// and, if ifc is gone, those given.
func (p *Protocol) forgetLearned(ifc *netif.Interface) {
	gone := !p.present(ifc)
	p.routers = slices.DeleteFunc(p.routers, func(r router) bool { return r.ifc == ifc && (gone || !r.static) })
	p.prefixes = slices.DeleteFunc(p.prefixes, func(x prefix) bool { return x.ifc == ifc })
	p.routes = slices.DeleteFunc(p.routes, func(r route) bool { return r.ifc == ifc && (gone || !r.static) })
	p.changed()
}
