package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// Destination is an entry of the destination cache: where packets to one
// address go next. It is valid until the next call into this package.
//
// RFC 4861 §5.1.
type Destination struct {
	Ifc     *netif.Interface
	NextHop netip.Addr
	// Local says that the destination is an address of this host and no loopback
	// interface carries packets to it.
	Local bool
	// Source and Tag belong to package ip6, which keeps there what it derived
	// from the entry. Source is cleared when routing changes; Tag is zero in a
	// new entry.
	Source netip.Addr
	Tag    uint64

	addr     netip.Addr
	via      *netif.Interface
	gen      uint32
	used     bool
	pmtu     int // 0: the link's
	pmtuEnds timers.Time
}

// Lookup returns the way to dst, through via if that is not nil, or nil if there
// is none. A link-local or multicast dst needs via.
//
// RFC 4861 §5.2. lwIP: ip6_route, nd6_get_next_hop_entry.
func (p *Protocol) Lookup(dst netip.Addr, via *netif.Interface) *Destination {
	d := p.lastDest
	if d.addr == dst && d.via == via && d.gen == p.gen {
		return d
	}
	return p.lookupSlow(dst, via)
}

func (p *Protocol) lookupSlow(dst netip.Addr, via *netif.Interface) *Destination {
	k := makeKey(via, dst)
	d := p.dests[k]
	if d == nil || d.gen != p.gen {
		ifc, hop, ok := p.resolve(dst, via)
		if !ok {
			return nil
		}
		local := hop == dst && ifc != p.loop && ifc.Owns(dst)
		if d == nil {
			d = p.newDestination(k)
			d.addr, d.via = dst, via
		}
		d.Ifc, d.NextHop, d.Local, d.Source = ifc, hop, local, netip.Addr{}
		d.gen = p.gen
	}
	d.used = true
	p.lastDest = d
	return d
}

// newDestination returns an empty entry under k. When the cache is full it takes
// the place of one not used lately (second chance, at most evictionScan looks).
func (p *Protocol) newDestination(k key) *Destination {
	if len(p.destList) < p.cfg.Destinations {
		d := new(Destination)
		p.destList = append(p.destList, d)
		p.dests[k] = d
		return d
	}
	var d *Destination
	for range evictionScan {
		p.destHand = (p.destHand + 1) % len(p.destList)
		d = p.destList[p.destHand]
		if !d.used {
			break
		}
		d.used = false
	}
	delete(p.dests, makeKey(d.via, d.addr))
	*d = Destination{}
	p.dests[k] = d
	return d
}

// forgetDestinations drops the entries that name ifc, which is gone: its index
// may be another's tomorrow.
func (p *Protocol) forgetDestinations(ifc *netif.Interface) {
	for i := len(p.destList) - 1; i >= 0; i-- {
		d := p.destList[i]
		if d.via != ifc && d.Ifc != ifc {
			continue
		}
		delete(p.dests, key{d.addr.As16(), viaIndex(d.via)})
		end := len(p.destList) - 1
		p.destList[i] = p.destList[end]
		p.destList[end] = nil
		p.destList = p.destList[:end]
	}
	p.lastDest = new(Destination)
}

func viaIndex(via *netif.Interface) uint32 {
	if via == nil {
		return 0
	}
	return uint32(via.Index())
}

// MTU returns the largest packet in bytes that the path to d is known to carry.
//
// RFC 8201 §4, §5.2: a lowered value is forgotten after a while.
func (p *Protocol) MTU(d *Destination) int {
	if d.Local {
		return pbuf.MaxLen
	}
	mtu := d.Ifc.MTU6()
	if d.pmtu != 0 && d.pmtu < mtu {
		if p.q.Now() < d.pmtuEnds {
			return d.pmtu
		}
		d.pmtu = 0
	}
	return mtu
}

// LowerMTU records that the path to dst carries no more than mtu bytes, as a
// router told on ifc, and reports whether that was news. Only destinations that
// something was sent to are updated, and no value below 1280 is believed.
//
// RFC 8201 §4.
func (p *Protocol) LowerMTU(dst netip.Addr, ifc *netif.Interface, mtu int) bool {
	if mtu < minMTU {
		return false
	}
	news := false
	for _, k := range [...]key{makeKey(nil, dst), makeKey(ifc, dst)} {
		d := p.dests[k]
		if d == nil || d.gen != p.gen || mtu >= p.MTU(d) {
			continue
		}
		d.pmtu, d.pmtuEnds = mtu, p.q.Now().Add(p.cfg.PathMTULifetime)
		news = true
	}
	return news
}

