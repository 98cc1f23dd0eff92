package ethernet

import (
	"encoding/binary"
	"net/netip"
)

// Addr is a 48-bit MAC address.
type Addr [6]byte

// Broadcast is the address of all stations.
var Broadcast = Addr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// IsMulticast reports whether a is a group address; Broadcast is one.
func (a Addr) IsMulticast() bool { return a[0]&1 != 0 }

// IsZero reports whether a is all zeros, which no station has.
func (a Addr) IsZero() bool { return a == Addr{} }

// String returns the address as six hexadecimal pairs with colons.
func (a Addr) String() string {
	const hex = "0123456789abcdef"
	var s [17]byte
	for i, b := range a {
		if i > 0 {
			s[3*i-1] = ':'
		}
		s[3*i], s[3*i+1] = hex[b>>4], hex[b&15]
	}
	return string(s[:])
}

// Multicast returns the group address that frames to the IP group dst use.
//
// RFC 1112 §6.4 for IPv4, RFC 2464 §7 for IPv6.
func Multicast(dst netip.Addr) Addr {
	if dst.Is4() {
		a := dst.As4()
		return Addr{0x01, 0x00, 0x5e, a[1] & 0x7f, a[2], a[3]}
	}
	a := dst.As16()
	return Addr{0x33, 0x33, a[12], a[13], a[14], a[15]}
}

// Type is an Ethernet II protocol number.
type Type uint16

// The types that the stack knows.
const (
	IPv4           Type = 0x0800
	ARP            Type = 0x0806
	VLAN           Type = 0x8100
	IPv6           Type = 0x86dd
	PPPoEDiscovery Type = 0x8863
	PPPoESession   Type = 0x8864
)

// Lengths in bytes.
const (
	HeaderLen = 14
	VLANLen   = 4 // of the 802.1Q tag
)

// Header is the first HeaderLen bytes of a frame:
//
//	 0             6             12     14
//	┌─────────────┬─────────────┬──────┬─────────
//	│ destination │ source      │ type │ payload
//	└─────────────┴─────────────┴──────┴─────────
type Header []byte

// ParseHeader returns a view on the header of the frame b; ok is false if b is
// too short to hold one.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderLen {
		return nil, false
	}
	return Header(b[:HeaderLen]), true
}

// Dst returns the destination.
func (h Header) Dst() Addr { return Addr(h[0:6]) }

// Src returns the source.
func (h Header) Src() Addr { return Addr(h[6:12]) }

// Type returns the protocol of the payload.
func (h Header) Type() Type { return Type(binary.BigEndian.Uint16(h[12:14])) }

// Put writes a header to the first HeaderLen bytes of b.
func Put(b []byte, dst, src Addr, t Type) {
	_ = b[HeaderLen-1]
	copy(b[0:6], dst[:])
	copy(b[6:12], src[:])
	binary.BigEndian.PutUint16(b[12:14], uint16(t))
}
