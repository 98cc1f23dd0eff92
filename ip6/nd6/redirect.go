package nd6

import "net/netip"

// inputRedirect handles a redirect: a router's advice of a better first hop.
//
//	 0      1      2          4          8        24            40
//	┌──────┬──────┬──────────┬──────────┬────────┬─────────────┬─────────
//	│ 137  │ 0    │ checksum │ reserved │ target │ destination │ options
//	└──────┴──────┴──────────┴──────────┴────────┴─────────────┴─────────
//
// RFC 4861 §8.1, §8.3: only the current first hop of the destination may
// redirect it. lwIP does not check that; we do.
func (p *Protocol) inputRedirect(m message) *uint64 {
	ifc, target := m.link.ifc, m.target()
	dst := netip.AddrFrom16([16]byte(m.body[24:40]))
	hw, hasHW, ok := m.opts.llAddr(optTargetLL)
	switch {
	case !m.src.IsLinkLocalUnicast():
		return &p.stats.BadSource
	case !ok:
		return &p.stats.BadOption
	case dst.IsMulticast() || dst.IsUnspecified() || dst.IsLinkLocalUnicast():
		return &p.stats.BadDestination
	case target != dst && !target.IsLinkLocalUnicast() || ifc.Owns(target):
		return &p.stats.BadTarget
	case m.dst.IsMulticast() || p.cfg.NoRedirects:
		return &p.stats.RedirectRejected
	}
	p.stats.InRedirect++
	found := false
	for _, k := range [...]key{makeKey(nil, dst), makeKey(ifc, dst)} {
		d := p.dests[k]
		if d == nil || d.gen != p.gen || d.Ifc != ifc || d.NextHop != m.src {
			continue
		}
		d.NextHop, found = target, true
	}
	if !found {
		return &p.stats.RedirectRejected
	}
	n := p.find(ifc, target)
	if hasHW {
		n = p.learn(ifc, target, hw)
	}
	if n != nil && !n.static {
		n.hop = true
		n.router = n.router || target != dst
	}
	return nil
}
