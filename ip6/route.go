package ip6

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
)

// Route implements ip.Network. src may be an address of any interface (weak
// host model), but a link-local one only that of the interface used.
//
// lwIP: ip6_route.
func (p *Protocol) Route(dst, src netip.Addr, ifc *netif.Interface) (ip.Route, error) {
	if !dst.Is6() || dst.Is4In6() || src.IsValid() && !src.Is6() {
		return ip.Route{}, ip.ErrNoRoute
	}
	if p.cfg.Route != nil && ifc == nil {
		ifc = p.cfg.Route(src, dst)
	}
	d := p.nd.Lookup(dst, ifc)
	if d == nil {
		if d = p.lookupScoped(dst, src, ifc); d == nil {
			return ip.Route{}, ip.ErrNoRoute
		}
	}
	r := ip.Route{Ifc: d.Ifc, Src: src, MTU: p.nd.MTU(d)}
	if src.IsValid() && !src.IsUnspecified() {
		if !p.maySend(d.Ifc, src) && (ifc == nil || !ifc.TakesForeign()) {
			return ip.Route{}, ip.ErrNoSource
		}
		return r, nil
	}
	if !d.Source.IsValid() {
		d.Source = p.selectSource(d.Ifc, dst)
	}
	if r.Src = d.Source; !r.Src.IsValid() {
		return ip.Route{}, ip.ErrNoSource
	}
	return r, nil
}

// maySend reports whether src may be the source of packets sent through ifc.
func (p *Protocol) maySend(ifc *netif.Interface, src netip.Addr) bool {
	if ifc.Owns(src) {
		return true
	}
	if src.IsLinkLocalUnicast() && !ifc.Flags().Has(netif.LoopbackFlag) {
		return false
	}
	return p.Owner(src) != nil
}

// lookupScoped finds the way to a destination that needs an interface, where
// none is given: the source's, else the default one, else the only one.
//
// RFC 4007 §6; lwIP: ip6_route's rules for link-local and multicast.
func (p *Protocol) lookupScoped(dst, src netip.Addr, ifc *netif.Interface) *nd6.Destination {
	if ifc != nil || !dst.IsLinkLocalUnicast() && !dst.IsMulticast() {
		return nil
	}
	if dst.IsMulticast() && multicastScope(dst) <= 1 {
		if lo := p.nd.Loopback(); lo != nil {
			return p.nd.Lookup(dst, lo)
		}
		return nil
	}
	if src.IsValid() && !src.IsUnspecified() {
		if ifc = p.Owner(src); ifc != nil && !ifc.Flags().Has(netif.LoopbackFlag) {
			return p.nd.Lookup(dst, ifc)
		}
	}
	if ifc = p.ifs.Default(); ifc != nil && ifc.Ready() {
		return p.nd.Lookup(dst, ifc)
	}
	for _, ifc = range p.ifs.List() {
		if ifc.Ready() && !ifc.Flags().Has(netif.LoopbackFlag) {
			return p.nd.Lookup(dst, ifc)
		}
	}
	return nil
}
