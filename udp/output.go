package udp

import (
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Send sends a datagram to the connected peer. buf's payload is the datagram's;
// with the headroom of pbuf.Transport, and if nobody else looks at the block,
// no memory is needed for the headers. If buf knows its sum (pbuf.HasSum), the
// payload is not read. It consumes buf, also on an error.
//
// Errors: ErrNotConnected, and those of SendTo.
//
// lwIP: udp_send, udp_send_chksum.
func (p *PCB) Send(buf *pbuf.Buf) error {
	if p.proto == nil {
		buf.Free()
		return ErrClosed
	}
	if !p.remote.IsValid() {
		return p.sendFailed(buf, ErrNotConnected)
	}
	if p.srcGen == p.proto.ifs.Generation() {
		w := way{net: p.proto.network(p.src), via: p.sendInterface(p.remote.Addr())}
		w.Src = p.src
		return p.emit(buf, p.remote, &w)
	}
	w, err := p.route(p.remote.Addr(), nil, netip.Addr{}, false)
	if err != nil {
		return p.sendFailed(buf, err)
	}
	// The source of a connected endpoint does not depend on the route, unless
	// its addresses change. A link that computes checksums itself must be found
	// each time, though.
	if w.Src == p.local.Addr() && !w.Ifc.Checksums().Has(netif.NoGenUDP) {
		p.src, p.srcGen = w.Src, p.proto.ifs.Generation()
	}
	return p.emit(buf, p.remote, &w)
}

// SendTo sends a datagram to dst, connected or not. An endpoint that is not
// bound is bound to any address of dst's family and an ephemeral port; who
// wants to send to both families binds to [::] first. It consumes buf, also on
// an error.
//
// Errors: ErrNoAddress for an invalid dst or port 0, ErrTooLong, ErrBroadcast,
// ErrNoPort, ErrClosed, and those of ip.Network: ip.ErrNoRoute, ip.ErrNoSource,
// ip.ErrQueueFull and ip.ErrNoMemory, which pass with time, and others.
//
// lwIP: udp_sendto.
func (p *PCB) SendTo(buf *pbuf.Buf, dst netip.AddrPort) error {
	return p.SendToIf(buf, dst, nil, netip.Addr{})
}

// SendToIf is SendTo through ifc and from the address src, if they are given.
// src must be an address of the interface used, or, if ifc is given, may be
// unspecified, for a host that has none yet.
//
// lwIP: udp_sendto_if, udp_sendto_if_src.
func (p *PCB) SendToIf(buf *pbuf.Buf, dst netip.AddrPort, ifc *netif.Interface, src netip.Addr) error {
	if p.proto == nil {
		buf.Free()
		return ErrClosed
	}
	addr := dst.Addr()
	if addr.Is4In6() {
		addr = addr.Unmap()
		dst = netip.AddrPortFrom(addr, dst.Port())
	}
	if !addr.IsValid() || dst.Port() == 0 {
		return p.sendFailed(buf, ErrNoAddress)
	}
	if w := p.known(addr, ifc, src); w != nil {
		return p.emit(buf, dst, w)
	}
	w, err := p.route(addr, ifc, src, false)
	if err != nil {
		return p.sendFailed(buf, err)
	}
	if p.group == nil {
		if err := p.autoBind(dst); err != nil {
			return p.sendFailed(buf, err)
		}
	}
	p.keep(&w, addr, ifc, src)
	return p.emit(buf, dst, &w)
}

// sendFailed counts and frees a datagram that is not sent.
func (p *PCB) sendFailed(buf *pbuf.Buf, err error) error {
	p.proto.stats.SendErrors++
	buf.Free()
	return err
}

// emit puts the header in front of a payload and sends the datagram. It
// consumes buf.
//
// RFC 768; RFC 1122 §4.1.3.4 (checksums), §4.1.3.5.
func (p *PCB) emit(buf *pbuf.Buf, dst netip.AddrPort, w *way) error {
	u := p.proto
	if p.flow != nil {
		p.flow.touch()
	}
	n := HeaderLen + buf.TotalLen()
	if n > pbuf.MaxLen-w.net.HeaderLen() {
		return p.sendFailed(buf, ErrTooLong)
	}
	h := ip.Header{Src: w.Src, Dst: dst.Addr(), Ifc: w.via, Proto: ip.UDP, TTL: p.ttl, TOS: p.tos}
	if h.Dst.IsMulticast() {
		h.TTL = p.mttl
		if p.mttl == 0 {
			u.stats.TxHostScope++
			buf.Free()
			return nil
		}
		if p.opts.has(MulticastLoop) {
			h.Flags |= ip.MulticastLoop
		}
	}
	var sum uint16
	none := p.opts.has(NoChecksum) && h.Dst.Is4() ||
		w.Ifc != nil && w.Ifc.Checksums().Has(netif.NoGenUDP)
	if !none {
		sum = ip.ChainSum(buf)
	}
	head := buf
	b := buf.AddHeader(HeaderLen)
	if b == nil { // no room, or somebody else looks at the block

		head = u.pool.Alloc(pbuf.IP, HeaderLen, pbuf.RAM)
		if head == nil {
			return p.sendFailed(buf, ip.ErrNoMemory)
		}
		b = head.Bytes()
		head.SegmentSize = buf.SegmentSize
		head.SetNext(buf)
	}
	PutHeader(b, p.local.Port(), dst.Port(), n, 0)
	if !none {
		sum = checksum.Add(sum, checksum.Sum(b[:HeaderLen]))
		sum = ^checksum.Add(sum, ip.PseudoSum(h.Src, h.Dst, ip.UDP, n))
		if sum == 0 { // RFC 768: 0 would mean "no checksum"
			sum = 0xffff
		}
		b[6], b[7] = byte(sum>>8), byte(sum)
	}
	if err := w.net.Output(head, h); err != nil {
		u.stats.SendErrors++
		return err
	}
	u.stats.Sent++
	return nil
}