// resolve determines the next hop: the loopback interface for an address of our
// own, the destination itself if it is on the link, else the gateway of the
// longest matching route, else a default router. A link without neighbors
// carries whatever else there is.
//
// RFC 4861 §5.2, RFC 5942 §4, RFC 4191 §3.2.
func (p *Protocol) resolve(dst netip.Addr, via *netif.Interface) (*netif.Interface, netip.Addr, bool) {
	local := dst.IsLinkLocalUnicast() || dst.IsMulticast()
	if own := p.owner(dst, via); own != nil {
		if p.loop != nil && p.loop.Ready() {
			own = p.loop
		}
		return own, dst, true
	}
	if dst.IsLoopback() || dst.IsUnspecified() || !dst.Is6() {
		return nil, dst, false
	}
	if local {
		return via, dst, via != nil && via.Ready()
	}
	ifc, hop, bits := p.match(dst, via)
	if ifc != nil && bits > 0 {
		return ifc, hop, true
	}
	if p.cfg.Gateway != nil {
		out := via
		if out == nil {
			out = p.ifs.Default()
		}
		if out != nil && out.Ready() {
			if gw := p.cfg.Gateway(out, dst); gw.IsValid() {
				return out, gw, true
			}
		}
	}
	if r := p.pickRouter(via); r != nil {
		return r.ifc, r.addr, true
	}
	if ifc != nil {
		return ifc, hop, true
	}
	out := via
	if out == nil {
		out = p.ifs.Default()
	}
	if out != nil && out.Ready() && !out.Flags().Has(netif.ND) && !out.Flags().Has(netif.LoopbackFlag) {
		return out, dst, true
	}
	return nil, dst, false
}

// owner returns the interface that dst, as seen through via, is an address of,
// or nil. A link-local one is so on its own link only.
func (p *Protocol) owner(dst netip.Addr, via *netif.Interface) *netif.Interface {
	for _, ifc := range p.ifs.List() {
		if !ifc.Owns(dst) {
			continue
		}
		if !dst.IsLinkLocalUnicast() || via == nil || via == ifc || via == p.loop {
			return ifc
		}
	}
	return nil
}

// match returns the longest matching on-link prefix or route to dst, and its
// length; on-link wins over a gateway, then preference decides.
func (p *Protocol) match(dst netip.Addr, via *netif.Interface) (ifc *netif.Interface, hop netip.Addr, bits int) {
	bits = -1
	for _, x := range p.ifs.List() {
		if via != nil && x != via || !x.Ready() {
			continue
		}
		for i := range x.Addrs6() {
			a := &x.Addrs6()[i]
			if a.State.Valid() && a.Bits < 128 && a.Bits > bits && a.Prefix().Contains(dst) {
				ifc, hop, bits = x, dst, a.Bits
			}
		}
	}
	now := p.q.Now()
	for i := range p.prefixes {
		x := &p.prefixes[i]
		if (via == nil || x.ifc == via) && x.ifc.Ready() && now < x.until && x.prefix.Bits() > bits && x.prefix.Contains(dst) {
			ifc, hop, bits = x.ifc, dst, x.prefix.Bits()
		}
	}
	var best *route
	for i := range p.routes {
		r := &p.routes[i]
		if via != nil && r.ifc != via || !r.ifc.Ready() || now >= r.until || r.prefix.Bits() <= bits || !r.prefix.Contains(dst) {
			continue
		}
		if best == nil || r.prefix.Bits() > best.prefix.Bits() ||
			r.prefix.Bits() == best.prefix.Bits() && p.betterRoute(r, best) {
			best = r
		}
	}
	if best != nil {
		ifc, hop, bits = best.ifc, best.gateway, best.prefix.Bits()
		if !hop.IsValid() {
			hop = dst
		}
	}
	return ifc, hop, bits
}

// betterRoute compares two routes of the same length.
func (p *Protocol) betterRoute(a, b *route) bool {
	ra, rb := p.routeReachable(a), p.routeReachable(b)
	if ra != rb {
		return ra
	}
	return a.pref > b.pref
}

func (p *Protocol) routeReachable(r *route) bool {
	return !r.gateway.IsValid() || p.maybeReachable(r.ifc, r.gateway)
}
