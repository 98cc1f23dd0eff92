package nd6

import "github.com/golwip/lwip/netif"

// inputNS handles a neighbor solicitation.
//
// RFC 4861 §7.1.1, §7.2.3, §7.2.4; RFC 4862 §5.4.3.
func (p *Protocol) inputNS(m message) *uint64 {
	ifc, target := m.link.ifc, m.target()
	hw, hasHW, ok := m.opts.llAddr(optSourceLL)
	switch {
	case target.IsMulticast() || target.IsUnspecified():
		return &p.stats.BadTarget
	case !ok:
		return &p.stats.BadOption
	case m.src.IsUnspecified() && hasHW:
		return &p.stats.BadOption
	case m.src.IsUnspecified() && m.dst != SolicitedNode(target):
		return &p.stats.BadDestination
	case m.src.IsMulticast():
		return &p.stats.BadSource
	}
	p.stats.InNS++
	slot := ifc.FindAddr6(target)
	if slot < 0 {
		return &p.stats.NotForUs
	}
	switch ifc.Addrs6()[slot].State {
	case netif.Invalid, netif.Duplicated:
		return &p.stats.NotForUs
	case netif.Tentative:
		if !m.src.IsUnspecified() {
			return &p.stats.TentativeTarget
		}
		return p.probed(m.link, slot, m.opts)
	case netif.Preferred, netif.Deprecated:
	}
	if m.src.IsUnspecified() {
		if p.isOwnProbe(m.link, slot, m.opts) {
			return &p.stats.LoopedProbe
		}
		p.sendNA(ifc, allNodes, target, naOverride, hw)
		return nil
	}
	if ifc.Owns(m.src) {
		return &p.stats.BadSource
	}
	if hasHW {
		p.learn(ifc, m.src, hw)
	} else if p.find(ifc, m.src) == nil && p.add(ifc, m.src, heard) == nil {
		return &p.stats.NeighborsFull
	}
	p.sendNA(ifc, m.src, target, naSolicited|naOverride, hw)
	return nil
}

// inputNA handles a neighbor advertisement.
//
// RFC 4861 §7.1.2, §7.2.5; RFC 4862 §5.4.4.
func (p *Protocol) inputNA(m message) *uint64 {
	ifc, target, flags := m.link.ifc, m.target(), m.body[4]
	hw, hasHW, ok := m.opts.llAddr(optTargetLL)
	switch {
	case target.IsMulticast() || target.IsUnspecified():
		return &p.stats.BadTarget
	case !ok:
		return &p.stats.BadOption
	case m.dst.IsMulticast() && flags&naSolicited != 0:
		return &p.stats.BadDestination
	case m.src.IsMulticast() || m.src.IsUnspecified():
		return &p.stats.BadSource
	}
	p.stats.InNA++
	if slot := ifc.FindAddr6(target); slot >= 0 {
		return p.claimed(m.link, slot)
	}
	n := p.find(ifc, target)
	if n == nil || n.state == None {
		return &p.stats.Unsolicited
	}
	if n.static {
		return nil
	}
	p.advertised(n, flags, hw.IsZero() || !hasHW, m)
	return nil
}

// advertised updates n by an advertisement about it; bare says that it carries
// no link-layer address.
//
// RFC 4861 §7.2.5 and the table of appendix C.
func (p *Protocol) advertised(n *neighbor, flags byte, bare bool, m message) {
	hw, _, _ := m.opts.llAddr(optTargetLL)
	solicited := flags&naSolicited != 0
	if n.state == Incomplete {
		if bare {
			return
		}
		n.hw = hw
		if solicited {
			p.setState(n, Reachable)
		} else {
			p.setState(n, Stale)
			p.setState(n, Delay) // what waits is a use
		}
		p.setRouter(n, flags&naRouter != 0)
		p.flush(n)
		return
	}
	differs := !bare && hw != n.hw
	if differs && flags&naOverride == 0 {
		if n.state == Reachable {
			p.setState(n, Stale)
		}
		return
	}
	if differs {
		n.hw = hw
	}
	switch {
	case solicited:
		p.setState(n, Reachable)
	case differs:
		p.setState(n, Stale)
	}
	p.setRouter(n, flags&naRouter != 0)
}

// setRouter records whether n says it is a router. One that ceases to be loses
// its place among the default routers.
//
// RFC 4861 §7.2.5, §7.3.3.
func (p *Protocol) setRouter(n *neighbor, is bool) {
	if n.router == is {
		return
	}
	n.router = is
	if !is {
		p.removeRouter(n.ifc, n.addr)
		p.changed()
	}
}

// inputRS handles a router solicitation, which hosts ignore.
//
// RFC 4861 §6.1.1, §6.2.6.
func (p *Protocol) inputRS(m message) *uint64 {
	hw, hasHW, ok := m.opts.llAddr(optSourceLL)
	if !ok || hasHW && m.src.IsUnspecified() {
		return &p.stats.BadOption
	}
	p.stats.InRS++
	if !m.link.ifc.Flags().Has(netif.Forwarding) {
		return &p.stats.NotForHosts
	}
	if hasHW {
		p.learn(m.link.ifc, m.src, hw)
	}
	return nil
}
