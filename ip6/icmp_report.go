package ip6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// inputError takes the ICMPv6 error described by p.in, and passes it to the
// transport of the packet it quotes, if that is one we can have sent. It
// consumes buf.
//
// RFC 4443 §2.4 (d), RFC 8201 §4, RFC 5927 §4.
func (p *Protocol) inputError(buf *pbuf.Buf) {
	in := &p.in
	if buf.Next() != nil {
		if buf = p.linear(buf, &p.stats.ICMPShort, icmpHeaderLen); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	if len(b) < icmpHeaderLen+HeaderLen {
		p.drop(buf, &p.stats.ICMPShort)
		return
	}
	e := &p.err
	*e = ip.Error{Ifc: in.Ifc, Reporter: in.Src, Type: b[0], Code: b[1]}
	word := binary.BigEndian.Uint32(b[4:])
	q := b[icmpHeaderLen:]
	c := startOf(q)
	e.Src = netip.AddrFrom16([16]byte(q[8:24]))
	e.Dst = netip.AddrFrom16([16]byte(q[24:40]))
	if q[0]>>4 != 6 || !c.skip(q, p.cfg.MaxHeaders, false) || len(q) < c.off+8 || !p.sentFrom(in.Ifc, e.Src) {
		p.drop(buf, &p.stats.ErrorsForged)
		return
	}
	e.Proto = c.proto
	e.Kind = kindOf(e.Type, e.Code)
	if e.Kind == ip.PacketTooBig {
		e.MTU = int(min(word, 1<<16))
		if e.MTU < MinMTU {
			p.drop(buf, &p.stats.ErrorsForged)
			return
		}
		if p.nd.LowerMTU(e.Dst, in.Ifc, e.MTU) {
			p.stats.PathMTULowered++
		}
	}
	p.stats.ErrorsReceived++
	buf.RemoveHeader(icmpHeaderLen + c.off)
	if t := p.transports[e.Proto]; t != nil {
		t.Error(buf, e)
	}
	buf.Free()
}

// sentFrom reports whether src is an address we send from, as far as an error
// received on ifc can tell.
func (p *Protocol) sentFrom(ifc *netif.Interface, src netip.Addr) bool {
	if ifc.Owns(src) {
		return true
	}
	return !src.IsLinkLocalUnicast() && p.Owner(src) != nil
}

// kindOf returns what an ICMPv6 error means to a transport.
//
// RFC 4443 §3; RFC 1122 §4.2.3.9 in the words of RFC 5461 §2.
func kindOf(typ, code uint8) ip.ErrorKind {
	switch typ {
	case icmpTooBig:
		return ip.PacketTooBig
	case icmpTimeExceeded:
		return ip.TimeExceeded
	case icmpParameterProblem:
		if code == unknownNextHeader {
			return ip.ProtoUnreachable
		}
		return ip.ParameterProblem
	}
	switch code {
	case adminProhibited, failedPolicy, rejectRoute:
		return ip.Prohibited
	case addressUnreachable:
		return ip.HostDown
	case portUnreachable:
		return ip.PortRefused
	}
	return ip.NetUnreachable
}

// Unresolved implements nd6.Handler: the sender of a packet whose next hop does
// not answer is told, by ICMPv6 or, if it is one of our transports, directly.
//
// RFC 4861 §7.2.2, RFC 4443 §3.1 (code 3).
func (p *Protocol) Unresolved(ifc *netif.Interface, buf *pbuf.Buf) {
	if buf.Next() != nil {
		if buf = p.linear(buf, &p.stats.TooShort, HeaderLen); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	if p.Owner(src) == nil {
		info := ip.Info{Ifc: ifc, Src: src, Dst: dst, HeaderLen: HeaderLen}
		p.sendError(buf, &info, icmpUnreachable, addressUnreachable, 0)
		p.drop(buf, &p.stats.ForwardNoRoute)
		return
	}
	c := startOf(b)
	if c.skip(b, p.cfg.MaxHeaders, false) && len(b) >= c.off+8 {
		p.err = ip.Error{
			Kind: ip.HostDown, Ifc: ifc, Src: src, Dst: dst, Proto: c.proto,
			Reporter: src, Type: icmpUnreachable, Code: addressUnreachable,
		}
		buf.RemoveHeader(c.off)
		if t := p.transports[c.proto]; t != nil {
			t.Error(buf, &p.err)
		}
	}
	p.drop(buf, &p.stats.Unresolved)
}
