package nd6

import (
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// link is what neighbor discovery keeps of one interface.
type link struct {
	p   *Protocol
	ifc *netif.Interface

	started   bool // Start was called
	linkLocal bool // a link-local address is wanted
	autoconf  bool // addresses are made from advertised prefixes
	up        bool
	idTries   byte // RFC 7217's DAD_Counter for the link-local address

	base      time.Duration // BaseReachableTime
	reachable time.Duration // ReachableTime
	retrans   time.Duration // RetransTimer
	hopLimit  uint8         // CurHopLimit; 0: not told

	startAt timers.Time // when the first messages may go out
	rs      timers.Timer
	rsLeft  int
	dad     [netif.MaxAddrs6]probe
}

// link returns the record of ifc, made when first asked for.
func (p *Protocol) link(ifc *netif.Interface) *link {
	i := ifc.Index()
	if i < len(p.links) && p.links[i] != nil && p.links[i].ifc == ifc {
		return p.links[i]
	}
	for len(p.links) <= i {
		p.links = append(p.links, nil)
	}
	l := &link{p: p, ifc: ifc, autoconf: p.cfg.Autoconf, retrans: p.cfg.RetransTimer}
	l.setReachable(p.cfg.ReachableTime)
	l.rs.Init(func() { p.onRS(l) })
	for slot := range l.dad {
		l.dad[slot].timer.Init(func() { p.onProbe(l, slot) })
	}
	p.links[i] = l
	return l
}

// setReachable sets the base reachable time and draws the reachable time from
// it.
//
// RFC 4861 §6.3.2, §6.3.4: uniformly between half and one and a half.
func (l *link) setReachable(base time.Duration) {
	l.base, l.reachable = base, base
	if !l.p.cfg.ExactReachableTime {
		l.reachable = base/2 + time.Duration(l.p.rand.Float64()*float64(base))
	}
}

// HopLimit returns the hop limit that a router on ifc's link recommended, or 0.
//
// RFC 4861 §6.3.4 (CurHopLimit).
func (p *Protocol) HopLimit(ifc *netif.Interface) uint8 { return p.link(ifc).hopLimit }

// onEvent follows what happens to interfaces.
func (p *Protocol) onEvent(ev netif.Event) {
	switch ev.Kind {
	case netif.Added:
		p.findLoop()
	case netif.Removed:
		p.goDown(p.link(ev.Ifc))
		p.links[ev.Ifc.Index()] = nil
		p.findLoop()
		p.forgetDestinations(ev.Ifc)
	case netif.StatusChanged, netif.LinkChanged:
		if l := p.link(ev.Ifc); ev.Ifc.Ready() {
			p.goUp(l)
		} else {
			p.goDown(l)
		}
	case netif.Addr6Changed, netif.Addr6State:
		l := p.link(ev.Ifc)
		p.stopProbe(l, ev.Slot)
		if ev.Ifc.Addrs6()[ev.Slot].State == netif.Tentative && l.up {
			p.startProbe(l, ev.Slot)
		}
	case netif.Addr4Changed:
		return
	}
	p.changed()
}

// findLoop looks up the loopback interface.
func (p *Protocol) findLoop() {
	p.loop = nil
	for _, ifc := range p.ifs.List() {
		if ifc.Flags().Has(netif.LoopbackFlag) {
			p.loop = ifc
			return
		}
	}
}

// Start lets ifc take part: while it is up, its tentative addresses are probed
// for and routers are looked for. linkLocal asks for a link-local address made
// from the hardware address. A link without addresses of its own (no ND flag)
// gets a random one; the loopback interface none.
//
// lwIP: netif_create_ip6_linklocal_address, netif_set_up.
func (p *Protocol) Start(ifc *netif.Interface, linkLocal bool) {
	l := p.link(ifc)
	l.started = true
	l.linkLocal = linkLocal && !ifc.Flags().Has(netif.LoopbackFlag)
	if ifc.Ready() {
		p.goUp(l)
	}
}

// SetAutoconf turns stateless address autoconfiguration on ifc on or off;
// addresses made so far stay until their lifetime ends.
//
// lwIP: netif_set_ip6_autoconfig_enabled.
func (p *Protocol) SetAutoconf(ifc *netif.Interface, on bool) { p.link(ifc).autoconf = on }

// goUp begins neighbor discovery: the link-local address, probes for all
// addresses, router solicitations. An address that was in use before the link
// went away is probed again without being taken out of use.
//
// RFC 4862 §5.3, §5.4; RFC 4861 §6.3.7.
func (p *Protocol) goUp(l *link) {
	if !l.started || l.up {
		return
	}
	l.up = true
	l.startAt = p.q.Now().Add(p.startDelay())
	if l.linkLocal && l.ifc.Addrs6()[0].State == netif.Invalid {
		p.addLinkLocal(l)
	}
	for slot := range l.dad {
		switch l.ifc.Addrs6()[slot].State {
		case netif.Invalid:
		case netif.Duplicated:
			l.ifc.SetAddr6State(slot, p.newState(l.ifc))
		case netif.Tentative, netif.Preferred, netif.Deprecated:
			if !l.dad[slot].active && p.probes(l.ifc) {
				p.startProbe(l, slot)
			}
		}
	}
	if p.solicitsRouters(l) {
		l.rsLeft = maxRtrSolicitations
		p.q.Arm(&l.rs, l.startAt)
	}
}

// startDelay returns how long to wait before the first message on a link.
func (p *Protocol) startDelay() time.Duration {
	switch d := p.cfg.StartDelay; {
	case d < 0:
		return 0
	case d > 0:
		return d
	}
	return time.Duration(p.rand.Float64() * float64(maxRtrSolicitDelay))
}

// goDown ends neighbor discovery and forgets what was learned on the link.
// Addresses stay; packets that wait are dropped.
//
// lwIP: nd6_cleanup_netif.
func (p *Protocol) goDown(l *link) {
	l.up = false
	p.q.Remove(&l.rs)
	for slot := range l.dad {
		p.stopProbe(l, slot)
		p.q.Remove(&l.dad[slot].timer)
	}
	for i := len(p.neighbors) - 1; i >= 0; i-- {
		if n := p.neighbors[i]; n.ifc == l.ifc && (!n.static || !p.present(l.ifc)) {
			p.forget(n)
		}
	}
	p.forgetLearned(l.ifc)
	l.hopLimit, l.retrans = 0, p.cfg.RetransTimer
	l.setReachable(p.cfg.ReachableTime)
	l.ifc.SetMTU6(l.ifc.MTU())
	p.armLifetime()
}

// present reports whether ifc is still in the list of interfaces.
func (p *Protocol) present(ifc *netif.Interface) bool {
	for _, x := range p.ifs.List() {
		if x == ifc {
			return true
		}
	}
	return false
}
