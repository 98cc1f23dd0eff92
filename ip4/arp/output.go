package arp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Output sends buf, which begins with the IP header, to the station on ifc that
// has the address nextHop: at once if it is known, else as soon as it answers.
// It consumes buf. The error is of this packet only: ip.ErrNoMemory or that of
// the interface; a next hop that never answers is told through SetUnreachable.
//
// RFC 826 "Packet Generation"; RFC 894; RFC 1112 §6.4; RFC 1122 §2.3.2.2: the
// latest packet to an unresolved address is saved.
func (p *Protocol) Output(ifc *netif.Interface, buf *pbuf.Buf, nextHop netip.Addr) error {
	if !nextHop.Is4() {
		p.stats.BadNextHop++
		buf.Free()
		return ip.ErrHostUnknown
	}
	addr := number(nextHop)
	e := p.table.find(ifc, addr)
	if e == nil || e.state < Stable {
		return p.outputSlow(ifc, buf, e, addr)
	}
	if e.state == Stable && p.timers.Now().Sub(e.updated) >= p.cfg.RefreshUnicast {
		if p.expired(e) {
			return p.enqueue(e, buf)
		}
		p.refresh(e)
	}
	return p.emit(ifc, buf, e.hw)
}

// outputSlow is Output for what is not resolved: groups, and packets that have
// to wait. e may be nil.
func (p *Protocol) outputSlow(ifc *netif.Interface, buf *pbuf.Buf, e *entry, addr uint32) error {
	if e != nil {
		return p.enqueue(e, buf)
	}
	a := addrOf(addr)
	switch {
	case a.IsMulticast():
		return p.emit(ifc, buf, ethernet.Multicast(a))
	case addr == 0:
		p.stats.BadNextHop++
		buf.Free()
		return ip.ErrHostUnknown
	case ifc.IsBroadcast(a):
		return p.emit(ifc, buf, ethernet.Broadcast)
	case !ifc.Ready():
		return ifc.Output(buf) // counts and refuses it
	}
	if e = p.insert(ifc, addr); e == nil {
		p.stats.TableFull++
		buf.Free()
		return ip.ErrNoMemory
	}
	p.table.asked.append(e)
	p.ask(e)
	return p.enqueue(e, buf)
}

// emit puts the Ethernet header in front of buf and gives it to the interface.
// A block that somebody else looks at gets no header written into it: then the
// header is a block of its own.
func (p *Protocol) emit(ifc *netif.Interface, buf *pbuf.Buf, dst ethernet.Addr) error {
	var h []byte
	if buf.Writable() {
		h = buf.AddHeader(ethernet.HeaderLen)
	}
	if h == nil {
		head := ifc.Pool().AllocBytes(pbuf.RawTXRoom, ethernet.HeaderLen)
		if head == nil {
			p.stats.NoMemory++
			buf.Free()
			return ip.ErrNoMemory
		}
		head.Flags, head.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
		head.SetNext(buf)
		buf, h = head, head.Bytes()
	}
	ethernet.Put(h, dst, ifc.HWAddr(), ethernet.IPv4)
	return ifc.Output(buf)
}

// enqueue makes buf wait for e's answer; an expired e is asked anew.
func (p *Protocol) enqueue(e *entry, buf *pbuf.Buf) error {
	if e.state != Pending {
		e.moveTo(&p.table.asked)
		p.ask(e)
	}
	if len(e.queue) >= p.cfg.EntryQueue || p.queuedTotal >= p.cfg.TotalQueue {
		p.stats.QueueDropped++
		if p.cfg.RefuseNewest || len(e.queue) == 0 {
			buf.Free()
			return ip.ErrNoMemory
		}
		e.queue[0].Free()
		n := copy(e.queue, e.queue[1:])
		e.queue[n] = nil
		e.queue = e.queue[:n]
		p.queuedTotal--
	}
	buf, err := p.own(e.ifc.Pool(), buf)
	if err != nil {
		return err
	}
	if len(e.queue) == 0 {
		e.moveTo(&p.table.queued)
	}
	e.queue = append(e.queue, buf)
	p.queuedTotal++
	p.stats.Queued++
	return nil
}

// own returns buf, or a copy if some of it refers to bytes that the caller may
// change after the call. It consumes buf.
//
// lwIP: PBUF_NEEDS_COPY.
func (p *Protocol) own(pool *pbuf.Pool, buf *pbuf.Buf) (*pbuf.Buf, error) {
	foreign := false
	for b := buf; b != nil; b = b.Next() {
		foreign = foreign || b.Type() == pbuf.Reference
	}
	if !foreign {
		return buf, nil
	}
	c := pool.Alloc(pbuf.Link, buf.TotalLen(), pbuf.RAM)
	if c == nil {
		p.stats.NoMemory++
		buf.Free()
		return nil, ip.ErrNoMemory
	}
	to := c.Bytes()
	for b := buf; b != nil; b = b.Next() {
		to = to[copy(to, b.Bytes()):]
	}
	c.Flags, c.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
	buf.Free()
	return c, nil
}
