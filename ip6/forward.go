package ip6

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// forward passes on the packet buf, received on ifc for somebody else, if both
// that interface and the one it leaves by have the Forwarding flag; none has by
// default. Multicast is not forwarded. It consumes buf.
//
// RFC 8200 §3, RFC 4443 §3, RFC 4007 §9. lwIP: ip6_forward.
func (p *Protocol) forward(ifc *netif.Interface, buf *pbuf.Buf, src, dst netip.Addr) {
	linkGroup := buf.Flags&(pbuf.LinkBroadcast|pbuf.LinkMulticast) != 0
	if !ifc.Flags().Has(netif.Forwarding) || dst.IsMulticast() || linkGroup || src.IsUnspecified() {
		p.drop(buf, &p.stats.NotForUs)
		return
	}
	if ifc.Flags().Has(netif.LoopbackFlag) || dst.IsLinkLocalUnicast() || src.IsLoopback() {
		p.drop(buf, &p.stats.ForwardScope)
		return
	}
	p.in = ip.Info{Ifc: ifc, Src: src, Dst: dst, HeaderLen: HeaderLen}
	if !p.obeyHopByHop(&buf) {
		return
	}
	d := p.nd.Lookup(dst, nil)
	switch {
	case d == nil || !d.Ifc.Flags().Has(netif.Forwarding):
		p.refuse(buf, icmpUnreachable, noRoute, 0, &p.stats.ForwardNoRoute)
	case src.IsLinkLocalUnicast():
		p.refuse(buf, icmpUnreachable, beyondScope, 0, &p.stats.ForwardScope)
	case d.Ifc == ifc:
		p.drop(buf, &p.stats.ForwardSame)
	case buf.Bytes()[7] <= 1:
		p.refuse(buf, icmpTimeExceeded, 0, 0, &p.stats.ForwardHopLimit)
	case ip.PieceLen(buf, HeaderLen, ip.Proto(buf.Bytes()[6])) > p.nd.MTU(d):
		p.refuse(buf, icmpTooBig, 0, uint32(p.nd.MTU(d)), &p.stats.ForwardTooBig)
	default:
		if !buf.Writable() {
			if buf = p.linear(buf, &p.stats.TooShort, HeaderLen); buf == nil {
				return
			}
		}
		buf.Flags &= pbuf.Partial
		buf.Bytes()[7]--
		p.stats.Forwarded++
		p.nd.Output(d.Ifc, buf, d.NextHop) // drops are counted there
	}
}

// refuse drops the packet and tells its sender why. It consumes buf.
func (p *Protocol) refuse(buf *pbuf.Buf, typ, code uint8, word uint32, counter *uint64) {
	p.sendError(buf, &p.in, typ, code, word)
	p.drop(buf, counter)
}

// obeyHopByHop handles the hop-by-hop options of a packet to forward, and
// reports whether to go on; otherwise it consumes *buf.
//
// RFC 8200 §4.3.
func (p *Protocol) obeyHopByHop(buf **pbuf.Buf) bool {
	if ip.Proto((*buf).Bytes()[6]) != ip.HopByHop {
		return true
	}
	if (*buf).Next() != nil {
		if *buf = p.linear(*buf, &p.stats.TooShort, HeaderLen); *buf == nil {
			return false
		}
	}
	b := (*buf).Bytes()
	n := extensionLen(ip.HopByHop, b[HeaderLen:])
	if n == 0 || HeaderLen+n > len(b) {
		p.drop(*buf, &p.stats.BadHeader)
		return false
	}
	return p.obeyOptions(*buf, HeaderLen, n)
}
