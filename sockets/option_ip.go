package sockets

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// header is what PCBs of all kinds have about the IP header.
type header interface {
	TTL() uint8
	SetTTL(uint8)
	TOS() uint8
	SetTOS(uint8)
}

// multicast is what UDP and raw PCBs have about multicast.
type multicast interface {
	MulticastTTL() uint8
	SetMulticastTTL(uint8)
	MulticastInterface() *netif.Interface
	SetMulticastInterface(*netif.Interface)
}

// withHeader runs f on the PCB inside the core lock, or g on a listener's
// options.
func (s *socket) withHeader(f func(header), g func(*listening)) error {
	switch s.typ {
	case SOCK_STREAM:
		return s.withTCP(func(p *tcp.PCB) { f(p) }, g)
	case SOCK_DGRAM:
		return s.conn.WithUDP(func(p *udp.PCB) { f(p) })
	}
	return s.conn.WithRaw(func(p *raw.PCB) { f(p) })
}

func (s *socket) withMulticast(f func(multicast)) error {
	if s.typ == SOCK_DGRAM {
		return s.conn.WithUDP(func(p *udp.PCB) { f(p) })
	}
	return s.conn.WithRaw(func(p *raw.PCB) { f(p) })
}

// byteOf returns the value of an option that is a byte, where -1 is the default;
// EINVAL if it is out of range.
//
// Deviation: lwIP takes the low 8 bits of any number. Pinned by
// TestOptionErrors.
func byteOf(v value, def uint8) (uint8, error) {
	switch {
	case v.n == -1:
		return def, nil
	case v.n < 0 || v.n > 255:
		return 0, EINVAL
	}
	return uint8(v.n), nil
}

// getTTL returns the time to live; where none is set, Config.TTL.
func getTTL(s *socket, _ arg) (v value, err error) {
	err = s.withHeader(func(h header) { v.n = int(h.TTL()) }, func(l *listening) { v.n = int(l.ttl) })
	if v.n == 0 {
		v.n = s.p.cfg.TTL
	}
	return v, err
}

func setTTL(s *socket, _ arg, v value) error {
	n, err := byteOf(v, 0)
	if err != nil || v.n == 0 {
		return EINVAL
	}
	return s.withHeader(func(h header) { h.SetTTL(n) }, func(l *listening) { l.ttl, l.changed = n, true })
}

func getTOS(s *socket, _ arg) (v value, err error) {
	err = s.withHeader(func(h header) { v.n = int(h.TOS()) }, func(l *listening) { v.n = int(l.tos) })
	return v, err
}

func setTOS(s *socket, _ arg, v value) error {
	n, err := byteOf(v, 0)
	if err != nil {
		return err
	}
	return s.withHeader(func(h header) { h.SetTOS(n) }, func(l *listening) { l.tos, l.changed = n, true })
}

func getMulticastTTL(s *socket, _ arg) (v value, err error) {
	err = s.withMulticast(func(m multicast) { v.n = int(m.MulticastTTL()) })
	return v, err
}

func setMulticastTTL(s *socket, _ arg, v value) error {
	n, err := byteOf(v, 1)
	if err != nil {
		return err
	}
	return s.withMulticast(func(m multicast) { m.SetMulticastTTL(n) })
}

// getMulticastIf returns the IPv4 address of the interface that multicast is
// sent through; 0.0.0.0 if routing chooses.
func getMulticastIf(s *socket, _ arg) (v value, err error) {
	v.local = netip.IPv4Unspecified()
	err = s.withMulticast(func(m multicast) {
		if ifc := m.MulticastInterface(); ifc != nil && ifc.Addr4().Addr.IsValid() {
			v.local = ifc.Addr4().Addr
		}
	})
	return v, err
}

func setMulticastIf(s *socket, _ arg, v value) error {
	ifc, err := s.p.interfaceOf(v)
	if err != nil {
		return err
	}
	return s.withMulticast(func(m multicast) { m.SetMulticastInterface(ifc) })
}

func getMulticastIf6(s *socket, _ arg) (v value, err error) {
	err = s.withMulticast(func(m multicast) {
		if ifc := m.MulticastInterface(); ifc != nil {
			v.n = ifc.Index()
		}
	})
	return v, err
}

func setMulticastIf6(s *socket, _ arg, v value) error {
	ifc, err := s.p.interfaceByIndex(v.n)
	if err != nil {
		return err
	}
	return s.withMulticast(func(m multicast) { m.SetMulticastInterface(ifc) })
}

// interfaceOf returns the interface that a value names, by index or address; nil
// for none. Errors: ENODEV, EADDRNOTAVAIL.
func (p *Protocol) interfaceOf(v value) (*netif.Interface, error) {
	if v.index != 0 || !v.local.IsValid() {
		return p.interfaceByIndex(v.index)
	}
	return p.interfaceByAddr(v.local)
}

func getV6Only(s *socket, _ arg) (value, error) { return truth(s.conn.V6Only()), nil }

// setV6Only makes an IPv6 socket refuse IPv4. EINVAL once it is bound
// (RFC 3493 §5.3).
func setV6Only(s *socket, _ arg, v value) error {
	if s.is(bound) {
		return EINVAL
	}
	return s.conn.SetV6Only(v.n != 0)
}

func getChecksum(s *socket, _ arg) (v value, err error) {
	err = s.conn.WithRaw(func(p *raw.PCB) { v.n = p.ChecksumOffset() })
	return v, err
}

// setChecksum makes a raw IPv6 socket compute and verify the checksum at an
// offset; -1 ends that (RFC 3542 §3.1).
func setChecksum(s *socket, _ arg, v value) error {
	var bad error
	err := s.conn.WithRaw(func(p *raw.PCB) { bad = p.SetChecksumOffset(v.n) })
	if err == nil {
		err = bad
	}
	return err
}
