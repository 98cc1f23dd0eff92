package ip4

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// icmpError is an error to send: type, code, and the second word of the header.
type icmpError struct {
	typ, code uint8
	rest      uint32
	foreign   *netif.Interface // the packet was not for us, and came from here
}

// Unreachable implements ip.Network.
func (p *Protocol) Unreachable(buf *pbuf.Buf, info *ip.Info, why ip.Reason) {
	if info.Broadcast || info.Multicast || !info.Foreign && !p.receives(info.Dst) {
		p.stats.ICMP.Suppressed++
		return
	}
	e := icmpError{typ: icmpUnreachable}
	if info.Foreign {
		e.foreign = info.Ifc
	}
	switch why {
	case ip.PortUnreachable:
		e.code = codePort
	case ip.ProtocolUnreachable:
		e.code = codeProto
	case ip.AdminProhibited:
		e.code = codeProhibited
	case ip.HostUnreachable:
		e.code = codeHost
	}
	if info == &p.info {
		p.sendError(Header(p.hdr[:p.hdrLen]), buf, 0, e)
		return
	}
	// Somebody kept the Info: what it does not tell of the header is made up.
	var h [HeaderLen]byte
	h[0], h[1], h[8], h[9] = 0x45, info.TOS, info.TTL, uint8(info.Proto)
	src, dst := info.Src.As4(), info.Dst.As4()
	copy(h[12:], src[:])
	copy(h[16:], dst[:])
	Header(h[:]).setFragment(min(HeaderLen+buf.TotalLen(), maxDatagram), 0)
	p.sendError(h[:], buf, 0, e)
}

// minimumDatagram is what every host takes (RFC 791 §3.1), and the size that an
// error should keep to (RFC 1812 §4.3.2.3).
const minimumDatagram = 576

// sendError sends an ICMP error about the packet with the header h, whose
// payload begins at offset off of buf, to its source. It borrows buf.
//
// RFC 1122 §3.2.2: never about an ICMP error, a fragment other than the first,
// or a packet from or to an address that is not one host's. That the packet was
// for one host is the caller's to know.
func (p *Protocol) sendError(h Header, buf *pbuf.Buf, off int, e icmpError) {
	s := &p.stats.ICMP
	if p.cfg.NoICMP || !p.mayReport(h, buf, off) {
		s.Suppressed++
		return
	}
	if !p.limit.allow(p, binary.BigEndian.Uint32(h[12:])) {
		s.RateLimited++
		return
	}
	quote := p.cfg.ICMPQuote
	if quote == 0 {
		quote = minimumDatagram - HeaderLen - icmpHeaderLen - len(h)
	}
	quote = min(quote, buf.TotalLen()-off)
	out := p.pool.Alloc(pbuf.IP, icmpHeaderLen+len(h)+quote, pbuf.RAM)
	if out == nil {
		s.SendFailed++
		return
	}
	b := out.Bytes()
	b[0], b[1], b[2], b[3] = e.typ, e.code, 0, 0
	binary.BigEndian.PutUint32(b[4:], e.rest)
	copy(b[icmpHeaderLen:], h)
	buf.CopyPartial(b[icmpHeaderLen+len(h):], off)

	// RFC 1812 §4.3.2.5: errors have precedence 6, internetwork control.
	head := ip.Header{Dst: h.Src(), Proto: ip.ICMP, TTL: p.cfg.ICMPTTL, TOS: 0xc0}
	switch {
	case e.foreign != nil: // we answer for the host that it was meant for
		head.Src, head.Ifc = h.Dst(), e.foreign
	case p.receives(h.Dst()):
		head.Src = h.Dst()
	}
	if head.Dst.IsLinkLocalUnicast() && p.inside {
		head.Ifc = p.info.Ifc
	}
	via, ok := p.hop(head.Dst, head.Src, head.Ifc)
	if !ok {
		s.SendFailed++
		out.Free()
		return
	}
	if !via.ifc.Checksums().Has(netif.NoGenICMP) {
		binary.BigEndian.PutUint16(b[2:], ^checksum.Sum(b))
	}
	if p.Output(out, head) != nil {
		s.SendFailed++
		return
	}
	s.ErrorsSent++
}

// mayReport reports whether RFC 1122 §3.2.2 and RFC 1812 §4.3.2.7 allow an error
// about the packet. It borrows buf.
func (p *Protocol) mayReport(h Header, buf *pbuf.Buf, off int) bool {
	src, dst := binary.BigEndian.Uint32(h[12:]), binary.BigEndian.Uint32(h[16:])
	if h.Offset() != 0 || isZeroNet(src) || isMulticast(src) || isExperimental(src) ||
		isMulticast(dst) || dst == limitedBroadcast {
		return false
	}
	if h.Proto() != ip.ICMP {
		return true
	}
	typ, ok := buf.TryGetAt(off)
	return ok && (typ == icmpEcho || typ == icmpEchoReply || typ >= icmpTimestamp && typ <= icmpAddressMaskRepl)
}
