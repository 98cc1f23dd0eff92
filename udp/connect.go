package udp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

// Connect sets the peer: Send goes there, and only its datagrams and the ICMP
// errors about ours are received. An endpoint that is not bound gets an
// ephemeral port, and one bound to any address gets the one that routing
// selects. A connected endpoint is connected anew; on an error it stays as it
// was.
//
// Errors: ErrNoAddress for an invalid peer or port 0, ErrBroadcast, ErrNoPort,
// ErrClosed, those of ip.Network.Route.
//
// lwIP: udp_connect, which leaves the local address open. RFC 1122 §4.1.3.5.
func (p *PCB) Connect(remote netip.AddrPort) error {
	u := p.proto
	if u == nil {
		return ErrClosed
	}
	dst := remote.Addr().Unmap().WithZone("")
	if !dst.IsValid() || remote.Port() == 0 {
		return ErrNoAddress
	}
	remote = netip.AddrPortFrom(dst, remote.Port())
	w, err := p.route(dst, nil, netip.Addr{}, true)
	if err != nil {
		return err
	}
	bound, port := p.bound, p.local.Port()
	if port == 0 {
		bound = unspecified(dst)
		if port = u.eph.Choose(w.Src, remote, func(port uint16) bool {
			return u.conflict(p, bound, port, p.ifc, 0) == nil
		}); port == 0 {
			return ErrNoPort
		}
	}
	p.unlink()
	local := bound
	if local.IsUnspecified() && w.Src.IsValid() {
		local = w.Src
	}
	p.bound = bound
	p.local, p.remote = netip.AddrPortFrom(local, port), remote
	p.scope = nil
	if p.ifc == nil && (linkLocal(dst) || linkLocal(local)) {
		p.scope = w.Ifc
	}
	p.link()
	return nil
}

// linkLocal reports whether an address means something on one link only
// (RFC 4007 §6).
func linkLocal(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast())
}

// Disconnect forgets the peer. The port stays, and the address goes back to the
// one that was bound to.
//
// lwIP: udp_disconnect.
func (p *PCB) Disconnect() {
	if p.proto == nil || !p.remote.IsValid() {
		return
	}
	p.remote = netip.AddrPort{}
	p.local = netip.AddrPortFrom(p.bound, p.local.Port())
	p.scope = nil
	p.rekey()
}

// autoBind gives an endpoint that is about to send to dst a port.
func (p *PCB) autoBind(dst netip.AddrPort) error {
	a := unspecified(dst.Addr())
	u := p.proto
	port := u.eph.Choose(a, dst, func(port uint16) bool {
		return u.conflict(p, a, port, p.ifc, 0) == nil
	})
	if port == 0 {
		return ErrNoPort
	}
	p.bound, p.local = a, netip.AddrPortFrom(a, port)
	p.link()
	return nil
}

// mayTalk reports whether an endpoint bound to the address bound (invalid: not
// bound) can send to dst (invalid: nowhere).
func (p *PCB) mayTalk(bound, dst netip.Addr) bool {
	switch {
	case !dst.IsValid():
		return true
	case !bound.IsValid() || bound == unspecified6:
		return dst.Is6() || !p.opts.has(V6Only)
	default:
		return bound.Is4() == dst.Is4()
	}
}

// way is how a datagram goes.
type way struct {
	ip.Route
	net ip.Network
	// via restricts the interface; nil lets the network layer choose.
	via *netif.Interface
}

// route finds the way to dst. via and src, if given, were asked for; otherwise
// the endpoint's own settings count. connecting ignores the source address that
// an earlier Connect chose.
func (p *PCB) route(dst netip.Addr, via *netif.Interface, src netip.Addr, connecting bool) (way, error) {
	u := p.proto
	w := way{net: u.network(dst), via: via}
	if w.net == nil || !p.mayTalk(p.bound, dst) {
		return w, ip.ErrFamily
	}
	if via == nil {
		w.via = p.sendInterface(dst)
	}
	if src.IsValid() && src.IsUnspecified() && w.via == nil {
		src = netip.Addr{}
	}
	if !src.IsValid() {
		src = p.source(dst, connecting)
	} else if src.Is4() != dst.Is4() || p.flow == nil && w.via != nil && w.via.TakesForeign() && !u.mayClaim(src) {
		return w, ErrNoAddress
	}
	if src.IsValid() && src.IsUnspecified() && w.via != nil {
		// A host that has no address yet says so (RFC 2131 §4.1).
		w.Route = ip.Route{Ifc: w.via, Src: src, MTU: w.via.MTU()}
	} else {
		r, err := w.net.Route(dst, src, w.via)
		if err != nil {
			return w, err
		}
		w.Route = r
	}
	if !u.cfg.AllowBroadcast && !p.opts.has(Broadcast) && dst.Is4() && w.Ifc.IsBroadcast(dst) {
		return w, ErrBroadcast
	}
	return w, nil
}

// mayClaim reports whether an endpoint that is not forwarded may ask for src as
// its source, on an interface that lets forwarded ones use any.
func (u *Protocol) mayClaim(src netip.Addr) bool {
	return src.IsUnspecified() || u.network(src).Owner(src) != nil
}

// sendInterface returns the interface that datagrams to dst are restricted to,
// or nil.
func (p *PCB) sendInterface(dst netip.Addr) *netif.Interface {
	switch {
	case p.ifc != nil:
		return p.ifc
	case dst.IsMulticast() && p.mifc != nil:
		return p.mifc
	case p.scope != nil && dst == p.remote.Addr():
		return p.scope
	}
	return nil
}

// source returns the source address that the endpoint insists on, or an invalid
// one: bound to any address, to a group or to a broadcast address, it does not,
// but for the one that Connect chose.
func (p *PCB) source(dst netip.Addr, connecting bool) netip.Addr {
	if p.fromBound {
		return p.bound
	}
	if a := p.local.Addr(); !connecting && a != p.bound && dst == p.remote.Addr() {
		return a
	}
	return netip.Addr{}
}

// isBroadcast reports whether a is a broadcast address on some interface and no
// address of this host.
func (u *Protocol) isBroadcast(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	for _, ifc := range u.ifs.List() {
		if ifc.IsBroadcast(a) {
			return u.net4.Owner(a) == nil
		}
	}
	return false
}
