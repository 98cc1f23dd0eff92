package arp

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
)

// Conflict tells that another station uses, or wants to use, an address.
type Conflict struct {
	Ifc  *netif.Interface
	Addr netip.Addr
	HW   ethernet.Addr // the other station
	Op   Op
	// Probing says that the other station is only asking whether the address is
	// free (RFC 5227 §1.1 "ARP Probe"): a conflict while we are probing too, not
	// once the address is ours.
	Probing bool
}

// Watch is somebody's interest in conflicts about one address.
type Watch struct {
	p        *Protocol
	ifc      *netif.Interface
	addr     uint32
	conflict func(Conflict)
}

// Watch calls f for each ARP packet of another station that claims addr, an IPv4
// address, on ifc, or probes it, until Stop. addr need not be ours yet. Who watches an address
// of ours also defends it (Announce) or gives it up: the default defence then
// keeps quiet.
//
// RFC 5227 §2.1.1, §2.4. lwIP: acd_arp_reply.
func (p *Protocol) Watch(ifc *netif.Interface, addr netip.Addr, f func(Conflict)) *Watch {
	w := &Watch{p: p, ifc: ifc, addr: number(addr), conflict: f}
	p.watches = append(p.watches, w)
	return w
}

// Stop ends the watch. It may be called from the watch's own function.
func (w *Watch) Stop() {
	for i, x := range w.p.watches {
		if x == w {
			w.p.watches = append(w.p.watches[:i:i], w.p.watches[i+1:]...)
			return
		}
	}
}

// unwatch ends the watches on an interface that is gone.
func (p *Protocol) unwatch(ifc *netif.Interface) {
	var keep []*Watch
	for _, w := range p.watches {
		if w.ifc != ifc {
			keep = append(keep, w)
		}
	}
	p.watches = keep
}

// checkConflict tells the watchers of the packet's sender, or of its target if
// it is a probe, and defends an address of ours that nobody watches. It reports
// whether the packet is our own or claims our address: then it teaches nothing
// and is not answered.
func (p *Protocol) checkConflict(ifc *netif.Interface, pkt *Packet) bool {
	if pkt.SenderHW == ifc.HWAddr() {
		p.stats.OwnEcho++
		return true
	}
	addr, probing := pkt.Sender, false
	if addr == 0 {
		if pkt.Op != Request {
			return false
		}
		addr, probing = pkt.Target, true
	}
	c := Conflict{Ifc: ifc, HW: pkt.SenderHW, Op: pkt.Op, Probing: probing}
	watched := false
	for _, w := range p.watches { // Stop makes a new slice: this one stays whole
		if w.ifc == ifc && w.addr == addr {
			watched = true
			c.Addr = addrOf(addr)
			w.conflict(c)
		}
	}
	own := ifc.Addr4().Addr
	claims := !probing && own.IsValid() && addr == number(own)
	if watched || claims {
		p.stats.Conflicts++
	}
	if claims && !watched {
		p.defend(ifc)
	}
	return claims
}

// defend announces our address once, unless that was done a moment ago.
//
// RFC 5227 §2.4 (b), (c): the address is kept, and not more than one
// announcement is sent per DEFEND_INTERVAL.
func (p *Protocol) defend(ifc *netif.Interface) {
	now := p.timers.Now()
	if last, ok := p.defences[ifc]; p.cfg.DefendInterval < 0 || ok && now.Sub(last) < p.cfg.DefendInterval {
		return
	}
	p.defences[ifc] = now
	p.Announce(ifc, ifc.Addr4().Addr)
}
