package sockets

import (
	"net/netip"
	"strconv"

	"github.com/golwip/lwip/netif"
)

// SockAddr is the address of a socket: *SockAddrInet4, *SockAddrInet6 or
// *SockAddrUnspec.
//
// C: struct sockaddr.
type SockAddr interface {
	// Family returns AF_INET, AF_INET6 or AF_UNSPEC.
	Family() int
}

// SockAddrInet4 is an IPv4 address and port. C: struct sockaddr_in.
type SockAddrInet4 struct {
	Port uint16 // in host order
	Addr [4]byte
}

// SockAddrInet6 is an IPv6 address and port. ScopeID is the index of the
// interface of a link-local address. C: struct sockaddr_in6.
type SockAddrInet6 struct {
	Port     uint16 // in host order
	FlowInfo uint32 // not used
	Addr     [16]byte
	ScopeID  uint32
}

// SockAddrUnspec is no address: connecting to it dissolves an association.
type SockAddrUnspec struct{}

// Family returns AF_INET.
func (*SockAddrInet4) Family() int { return AF_INET }

// Family returns AF_INET6.
func (*SockAddrInet6) Family() int { return AF_INET6 }

// Family returns AF_UNSPEC.
func (*SockAddrUnspec) Family() int { return AF_UNSPEC }

// AddrPort returns the address in Go's form.
func (a *SockAddrInet4) AddrPort() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), a.Port)
}

// AddrPort returns the address in Go's form. The zone of a link-local address is
// the interface's index.
func (a *SockAddrInet6) AddrPort() netip.AddrPort {
	addr := netip.AddrFrom16(a.Addr)
	if a.ScopeID != 0 && scoped(addr) {
		addr = addr.WithZone(strconv.FormatUint(uint64(a.ScopeID), 10))
	}
	return netip.AddrPortFrom(addr, a.Port)
}

// String returns the address as in 10.0.0.1:80.
func (a *SockAddrInet4) String() string { return a.AddrPort().String() }

// String returns the address as in [fe80::1%2]:80.
func (a *SockAddrInet6) String() string { return a.AddrPort().String() }

// Inet returns the SockAddr of an address and port in Go's form. A zone must be
// a number, the index of an interface.
func Inet(a netip.AddrPort) SockAddr {
	if a.Addr().Is4() {
		return &SockAddrInet4{Port: a.Port(), Addr: a.Addr().As4()}
	}
	scope, _ := strconv.ParseUint(a.Addr().Zone(), 10, 32)
	return &SockAddrInet6{Port: a.Port(), Addr: a.Addr().As16(), ScopeID: uint32(scope)}
}

// scoped reports whether a means something on one link only (RFC 4007 §6).
func scoped(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast())
}

// unspecified returns a family's address that means any.
func unspecified(domain int) netip.Addr {
	if domain == AF_INET6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// addrPort returns an address that was given to the socket. IPv4 addresses,
// plain or mapped, are fine for an IPv6 socket (RFC 3493 §3.7).
//
// Errors: EFAULT for none, EAFNOSUPPORT for one of the wrong family.
func (s *socket) addrPort(a SockAddr) (netip.AddrPort, error) {
	switch a := a.(type) {
	case *SockAddrInet4:
		if a != nil {
			return a.AddrPort(), nil
		}
	case *SockAddrInet6:
		switch {
		case a == nil:
		case s.domain != AF_INET6:
			return netip.AddrPort{}, s.p.orLwIP(EAFNOSUPPORT, EINVAL)
		default:
			return a.AddrPort(), nil
		}
	case *SockAddrUnspec:
		return netip.AddrPort{}, s.p.orLwIP(EAFNOSUPPORT, EINVAL)
	}
	return netip.AddrPort{}, EFAULT
}

// sockAddr returns what the socket's user is told of an address: for an IPv6
// socket IPv4 addresses are mapped. An invalid one is any.
func (s *socket) sockAddr(a netip.AddrPort) SockAddr {
	addr := a.Addr()
	if !addr.IsValid() {
		addr = unspecified(int(s.domain))
	}
	if s.domain == AF_INET {
		if !addr.Is4() {
			addr = netip.IPv4Unspecified()
		}
		return &SockAddrInet4{Port: a.Port(), Addr: addr.As4()}
	}
	if addr == netip.IPv4Unspecified() {
		addr = netip.IPv6Unspecified()
	}
	return &SockAddrInet6{Port: a.Port(), Addr: addr.As16(), ScopeID: uint32(s.p.scopeOf(addr.Zone()))}
}

// scopeOf returns the index of the interface that a zone names; 0 for none.
func (p *Protocol) scopeOf(zone string) int {
	if zone == "" {
		return 0
	}
	p.core.Lock()
	defer p.core.Unlock()
	if ifc := p.ifs.ByName(zone); ifc != nil {
		return ifc.Index()
	}
	return 0
}

// interfaceByIndex returns the interface with an index. 0 is none: nil. ENODEV:
// there is no such interface.
func (p *Protocol) interfaceByIndex(index int) (*netif.Interface, error) {
	if index == 0 {
		return nil, nil
	}
	p.core.Lock()
	defer p.core.Unlock()
	if ifc := p.ifs.ByIndex(index); ifc != nil {
		return ifc, nil
	}
	return nil, ENODEV
}

// interfaceByAddr returns the interface that has an IPv4 address. 0.0.0.0 is
// none: nil. EADDRNOTAVAIL: there is no such interface.
func (p *Protocol) interfaceByAddr(addr netip.Addr) (*netif.Interface, error) {
	if addr.IsUnspecified() {
		return nil, nil
	}
	p.core.Lock()
	defer p.core.Unlock()
	for _, ifc := range p.ifs.List() {
		if ifc.Owns(addr) {
			return ifc, nil
		}
	}
	return nil, EADDRNOTAVAIL
}
