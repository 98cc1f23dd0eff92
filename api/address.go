package api

import (
	"net"
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// zoned returns a with the interface's name as its zone if it is link-local:
// addresses inside the stack carry none.
//
// RFC 4007 §11.
func zoned(a netip.AddrPort, ifc *netif.Interface) netip.AddrPort {
	if ifc == nil || !scoped(a.Addr()) {
		return a
	}
	return netip.AddrPortFrom(a.Addr().WithZone(ifc.Name()), a.Port())
}

// scoped reports whether a means something on one link only.
func scoped(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast())
}

// unzone returns a without its zone and IPv4 without its mapping, and the
// interface that the zone names, by name or index; nil for none. The caller
// holds the core lock.
func (p *Protocol) unzone(a netip.AddrPort) (netip.AddrPort, *netif.Interface, error) {
	addr := a.Addr()
	zone := addr.Zone()
	if zone == "" {
		if addr.Is4In6() {
			a = netip.AddrPortFrom(addr.Unmap(), a.Port())
		}
		return a, nil, nil
	}
	ifc := p.interfaceByZone(zone)
	if ifc == nil {
		return a, nil, ErrNoInterface
	}
	return netip.AddrPortFrom(addr.WithZone("").Unmap(), a.Port()), ifc, nil
}

// interfaceByZone finds an interface by name or index.
func (p *Protocol) interfaceByZone(zone string) *netif.Interface {
	if ifc := p.ifs.ByName(zone); ifc != nil {
		return ifc
	}
	n := 0
	for _, c := range []byte(zone) {
		if c < '0' || c > '9' || n > 1<<16 {
			return nil
		}
		n = n*10 + int(c-'0')
	}
	return p.ifs.ByIndex(n)
}

// The net.Addr forms of an address; nil if it is not valid.

func tcpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return net.TCPAddrFromAddrPort(a)
}

func udpAddr(a netip.AddrPort) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(a)
}

func ipAddr(a netip.Addr) net.Addr {
	if !a.IsValid() {
		return nil
	}
	return &net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
}

// ends is the addresses of an endpoint that has no PCB any more.
type ends struct{ local, remote netip.AddrPort }
