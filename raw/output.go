package raw

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Send sends a packet to the connected peer. It consumes buf, also on an error.
//
// Errors: ErrNotConnected, and those of SendTo.
//
// lwIP: raw_send.
func (p *PCB) Send(buf *pbuf.Buf) error {
	if p.proto == nil {
		buf.Free()
		return ErrClosed
	}
	if !p.remote.IsValid() {
		return p.sendFailed(buf, ErrNotConnected)
	}
	return p.SendTo(buf, p.remote)
}

// SendTo sends a packet to dst. buf's payload follows the IP header, for which
// there is room if it was allocated with pbuf.IP; with HeaderIncluded it begins
// with it. It consumes buf, also on an error.
//
// Errors: ErrNoAddress for an invalid dst, ErrTooLong, ErrTooShort,
// ErrBroadcast, ErrClosed, and those of ip.Network.
//
// lwIP: raw_sendto.
func (p *PCB) SendTo(buf *pbuf.Buf, dst netip.Addr) error {
	return p.SendToIf(buf, dst, nil, netip.Addr{})
}

// SendToIf is SendTo through ifc and from the address src, if they are given.
// src must be an address of the interface used, or, if ifc is given, may be
// unspecified, for a host that has none yet. With HeaderIncluded, src is not
// used.
//
// lwIP: raw_sendto_if_src.
func (p *PCB) SendToIf(buf *pbuf.Buf, dst netip.Addr, ifc *netif.Interface, src netip.Addr) error {
	u := p.proto
	if u == nil {
		buf.Free()
		return ErrClosed
	}
	dst = dst.Unmap()
	if !dst.IsValid() {
		return p.sendFailed(buf, ErrNoAddress)
	}
	net := u.network(dst)
	if net == nil || p.local.IsValid() && p.local.Is4() != dst.Is4() {
		return p.sendFailed(buf, ip.ErrFamily)
	}
	h := ip.Header{Dst: dst, Ifc: ifc, Proto: p.number, TTL: p.ttl, TOS: p.tos}
	if h.Ifc == nil {
		h.Ifc = p.sendInterface(dst)
	}
	if dst.IsMulticast() {
		h.TTL = p.mttl
		if p.opts&MulticastLoop != 0 {
			h.Flags |= ip.MulticastLoop
		}
	}
	if p.opts&HeaderIncluded != 0 {
		return p.sendIncluded(net, buf, h)
	}
	if buf.TotalLen() > pbuf.MaxLen-net.HeaderLen() {
		return p.sendFailed(buf, ErrTooLong)
	}
	r, err := p.route(net, h, src)
	if err != nil {
		return p.sendFailed(buf, err)
	}
	if dst.IsMulticast() && h.TTL == 0 {
		u.stats.TxHostScope++
		buf.Free()
		return nil
	}
	h.Src = r.Src
	if dst.Is6() && p.csum != NoChecksum {
		b, err := p.fillChecksum(buf, h.Src, h.Dst)
		if err != nil {
			return p.sendFailed(buf, err)
		}
		buf = b
	}
	return p.output(net, buf, h)
}

// sendIncluded sends a packet that has its IP header. Routing chooses the
// interface by h.Dst; source and destination in the header are the user's.
//
// lwIP: ip4_output_if with LWIP_IP_HDRINCL.
func (p *PCB) sendIncluded(net ip.Network, buf *pbuf.Buf, h ip.Header) error {
	least := header4Len
	if h.Dst.Is6() {
		least = header6Len
	}
	if buf.Len() < least {
		return p.sendFailed(buf, ErrTooShort)
	}
	if buf.TotalLen() > pbuf.MaxLen {
		return p.sendFailed(buf, ErrTooLong)
	}
	b := buf.Bytes()
	if h.Dst.Is4() {
		h.Src = netip.AddrFrom4([4]byte(b[12:16]))
		h.Proto = ip.Proto(b[9])
	} else {
		h.Src = netip.AddrFrom16([16]byte(b[8:24]))
		h.Proto = ip.Proto(b[6])
	}
	if h.Ifc == nil {
		r, err := net.Route(h.Dst, netip.Addr{}, nil)
		if err != nil {
			return p.sendFailed(buf, err)
		}
		h.Ifc = r.Ifc
	}
	if p.forbidden(h.Dst, h.Ifc) {
		return p.sendFailed(buf, ErrBroadcast)
	}
	h.Flags |= ip.HeaderIncluded
	return p.output(net, buf, h)
}

// route finds the interface and source address towards h.Dst. src, if given,
// was asked for.
func (p *PCB) route(net ip.Network, h ip.Header, src netip.Addr) (r ip.Route, err error) {
	if src.IsValid() && src.IsUnspecified() && h.Ifc == nil {
		src = netip.Addr{}
	}
	if !src.IsValid() {
		src = p.local
		if src.IsValid() && (src.IsUnspecified() || src.IsMulticast() || p.proto.isBroadcast(src)) {
			src = netip.Addr{}
		}
	}
	switch {
	case src.IsValid() && src.Is4() != h.Dst.Is4():
		return r, ErrNoAddress
	case src.IsValid() && src.IsUnspecified():
		r = ip.Route{Ifc: h.Ifc, Src: src, MTU: h.Ifc.MTU()}
	default:
		if r, err = net.Route(h.Dst, src, h.Ifc); err != nil {
			return r, err
		}
	}
	if p.forbidden(h.Dst, r.Ifc) {
		return r, ErrBroadcast
	}
	return r, nil
}

// forbidden reports whether the endpoint may not send to dst because it is a
// broadcast address.
func (p *PCB) forbidden(dst netip.Addr, ifc *netif.Interface) bool {
	return dst.Is4() && p.opts&Broadcast == 0 && !p.proto.cfg.AllowBroadcast && ifc.IsBroadcast(dst)
}

// sendInterface returns the interface that packets to dst are restricted to, or
// nil.
func (p *PCB) sendInterface(dst netip.Addr) *netif.Interface {
	if p.ifc == nil && dst.IsMulticast() {
		return p.mifc
	}
	return p.ifc
}

// output gives a packet to the network layer. It consumes buf.
func (p *PCB) output(net ip.Network, buf *pbuf.Buf, h ip.Header) error {
	u := p.proto
	if err := net.Output(buf, h); err != nil {
		u.stats.SendErrors++
		return err
	}
	u.stats.Sent++
	return nil
}

// sendFailed counts and frees a packet that is not sent.
func (p *PCB) sendFailed(buf *pbuf.Buf, err error) error {
	p.proto.stats.SendErrors++
	buf.Free()
	return err
}
