package ip4

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
)

// Lengths of an IPv4 header in bytes.
const (
	HeaderLen    = 20 // without options
	MaxHeaderLen = 60
)

// Bits of the word that holds flags and fragment offset.
const (
	dontFragment  = 0x4000
	moreFragments = 0x2000
	offsetMask    = 0x1fff // in units of 8 bytes
)

// Header is a view on an IPv4 header with its options:
//
//	 0         1         2                   4
//	┌────┬────┬─────────┬───────────────────┐
//	│ 4  │IHL │ TOS     │ total length      │  0
//	├────┴────┴─────────┼───┬───────────────┤
//	│ identification    │flg│ offset / 8    │  4
//	├─────────┬─────────┼───┴───────────────┤
//	│ TTL     │ proto   │ header checksum   │  8
//	├─────────┴─────────┴───────────────────┤
//	│ source                                │ 12
//	├───────────────────────────────────────┤
//	│ destination                           │ 16
//	├───────────────────────────────────────┤
//	│ options, 0 to 40 bytes                │ 20
//	└───────────────────────────────────────┘
type Header []byte

// ParseHeader returns a view on the header at the start of b; ok is false if b
// does not hold one: it is too short, not version 4, or the header length is
// below 20 or beyond b. Lengths of the payload, checksum and options are not
// looked at.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderLen || b[0]>>4 != 4 {
		return nil, false
	}
	n := int(b[0]&15) * 4
	if n < HeaderLen || n > len(b) {
		return nil, false
	}
	return Header(b[:n]), true
}

// TotalLen returns the length in bytes of header and payload.
func (h Header) TotalLen() int { return int(binary.BigEndian.Uint16(h[2:])) }

// TOS returns the type of service: DSCP and ECN.
func (h Header) TOS() uint8 { return h[1] }

// ID returns the identification.
func (h Header) ID() uint16 { return binary.BigEndian.Uint16(h[4:]) }

// DontFragment reports the DF flag.
func (h Header) DontFragment() bool { return h[6]&0x40 != 0 }

// MoreFragments reports the MF flag.
func (h Header) MoreFragments() bool { return h[6]&0x20 != 0 }

// Offset returns the place in bytes of this fragment in its datagram.
func (h Header) Offset() int { return int(binary.BigEndian.Uint16(h[6:])&offsetMask) * 8 }

// TTL returns the time to live.
func (h Header) TTL() uint8 { return h[8] }

// Proto returns the protocol of the payload.
func (h Header) Proto() ip.Proto { return ip.Proto(h[9]) }

// Src returns the source.
func (h Header) Src() netip.Addr { return netip.AddrFrom4([4]byte(h[12:16])) }

// Dst returns the destination.
func (h Header) Dst() netip.Addr { return netip.AddrFrom4([4]byte(h[16:20])) }

// Options returns the options.
func (h Header) Options() []byte { return h[HeaderLen:] }

// ChecksumValid reports whether the header sums up.
func (h Header) ChecksumValid() bool { return checksum.Sum(h) == 0xffff }

// setFragment changes total length and fragment word and sums the header anew.
func (h Header) setFragment(total int, word uint16) {
	binary.BigEndian.PutUint16(h[2:], uint16(total))
	binary.BigEndian.PutUint16(h[6:], word)
	h.setChecksum()
}

func (h Header) setChecksum() {
	h[10], h[11] = 0, 0
	binary.BigEndian.PutUint16(h[10:], ^checksum.Sum(h))
}

// number returns the IPv4 address a as a big-endian number.
func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// Scopes of addresses as numbers (RFC 6890).
func isZeroNet(v uint32) bool      { return v>>24 == 0 }
func isLoopback(v uint32) bool     { return v>>24 == 127 }
func isLinkLocal(v uint32) bool    { return v>>16 == 0xa9fe }
func isMulticast(v uint32) bool    { return v>>28 == 0xe }
func isExperimental(v uint32) bool { return v>>28 == 0xf } // and 255.255.255.255

const limitedBroadcast = 0xffffffff
const allSystems = 0xe0000001 // 224.0.0.1
