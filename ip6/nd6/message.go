package nd6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// ICMPv6 types of neighbor discovery (RFC 4861 §4).
const (
	RouterSolicitation    = 133
	RouterAdvertisement   = 134
	NeighborSolicitation  = 135
	NeighborAdvertisement = 136
	Redirect              = 137
)

// The flags of a neighbor advertisement, in its fifth byte.
const (
	naRouter    = 0x80
	naSolicited = 0x40
	naOverride  = 0x20
)

// Well-known groups.
var (
	allNodes    = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 1})
	allRouters  = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 2})
	unspecified = netip.IPv6Unspecified()
)

const (
	headerLen   = 40
	hopLimit    = 255 // of every message: RFC 4861 §4
	nsLen       = 24
	naLen       = 24
	rsLen       = 8
	lladdrLen   = 8
	nonceLen    = 8
	nonceOctets = 6
)

// SolicitedNode returns the solicited-node group of a.
//
// RFC 4291 §2.7.1.
func SolicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
}

// newMessage returns a packet with an IPv6 header's room and n zeroed bytes of
// ICMPv6, and those bytes; nil without memory.
func (p *Protocol) newMessage(n int) (*pbuf.Buf, []byte) {
	buf := p.pool.Alloc(pbuf.Link, headerLen+n, pbuf.RAM)
	if buf == nil {
		p.stats.NoMemory++
		return nil, nil
	}
	b := buf.Bytes()
	clear(b)
	return buf, b[headerLen:]
}

// emit fills in header and checksum and sends the message. It consumes buf.
func (p *Protocol) emit(ifc *netif.Interface, buf *pbuf.Buf, src, dst netip.Addr) {
	fill(buf, src, dst)
	p.Output(ifc, buf, dst) // drops are counted there
}

// fill writes the IPv6 header and the checksum of the message buf.
func fill(buf *pbuf.Buf, src, dst netip.Addr) {
	b := buf.Bytes()
	m := b[headerLen:]
	b[0] = 6 << 4
	binary.BigEndian.PutUint16(b[4:], uint16(len(m)))
	b[6], b[7] = byte(ip.ICMPv6), hopLimit
	s, d := src.As16(), dst.As16()
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	sum := checksum.Add(ip.PseudoSum(src, dst, ip.ICMPv6, len(m)), checksum.Sum(m))
	binary.BigEndian.PutUint16(m[2:], ^sum)
}

// putLLAddr writes a source or target link-layer address option to b.
//
// RFC 4861 §4.6.1, RFC 2464 §6.
func putLLAddr(b []byte, option byte, hw ethernet.Addr) {
	b[0], b[1] = option, 1
	copy(b[2:8], hw[:])
}

// sendNS asks for target's link-layer address, telling our own.
func (p *Protocol) sendNS(ifc *netif.Interface, src, dst, target netip.Addr) {
	buf, m := p.newMessage(nsLen + lladdrLen)
	if buf == nil {
		return
	}
	t := target.As16()
	m[0] = NeighborSolicitation
	copy(m[8:], t[:])
	putLLAddr(m[nsLen:], optSourceLL, ifc.HWAddr())
	p.stats.OutNS++
	p.emit(ifc, buf, src, dst)
}

// sendProbe asks whether anybody has target, which we want to have.
//
// RFC 4862 §5.4.2, RFC 7527 §4.
func (p *Protocol) sendProbe(ifc *netif.Interface, target netip.Addr, nonce *[nonceOctets]byte) {
	n := nsLen
	if nonce != nil {
		n += nonceLen
	}
	buf, m := p.newMessage(n)
	if buf == nil {
		return
	}
	t := target.As16()
	m[0] = NeighborSolicitation
	copy(m[8:], t[:])
	if nonce != nil {
		m[nsLen], m[nsLen+1] = optNonce, 1
		copy(m[nsLen+2:], nonce[:])
	}
	p.stats.OutNS++
	p.emit(ifc, buf, unspecified, SolicitedNode(target))
}

// sendNA tells dst, or everybody, that target is here. hw, if not zero, is dst's
// link-layer address: the answer to a solicitation needs no entry in the cache,
// which a flood of them could otherwise turn over.
//
// RFC 4861 §7.2.4.
func (p *Protocol) sendNA(ifc *netif.Interface, dst, target netip.Addr, flags byte, hw ethernet.Addr) {
	buf, m := p.newMessage(naLen + lladdrLen)
	if buf == nil {
		return
	}
	t := target.As16()
	m[0], m[4] = NeighborAdvertisement, flags
	if ifc.Flags().Has(netif.Forwarding) {
		m[4] |= naRouter
	}
	copy(m[8:], t[:])
	putLLAddr(m[naLen:], optTargetLL, ifc.HWAddr())
	p.stats.OutNA++
	if hw.IsZero() {
		p.emit(ifc, buf, target, dst)
		return
	}
	fill(buf, target, dst)
	p.frame(ifc, buf, hw)
}

// sendRS asks routers to advertise themselves.
//
// RFC 4861 §6.3.7: from the unspecified address without our link-layer address.
func (p *Protocol) sendRS(ifc *netif.Interface) {
	src := unspecified
	if a := &ifc.Addrs6()[0]; a.State.Valid() {
		src = a.Addr
	}
	n := rsLen
	if src != unspecified {
		n += lladdrLen
	}
	buf, m := p.newMessage(n)
	if buf == nil {
		return
	}
	m[0] = RouterSolicitation
	if src != unspecified {
		putLLAddr(m[rsLen:], optSourceLL, ifc.HWAddr())
	}
	p.stats.OutRS++
	p.emit(ifc, buf, src, allRouters)
}
