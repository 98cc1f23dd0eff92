package arp

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
)

// Probe asks whether anybody uses addr, an IPv4 address, without claiming it: the sender's
// address is 0.0.0.0, so that no cache is touched.
//
// RFC 5227 §2.1.1. lwIP: etharp_acd_probe.
func (p *Protocol) Probe(ifc *netif.Interface, addr netip.Addr) error {
	return p.send(ifc, ethernet.Broadcast, Packet{Op: Request, SenderHW: ifc.HWAddr(), Target: number(addr)})
}

// Announce claims addr, an IPv4 address: a request for it from itself, by which every cache that
// knows it learns our station.
//
// RFC 5227 §2.3; RFC 826. lwIP: etharp_acd_announce, etharp_gratuitous.
func (p *Protocol) Announce(ifc *netif.Interface, addr netip.Addr) error {
	v := number(addr)
	return p.send(ifc, ethernet.Broadcast, Packet{Op: Request, SenderHW: ifc.HWAddr(), Sender: v, Target: v})
}

// announceAddress sends a gratuitous ARP for the address of ifc, if it has one
// and can send, and sees to the periodic ones.
func (p *Protocol) announceAddress(ifc *netif.Interface) {
	a := ifc.Addr4().Addr
	if !a.IsValid() || !ifc.Ready() || !ifc.Flags().Has(netif.ARP) {
		return
	}
	p.Announce(ifc, a)
	if p.cfg.GratuitousInterval > 0 && !p.gratuitous.Armed() {
		p.timers.ArmAfter(&p.gratuitous, p.cfg.GratuitousInterval)
	}
}

// onGratuitous announces every address again. The timer stays armed only while
// there is one.
//
// ESP-IDF: garp_tmr.
func (p *Protocol) onGratuitous() {
	for _, ifc := range p.ifs.List() {
		p.announceAddress(ifc)
	}
}
