package ip4

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

// hop is the next step of a packet.
type hop struct {
	ifc  *netif.Interface
	next netip.Addr // for ARP: the destination or a router
	// local means that the packet is for this host and no loopback interface
	// carries it: it goes to the loop queue.
	local bool
}

// loops reports whether the packet stays in this host.
func (h hop) loops() bool { return h.local || h.ifc.Flags().Has(netif.LoopbackFlag) }

// Route implements ip.Network. A source that is given must be an address of
// this host; the interface that has it is preferred, but another that leads to
// dst better is used (the weak host model, RFC 1122 §3.3.4.2).
//
// Without an address on the interface the source is 0.0.0.0 if ifc was given
// and dst is a group: what a DHCP client needs.
func (p *Protocol) Route(dst, src netip.Addr, ifc *netif.Interface) (ip.Route, error) {
	if !dst.Is4() {
		return ip.Route{}, ip.ErrFamily
	}
	if src.IsValid() && !src.IsUnspecified() && p.Owner(src) == nil && !src.IsLoopback() &&
		(ifc == nil || !ifc.TakesForeign()) {
		return ip.Route{}, ip.ErrNoSource
	}
	via, ok := p.hop(dst, src, ifc)
	if !ok {
		return ip.Route{}, ip.ErrNoRoute
	}
	r := ip.Route{Ifc: via.ifc, Src: src, MTU: via.ifc.MTU()}
	if r.Src.IsValid() && !r.Src.IsUnspecified() {
		return r, nil
	}
	switch a := via.ifc.Addr4().Addr; {
	case p.receives(dst):
		r.Src = dst
	case a.IsValid():
		r.Src = a
	case ifc != nil && (dst.IsMulticast() || ifc.IsBroadcast(dst)):
		r.Src = netip.IPv4Unspecified()
	default:
		return ip.Route{}, ip.ErrNoSource
	}
	return r, nil
}

// hop chooses the interface and next hop of a packet to dst. src, if it is an
// address of ours, and ifc, if not nil, restrict it as Route says.
//
// lwIP: ip4_route_src, ip4_route, etharp_output. lwIP takes the first interface
// whose subnet matches, then the default one. Here the longest prefix wins
// among subnets and static routes (RFC 1812 §5.2.4.3), then the source's
// interface, then the order of the list.
func (p *Protocol) hop(dst, src netip.Addr, ifc *netif.Interface) (hop, bool) {
	c := p.routes.slot(dst, src)
	def := p.ifs.Default()
	if c.gen == p.routes.gen && c.dst == dst && c.src == src && c.bound == ifc && c.def == def {
		return c.via, true
	}
	via, ok := p.search(dst, src, ifc, def)
	if ok {
		*c = cached{dst: dst, src: src, bound: ifc, def: def, gen: p.routes.gen, via: via}
	}
	return via, ok
}

func (p *Protocol) search(dst, src netip.Addr, ifc, def *netif.Interface) (hop, bool) {
	if dst.IsUnspecified() {
		return hop{}, false
	}
	if owner := p.Owner(dst); owner != nil || dst.IsLoopback() {
		if lo := p.own.lo; lo != nil && lo.Ready() {
			return hop{ifc: lo, next: dst}, true
		}
		return hop{ifc: owner, next: dst, local: true}, owner != nil
	}
	if ifc != nil {
		return p.through(ifc, dst, src)
	}
	owner := p.Owner(src)
	if dst.IsMulticast() || number(dst) == limitedBroadcast {
		return p.searchGroup(dst, owner, def)
	}
	best, bits := p.searchSubnets(dst, owner)
	if r := p.routes.lookup(dst, nil); r != nil && r.Prefix.Bits() > bits {
		return hop{ifc: r.Ifc, next: r.next(dst)}, true
	}
	if best != nil {
		return hop{ifc: best, next: dst}, true
	}
	for _, ifc := range []*netif.Interface{owner, def} {
		if ifc != nil {
			if via, ok := p.through(ifc, dst, src); ok {
				return via, true
			}
		}
	}
	for _, ifc := range p.ifs.List() {
		if ifc.Addr4().Gateway.Is4() {
			if via, ok := p.through(ifc, dst, src); ok {
				return via, true
			}
		}
	}
	return hop{}, false
}

// searchSubnets returns the interface on whose subnet dst is, or at whose other
// end it is, and the length of the prefix; nil and -1 if there is none.
func (p *Protocol) searchSubnets(dst netip.Addr, owner *netif.Interface) (best *netif.Interface, bits int) {
	bits = -1
	for _, ifc := range p.ifs.List() {
		a := ifc.Addr4()
		if !p.usable(ifc) || !a.Addr.IsValid() || ifc.Flags().Has(netif.LoopbackFlag) {
			continue
		}
		n := -1
		switch {
		case !ifc.Flags().Has(netif.ARP) && a.Gateway == dst:
			n = 32
		case a.Prefix.Contains(dst):
			n = a.Prefix.Bits()
		}
		if n > bits || n == bits && n >= 0 && ifc == owner {
			best, bits = ifc, n
		}
	}
	return best, bits
}

// searchGroup returns the interface for multicast and limited broadcast: the
// one chosen for it, else the source's, else the default one, else the first
// that can.
//
// lwIP: ip4_set_default_multicast_netif.
func (p *Protocol) searchGroup(dst netip.Addr, owner, def *netif.Interface) (hop, bool) {
	chosen := p.routes.multicast
	if !dst.IsMulticast() {
		chosen = nil
	}
	for _, ifc := range []*netif.Interface{chosen, owner, def} {
		if ifc != nil && p.usable(ifc) && !ifc.Flags().Has(netif.LoopbackFlag) {
			return hop{ifc: ifc, next: dst}, true
		}
	}
	for _, ifc := range p.ifs.List() {
		if p.usable(ifc) && !ifc.Flags().Has(netif.LoopbackFlag) && ifc.Addr4().Addr.IsValid() {
			return hop{ifc: ifc, next: dst}, true
		}
	}
	return hop{}, false
}

// through returns the next hop to dst on ifc.
//
// RFC 3927 §2.6.2, §2.7: a packet from or to a link-local address is not given
// to a router.
func (p *Protocol) through(ifc *netif.Interface, dst, src netip.Addr) (hop, bool) {
	direct := hop{ifc: ifc, next: dst}
	a := ifc.Addr4()
	switch {
	case !p.usable(ifc):
		return hop{}, false
	case ifc.Flags().Has(netif.LoopbackFlag):
		return direct, dst.IsMulticast()
	case !ifc.Flags().Has(netif.ARP):
		return direct, true
	case dst.IsMulticast(), ifc.IsBroadcast(dst), a.Prefix.Contains(dst):
		return direct, true
	case dst.IsLinkLocalUnicast(), src.IsLinkLocalUnicast():
		return direct, true
	}
	if r := p.routes.lookup(dst, ifc); r != nil {
		return hop{ifc: ifc, next: r.next(dst)}, true
	}
	if a.Gateway.Is4() && !a.Gateway.IsUnspecified() {
		return hop{ifc: ifc, next: a.Gateway}, true
	}
	return hop{}, false
}

// usable reports whether packets can leave by ifc.
func (p *Protocol) usable(ifc *netif.Interface) bool {
	return ifc.Ready() && (p.arp != nil || !ifc.Flags().Has(netif.ARP))
}
