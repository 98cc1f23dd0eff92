package ip4

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/assert"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Input takes a received packet: buf begins with the IP header. It consumes buf.
//
// RFC 1122 §3.2.1, §3.3; RFC 1812 §5.2. lwIP: ip4_input.
func (p *Protocol) Input(ifc *netif.Interface, buf *pbuf.Buf) {
	assert.That(!p.inside, "ip4: Input entered twice")
	p.inside = true
	p.input(ifc, buf)
	p.inside = false
}

func (p *Protocol) input(ifc *netif.Interface, buf *pbuf.Buf) {
	p.stats.Received++
	buf, h := p.validate(ifc, buf)
	if buf == nil {
		return
	}
	src, dst := binary.BigEndian.Uint32(h[12:]), binary.BigEndian.Uint32(h[16:])
	info := &p.info
	info.Ifc, info.Src, info.Dst = ifc, h.Src(), h.Dst()
	info.Proto, info.TTL, info.TOS = h.Proto(), h.TTL(), h.TOS()
	info.Broadcast = buf.Flags&pbuf.LinkBroadcast != 0
	info.Multicast = buf.Flags&pbuf.LinkMulticast != 0
	info.HeaderLen = len(h)
	info.Reassembled, info.Foreign = false, false

	if counter := p.checkDest(ifc, info, dst); counter != nil {
		if counter == &p.stats.NotForUs && takesForeign(ifc, info) {
			info.Foreign = true
		}
		if !info.Foreign && (counter != &p.stats.NotForUs || !p.acceptsUnaddressed(ifc, h, buf)) {
			if counter == &p.stats.NotForUs && ifc.Flags().Has(netif.Forwarding) {
				p.forward(ifc, buf, h, src, dst)
				return
			}
			p.drop(buf, counter)
			return
		}
	}
	if counter := p.checkSource(ifc, info, src); counter != nil {
		p.drop(buf, counter)
		return
	}
	if len(h) > HeaderLen {
		o := parseOptions(h.Options())
		if o.sourceRoute && !p.cfg.AcceptSourceRoute {
			p.drop(buf, &p.stats.SourceRoute)
			return
		}
		p.stats.OptionsIgnored++
	}
	p.hdrLen = copy(p.hdr[:], h)
	if binary.BigEndian.Uint16(h[6:])&(moreFragments|offsetMask) != 0 {
		if buf = p.fragmentArrives(ifc, buf, h); buf == nil {
			return
		}
	} else {
		buf.RemoveHeader(len(h))
	}
	p.deliver(buf, info)
}

// validate checks that the header is whole and true, cuts link padding off, and
// returns the packet with its header contiguous in the first element. It
// returns nil if it dropped the packet.
//
// RFC 1122 §3.2.1.1–3.2.1.2; RFC 1812 §5.2.2.
func (p *Protocol) validate(ifc *netif.Interface, buf *pbuf.Buf) (*pbuf.Buf, Header) {
	b := buf.Bytes()
	if len(b) < HeaderLen {
		if buf = p.gather(buf, HeaderLen, &p.stats.TooShort); buf == nil {
			return nil, nil
		}
		b = buf.Bytes()
	}
	if b[0]>>4 != 4 {
		p.drop(buf, &p.stats.BadVersion)
		return nil, nil
	}
	n := int(b[0]&15) * 4
	if n < HeaderLen {
		p.drop(buf, &p.stats.BadHeaderLen)
		return nil, nil
	}
	if n > len(b) {
		if buf = p.gather(buf, n, &p.stats.BadHeaderLen); buf == nil {
			return nil, nil
		}
		b = buf.Bytes()
	}
	h := Header(b[:n])
	total := h.TotalLen()
	switch {
	case total < n:
		p.drop(buf, &p.stats.BadLength)
		return nil, nil
	case total > buf.TotalLen():
		p.drop(buf, &p.stats.Truncated)
		return nil, nil
	case !ifc.Checksums().Has(netif.NoCheckIP) && !h.ChecksumValid():
		p.drop(buf, &p.stats.BadChecksum)
		return nil, nil
	case n > HeaderLen && (p.cfg.RejectOptions || parseOptions(h.Options()).malformed):
		p.drop(buf, &p.stats.BadOptions)
		return nil, nil
	}
	if total < buf.TotalLen() {
		p.stats.Trimmed++
		buf.Realloc(total)
	}
	return buf, h
}

