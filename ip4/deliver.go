package ip4

import (
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// deliver gives a packet for us to the raw sockets, then to its transport: buf
// begins with the transport header. It consumes buf.
//
// RFC 1122 §3.2.2.1: protocol unreachable if nobody takes it.
func (p *Protocol) deliver(buf *pbuf.Buf, info *ip.Info) {
	if p.raw != nil && p.raw.InputRaw(buf, info) {
		p.stats.Delivered++
		return
	}
	if info.Proto == ip.ICMP {
		p.stats.Delivered++
		p.icmpArrives(buf, info)
		return
	}
	t := p.handler(info.Proto)
	if t == nil {
		p.Unreachable(buf, info, ip.ProtocolUnreachable)
		p.drop(buf, &p.stats.UnknownProto)
		return
	}
	p.stats.Delivered++
	t.Input(buf, info)
}

// unresolved hears of a packet whose next hop did not answer ARP: the transport
// that sent it is told, or, if we only forwarded it, its sender. It borrows buf,
// which begins with the IP header.
//
// RFC 1122 §2.4 (the link layer must not hide it), RFC 1812 §5.2.7.1.
func (p *Protocol) unresolved(ifc *netif.Interface, buf *pbuf.Buf) {
	p.stats.Unresolved++
	b := buf.GetContiguous(p.scratch[:], min(buf.TotalLen(), MaxHeaderLen), 0)
	h, ok := ParseHeader(b)
	if !ok || h.Offset() != 0 {
		return
	}
	if p.Owner(h.Src()) == nil {
		p.sendError(h, buf, len(h), icmpError{typ: icmpUnreachable, code: codeHost})
		return
	}
	t := p.handler(h.Proto())
	if t == nil {
		return
	}
	q := slice(buf, len(h), buf.TotalLen()-len(h))
	if q == nil {
		return
	}
	p.err = ip.Error{
		Kind: ip.HostDown, Ifc: ifc, Src: h.Src(), Dst: h.Dst(), Proto: h.Proto(),
		Reporter: h.Src(), Type: icmpUnreachable, Code: codeHost,
	}
	t.Error(q, &p.err)
	q.Free()
}
