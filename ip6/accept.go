package ip6

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// admission is a pair of addresses that was found acceptable on an interface; it
// holds until nd6's generation changes.
type admission struct {
	ifc      *netif.Interface
	src, dst netip.Addr
	gen      uint32
}

// verdict is whether a destination is ours.
type verdict uint8

const (
	notOurs verdict = iota
	ours
	probing // ours, once it proves unique
)

// admit checks the addresses of the packet buf, which begins with the IPv6
// header, and reports whether to go on. Otherwise it consumes buf: it drops or
// forwards it.
//
// RFC 4291 §2.5.2, §2.5.3, §2.5.5.2, §2.7; RFC 4007 §9; RFC 4862 §5.4.
func (p *Protocol) admit(ifc *netif.Interface, buf *pbuf.Buf, src, dst netip.Addr) bool {
	if p.cfg.RequireLinkLocal && !ifc.Flags().Has(netif.LoopbackFlag) && !ifc.LinkLocal6().IsValid() {
		p.drop(buf, &p.stats.NoLinkLocal)
		return false
	}
	proto := ip.Proto(buf.Bytes()[6])
	switch {
	case p.loop.delivering:
	case p.badSource(ifc, src):
		p.drop(buf, &p.stats.BadSource)
		return false
	case src.IsUnspecified() && proto != ip.ICMPv6 && proto != ip.HopByHop:
		p.drop(buf, &p.stats.BadSource) // only ND and MLD may do without
		return false
	case badDestination(ifc, dst):
		p.drop(buf, &p.stats.BadDestination)
		return false
	}
	switch p.classify(ifc, dst) {
	case ours:
		if !dst.IsMulticast() && !src.IsUnspecified() && !p.loop.delivering {
			p.seen = admission{ifc, src, dst, p.nd.Generation()}
		}
		return true
	case probing:
		if proto == ip.ICMPv6 && isNeighborMessage(buf) {
			return true
		}
		p.drop(buf, &p.stats.Tentative)
	case notOurs:
		if p.loop.delivering {
			p.drop(buf, &p.stats.NotForUs)
			return false
		}
		if !dst.IsMulticast() && !dst.IsLinkLocalUnicast() && takesForeign(ifc, proto) &&
			buf.Flags&(pbuf.LinkBroadcast|pbuf.LinkMulticast) == 0 {
			p.foreign = true
			return true
		}
		p.forward(ifc, buf, src, dst)
	}
	return false
}

// takesForeign reports whether packets to any address may be taken: those of the
// transports that ask for them, and fragments, which may be of one.
func takesForeign(ifc *netif.Interface, proto ip.Proto) bool {
	switch proto {
	case ip.TCP:
		return ifc.Flags().Has(netif.TakeTCP)
	case ip.UDP:
		return ifc.Flags().Has(netif.TakeUDP)
	case ip.FragmentHdr:
		return ifc.TakesForeign()
	}
	return false
}

// isNeighborMessage reports whether the packet buf is a solicitation or
// advertisement without extension headers.
func isNeighborMessage(buf *pbuf.Buf) bool {
	var b [HeaderLen + 1]byte
	return buf.CopyPartial(b[:], 0) == len(b) && (b[HeaderLen] == 135 || b[HeaderLen] == 136)
}

// badSource reports whether src cannot be the source of a packet received on
// ifc.
func (p *Protocol) badSource(ifc *netif.Interface, src netip.Addr) bool {
	if src.IsMulticast() || src.Is4In6() {
		return true
	}
	if ifc.Flags().Has(netif.LoopbackFlag) {
		return false
	}
	if src.IsLoopback() || ifc.Owns(src) {
		return true
	}
	return !src.IsLinkLocalUnicast() && p.Owner(src) != nil
}

// badDestination reports whether dst cannot be the destination of a packet
// received on ifc.
//
// RFC 4291 §2.7: multicast scope 0 is reserved, scope 1 does not leave the host.
func badDestination(ifc *netif.Interface, dst netip.Addr) bool {
	switch {
	case dst.IsUnspecified() || dst.Is4In6():
		return true
	case ifc.Flags().Has(netif.LoopbackFlag):
		return false
	case dst.IsLoopback():
		return true
	case dst.IsMulticast():
		return multicastScope(dst) <= 1
	}
	return false
}

// multicastScope returns the scope field of a multicast address.
func multicastScope(a netip.Addr) byte {
	b := a.As16()
	return b[1] & 15
}

// classify reports whether packets to dst received on ifc are ours.
//
// RFC 4291 §2.8 lists what a node must recognise.
func (p *Protocol) classify(ifc *netif.Interface, dst netip.Addr) verdict {
	if dst.IsMulticast() {
		if ifc.Flags().Has(netif.LoopbackFlag) {
			for _, x := range p.ifs.List() {
				if p.inGroup(x, dst) {
					return ours
				}
			}
			return notOurs
		}
		if p.inGroup(ifc, dst) {
			return ours
		}
		return notOurs
	}
	if slot := ifc.FindAddr6(dst); slot >= 0 {
		switch ifc.Addrs6()[slot].State {
		case netif.Preferred, netif.Deprecated:
			return ours
		case netif.Tentative:
			return probing
		case netif.Invalid, netif.Duplicated:
			return notOurs
		}
	}
	if dst.IsLinkLocalUnicast() && !ifc.Flags().Has(netif.LoopbackFlag) {
		return notOurs
	}
	if p.Owner(dst) != nil {
		return ours
	}
	return notOurs
}

var (
	allNodes      = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 1})
	allNodesHost  = netip.AddrFrom16([16]byte{0: 0xff, 1: 1, 15: 1})
	allRouters    = netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 15: 2})
	solicitedBits = netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff}), 104)
)

// inGroup reports whether ifc belongs to a multicast group.
func (p *Protocol) inGroup(ifc *netif.Interface, group netip.Addr) bool {
	switch {
	case group == allNodes || group == allNodesHost:
		return true
	case group == allRouters && ifc.Flags().Has(netif.Forwarding):
		return true
	case solicitedBits.Contains(group):
		g := group.As16()
		for i := range ifc.Addrs6() {
			a := &ifc.Addrs6()[i]
			if a.State == netif.Invalid || a.State == netif.Duplicated {
				continue
			}
			if b := a.Addr.As16(); b[13] == g[13] && b[14] == g[14] && b[15] == g[15] {
				return true
			}
		}
	}
	return p.groups != nil && p.groups.Member(ifc, group)
}