// gather makes the first n bytes of buf contiguous. It consumes buf and returns
// nil if there are fewer bytes, which counter counts, or no memory.
func (p *Protocol) gather(buf *pbuf.Buf, n int, counter *uint64) *pbuf.Buf {
	if buf.TotalLen() < n {
		p.drop(buf, counter)
		return nil
	}
	buf = p.pool.Coalesce(buf, pbuf.Link)
	if buf.Len() < n {
		p.drop(buf, &p.stats.NoMemory)
		return nil
	}
	return buf
}

// checkDest decides whether a packet to dst is for this host, and completes
// info. It returns the counter of why not, or nil.
//
// A packet for any of our addresses is ours, whatever interface it came by (the
// weak host model, RFC 1122 §3.3.4.2), but loopback addresses only by a loopback
// interface (§3.2.1.3 (g)).
func (p *Protocol) checkDest(ifc *netif.Interface, info *ip.Info, dst uint32) *uint64 {
	switch {
	case p.own.owner(dst) != nil && !isLoopback(dst):
		return nil
	case isLoopback(dst):
		if ifc.Flags().Has(netif.LoopbackFlag) || p.loop.delivering {
			return nil
		}
		return &p.stats.BadDest
	case isMulticast(dst):
		info.Multicast = true
		if dst == allSystems || p.groups != nil && p.groups.Member(ifc, info.Dst) {
			return nil
		}
		return &p.stats.NotMember
	case ifc.IsBroadcast(info.Dst):
		info.Broadcast = true
		return nil
	case isZeroNet(dst):
		return &p.stats.BadDest
	}
	return &p.stats.NotForUs
}

// takesForeign reports whether the packet, which is for none of our addresses, is
// of a transport that takes packets to any.
func takesForeign(ifc *netif.Interface, info *ip.Info) bool {
	if info.Broadcast || info.Multicast || isExperimental(number(info.Dst)) {
		return false
	}
	return info.Proto == ip.TCP && ifc.Flags().Has(netif.TakeTCP) || info.Proto == ip.UDP && ifc.Flags().Has(netif.TakeUDP)
}

// checkSource decides whether src may be the sender of a packet for us. It
// returns the counter of why not, or nil.
//
// RFC 1122 §3.2.1.3: a group address is never a source; 0.0.0.0 is one only of a
// host that does not know its address yet, which sends to groups; 127/8 stays
// within a host. Our own address as the source of a packet from a link is a
// forgery ("LAND") or an echo of our own broadcast.
func (p *Protocol) checkSource(ifc *netif.Interface, info *ip.Info, src uint32) *uint64 {
	switch {
	case isZeroNet(src):
		if src != 0 || !info.Broadcast && !info.Multicast {
			return &p.stats.BadSource
		}
	case isMulticast(src) || src == limitedBroadcast:
		return &p.stats.BadSource
	case ifc.Flags().Has(netif.LoopbackFlag) || p.loop.delivering:
	case isLoopback(src) || info.Src == ifc.Addr4().Broadcast:
		return &p.stats.BadSource
	case p.own.owner(src) != nil && !p.cfg.AcceptOwnSource:
		return &p.stats.OwnSource
	}
	return nil
}

// acceptsUnaddressed reports whether a packet is a DHCP server's answer to an
// interface that has no address yet, or has only given itself one: such answers
// are sent to the address that they offer.
//
// RFC 2131 §4.1. lwIP: IP_ACCEPT_LINK_LAYER_ADDRESSING, which accepts them at
// any time; here not once the interface has a routable address, so that a
// router does not take what it should forward.
func (p *Protocol) acceptsUnaddressed(ifc *netif.Interface, h Header, buf *pbuf.Buf) bool {
	if a := ifc.Addr4().Addr; a.IsValid() && !a.IsLinkLocalUnicast() {
		return false
	}
	if h.Proto() != ip.UDP || h.Offset() != 0 || ifc.Flags().Has(netif.LoopbackFlag) {
		return false
	}
	ports := buf.GetContiguous(p.scratch[:4], 4, len(h))
	return ports != nil && binary.BigEndian.Uint16(ports) == 67 && binary.BigEndian.Uint16(ports[2:]) == 68
}
