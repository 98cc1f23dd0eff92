package udp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

var (
	unspecified4 = netip.IPv4Unspecified()
	unspecified6 = netip.IPv6Unspecified()
)

// unspecified returns "any address" of a's family.
func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return unspecified4
	}
	return unspecified6
}

// lookup returns the PCB that gets a unicast datagram from src to dst, received
// on ifc, or nil. The most specific wins:
//
//  1. connected to src, bound to dst
//  2. connected to src, bound to any address
//  3. not connected, bound to dst
//  4. not connected, bound to any address of the family
//  5. for IPv4: not connected, bound to [::] without V6Only
//
// and among equals the one bound to the interface.
func (p *Protocol) lookup(dst, src netip.AddrPort, ifc *netif.Interface) *PCB {
	f := &p.found
	if f.pcb != nil && f.src == src && f.dst == dst && f.ifc == ifc {
		return f.pcb
	}
	q := p.search(dst, src, ifc)
	*f = found{q, dst, src, ifc}
	return q
}

// found is the answer of a lookup. Datagrams of one flow come in a row, so the
// last answer is kept until a PCB changes what it wants: PCB.forgetWays.
type found struct {
	pcb      *PCB
	dst, src netip.AddrPort
	ifc      *netif.Interface
}

// search is lookup in the table.
func (p *Protocol) search(dst, src netip.AddrPort, ifc *netif.Interface) *PCB {
	t := &p.table
	var none netip.AddrPort
	if t.kinds[flowExact] > 0 {
		h := t.hash(dst.Addr(), dst.Port(), src.Addr(), src.Port())
		if g := t.find(h, dst, src, ifc, false); g != nil {
			return g.choose(t, dst, src)
		}
	}
	if t.kinds[flowAny] > 0 {
		local := netip.AddrPortFrom(unspecified(dst.Addr()), dst.Port())
		h := t.hash(local.Addr(), local.Port(), src.Addr(), src.Port())
		if g := t.find(h, local, src, ifc, false); g != nil {
			return g.choose(t, dst, src)
		}
	}
	if t.kinds[boundExact] > 0 {
		h := t.hash(dst.Addr(), dst.Port(), netip.Addr{}, 0)
		if g := t.find(h, dst, none, ifc, false); g != nil {
			return g.choose(t, dst, src)
		}
	}
	is4 := dst.Addr().Is4()
	if is4 && t.kinds[any4] > 0 {
		local := netip.AddrPortFrom(unspecified4, dst.Port())
		h := t.hash(unspecified4, dst.Port(), netip.Addr{}, 0)
		if g := t.find(h, local, none, ifc, false); g != nil {
			return g.choose(t, dst, src)
		}
	}
	if t.kinds[any6] > 0 {
		local := netip.AddrPortFrom(unspecified6, dst.Port())
		h := t.hash(unspecified6, dst.Port(), netip.Addr{}, 0)
		if g := t.find(h, local, none, ifc, is4); g != nil {
			return g.choose(t, dst, src)
		}
	}
	return nil
}

// choose returns the group's member for the flow.
func (g *group) choose(t *table, dst, src netip.AddrPort) *PCB {
	if len(g.pcbs) == 1 {
		return g.pcbs[0]
	}
	return g.pick(t.hash(dst.Addr(), dst.Port(), src.Addr(), src.Port()))
}

// collect appends to list the PCBs that get a broadcast or multicast datagram,
// the most specific last: it gets the original. Others get theirs only if they
// and the most specific one share the port by ReuseAddr or ReusePort.
//
// RFC 1122 §3.3.6; lwIP: udp_input with SO_REUSE_RXTOALL.
func (p *Protocol) collect(list []*PCB, dst, src netip.AddrPort, info *ip.Info) []*PCB {
	var best *PCB
	for q := p.ports[dst.Port()]; q != nil; q = q.portNext {
		if !p.wants(q, dst, src, info) {
			continue
		}
		switch {
		case best == nil:
			best = q
		case q.moreSpecific(best):
			list = append(list, best)
			best = q
		default:
			list = append(list, q)
		}
	}
	if best == nil {
		return list
	}
	if p.cfg.FirstMatchOnly || !best.opts.any(ReuseAddr|ReusePort) {
		list = list[:0]
	}
	n := 0
	for _, q := range list {
		if q.opts.any(ReuseAddr | ReusePort) {
			list[n] = q
			n++
		}
	}
	return append(list[:n], best)
}

// wants reports whether q takes a broadcast or multicast datagram on its port.
func (p *Protocol) wants(q *PCB, dst, src netip.AddrPort, info *ip.Info) bool {
	k := &q.group.key
	if k.ifc != nil && k.ifc != info.Ifc || k.remote.IsValid() && k.remote != src {
		return false
	}
	a := k.local.Addr()
	switch {
	case a == dst.Addr():
		return true
	case a.IsUnspecified():
		return a.Is4() == dst.Addr().Is4() || k.dual
	case p.cfg.BroadcastToBound && info.Broadcast:
		return info.Ifc.Owns(a)
	}
	return false
}

// moreSpecific orders PCBs that want the same datagram as lookup does.
func (p *PCB) moreSpecific(q *PCB) bool {
	a, b := p.group, q.group
	if ka, kb := a.kind(), b.kind(); ka != kb {
		return ka < kb
	}
	return a.specificity() > b.specificity()
}
