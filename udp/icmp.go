package udp

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// Error implements ip.Transport: it passes an ICMP error to the connected PCBs
// that sent the quoted datagram. Addresses and ports of the quote must be
// theirs; that is all that protects from a forged error.
//
// RFC 1122 §4.1.3.3 ("UDP MUST pass to the application layer all ICMP error
// messages that it receives from the IP layer"), RFC 8085 §5.2. As in BSD, an
// endpoint that is not connected hears nothing, since it could not tell which
// datagram is meant.
func (p *Protocol) Error(buf *pbuf.Buf, e *ip.Error) {
	var quote [4]byte
	if buf.CopyPartial(quote[:], 0) < len(quote) {
		p.stats.ICMPShort++
		return
	}
	local := netip.AddrPortFrom(e.Src, binary.BigEndian.Uint16(quote[0:2]))
	remote := netip.AddrPortFrom(e.Dst, binary.BigEndian.Uint16(quote[2:4]))
	g := p.flow(local, remote, e)
	if g == nil {
		p.stats.ICMPUnmatched++
		return
	}
	err := errorOf(e.Kind)
	if e.Kind == ip.HostDown && e.Reporter == e.Src {
		err = ip.ErrHostDown // this host itself found out
	}
	list := append(p.takeScratch(), g.pcbs...)
	for _, q := range list {
		if q.h == nil {
			continue
		}
		p.stats.ICMPErrors++
		q.h.Error(q, err)
	}
	p.putScratch(list)
}

// flow returns the group connected from local to remote, or nil.
func (p *Protocol) flow(local, remote netip.AddrPort, e *ip.Error) *group {
	t := &p.table
	h := t.hash(local.Addr(), local.Port(), remote.Addr(), remote.Port())
	if g := t.find(h, local, remote, e.Ifc, false); g != nil {
		return g
	}
	local = netip.AddrPortFrom(unspecified(local.Addr()), local.Port())
	h = t.hash(local.Addr(), local.Port(), remote.Addr(), remote.Port())
	return t.find(h, local, remote, e.Ifc, false)
}

// errorOf returns what the user is told.
func errorOf(k ip.ErrorKind) error {
	switch k {
	case ip.PortRefused, ip.ProtoUnreachable:
		return ErrRefused
	case ip.NetUnreachable:
		return ip.ErrNoRoute
	case ip.PacketTooBig:
		return ip.ErrTooBig
	case ip.ParameterProblem:
		return ErrProtocol
	case ip.HostDown, ip.Prohibited, ip.TimeExceeded:
		return ip.ErrHostUnknown
	}
	return ip.ErrHostUnknown
}
