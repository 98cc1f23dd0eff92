package sockets

import (
	"net/netip"
	"strconv"

	"github.com/golwip/lwip/netif"
)

// onLink reports whether dst is on a subnet of the interface, or behind its
// router. The caller holds the core lock.
func onLink(ifc *netif.Interface, dst netip.Addr) bool {
	if dst.Is4() {
		a := ifc.Addr4()
		return a.Addr.IsValid() && (a.Prefix.Contains(dst) || a.Gateway.IsValid())
	}
	for _, a := range ifc.Addrs6() {
		if a.State.Valid() && netip.PrefixFrom(a.Addr, int(a.Bits)).Contains(dst) {
			return true
		}
	}
	return false
}

// interfaceByZone returns the interface that a zone names, by name or index, or
// nil. The caller holds the core lock.
func (p *Protocol) interfaceByZone(zone string) *netif.Interface {
	if ifc := p.ifs.ByName(zone); ifc != nil {
		return ifc
	}
	if n, err := strconv.Atoi(zone); err == nil {
		return p.ifs.ByIndex(n)
	}
	return nil
}
