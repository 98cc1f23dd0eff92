package tcp

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// portUse is who is bound to one local port: listeners, and PCBs on which Bind
// was called.
type portUse struct {
	listeners []*Listener
	pcbs      []*PCB
}

// Bind gives the PCB a local address, which must be ours or unspecified, and a
// port; port 0 chooses one. ifc, if not nil, restricts the connection to an
// interface.
//
// Errors: ErrBadState unless CLOSED and not bound, ErrNoAddress, ErrInUse,
// ErrNoPort.
//
// lwIP: tcp_bind, tcp_bind_netif. RFC 9293 §3.9.1.1.
func (p *PCB) Bind(local netip.AddrPort, ifc *netif.Interface) error {
	t := p.t
	if p.state != Closed || p.user.has(userBound) {
		return ErrBadState
	}
	addr := local.Addr().Unmap().WithZone("")
	if addr.IsValid() && !addr.IsUnspecified() {
		n := t.network(addr)
		if n == nil || n.Owner(addr) == nil || addr.IsMulticast() {
			return ErrNoAddress
		}
	}
	port := local.Port()
	if port == 0 {
		port = t.choose.Choose(addr, netip.AddrPort{}, func(port uint16) bool {
			return t.ports.get(port) == 0 && t.bound[port] == nil
		})
		if port == 0 {
			return ErrNoPort
		}
	} else if t.conflict(p, addr, port, ifc) {
		return ErrInUse
	}
	p.id.local, p.id.lport, p.ifc = addr, port, ifc
	p.user |= userBound
	use := t.use(port)
	use.pcbs = append(use.pcbs, p)
	return nil
}

// use returns the entry of a port, made if needed.
func (t *Protocol) use(port uint16) *portUse {
	u := t.bound[port]
	if u == nil {
		u = new(portUse)
		t.bound[port] = u
	}
	return u
}

// unbind takes p out of its port's list.
func (t *Protocol) unbind(p *PCB) {
	p.user &^= userBound
	u := t.bound[p.id.lport]
	for i, x := range u.pcbs {
		if x == p {
			u.pcbs = append(u.pcbs[:i], u.pcbs[i+1:]...)
			break
		}
	}
	t.dropUse(p.id.lport, u)
}

func (t *Protocol) dropUse(port uint16, u *portUse) {
	if len(u.pcbs) == 0 && len(u.listeners) == 0 {
		delete(t.bound, port)
	}
}

// conflict reports whether p may not be bound to the address and port. Both
// sides must have ReuseAddr (or both ReusePort) to share; two listeners on the
// same address need ReusePort, which Listen checks.
//
// RFC 9293 has no rule; this is that of lwIP and BSD.
func (t *Protocol) conflict(p *PCB, addr netip.Addr, port uint16, ifc *netif.Interface) bool {
	share := p.opts & (ReuseAddr | ReusePort)
	if t.ports.get(port) > 0 && share == 0 {
		return true
	}
	u := t.bound[port]
	if u == nil {
		return false
	}
	for _, x := range u.pcbs {
		if x != p && share&x.opts == 0 && overlap(addr, ifc, p.opts, x.id.local, x.ifc, x.opts) {
			return true
		}
	}
	for _, l := range u.listeners {
		if share&l.opts == 0 && overlap(addr, ifc, p.opts, l.addr, l.ifc, l.opts) {
			return true
		}
	}
	return false
}

// overlap reports whether two local addresses can match the same segment.
func overlap(a netip.Addr, ai *netif.Interface, ao Option, b netip.Addr, bi *netif.Interface, bo Option) bool {
	if ai != nil && bi != nil && ai != bi {
		return false
	}
	return a == b || covers(a, ao, b) || covers(b, bo, a)
}

// covers reports whether the unspecified address a takes what is sent to b.
func covers(a netip.Addr, o Option, b netip.Addr) bool {
	switch {
	case !a.IsValid():
		return true
	case !a.IsUnspecified():
		return false
	case !b.IsValid():
		return true
	case a.Is4():
		return b.Is4()
	default:
		return b.Is6() || !o.Has(V6Only)
	}
}
