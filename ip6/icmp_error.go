package ip6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Codes of the destination unreachable message (RFC 4443 §3.1).
const (
	noRoute            = 0
	adminProhibited    = 1
	beyondScope        = 2
	addressUnreachable = 3
	portUnreachable    = 4
	failedPolicy       = 5
	rejectRoute        = 6
)

// Unreachable implements ip.Network.
//
// RFC 4443 §3.1, §3.4: an unknown protocol is a parameter problem at the Next
// Header field that names it.
func (p *Protocol) Unreachable(buf *pbuf.Buf, info *ip.Info, why ip.Reason) {
	if info != &p.in {
		p.unreachableLater(buf, info, why)
		return
	}
	if info.HeaderLen == 0 || buf.AddHeaderForce(info.HeaderLen) == nil {
		return
	}
	switch why {
	case ip.PortUnreachable:
		p.sendError(buf, info, icmpUnreachable, portUnreachable, 0)
	case ip.ProtocolUnreachable:
		c := startOf(buf.Bytes())
		c.skip(buf.Bytes(), p.cfg.MaxHeaders, false)
		p.sendError(buf, info, icmpParameterProblem, unknownNextHeader, uint32(c.nextAt))
	case ip.AdminProhibited:
		p.sendError(buf, info, icmpUnreachable, adminProhibited, 0)
	case ip.HostUnreachable:
		p.sendError(buf, info, icmpUnreachable, addressUnreachable, 0)
	}
	buf.RemoveHeader(info.HeaderLen)
}

// unreachableLater is Unreachable for who kept the Info: the header, of which
// nothing else is left, is made up, without extension headers.
func (p *Protocol) unreachableLater(buf *pbuf.Buf, info *ip.Info, why ip.Reason) {
	m := p.pool.Alloc(pbuf.Link, HeaderLen+buf.TotalLen(), pbuf.RAM)
	if m == nil {
		p.stats.NoMemory++
		return
	}
	b := m.Bytes()
	p.writeHeader(b, ip.Header{Src: info.Src, Dst: info.Dst, TTL: max(info.TTL, 1), TOS: info.TOS}, info.Ifc, info.Proto, buf.TotalLen(), 0)
	buf.CopyPartial(b[HeaderLen:], 0)
	switch why {
	case ip.PortUnreachable:
		p.sendError(m, info, icmpUnreachable, portUnreachable, 0)
	case ip.ProtocolUnreachable:
		p.sendError(m, info, icmpParameterProblem, unknownNextHeader, 6)
	case ip.AdminProhibited:
		p.sendError(m, info, icmpUnreachable, adminProhibited, 0)
	case ip.HostUnreachable:
		p.sendError(m, info, icmpUnreachable, addressUnreachable, 0)
	}
	m.Free()
}

// sendError sends an ICMPv6 error about the received packet buf, which begins
// with the IPv6 header, if the rules allow. word is the message's second word.
// It borrows buf.
//
// RFC 4443 §2.4 (c): "as much of invoking packet as possible without the ICMPv6
// packet exceeding the minimum IPv6 MTU".
func (p *Protocol) sendError(buf *pbuf.Buf, info *ip.Info, typ, code uint8, word uint32) {
	if !p.errorDue(buf, info, typ, code) {
		p.stats.ErrorsNotDue++
		return
	}
	if !p.limit.allow(p.q.Now(), p.rand) {
		p.stats.ErrorsLimited++
		return
	}
	src := info.Dst
	ifc := info.Ifc
	if !info.Foreign && (src.IsMulticast() || !p.maySend(ifc, src)) {
		r, err := p.Route(info.Src, netip.Addr{}, p.scopeIfc(info))
		if err != nil {
			p.stats.NoRoute++
			return
		}
		src = r.Src
	}
	n := icmpHeaderLen + min(buf.TotalLen(), MinMTU-HeaderLen-icmpHeaderLen)
	m := p.pool.Alloc(pbuf.IP, n, pbuf.RAM)
	if m == nil {
		p.stats.NoMemory++
		return
	}
	b := m.Bytes()
	b[0], b[1], b[2], b[3] = typ, code, 0, 0
	binary.BigEndian.PutUint32(b[4:], word)
	buf.CopyPartial(b[icmpHeaderLen:], 0)
	sum := checksum.Add(ip.PseudoSum(src, info.Src, ip.ICMPv6, n), checksum.Sum(b))
	binary.BigEndian.PutUint16(b[2:], ^sum)
	h := ip.Header{Src: src, Dst: info.Src, Proto: ip.ICMPv6}
	if info.Foreign || info.Src.IsLinkLocalUnicast() {
		h.Ifc = info.Ifc
	}
	p.stats.ErrorsSent++
	p.Output(m, h) // nobody to tell; drops are counted
}

// errorDue reports whether an error may be sent about the packet buf: not about
// an error or redirect, nor to nobody in particular, nor, but for two kinds,
// about what went to many.
//
// RFC 4443 §2.4 (e).
func (p *Protocol) errorDue(buf *pbuf.Buf, info *ip.Info, typ, code uint8) bool {
	if info.Src.IsUnspecified() || info.Src.IsMulticast() {
		return false
	}
	if info.Multicast || info.Broadcast {
		if typ != icmpTooBig && (typ != icmpParameterProblem || code != unknownOption) {
			return false
		}
	}
	b := buf.Bytes()
	c := startOf(b)
	whole := c.skip(b, p.cfg.MaxHeaders, false)
	if c.proto != ip.ICMPv6 {
		return true
	}
	if !whole || c.off >= len(b) {
		return false // it might be an error
	}
	return b[c.off] >= 128 && b[c.off] != icmpRedirect
}

// scopeIfc returns the interface that a packet back to info's source needs, or
// nil.
func (p *Protocol) scopeIfc(info *ip.Info) *netif.Interface {
	if info.Src.IsLinkLocalUnicast() {
		return info.Ifc
	}
	return nil
}
