package udp

import (
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Input implements ip.Transport: it checks a received datagram and hands its
// payload to the endpoints that want it. It consumes buf.
//
// RFC 768, RFC 1122 §4.1; lwIP: udp_input.
func (p *Protocol) Input(buf *pbuf.Buf, info *ip.Info) {
	p.stats.Received++
	var split [HeaderLen]byte
	h, ok := ParseHeader(buf.GetContiguous(split[:], HeaderLen, 0))
	if !ok {
		p.drop(buf, &p.stats.TooShort)
		return
	}
	if info.Src.Is4In6() || info.Dst.Is4In6() {
		// A dual-stack endpoint would take it for IPv4 (RFC 4942 §2.2).
		p.drop(buf, &p.stats.BadAddress)
		return
	}
	n := h.Length()
	if n < HeaderLen || n > buf.TotalLen() {
		p.drop(buf, &p.stats.BadLength)
		return
	}
	if n < buf.TotalLen() {
		p.stats.Trimmed++
		buf.Realloc(n)
	}
	if bad := p.verify(buf, h, info, n); bad != nil {
		p.drop(buf, bad)
		return
	}
	dst := netip.AddrPortFrom(info.Dst, h.DstPort())
	src := netip.AddrPortFrom(info.Src, h.SrcPort())
	if info.Foreign {
		p.forward(buf, dst, src, info)
		return
	}
	if (info.Broadcast || info.Multicast) && (info.Dst.IsMulticast() || info.Ifc.IsBroadcast(info.Dst)) {
		p.inputGroup(buf, dst, src, info)
		return
	}
	q := p.lookup(dst, src, info.Ifc)
	if q == nil {
		p.inputNoPort(buf, info)
		return
	}
	if q.h == nil {
		p.drop(buf, &p.stats.NoHandler)
		return
	}
	p.stats.Delivered++
	q.h.Received(q, payload(buf), src, info)
}

// verify checks the checksum of a datagram of n bytes. It returns the counter
// of the reason to drop it, or nil.
//
// RFC 768: "An all zero transmitted checksum value means that the transmitter
// generated no checksum"; RFC 1122 §4.1.3.4; RFC 8200 §8.1: over IPv6 that is
// an error.
func (p *Protocol) verify(buf *pbuf.Buf, h Header, info *ip.Info, n int) (bad *uint64) {
	if buf.Flags.Has(pbuf.Verified) || info.Ifc.Checksums().Has(netif.NoCheckUDP) {
		return nil
	}
	if h.Checksum() == 0 {
		if info.Dst.Is6() && !p.cfg.AcceptZeroChecksum6 {
			return &p.stats.NoChecksum6
		}
		return nil
	}
	if checksum.Add(ip.ChainSum(buf), ip.PseudoSum(info.Src, info.Dst, ip.UDP, n)) != 0xffff {
		return &p.stats.BadChecksum
	}
	return nil
}

// inputGroup delivers a broadcast or multicast datagram to all that want it. It
// consumes buf.
func (p *Protocol) inputGroup(buf *pbuf.Buf, dst, src netip.AddrPort, info *ip.Info) {
	list := p.collect(p.takeScratch(), dst, src, info)
	if len(list) == 0 {
		p.putScratch(list)
		p.inputNoPort(buf, info)
		return
	}
	buf = payload(buf)
	told := uint64(0)
	for i, q := range list {
		b := buf
		if i < len(list)-1 {
			if q.h == nil { // closed by an earlier handler, or has none
				continue
			}
			if b = buf.Share(); b == nil {
				p.stats.RxNoMemory++
				continue
			}
		} else if q.h == nil {
			buf.Free()
			break
		}
		told++
		q.h.Received(q, b, src, info)
	}
	p.putScratch(list)
	if told == 0 {
		p.stats.NoHandler++
		return
	}
	p.stats.Delivered++
	p.stats.Copies += told - 1
}

// inputNoPort ends a datagram that no endpoint wants: the sender is told, if it
// was for this host alone. It consumes buf, whose payload begins with the UDP
// header.
//
// RFC 1122 §4.1.3.1 ("UDP SHOULD send an ICMP Port Unreachable message"),
// §3.2.2 (not for broadcast or multicast).
func (p *Protocol) inputNoPort(buf *pbuf.Buf, info *ip.Info) {
	p.stats.NoPort++
	if n := p.network(info.Dst); n != nil && !info.Broadcast && !info.Multicast {
		n.Unreachable(buf, info, ip.PortUnreachable)
	}
	buf.Free()
}

// payload returns a datagram without its header. It consumes buf.
func payload(buf *pbuf.Buf) *pbuf.Buf {
	if buf.TotalLen() == HeaderLen {
		buf.Realloc(0) // FreeHeader would leave nothing
		return buf
	}
	return buf.FreeHeader(HeaderLen)
}

// takeScratch returns an empty list for one walk over PCBs. A walk within a
// walk, from a handler that causes input, gets a new one.
func (p *Protocol) takeScratch() []*PCB {
	s := p.scratch
	p.scratch = nil
	return s[:0]
}

func (p *Protocol) putScratch(s []*PCB) {
	clear(s)
	p.scratch = s
}
