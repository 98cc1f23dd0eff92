package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Output sends buf, which begins with the IPv6 header, to the neighbor nextHop
// on ifc, or to the multicast group nextHop. If the neighbor's link-layer
// address is unknown, the packet waits for it. It consumes buf.
//
// Errors: ip.ErrQueueFull, ip.ErrNoMemory, ip.ErrNoSource, netif.ErrDown. That
// the neighbor does not answer is told later, to the Handler.
//
// RFC 4861 §5.2, §7.2.2, §7.3.3. lwIP: nd6_get_next_hop_addr_or_queue.
func (p *Protocol) Output(ifc *netif.Interface, buf *pbuf.Buf, nextHop netip.Addr) error {
	n := p.last
	if n.addr != nextHop || n.ifc != ifc {
		return p.outputSlow(ifc, buf, nextHop)
	}
	if n.state == Reachable && p.q.Now() < n.until {
		n.used = true
		return p.frame(ifc, buf, n.hw)
	}
	return p.outputTo(n, buf)
}

// outputSlow is Output to another neighbor than the last. It consumes buf.
func (p *Protocol) outputSlow(ifc *netif.Interface, buf *pbuf.Buf, nextHop netip.Addr) error {
	if !ifc.Flags().Has(netif.ND) {
		return ifc.Output(buf)
	}
	if nextHop.IsMulticast() {
		return p.frame(ifc, buf, ethernet.Multicast(nextHop))
	}
	if !ifc.Ready() {
		return ifc.Output(buf) // drops, counts and tells
	}
	n := p.cache[makeKey(ifc, nextHop)]
	if n == nil {
		if n = p.add(ifc, nextHop, wanted); n == nil {
			p.drop(buf, &p.stats.NeighborsFull)
			return ip.ErrQueueFull
		}
	}
	p.last = n
	return p.outputTo(n, buf)
}

// outputTo sends buf to n as its state demands. It consumes buf.
func (p *Protocol) outputTo(n *neighbor, buf *pbuf.Buf) error {
	n.used = true
	switch n.state {
	case None:
		src, ok := p.solicitSource(n.ifc, packetSource(buf))
		if !ok {
			p.forget(n)
			p.drop(buf, &p.stats.NoSource)
			return ip.ErrNoSource
		}
		n.source = src
		p.setState(n, Incomplete)
		return p.enqueue(n, buf)
	case Incomplete:
		return p.enqueue(n, buf)
	case Reachable:
		if n.static || p.q.Now() < n.until {
			return p.frame(n.ifc, buf, n.hw)
		}
		p.setState(n, Stale)
		p.setState(n, Delay)
	case Stale:
		p.setState(n, Delay)
	case Delay, Probe:
	}
	return p.frame(n.ifc, buf, n.hw)
}

// packetSource returns the source address of the IPv6 packet buf.
func packetSource(buf *pbuf.Buf) netip.Addr {
	b := buf.Bytes()
	if len(b) < 40 {
		return netip.Addr{}
	}
	return netip.AddrFrom16([16]byte(b[8:24]))
}

// frame puts an Ethernet header in front of the IPv6 packet buf and sends it. It
// consumes buf.
//
// RFC 2464 §3.
func (p *Protocol) frame(ifc *netif.Interface, buf *pbuf.Buf, dst ethernet.Addr) error {
	b := buf.AddHeader(ethernet.HeaderLen)
	if b == nil {
		h := p.pool.Alloc(pbuf.RawTX, ethernet.HeaderLen, pbuf.RAM)
		if h == nil {
			p.drop(buf, &p.stats.NoMemory)
			return ip.ErrNoMemory
		}
		h.Flags, h.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
		h.SetNext(buf)
		buf, b = h, h.Bytes()
	}
	ethernet.Put(b, dst, ifc.HWAddr(), ethernet.IPv6)
	return ifc.Output(buf)
}

// enqueue lets buf wait for n's address. It consumes buf.
//
// RFC 4861 §7.2.2: "when a queue overflows, the new arrival SHOULD replace the
// oldest entry".
func (p *Protocol) enqueue(n *neighbor, buf *pbuf.Buf) error {
	if len(n.pending) >= p.cfg.Queue || p.queued >= p.cfg.QueueTotal {
		if p.cfg.RefuseNewest || len(n.pending) == 0 {
			p.drop(buf, &p.stats.QueueRefused)
			return ip.ErrQueueFull
		}
		p.drop(n.pending[0], &p.stats.QueueDropped)
		copy(n.pending, n.pending[1:])
		n.pending = n.pending[:len(n.pending)-1]
		p.queued--
	}
	if buf = p.own(buf); buf == nil {
		p.stats.NoMemory++
		return ip.ErrNoMemory
	}
	n.pending = append(n.pending, buf)
	p.queued++
	return nil
}

// own returns buf in a form that may be kept: bytes that the caller may change
// are copied. It consumes buf and returns nil without memory.
func (p *Protocol) own(buf *pbuf.Buf) *pbuf.Buf {
	for e := buf; e != nil; e = e.Next() {
		if e.Type() != pbuf.Reference {
			continue
		}
		c := p.pool.Clone(buf, pbuf.Link, pbuf.RAM)
		buf.Free()
		return c
	}
	return buf
}

// flush sends what waits for n, whose address is now known.
func (p *Protocol) flush(n *neighbor) {
	for i, buf := range n.pending {
		n.pending[i] = nil
		p.queued--
		p.frame(n.ifc, buf, n.hw) // the sender was told "queued"; drops are counted
	}
	n.pending = n.pending[:0]
}
