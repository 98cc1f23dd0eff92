package ip4

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

func (l *loopQueue) init(p *Protocol) { l.timer.Init(p.onLoop) }

// loopBack queues buf, which begins with the IP header, to be received on ifc.
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
		p.timers.Arm(&l.timer, p.timers.Now())
	}
	return nil
}

func (p *Protocol) onLoop() {
	l := &p.loop
	batch := l.waiting
	l.waiting, l.spare = l.spare[:0], nil
	l.delivering = true
	for i := range batch {
		ifc, buf := batch[i].ifc, batch[i].buf
		batch[i] = looped{}
		if buf == nil {
			continue
		}
		p.Input(ifc, buf)
	}
	l.delivering = false
	l.spare = batch
}

// removeInterface forgets the packets for ifc.
func (l *loopQueue) removeInterface(ifc *netif.Interface) {
	for i := range l.waiting {
		if l.waiting[i].ifc == ifc {
			l.waiting[i].buf.Free()
			l.waiting[i] = looped{}
		}
	}
}
