package raw

import "github.com/golwip/lwip/netif"

// interfaceEvent moves endpoints bound to an IPv4 address that was replaced to
// the new one, and forgets a removed interface.
//
// lwIP: raw_netif_ip_addr_changed.
func (p *Protocol) interfaceEvent(ev netif.Event) {
	switch ev.Kind {
	case netif.Addr4Changed:
		if !ev.OldAddr.IsValid() || !ev.NewAddr.IsValid() || ev.OldAddr == ev.NewAddr ||
			p.net4 == nil || p.net4.Owner(ev.OldAddr) != nil {
			return
		}
		p.each(func(q *PCB) {
			if q.local == ev.OldAddr && (q.ifc == nil || q.ifc == ev.Ifc) {
				q.local = ev.NewAddr
			}
		})
	case netif.Removed:
		p.each(func(q *PCB) {
			if q.mifc == ev.Ifc {
				q.mifc = nil
			}
		})
	case netif.Added, netif.StatusChanged, netif.LinkChanged, netif.Addr6Changed, netif.Addr6State:
	}
}

// each calls f for every endpoint.
func (p *Protocol) each(f func(*PCB)) {
	for _, q := range p.heads {
		for ; q != nil; q = q.next {
			f(q)
		}
	}
}
