package netif

import (
	"net/netip"
	"slices"
)

// EventKind is what happened to an interface.
type EventKind uint8

const (
	Added         EventKind = iota // to the list
	Removed                        // from the list
	StatusChanged                  // Up flag
	LinkChanged                    // LinkUp flag
	Addr4Changed                   // IPv4 address, prefix or gateway set, even to the same
	Addr6Changed                   // an IPv6 address was added or removed
	Addr6State                     // an IPv6 address changed state
)

// Event tells a listener what happened. Old values are those before it.
//
// lwIP: netif_ext_callback_args_t.
type Event struct {
	Kind EventKind
	Ifc  *Interface
	Slot int   // of the IPv6 address
	Old4 Addr4 // Addr4Changed
	Old6 Addr6 // Addr6Changed, Addr6State
	// OldAddr and NewAddr are the address before and after, of either family;
	// invalid for none.
	OldAddr, NewAddr netip.Addr
}

// listener is a function added by Listen, nil once it has been removed.
type listener struct{ f func(Event) }

// Listen calls f after every event, inside the core lock, in the order in which
// listeners were added, until stop is called. The stack's own protocols listen
// first.
//
// lwIP: netif_add_ext_callback, netif_remove_ext_callback; the status, link and
// remove callbacks are the kinds StatusChanged, LinkChanged and Removed.
func (p *Protocol) Listen(f func(Event)) (stop func()) {
	l := &listener{f}
	p.listen = append(p.listen, l)
	return func() {
		l.f = nil
		// A copy: a listener may stop itself or another from within notify.
		p.listen = slices.DeleteFunc(slices.Clone(p.listen), func(x *listener) bool { return x == l })
	}
}

func (p *Protocol) notify(ev Event) {
	p.Touch()
	for _, l := range p.listen {
		if l.f != nil {
			l.f(ev)
		}
	}
}
