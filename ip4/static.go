package ip4

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/golwip/lwip/netif"
)

// Errors of the table of static routes.
var (
	ErrBadRoute    = errors.New("ip4: invalid route")
	ErrRoutesFull  = errors.New("ip4: route table full")
	ErrRouteExists = errors.New("ip4: route exists")
)

// StaticRoute leads to a network other than the interfaces' own.
type StaticRoute struct {
	Prefix netip.Prefix
	// Gateway is a router on the link of Ifc; invalid if the network is on the
	// link itself.
	Gateway netip.Addr
	// Ifc may be nil if Gateway is on the subnet of an interface.
	Ifc *netif.Interface
}

func (r *StaticRoute) next(dst netip.Addr) netip.Addr {
	if r.Gateway.IsValid() {
		return r.Gateway
	}
	return dst
}

// routes is the static routes and a small cache of decisions.
type routes struct {
	static    []StaticRoute // longest prefix first, then in order of addition
	multicast *netif.Interface

	gen   uint32 // decisions of another generation are void
	cache [8]cached
}

// cached is one decision and what it was made from.
type cached struct {
	dst, src   netip.Addr
	bound, def *netif.Interface
	gen        uint32
	via        hop
}

// slot returns the place of a decision. Whether the source is given moves it,
// so that choosing a source and sending from it, in turn, both stay.
func (r *routes) slot(dst, src netip.Addr) *cached {
	i := uint64(number(dst)) * hashMultiplier >> 61
	if src.IsValid() {
		i ^= 1
	}
	return &r.cache[i]
}

// forget voids the cached decisions.
func (r *routes) forget() {
	r.gen++
	if r.gen == 0 {
		clear(r.cache[:])
	}
}

// lookup returns the route with the longest prefix that holds dst and whose
// interface can send, on ifc if that is not nil; or nil.
func (r *routes) lookup(dst netip.Addr, ifc *netif.Interface) *StaticRoute {
	for i := range r.static {
		s := &r.static[i]
		if (ifc == nil || s.Ifc == ifc) && s.Prefix.Contains(dst) && s.Ifc.Ready() {
			return s
		}
	}
	return nil
}

func (r *routes) removeInterface(ifc *netif.Interface) {
	r.static = slices.DeleteFunc(r.static, func(s StaticRoute) bool { return s.Ifc == ifc })
	if r.multicast == ifc {
		r.multicast = nil
	}
	r.cache = [len(r.cache)]cached{} // hold no reference to it
}

// AddRoute adds a static route. Of routes with the same prefix the first whose
// interface is up is used.
func (p *Protocol) AddRoute(s StaticRoute) error {
	r := &p.routes
	if !s.Prefix.IsValid() || !s.Prefix.Addr().Is4() || s.Gateway.IsValid() && !s.Gateway.Is4() || s.Gateway.IsUnspecified() {
		return ErrBadRoute
	}
	s.Prefix = s.Prefix.Masked()
	if s.Ifc == nil && s.Gateway.IsValid() {
		s.Ifc, _ = p.searchSubnets(s.Gateway, nil)
	}
	if s.Ifc == nil {
		return ErrBadRoute
	}
	if slices.Contains(r.static, s) {
		return ErrRouteExists
	}
	if len(r.static) >= p.cfg.Routes {
		return ErrRoutesFull
	}
	i := 0
	for i < len(r.static) && r.static[i].Prefix.Bits() >= s.Prefix.Bits() {
		i++
	}
	r.static = slices.Insert(r.static, i, s)
	r.forget()
	p.ifs.Touch()
	return nil
}

// RemoveRoute removes the routes with the given prefix, or the one of them that
// has the given gateway if that is valid, and reports whether there was one.
func (p *Protocol) RemoveRoute(prefix netip.Prefix, gateway netip.Addr) bool {
	r := &p.routes
	n := len(r.static)
	prefix = prefix.Masked()
	r.static = slices.DeleteFunc(r.static, func(s StaticRoute) bool {
		return s.Prefix == prefix && (!gateway.IsValid() || s.Gateway == gateway)
	})
	r.forget()
	p.ifs.Touch()
	return len(r.static) < n
}

// Routes returns a copy of the static routes, longest prefix first.
func (p *Protocol) Routes() []StaticRoute { return slices.Clone(p.routes.static) }

// SetMulticastInterface makes ifc the interface of multicast packets whose
// sender names none; nil: the source's or the default one.
//
// lwIP: ip4_set_default_multicast_netif.
func (p *Protocol) SetMulticastInterface(ifc *netif.Interface) {
	p.routes.multicast = ifc
	p.routes.forget()
	p.ifs.Touch()
}
