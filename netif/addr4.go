package netif

import (
	"encoding/binary"
	"net/netip"
)

// Addr4 is an interface's IPv4 configuration. The zero value is "none".
type Addr4 struct {
	Addr    netip.Addr
	Prefix  netip.Prefix // Addr's network, masked
	Gateway netip.Addr
	// Broadcast is the subnet-directed broadcast address; invalid for prefixes
	// of 31 and 32 bits, which have none (RFC 3021).
	Broadcast netip.Addr
}

// Addr4 returns the IPv4 configuration.
func (ifc *Interface) Addr4() *Addr4 { return &ifc.addr4 }

// SetAddr4 sets address, prefix length and gateway at once; an invalid prefix
// removes them. The listeners hear of it even if nothing changed, as with
// lwIP's extended callback.
//
// lwIP: netif_set_addr.
func (ifc *Interface) SetAddr4(p netip.Prefix, gw netip.Addr) {
	old := ifc.addr4
	ifc.addr4 = Addr4{}
	if p.IsValid() && p.Addr().Is4() && !p.Addr().IsUnspecified() {
		ifc.addr4 = Addr4{Addr: p.Addr(), Prefix: p.Masked(), Gateway: gw}
		if p.Bits() < 31 {
			b := p.Addr().As4()
			v := binary.BigEndian.Uint32(b[:]) | (1<<(32-p.Bits()) - 1)
			binary.BigEndian.PutUint32(b[:], v)
			ifc.addr4.Broadcast = netip.AddrFrom4(b)
		}
	}
	if old == (Addr4{}) && ifc.addr4 == (Addr4{}) {
		return
	}
	ifc.list.notify(Event{Kind: Addr4Changed, Ifc: ifc, Old4: old, OldAddr: old.Addr, NewAddr: ifc.addr4.Addr})
}

// limitedBroadcast is 255.255.255.255.
var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// IsBroadcast reports whether a is a broadcast address on this interface:
// 255.255.255.255, 0.0.0.0 as lwIP and BSD take it, or the subnet's.
//
// lwIP: ip4_addr_isbroadcast.
func (ifc *Interface) IsBroadcast(a netip.Addr) bool {
	if a == limitedBroadcast || a.IsUnspecified() && a.Is4() {
		return true
	}
	return ifc.flags.Has(Broadcast) && ifc.addr4.Broadcast.IsValid() && a == ifc.addr4.Broadcast
}
