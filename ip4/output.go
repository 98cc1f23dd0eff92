package ip4

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// maxDatagram is the largest packet in bytes (RFC 791 §3.1, total length).
const maxDatagram = 65535

// Output implements ip.Network. An h.Src that is not valid means the address of
// the interface used.
//
// RFC 1122 §3.3.1, §3.2.1.3. lwIP: ip4_output_if_opt_src.
func (p *Protocol) Output(buf *pbuf.Buf, h ip.Header) error {
	if !h.Dst.Is4() {
		p.drop(buf, &p.stats.NoRoute)
		return ip.ErrFamily
	}
	dst, src := number(h.Dst), uint32(0)
	via, ok := p.hop(h.Dst, h.Src, h.Ifc)
	if !ok {
		p.drop(buf, &p.stats.NoRoute)
		return ip.ErrNoRoute
	}
	if h.Flags.Has(ip.HeaderIncluded) {
		return p.outputReady(via, buf)
	}
	switch {
	case h.Src.Is4():
		src = number(h.Src)
	case p.receives(h.Dst):
		src = dst
	case via.ifc.Addr4().Addr.IsValid():
		src = number(via.ifc.Addr4().Addr)
	}
	if isLoopback(src) && !via.loops() {
		p.drop(buf, &p.stats.NoSource)
		return ip.ErrNoSource
	}
	n := HeaderLen
	if h.Flags.Has(ip.RouterAlert) {
		n += len(routerAlert)
	}
	if buf.TotalLen()+n > maxDatagram {
		p.drop(buf, &p.stats.TooBig)
		return ip.ErrTooBig
	}
	buf, b := p.prepend(buf, n)
	if buf == nil {
		p.stats.NoMemory++
		return ip.ErrNoMemory
	}
	p.putHeader(b, buf.TotalLen(), src, dst, h, via.ifc)
	if h.Flags.Has(ip.MulticastLoop) && isMulticast(dst) {
		p.loopMulticast(via.ifc, buf, h)
	}
	return p.send(via, buf)
}

// outputReady sends a packet that has its header already, as it is. One too long
// for the link is refused: its header is not ours to change.
//
// lwIP: ip4_output_if with LWIP_IP_HDRINCL.
func (p *Protocol) outputReady(via hop, buf *pbuf.Buf) error {
	if buf.Len() < HeaderLen || buf.TotalLen() > via.ifc.MTU() {
		p.drop(buf, &p.stats.TooBig)
		return ip.ErrTooBig
	}
	return p.emit(via, buf)
}

// putHeader writes the header of a packet of total bytes to b, which is as long
// as the header.
func (p *Protocol) putHeader(b []byte, total int, src, dst uint32, h ip.Header, ifc *netif.Interface) {
	ttl := h.TTL
	if ttl == 0 {
		ttl = p.cfg.TTL
		if isMulticast(dst) {
			ttl = 1 // RFC 1112 §6.1
		}
	}
	word := uint16(0)
	if h.Flags.Has(ip.DontFragment) {
		word = dontFragment
	}
	id := p.ident(src, dst, h.Proto, word)
	first := 0x4000 | uint16(len(b)/4)<<8 | uint16(h.TOS)
	life := uint16(ttl)<<8 | uint16(h.Proto)
	_ = b[HeaderLen-1]
	binary.BigEndian.PutUint16(b[0:], first)
	binary.BigEndian.PutUint16(b[2:], uint16(total))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], word)
	binary.BigEndian.PutUint16(b[8:], life)
	binary.BigEndian.PutUint16(b[10:], 0)
	binary.BigEndian.PutUint32(b[12:], src)
	binary.BigEndian.PutUint32(b[16:], dst)
	s := uint32(first) + uint32(total) + uint32(id) + uint32(word) + uint32(life) +
		src>>16 + src&0xffff + dst>>16 + dst&0xffff
	if len(b) > HeaderLen {
		copy(b[HeaderLen:], routerAlert[:])
		s += uint32(optRouterAlert)<<8 | uint32(len(routerAlert))
	}
	if ifc.Checksums().Has(netif.NoGenIP) {
		return
	}
	s = s>>16 + s&0xffff
	binary.BigEndian.PutUint16(b[10:], ^uint16(s>>16+s))
}

// send emits a packet, which begins with its IP header, in fragments if it has
// to. It consumes buf.
func (p *Protocol) send(via hop, buf *pbuf.Buf) error {
	if buf.TotalLen() > via.ifc.MTU() && !via.local && pieceLen(buf) > via.ifc.MTU() {
		h := Header(buf.Bytes())
		if h.DontFragment() || p.cfg.NoFragmentation {
			p.drop(buf, &p.stats.TooBig)
			return ip.ErrTooBig
		}
		if buf = gso.Complete(p.pool, buf, 0); buf == nil {
			p.stats.NoMemory++
			return ip.ErrNoMemory
		}
		return p.fragment(via, buf)
	}
	return p.emit(via, buf)
}

// pieceLen returns the length of the longest packet that goes over the link for
// buf, which begins with its IP header: a large segment is cut below.
func pieceLen(buf *pbuf.Buf) int {
	b := buf.Bytes()
	return ip.PieceLen(buf, int(b[0]&15)*4, ip.Proto(b[9]))
}

// emit gives one packet to the link. It consumes buf.
func (p *Protocol) emit(via hop, buf *pbuf.Buf) error {
	p.stats.Sent++
	switch {
	case via.local:
		return p.loopBack(via.ifc, buf)
	case !via.ifc.Flags().Has(netif.ARP):
		return via.ifc.Output(buf)
	}
	return p.arp.Output(via.ifc, buf, via.next)
}

// loopMulticast queues a copy of a multicast packet for this stack's own
// members of the group. It borrows buf, which begins with the IP header.
//
// RFC 1112 §6.1.
func (p *Protocol) loopMulticast(ifc *netif.Interface, buf *pbuf.Buf, h ip.Header) {
	if p.groups == nil || !p.groups.Member(ifc, h.Dst) || ifc.Flags().Has(netif.LoopbackFlag) {
		return
	}
	c := buf.Share()
	if c == nil {
		p.stats.NoMemory++
		return
	}
	c.Flags |= pbuf.MulticastLoop
	p.loopBack(ifc, c) // counted there if it is refused
}
