package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
)

// AddNeighbor gives the link-layer address of a neighbor for good: it is not
// asked for, and nothing that is received changes it. Errors: ErrBadEntry,
// ErrFull.
//
// ESP-IDF: nd6_add_static_neighbor_cache_entry (ND6_SUPPORT_STATIC_ENTRIES).
func (p *Protocol) AddNeighbor(ifc *netif.Interface, addr netip.Addr, hw ethernet.Addr) error {
	addr = addr.WithZone("")
	if !addr.Is6() || addr.IsMulticast() || addr.IsUnspecified() || hw.IsMulticast() || hw.IsZero() {
		return ErrBadEntry
	}
	n := p.find(ifc, addr)
	if n == nil {
		if n = p.add(ifc, addr, wanted); n == nil {
			return ErrFull
		}
	}
	n.static = false
	n.hw = hw
	p.setState(n, Stale) // ends what was going on
	n.static = true
	p.setState(n, Reachable)
	p.flush(n)
	return nil
}

// RemoveNeighbor forgets a neighbor, given or learned. Error: ErrNotFound.
//
// ESP-IDF: nd6_remove_static_neighbor_cache_entry.
func (p *Protocol) RemoveNeighbor(ifc *netif.Interface, addr netip.Addr) error {
	n := p.find(ifc, addr.WithZone(""))
	if n == nil {
		return ErrNotFound
	}
	p.forget(n)
	return nil
}
