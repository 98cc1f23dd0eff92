package sockets

import (
	"errors"
	"net/netip"
	"strconv"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// sendError returns the number of an error that sending or connecting to dst
// gave; an invalid dst is the connected peer. POSIX tells a network that is not
// there (ENETUNREACH) from one whose interface is down (ENETDOWN).
func (s *socket) sendError(err error, dst netip.Addr) error {
	if errors.Is(err, ip.ErrNoRoute) && !s.p.cfg.LwIPErrno && s.pathDown(dst) {
		return ENETDOWN
	}
	return s.p.errno(err)
}

// pathDown reports whether the interface to dst is down: the one that the socket
// is bound to, the one that dst's zone names, or one on whose subnet dst is.
func (s *socket) pathDown(dst netip.Addr) bool {
	if !dst.IsValid() {
		if peer, err := s.conn.Peer(); err == nil {
			dst = peer.Addr()
		}
	}
	var ifc *netif.Interface
	switch s.typ {
	case SOCK_STREAM:
		s.conn.WithTCP(func(t *tcp.PCB) { ifc = t.Interface() })
	case SOCK_DGRAM:
		s.conn.WithUDP(func(u *udp.PCB) { ifc = u.Interface() })
	}
	p := s.p
	p.core.Lock()
	defer p.core.Unlock()
	if zone := dst.Zone(); ifc == nil && zone != "" {
		ifc = p.interfaceByZone(zone)
	}
	if ifc != nil {
		return !ifc.Ready()
	}
	dst = dst.Unmap()
	for _, ifc := range p.ifs.List() {
		if !ifc.Ready() && onLink(ifc, dst) {
			return true
		}
	}
	return false
}

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
