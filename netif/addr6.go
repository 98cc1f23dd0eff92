package netif

import (
	"net/netip"

	"github.com/golwip/lwip/timers"
)

// MaxAddrs6 is the number of IPv6 address slots of an interface. Slot 0 is the
// link-local address. lwIP has 3 (LWIP_IPV6_NUM_ADDRESSES); this is room for
// several prefixes.
const MaxAddrs6 = 8

// State6 is the state of an IPv6 address (RFC 4862 §2, §5).
type State6 uint8

const (
	Invalid    State6 = iota
	Tentative         // being probed; not ours yet
	Preferred         // ours
	Deprecated        // ours, but not for new connections
	Duplicated        // somebody else's
)

var state6Names = [...]string{"invalid", "tentative", "preferred", "deprecated", "duplicated"}

// String returns the state's RFC 4862 name.
func (s State6) String() string { return state6Names[s] }

// Valid reports whether packets to and from the address are ours.
func (s State6) Valid() bool { return s == Preferred || s == Deprecated }

// Addr6 is one IPv6 address slot.
type Addr6 struct {
	Addr  netip.Addr // without zone
	Bits  int        // on-link prefix length; 128: the address alone
	State State6
	// Probes counts duplicate-address probes sent while Tentative.
	Probes int
	// PreferredUntil and ValidUntil end an autoconfigured address's lifetimes;
	// timers.Never for a static one.
	PreferredUntil, ValidUntil timers.Time
	// Auto marks an address made by stateless autoconfiguration.
	Auto bool
}

// Prefix returns the on-link prefix of the address.
func (a *Addr6) Prefix() netip.Prefix { return netip.PrefixFrom(a.Addr, a.Bits).Masked() }

// Addrs6 returns the address slots. The caller may read them; they change by
// the methods below.
func (ifc *Interface) Addrs6() *[MaxAddrs6]Addr6 { return &ifc.addrs6 }

// LinkLocal6 returns the link-local address, whatever its state, or an invalid
// address.
func (ifc *Interface) LinkLocal6() netip.Addr { return ifc.addrs6[0].Addr }

// FindAddr6 returns the slot that holds addr, or -1.
//
// lwIP: netif_get_ip6_addr_match.
func (ifc *Interface) FindAddr6(addr netip.Addr) int {
	for i := range ifc.addrs6 {
		if a := &ifc.addrs6[i]; a.State != Invalid && a.Addr == addr {
			return i
		}
	}
	return -1
}

// AddAddr6 puts an address into a free slot, link-local ones into slot 0, and
// returns the slot. An address that is there already keeps its slot and its
// state. Errors: ErrBadConfig for what cannot be an interface's address, has no
// prefix length in [1, 128] or no state; ErrAddrsFull.
//
// lwIP: netif_add_ip6_address.
func (ifc *Interface) AddAddr6(a Addr6) (int, error) {
	if !a.Addr.Is6() || a.Addr.Is4In6() || a.Addr.IsMulticast() || a.Addr.IsUnspecified() ||
		a.Bits < 1 || a.Bits > 128 || a.State == Invalid {
		return -1, ErrBadConfig
	}
	a.Addr = a.Addr.WithZone("")
	if i := ifc.FindAddr6(a.Addr); i >= 0 {
		return i, nil
	}
	first := 1
	if a.Addr.IsLinkLocalUnicast() {
		first = 0
	}
	for i := first; i < MaxAddrs6; i++ {
		if ifc.addrs6[i].State != Invalid {
			continue
		}
		ifc.addrs6[i] = a
		ifc.list.notify(Event{Kind: Addr6Changed, Ifc: ifc, Slot: i, NewAddr: a.Addr})
		return i, nil
	}
	return -1, ErrAddrsFull
}

// SetAddr6State changes the state of slot i; Invalid removes the address. A free
// slot stays free.
//
// lwIP: netif_ip6_addr_set_state.
func (ifc *Interface) SetAddr6State(i int, s State6) {
	a := &ifc.addrs6[i]
	if a.State == s || a.State == Invalid {
		return
	}
	ev := Event{Kind: Addr6State, Ifc: ifc, Slot: i, Old6: *a, OldAddr: a.Addr, NewAddr: a.Addr}
	a.State = s
	if s == Invalid {
		*a = Addr6{}
		ev.Kind, ev.NewAddr = Addr6Changed, netip.Addr{}
	}
	ifc.list.notify(ev)
}

// SetAddr6Lifetimes sets when the address in slot i ceases to be preferred and
// valid. It changes no state: who manages the address watches the time.
func (ifc *Interface) SetAddr6Lifetimes(i int, preferred, valid timers.Time) {
	ifc.addrs6[i].PreferredUntil, ifc.addrs6[i].ValidUntil = preferred, valid
}

// CountAddr6Probe counts a duplicate-address probe sent for slot i.
func (ifc *Interface) CountAddr6Probe(i int) { ifc.addrs6[i].Probes++ }
