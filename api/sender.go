package api

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// lastSender is the address that ReadFrom returned last. Most endpoints hear the
// same sender many times, and then it need not be made anew.
type lastSender struct{ p atomic.Pointer[net.UDPAddr] }

// addr returns from as a *net.UDPAddr. One that a caller has changed, although it
// is not his, is not returned again.
func (s *lastSender) addr(from netip.AddrPort) *net.UDPAddr {
	if a := s.p.Load(); a != nil && a.AddrPort() == from {
		return a
	}
	n := new(struct {
		net.UDPAddr
		ip [16]byte
	})
	n.IP = append(n.ip[:0], from.Addr().AsSlice()...)
	n.Port, n.Zone = int(from.Port()), from.Addr().Zone()
	s.p.Store(&n.UDPAddr)
	return &n.UDPAddr
}
