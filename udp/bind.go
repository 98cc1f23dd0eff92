package udp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

// Bind gives the endpoint a local address and port. An unspecified address
// means any of its family; [::] without V6Only also means any IPv4 address, and
// an invalid one any address at all. Port 0 chooses an ephemeral port. ifc, if
// not nil, binds to the interface as BindInterface does. An endpoint that is
// bound is bound anew; one that is connected stays so.
//
// Errors: ErrInUse, ErrNoPort, ErrNoAddress if the address is not the stack's
// (but see Config.FreeBind), ip.ErrFamily, ErrClosed.
//
// lwIP: udp_bind, udp_bind_netif.
func (p *PCB) Bind(local netip.AddrPort, ifc *netif.Interface) error {
	u := p.proto
	if u == nil {
		return ErrClosed
	}
	addr, err := u.bindAddr(local.Addr(), p.opts)
	if err != nil {
		return err
	}
	if !p.mayTalk(addr, p.remote.Addr()) {
		return ip.ErrFamily
	}
	if ifc == nil {
		ifc = p.ifc
	}
	owner := u.owner(addr, ifc)
	if owner == nil && !addr.IsUnspecified() && !u.cfg.FreeBind {
		return ErrNoAddress
	}
	if ifc == nil && addr.IsLinkLocalUnicast() && addr.Is6() {
		ifc = owner // RFC 4007 §6: the address means something on its link only
	}
	port := local.Port()
	if port == 0 {
		if port = u.eph.Choose(addr, p.remote, func(port uint16) bool {
			return u.conflict(p, addr, port, ifc, 0) == nil
		}); port == 0 {
			return ErrNoPort
		}
	} else if u.conflict(p, addr, port, ifc, p.opts) != nil {
		return ErrInUse
	}
	p.unlink()
	p.bound, p.ifc = addr, ifc
	p.fromBound = !addr.IsUnspecified() && !addr.IsMulticast() && !u.isBroadcast(addr)
	p.local = netip.AddrPortFrom(addr, port)
	p.link()
	return nil
}

// bindAddr returns the address that a Bind to a means.
func (u *Protocol) bindAddr(a netip.Addr, opts Option) (netip.Addr, error) {
	if !a.IsValid() {
		a = unspecified6
		if u.net6 == nil && !opts.has(V6Only) {
			a = unspecified4
		}
	}
	a = a.Unmap().WithZone("")
	if u.network(a) == nil {
		return a, ip.ErrFamily
	}
	return a, nil
}

// owner returns an interface through which datagrams to addr may come in, so
// that binding to it makes sense, or nil.
func (u *Protocol) owner(addr netip.Addr, ifc *netif.Interface) *netif.Interface {
	if ifc != nil && (addr.IsMulticast() || ifc.Owns(addr)) {
		return ifc
	}
	if o := u.network(addr).Owner(addr); o != nil {
		return o
	}
	for _, i := range u.ifs.List() {
		loopback := addr.IsLoopback() && i.Flags().Has(netif.LoopbackFlag) // all of 127/8
		if loopback || addr.IsMulticast() || addr.Is4() && i.IsBroadcast(addr) {
			return i
		}
	}
	return nil
}

// BindInterface restricts the endpoint to datagrams received on ifc and sends
// through it only; nil lifts that. It returns ErrInUse if that makes the
// endpoint meet another one on its port.
//
// lwIP: udp_bind_netif; SO_BINDTODEVICE.
func (p *PCB) BindInterface(ifc *netif.Interface) error {
	u := p.proto
	if u == nil {
		return ErrClosed
	}
	if p.group != nil {
		if u.conflict(p, p.bound, p.local.Port(), ifc, p.opts) != nil {
			return ErrInUse
		}
	}
	p.ifc = ifc
	p.forgetWays()
	if p.group != nil {
		p.rekey()
	}
	return nil
}

// conflict returns a PCB other than p that has the port on an overlapping
// address and interface and does not agree to share it, or nil. opts are the
// options that p shares by; 0 shares with nobody.
//
// lwIP: the check in udp_bind. A connected PCB counts with the address it was
// bound to.
func (u *Protocol) conflict(p *PCB, addr netip.Addr, port uint16, ifc *netif.Interface, opts Option) *PCB {
	dual := !p.opts.has(V6Only)
	for q := u.ports[port]; q != nil; q = q.portNext {
		if q == p || ifc != nil && q.ifc != nil && ifc != q.ifc {
			continue
		}
		if !covers(addr, dual, q.bound) && !covers(q.bound, !q.opts.has(V6Only), addr) {
			continue
		}
		if opts&q.opts&(ReuseAddr|ReusePort) == 0 {
			return q
		}
	}
	return nil
}

// covers reports whether datagrams to b may also be ones to a, which is b or
// "any". dual says that [::] includes IPv4.
func covers(a netip.Addr, dual bool, b netip.Addr) bool {
	return a == b || a.IsUnspecified() && (a.Is4() == b.Is4() || a.Is6() && dual)
}

// link enters a PCB that has a local port into the tables.
func (p *PCB) link() {
	u := p.proto
	port := p.local.Port()
	p.portPrev, p.portNext = nil, u.ports[port]
	if p.portNext != nil {
		p.portNext.portPrev = p
	}
	u.ports[port] = p
	p.group = u.table.insert(p, p.key())
	p.forgetWays()
}

// unlink takes a PCB out of the tables, if it is there.
func (p *PCB) unlink() {
	if p.group == nil {
		return
	}
	u := p.proto
	u.table.remove(p, p.group)
	p.group = nil
	p.forgetWays()
	if p.portNext != nil {
		p.portNext.portPrev = p.portPrev
	}
	switch {
	case p.portPrev != nil:
		p.portPrev.portNext = p.portNext
	case p.portNext != nil:
		u.ports[p.local.Port()] = p.portNext
	default:
		delete(u.ports, p.local.Port())
	}
	p.portNext, p.portPrev = nil, nil
}

// rekey follows a change of what the PCB wants, but for the port.
func (p *PCB) rekey() {
	t := &p.proto.table
	t.remove(p, p.group)
	p.group = t.insert(p, p.key())
	p.forgetWays()
}

// key returns what the PCB wants.
func (p *PCB) key() key {
	k := key{local: p.local, remote: p.remote, ifc: p.ifc}
	if k.ifc == nil {
		k.ifc = p.scope
	}
	if !k.remote.IsValid() {
		k.dual = p.local.Addr() == unspecified6 && !p.opts.has(V6Only)
	} else if k.local.Addr().IsUnspecified() {
		k.local = netip.AddrPortFrom(unspecified(k.remote.Addr()), k.local.Port())
	}
	return k
}
