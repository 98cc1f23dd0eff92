package ip6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Input takes a received packet, which begins with the IPv6 header. It consumes
// buf.
//
//	 0        4        8        12   (bits 0–3 version, 4–11 class, 12–31 flow label)
//	┌────────┬────┬──┬──┬─────────────────┬──────────────────┐
//	│ v c fl │ len│nh│hl│ source (16)     │ destination (16) │
//	└────────┴────┴──┴──┴─────────────────┴──────────────────┘
//
// RFC 8200 §3. lwIP: ip6_input.
func (p *Protocol) Input(ifc *netif.Interface, buf *pbuf.Buf) {
	p.stats.Received++
	if p.cfg.Input != nil && p.cfg.Input(ifc, buf) {
		return
	}
	b := buf.Bytes()
	if len(b) < HeaderLen {
		if buf = p.linear(buf, &p.stats.TooShort, HeaderLen); buf == nil {
			return
		}
		b = buf.Bytes()
	}
	if b[0]>>4 != 6 {
		p.drop(buf, &p.stats.BadVersion)
		return
	}
	if n := HeaderLen + int(binary.BigEndian.Uint16(b[4:])); n != buf.TotalLen() {
		if buf = p.trim(buf, n); buf == nil {
			return
		}
		b = buf.Bytes()
	}
	src := netip.AddrFrom16([16]byte(b[8:24]))
	dst := netip.AddrFrom16([16]byte(b[24:40]))
	p.foreign = false
	if s := &p.seen; s.src != src || s.dst != dst || s.ifc != ifc || s.gen != p.nd.Generation() {
		if !p.admit(ifc, buf, src, dst) {
			return
		}
	}
	in := &p.in
	in.Ifc, in.Src, in.Dst = ifc, src, dst
	in.Proto = ip.Proto(b[6])
	in.TTL = b[7]
	in.TOS = b[0]<<4 | b[1]>>4
	in.Broadcast = buf.Flags.Has(pbuf.LinkBroadcast)
	in.Multicast = buf.Flags.Has(pbuf.LinkMulticast) || b[24] == 0xff
	in.HeaderLen = HeaderLen
	in.Reassembled, in.Foreign = false, p.foreign
	p.nextAt = 6
	switch in.Proto {
	case ip.TCP, ip.UDP, ip.ICMPv6:
		p.deliver(buf)
	default:
		p.inputChain(buf)
	}
}

// linear returns the packet buf in one element if it has at least n bytes;
// otherwise it drops it. It consumes buf.
func (p *Protocol) linear(buf *pbuf.Buf, short *uint64, n int) *pbuf.Buf {
	if buf.TotalLen() < n {
		p.drop(buf, short)
		return nil
	}
	c := p.pool.Clone(buf, pbuf.Link, pbuf.RAM)
	buf.Free()
	if c == nil {
		p.stats.NoMemory++
	}
	return c
}

// trim cuts buf to the n bytes that its header says it has: what follows is the
// link's padding. Too short a packet is dropped. It consumes buf.
//
// RFC 8200 §3.
func (p *Protocol) trim(buf *pbuf.Buf, n int) *pbuf.Buf {
	b := buf.Bytes()
	if n == HeaderLen && b[6] == byte(ip.HopByHop) {
		p.drop(buf, &p.stats.Jumbo)
		return nil
	}
	if n > buf.TotalLen() {
		p.drop(buf, &p.stats.TooShort)
		return nil
	}
	buf.Realloc(n)
	return buf
}

// deliver hands the packet described by p.in to its transport. It consumes buf.
func (p *Protocol) deliver(buf *pbuf.Buf) {
	in := &p.in
	if in.Foreign && !takesForeign(in.Ifc, in.Proto) { // behind a fragment header
		p.drop(buf, &p.stats.NotForUs)
		return
	}
	if buf.Len() == in.HeaderLen && buf.Next() != nil {
		if buf = p.linear(buf, &p.stats.TooShort, in.HeaderLen); buf == nil {
			return
		}
	}
	buf.RemoveHeader(in.HeaderLen)
	if p.raw != nil && p.raw.InputRaw(buf, in) {
		p.stats.Delivered++
		return
	}
	if t := p.transports[in.Proto]; t != nil {
		p.stats.Delivered++
		t.Input(buf, in)
		return
	}
	if in.Proto == ip.ICMPv6 {
		p.stats.Delivered++
		p.inputICMP(buf)
		return
	}
	p.Unreachable(buf, in, ip.ProtocolUnreachable)
	p.drop(buf, &p.stats.UnknownProtocol)
}
