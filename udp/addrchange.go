package udp

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// interfaceEvent follows what happens to interfaces and their addresses: endpoints bound to an address that was
// replaced move to the new one, and those whose address was chosen by Connect
// lose it with the address.
//
// lwIP: udp_netif_ip_addr_changed, which only does the second.
func (u *Protocol) interfaceEvent(ev netif.Event) {
	switch ev.Kind {
	case netif.Addr4Changed:
		if ev.OldAddr.IsValid() && ev.OldAddr != ev.NewAddr {
			u.addrGone(ev.Ifc, ev.OldAddr, ev.NewAddr)
		}
	case netif.Addr6Changed:
		if ev.OldAddr.IsValid() && !ev.NewAddr.IsValid() {
			u.addrGone(ev.Ifc, ev.OldAddr, netip.Addr{})
		}
	case netif.Removed:
		u.interfaceGone(ev.Ifc)
	case netif.Added, netif.StatusChanged, netif.LinkChanged, netif.Addr6State:
	}
}

// addrGone handles the loss of address old of ifc, replaced by new if that is
// valid. An endpoint bound to old with no replacement keeps it: it works again
// when the address comes back, and sending fails meanwhile.
func (u *Protocol) addrGone(ifc *netif.Interface, old, new netip.Addr) {
	if n := u.network(old); n == nil || n.Owner(old) != nil {
		return // another interface still has it
	}
	for _, p := range u.pcbs {
		if p.group == nil || p.local.Addr() != old || p.ifc != nil && p.ifc != ifc {
			continue
		}
		to := new
		if p.bound == old && new.IsValid() {
			p.bound = new
		}
		if !to.IsValid() {
			to = p.bound
		}
		p.local = netip.AddrPortFrom(to, p.local.Port())
		p.rekey()
	}
}

// interfaceGone forgets where multicast and link-local peers were. An endpoint
// bound to the interface stays bound to it, and reaches nobody.
func (u *Protocol) interfaceGone(ifc *netif.Interface) {
	if f := u.forwarders[ifc]; f != nil {
		f.Close()
	}
	for _, p := range u.pcbs {
		if p.mifc == ifc {
			p.mifc = nil
		}
	}
}
