package nd6

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// probe is the duplicate address detection of one address slot.
type probe struct {
	timer  timers.Timer
	active bool
	left   int
	nonce  [nonceOctets]byte
}

// probes reports whether addresses on ifc are probed for.
func (p *Protocol) probes(ifc *netif.Interface) bool {
	return p.cfg.DADAttempts > 0 && ifc.Flags().Has(netif.ND|netif.Multicast)
}

// newState returns the state in which an address begins.
func (p *Protocol) newState(ifc *netif.Interface) netif.State6 {
	if p.probes(ifc) {
		return netif.Tentative
	}
	return netif.Preferred
}

// startProbe begins duplicate address detection.
//
// RFC 4862 §5.4.2.
func (p *Protocol) startProbe(l *link, slot int) {
	d := &l.dad[slot]
	d.active, d.left = true, p.cfg.DADAttempts
	p.rand.Read(d.nonce[:])
	p.q.Arm(&d.timer, l.startAt)
}

func (p *Protocol) stopProbe(l *link, slot int) {
	l.dad[slot].active = false
	p.q.Stop(&l.dad[slot].timer)
}

// onProbe sends the next probe or, after the last went unanswered, takes the
// address into use.
//
// RFC 4862 §5.4: unique "after having sent DupAddrDetectTransmits Neighbor
// Solicitations" and waited RetransTimer.
func (p *Protocol) onProbe(l *link, slot int) {
	d := &l.dad[slot]
	a := &l.ifc.Addrs6()[slot]
	if d.left > 0 {
		d.left--
		l.ifc.CountAddr6Probe(slot)
		nonce := &d.nonce
		if p.cfg.NoNonce {
			nonce = nil
		}
		p.q.ArmAfter(&d.timer, l.retrans)
		p.sendProbe(l.ifc, a.Addr, nonce)
		return
	}
	d.active = false
	if a.State != netif.Tentative {
		return
	}
	if a.Auto && a.PreferredUntil <= p.q.Now() {
		l.ifc.SetAddr6State(slot, netif.Deprecated)
		return
	}
	l.ifc.SetAddr6State(slot, netif.Preferred)
}

// isOwnProbe reports whether a probe with these options is one we sent.
//
// RFC 7527 §4.2.
func (p *Protocol) isOwnProbe(l *link, slot int, opts options) bool {
	d := &l.dad[slot]
	opt := opts.find(optNonce)
	return d.active && len(opt) == nonceLen && [nonceOctets]byte(opt[2:]) == d.nonce
}

// probed handles somebody's probe for a tentative address: both want it, so
// neither gets it.
//
// RFC 4862 §5.4.3.
func (p *Protocol) probed(l *link, slot int, opts options) *uint64 {
	if p.isOwnProbe(l, slot, opts) {
		return &p.stats.LoopedProbe
	}
	p.duplicate(l, slot)
	return nil
}

// claimed handles an advertisement of an address of ours by somebody else.
//
// RFC 4862 §5.4.4. An address in use is not given up, lest a single forged
// message take it away; the conflict is counted.
func (p *Protocol) claimed(l *link, slot int) *uint64 {
	if l.dad[slot].active {
		p.duplicate(l, slot)
		return nil
	}
	return &p.stats.AddressConflict
}

// duplicate takes the address in slot out of use. A duplicated link-local
// address takes those made with the same identifier along, since they would
// collide too; one made by RFC 7217 is tried again with the next identifier.
//
// RFC 4862 §5.4.5, RFC 7217 §6.
func (p *Protocol) duplicate(l *link, slot int) {
	p.stats.Duplicates++
	p.stopProbe(l, slot)
	ifc := l.ifc
	addr := ifc.Addrs6()[slot].Addr
	if slot != 0 {
		ifc.SetAddr6State(slot, netif.Duplicated)
		return
	}
	if p.stable() && l.linkLocal && l.idTries < idTries && addr == p.linkLocalAddr(l) {
		l.idTries++
		ifc.SetAddr6State(0, netif.Invalid)
		p.addLinkLocal(l)
		return
	}
	ifc.SetAddr6State(0, netif.Duplicated)
	p.q.Stop(&l.rs)
	id := addr.As16()
	for i := 1; i < netif.MaxAddrs6; i++ {
		a := &ifc.Addrs6()[i]
		b := a.Addr.As16()
		if a.Auto && a.State == netif.Tentative && [8]byte(b[8:]) == [8]byte(id[8:]) {
			p.stopProbe(l, i)
			ifc.SetAddr6State(i, netif.Duplicated)
		}
	}
}
