package ip6

import (
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// loopQueue is the packets of this host to itself that no loopback interface
// carries: copies of our own multicasts, and all of them if there is none. They
// come in when the running event is over, so that nothing is entered twice.
//
// lwIP: netif_loop_output, netif_poll.
type loopQueue struct {
	timer      timers.Timer
	waiting    []looped
	spare      []looped
	delivering bool // one of them is being received
}

type looped struct {
	ifc *netif.Interface
	buf *pbuf.Buf
}

// loopBack queues buf, which begins with the IPv6 header, to be received on ifc.
// It consumes buf.
func (p *Protocol) loopBack(ifc *netif.Interface, buf *pbuf.Buf) error {
	l := &p.loop
	if len(l.waiting) >= p.cfg.LoopQueue {
		p.drop(buf, &p.stats.LoopQueueFull)
		return ip.ErrQueueFull
	}
	buf.Flags &^= pbuf.LinkBroadcast | pbuf.LinkMulticast
	l.waiting = append(l.waiting, looped{ifc, buf})
	if !l.timer.Armed() {
		p.q.Arm(&l.timer, p.q.Now())
	}
	return nil
}

// loopCopy queues a copy of the multicast packet buf, which begins with its
// transport header and is being sent on ifc, if ifc listens to the group. It
// borrows buf.
func (p *Protocol) loopCopy(ifc *netif.Interface, buf *pbuf.Buf, h ip.Header) {
	if ifc.Flags().Has(netif.LoopbackFlag) || !p.inGroup(ifc, h.Dst) {
		return
	}
	c := p.pool.Clone(buf, pbuf.IP, pbuf.RAM)
	if c == nil {
		p.stats.NoMemory++
		return
	}
	c.Flags = pbuf.MulticastLoop
	c.SegmentSize = 0
	n := c.TotalLen()
	b := c.AddHeader(HeaderLen)
	p.writeHeader(b, h, ifc, h.Proto, n, 0)
	p.loopBack(ifc, c) // a full queue is counted there
}

// onLoop receives what was queued.
func (p *Protocol) onLoop() {
	l := &p.loop
	batch := l.waiting
	l.waiting, l.spare = l.spare[:0], nil
	l.delivering = true
	for i := range batch {
		x := batch[i]
		batch[i] = looped{}
		if x.buf != nil {
			p.Input(x.ifc, x.buf)
		}
	}
	l.delivering = false
	l.spare = batch
}

// onEvent forgets the packets for an interface that is gone, and what was cached
// of it.
func (p *Protocol) onEvent(ev netif.Event) {
	if ev.Kind != netif.Removed {
		return
	}
	p.seen = admission{}
	for i, x := range p.loop.waiting {
		if x.ifc == ev.Ifc {
			x.buf.Free()
			p.loop.waiting[i] = looped{}
		}
	}
	p.reass.removeInterface(ev.Ifc)
}
