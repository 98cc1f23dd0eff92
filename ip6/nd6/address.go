package nd6

import (
	"crypto/sha256"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/timers"
)

// AddAddress gives ifc an address with the prefix length that is on its link,
// and returns its slot. While the interface is up and started it is probed for;
// with duplicate detection off, or on a link without it, it is preferred at
// once. An address that is there already keeps its slot and state.
//
// Errors: netif.ErrBadConfig, netif.ErrAddrsFull.
//
// RFC 4862 §5.4. lwIP: netif_add_ip6_address.
func (p *Protocol) AddAddress(ifc *netif.Interface, prefix netip.Prefix) (slot int, err error) {
	if !prefix.IsValid() {
		return -1, netif.ErrBadConfig
	}
	return ifc.AddAddr6(netif.Addr6{
		Addr: prefix.Addr(), Bits: prefix.Bits(), State: p.newState(ifc),
		PreferredUntil: timers.Never, ValidUntil: timers.Never,
	})
}

// RemoveAddress takes an address from ifc. Error: netif.ErrNoSuchAddr.
func (p *Protocol) RemoveAddress(ifc *netif.Interface, addr netip.Addr) error {
	slot := ifc.FindAddr6(addr.WithZone(""))
	if slot < 0 {
		return netif.ErrNoSuchAddr
	}
	ifc.SetAddr6State(slot, netif.Invalid)
	p.armLifetime()
	return nil
}

// addLinkLocal makes the link-local address.
//
// RFC 4862 §5.3.
func (p *Protocol) addLinkLocal(l *link) {
	if _, err := p.AddAddress(l.ifc, netip.PrefixFrom(p.linkLocalAddr(l), 64)); err != nil {
		p.stats.AddressesFull++
	}
}

// linkLocalPrefix is fe80::/64.
var linkLocalPrefix = netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80}), 64)

func (p *Protocol) linkLocalAddr(l *link) netip.Addr {
	if p.stable() {
		return withID(linkLocalPrefix, p.stableID(l, linkLocalPrefix))
	}
	if l.ifc.Framing() != netif.Ethernet {
		var id [8]byte
		p.rand.Read(id[:])
		id[0] &^= 2 // not a universal identifier
		return withID(linkLocalPrefix, id)
	}
	return withID(linkLocalPrefix, EUI64(l.ifc.HWAddr()))
}

// EUI64 returns the modified EUI-64 interface identifier of a hardware address.
//
// RFC 2464 §4, RFC 4291 appendix A.
func EUI64(hw ethernet.Addr) [8]byte {
	return [8]byte{hw[0] ^ 2, hw[1], hw[2], 0xff, 0xfe, hw[3], hw[4], hw[5]}
}

// withID joins a prefix of 64 bits and an interface identifier.
func withID(prefix netip.Prefix, id [8]byte) netip.Addr {
	b := prefix.Addr().As16()
	copy(b[8:], id[:])
	return netip.AddrFrom16(b)
}

// idTries is how often a stable identifier may be replaced (RFC 7217 §7).
const idTries = 3

func (p *Protocol) stable() bool { return p.cfg.StableSecret != [16]byte{} }

// stableID returns the interface identifier for a prefix: the same whenever the
// host comes back to the link, and no hint elsewhere.
//
// RFC 7217 §5: F(Prefix, Net_Iface, Network_ID, DAD_Counter, secret_key) with
// SHA-256, the name and hardware address as Net_Iface.
func (p *Protocol) stableID(l *link, prefix netip.Prefix) (id [8]byte) {
	var in []byte
	a, hw := prefix.Addr().As16(), l.ifc.HWAddr()
	in = append(in, a[:8]...)
	in = append(in, hw[:]...)
	in = append(in, l.idTries)
	in = append(in, p.cfg.StableSecret[:]...)
	in = append(in, l.ifc.Name()...)
	sum := sha256.Sum256(in)
	copy(id[:], sum[:])
	return id
}

// autoID returns the identifier for an autoconfigured address: the link-local
// address's, as lwIP has it, so that one probe speaks for both.
func (p *Protocol) autoID(l *link, prefix netip.Prefix) [8]byte {
	if p.stable() {
		return p.stableID(l, prefix)
	}
	if a := &l.ifc.Addrs6()[0]; a.State != netif.Invalid {
		b := a.Addr.As16()
		return [8]byte(b[8:])
	}
	return EUI64(l.ifc.HWAddr())
}
