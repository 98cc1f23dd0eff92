package ip4

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// forward sends a packet for another host on, if the interfaces that it comes
// in and leaves by take part in forwarding (netif.Forwarding; none do by
// default). It consumes buf, which begins with the header h.
//
// RFC 1812 §5.2–5.3. lwIP: ip4_forward; unlike there, "fragmentation needed"
// tells the MTU (RFC 1191 §4), and a checksum is only ever adjusted.
func (p *Protocol) forward(in *netif.Interface, buf *pbuf.Buf, h Header, src, dst uint32) {
	if buf.Flags&(pbuf.LinkBroadcast|pbuf.LinkMulticast) != 0 || !forwardable(src) || !forwardable(dst) {
		p.drop(buf, &p.stats.ForwardScope)
		return
	}
	if p.own.owner(src) != nil {
		p.drop(buf, &p.stats.OwnSource)
		return
	}
	if parseOptions(h.Options()).sourceRoute {
		p.drop(buf, &p.stats.SourceRoute)
		return
	}
	via, ok := p.hop(h.Dst(), netip.Addr{}, nil)
	switch {
	case !ok || !via.ifc.Flags().Has(netif.Forwarding):
		p.refuse(buf, h, icmpError{typ: icmpUnreachable, code: codeNet}, &p.stats.ForwardNoRoute)
		return
	case via.ifc.IsBroadcast(h.Dst()): // RFC 2644
		p.drop(buf, &p.stats.ForwardScope)
		return
	case via.ifc == in && !p.cfg.ForwardSameInterface:
		p.drop(buf, &p.stats.ForwardSame)
		return
	case p.filter != nil && !p.filter(in, via.ifc, buf):
		p.drop(buf, &p.stats.ForwardFiltered)
		return
	case h.TTL() <= 1:
		p.refuse(buf, h, icmpError{typ: icmpTimeExceeded, code: codeTTL}, &p.stats.ForwardTTL)
		return
	case h.DontFragment() && pieceLen(buf) > via.ifc.MTU():
		p.refuse(buf, h, icmpError{typ: icmpUnreachable, code: codeFragNeeded, rest: uint32(via.ifc.MTU())}, &p.stats.ForwardTooBig)
		return
	}
	if !buf.Writable() {
		if buf = p.separate(buf, len(h)); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	old := binary.BigEndian.Uint16(b[8:])
	b[8]--
	field := checksum.Update(binary.BigEndian.Uint16(b[10:]), old, binary.BigEndian.Uint16(b[8:]))
	binary.BigEndian.PutUint16(b[10:], field)
	if p.send(via, buf) != nil {
		p.stats.ForwardFailed++
		return
	}
	p.stats.Forwarded++
}

// refuse tells the sender of a packet why it is not forwarded, and drops it.
func (p *Protocol) refuse(buf *pbuf.Buf, h Header, e icmpError, counter *uint64) {
	p.sendError(h, buf, len(h), e)
	p.drop(buf, counter)
}

// forwardable reports whether packets from or to v may leave the link.
//
// RFC 1812 §5.3.7 (martians), RFC 3927 §7, RFC 1122 §3.2.1.3.
func forwardable(v uint32) bool {
	return !isZeroNet(v) && !isLoopback(v) && !isLinkLocal(v) && !isMulticast(v) && !isExperimental(v)
}
