package ip6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Output implements ip.Network: it puts an IPv6 header in front of buf and sends
// it. A source address of :: is allowed with h.Ifc set. What is too big for the
// path is fragmented, unless h.Flags forbid it. It consumes buf.
//
// RFC 8200 §3, §4.5, §5. lwIP: ip6_output_if_src.
func (p *Protocol) Output(buf *pbuf.Buf, h ip.Header) error {
	if p.cfg.Route != nil && h.Ifc == nil {
		h.Ifc = p.cfg.Route(h.Src, h.Dst)
	}
	d := p.nd.Lookup(h.Dst, h.Ifc)
	if d == nil {
		if d = p.lookupScoped(h.Dst, h.Src, h.Ifc); d == nil {
			p.drop(buf, &p.stats.NoRoute)
			return ip.ErrNoRoute
		}
	}
	if h.Flags.Has(ip.HeaderIncluded) {
		return p.outputAsIs(buf, d)
	}
	if h.Dst.IsMulticast() && h.Flags.Has(ip.MulticastLoop) {
		p.loopCopy(d.Ifc, buf, h)
	}
	n := HeaderLen
	if h.Flags.Has(ip.RouterAlert) {
		n += routerAlertLen
	}
	total := buf.TotalLen() + n
	if mtu := p.nd.MTU(d); total > mtu || total > pbuf.MaxLen+HeaderLen {
		if ip.PieceLen(buf, 0, h.Proto)+n > mtu || total > pbuf.MaxLen+HeaderLen {
			return p.outputFragments(buf, h, d, mtu)
		}
	}
	if buf = p.putHeader(buf, h, d); buf == nil {
		return ip.ErrNoMemory
	}
	p.stats.Sent++
	if d.Local {
		return p.loopBack(d.Ifc, buf)
	}
	return p.nd.Output(d.Ifc, buf, d.NextHop)
}

// outputAsIs sends buf, which begins with a complete IPv6 header. It consumes
// buf.
func (p *Protocol) outputAsIs(buf *pbuf.Buf, d *nd6.Destination) error {
	if buf.TotalLen() > p.nd.MTU(d) {
		p.drop(buf, &p.stats.TooBig)
		return ip.ErrTooBig
	}
	p.stats.Sent++
	if d.Local {
		return p.loopBack(d.Ifc, buf)
	}
	return p.nd.Output(d.Ifc, buf, d.NextHop)
}

// Reachable implements ip.Network.
func (p *Protocol) Reachable(ifc *netif.Interface, dst netip.Addr) {
	d := p.nd.Lookup(dst, ifc)
	if d == nil {
		return
	}
	p.nd.Reachable(d.Ifc, d.NextHop)
}

// routerAlertLen is the length of a hop-by-hop header with the router alert
// option.
const routerAlertLen = 8

// putHeader puts the IPv6 header, and a hop-by-hop header with router alert if
// wanted, in front of buf. It consumes buf and returns nil without memory.
func (p *Protocol) putHeader(buf *pbuf.Buf, h ip.Header, d *nd6.Destination) *pbuf.Buf {
	label := p.flowLabel(buf, h.Proto, d)
	length := buf.TotalLen()
	n, next := HeaderLen, h.Proto
	if h.Flags.Has(ip.RouterAlert) {
		n, length, next = HeaderLen+routerAlertLen, length+routerAlertLen, ip.HopByHop
	}
	b := buf.AddHeader(n)
	if b == nil {
		if buf, b = p.prepend(buf, n); buf == nil {
			return nil
		}
	}
	if next == ip.HopByHop {
		copy(b[HeaderLen:], []byte{byte(h.Proto), 0, optRouterAlert, 2, 0, 0, optPadN, 0})
	}
	p.writeHeader(b, h, d.Ifc, next, length, label)
	return buf
}

// writeHeader writes the IPv6 header to b.
func (p *Protocol) writeHeader(b []byte, h ip.Header, ifc *netif.Interface, next ip.Proto, length int, label uint32) {
	_ = b[HeaderLen-1]
	hops := h.TTL
	if hops == 0 {
		if hops = p.nd.HopLimit(ifc); hops == 0 {
			hops = p.cfg.HopLimit
		}
	}
	binary.BigEndian.PutUint32(b, 6<<28|uint32(h.TOS)<<20|label)
	binary.BigEndian.PutUint16(b[4:], uint16(length))
	b[6], b[7] = byte(next), hops
	src, dst := h.Src.As16(), h.Dst.As16()
	copy(b[8:24], src[:])
	copy(b[24:40], dst[:])
}

// prepend puts an element of its own with n bytes in front of buf, for headers
// that find no room there. It consumes buf and returns nil without memory.
func (p *Protocol) prepend(buf *pbuf.Buf, n int) (*pbuf.Buf, []byte) {
	head := p.pool.Alloc(pbuf.Link, n, pbuf.RAM)
	if head == nil {
		p.drop(buf, &p.stats.NoMemory)
		return nil, nil
	}
	head.Flags, head.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
	head.SetNext(buf)
	return head, head.Bytes()
}

// flowLabel returns the flow label of a packet that begins with its transport
// header: the same for all packets between two ports, without telling anything
// of another flow's.
//
// RFC 6437 §2, §3.
func (p *Protocol) flowLabel(buf *pbuf.Buf, proto ip.Proto, d *nd6.Destination) uint32 {
	if p.cfg.NoFlowLabel {
		return 0
	}
	if d.Tag == 0 {
		d.Tag = p.hash(d.NextHop, d.NextHop) | 1
	}
	x := uint64(proto) << 32
	if proto == ip.TCP || proto == ip.UDP || proto == ip.UDPLite {
		if b := buf.Bytes(); len(b) >= 4 {
			x |= uint64(binary.BigEndian.Uint32(b))
		}
	}
	x = (x ^ d.Tag) * 0x9e3779b97f4a7c15
	x = (x ^ x>>32 ^ d.Tag) * 0xbf58476d1ce4e5b9
	return max(uint32(x>>44), 1)
}

// hash is a keyed hash of two addresses.
func (p *Protocol) hash(a, b netip.Addr) uint64 {
	x, y := a.As16(), b.As16()
	h := siphash.New(p.key)
	h.Word(binary.BigEndian.Uint64(x[:8]))
	h.Word(binary.BigEndian.Uint64(x[8:]))
	h.Word(binary.BigEndian.Uint64(y[:8]))
	h.Word(binary.BigEndian.Uint64(y[8:]))
	return h.Sum()
}
