package arp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
)

// expired reports whether e is an answer too old to be believed.
func (p *Protocol) expired(e *entry) bool {
	return e.state == Stable && p.timers.Now().Sub(e.updated) >= p.cfg.MaxAge
}

// ask makes e pending and sends the first question.
func (p *Protocol) ask(e *entry) {
	e.state, e.tries, e.hw = Pending, 0, ethernet.Addr{}
	p.askAgain(e)
}

func (p *Protocol) askAgain(e *entry) {
	e.tries++
	p.sendRequest(e.ifc, e.addr, ethernet.Broadcast)
	p.timers.ArmAfter(&e.timer, p.cfg.RetryInterval)
}

// onRetry runs one interval after each question that was not answered.
//
// RFC 1122 §2.3.2.1: at most one request a second.
func (p *Protocol) onRetry(e *entry) {
	if int(e.tries) < p.cfg.Tries {
		p.askAgain(e)
		return
	}
	ifc, failed := e.ifc, e.queue
	e.queue = nil
	p.queuedTotal -= len(failed)
	p.remove(e)
	p.stats.Unresolved++
	p.stats.UnresolvedDropped += uint64(len(failed))
	for _, buf := range failed {
		if p.unreachable != nil {
			p.unreachable(ifc, buf) // may send, and so ask for the same address
		}
		buf.Free()
	}
}

// refresh asks again about an answer in use that is about to expire: its owner
// alone at first, everybody when that did not help.
//
// RFC 1122 §2.3.2.1 (2) "unicast poll". lwIP: etharp_output_to_arp_index.
func (p *Protocol) refresh(e *entry) {
	now := p.timers.Now()
	if now.Sub(e.asked) < p.cfg.RefreshInterval {
		return
	}
	e.asked = now
	to := e.hw
	if now.Sub(e.updated) >= p.cfg.RefreshBroadcast {
		to = ethernet.Broadcast
	}
	p.sendRequest(e.ifc, e.addr, to)
}

// resolved gives e, pending or known, the address hw and sends what waited.
func (p *Protocol) resolved(e *entry, hw ethernet.Addr, s State) {
	p.timers.Stop(&e.timer)
	e.state, e.hw = s, hw
	e.updated, e.asked = p.timers.Now(), 0
	if s == Static {
		e.moveTo(&p.table.static)
	} else {
		e.moveTo(&p.table.stable)
	}
	for i, buf := range e.queue {
		e.queue[i] = nil
		p.emit(e.ifc, buf, hw) // the sender was told nil when it was queued
	}
	p.queuedTotal -= len(e.queue)
	e.queue = e.queue[:0]
}

// Query asks for addr on ifc, unless the answer is known or awaited.
//
// lwIP: etharp_query without a packet.
func (p *Protocol) Query(ifc *netif.Interface, addr netip.Addr) error {
	if !addr.Is4() || addr.IsUnspecified() || addr.IsMulticast() || ifc.IsBroadcast(addr) {
		return ip.ErrHostUnknown
	}
	if !ifc.Ready() {
		return netif.ErrDown
	}
	v := number(addr)
	e := p.table.find(ifc, v)
	switch {
	case e == nil:
		if e = p.insert(ifc, v); e == nil {
			p.stats.TableFull++
			return ip.ErrNoMemory
		}
		p.table.asked.append(e)
		p.ask(e)
	case p.expired(e):
		e.moveTo(&p.table.asked)
		p.ask(e)
	}
	return nil
}

// sendRequest asks on ifc who has addr.
func (p *Protocol) sendRequest(ifc *netif.Interface, addr uint32, to ethernet.Addr) {
	sender := uint32(0)
	if a := ifc.Addr4().Addr; a.IsValid() {
		sender = number(a)
	}
	p.send(ifc, to, Packet{Op: Request, SenderHW: ifc.HWAddr(), Sender: sender, Target: addr})
}

// send emits one ARP packet.
//
// RFC 3927 §2.5: a packet whose sender is a link-local address is broadcast,
// request or reply, so that conflicts are seen.
func (p *Protocol) send(ifc *netif.Interface, to ethernet.Addr, pkt Packet) error {
	if pkt.Sender>>16 == 0xa9fe {
		to = ethernet.Broadcast
	}
	buf := ifc.Pool().AllocBytes(0, ethernet.HeaderLen+PacketLen)
	if buf == nil {
		p.stats.NoMemory++
		return ip.ErrNoMemory
	}
	b := buf.Bytes()
	ethernet.Put(b, to, ifc.HWAddr(), ethernet.ARP)
	pkt.Put(b[ethernet.HeaderLen:])
	if pkt.Op == Reply {
		p.stats.Replies++
	} else {
		p.stats.Requests++
	}
	return ifc.Output(buf)
}
