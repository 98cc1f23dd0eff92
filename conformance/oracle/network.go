package oracle

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Protocol numbers.
const (
	protoHopByHop  = 0
	protoICMP      = 1
	protoTCP       = 6
	protoRouting   = 43
	protoFragment  = 44
	protoICMPv6    = 58
	protoDstOption = 60
)

// icmpErrors are the types of ICMP's errors (RFC 1122 §3.2.2).
var icmpErrors = [...]byte{3, 4, 5, 11, 12}

// decodeIP decodes an IP packet of either version.
func (p *Packet) decodeIP(b []byte) {
	p.Kind = Malformed
	if len(b) == 0 {
		return
	}
	switch b[0] >> 4 {
	case 4:
		p.decodeIP4(b)
	case 6:
		p.decodeIP6(b)
	}
}

// onWire is the length on the wire of what b is the captured part of. A packet
// that says that it is longer is damaged, and its checksum cannot tell.
func (p *Packet) onWire(b []byte) int { return len(b) + max(p.Len-p.CapLen, 0) }

// decodeIP4 decodes an IPv4 packet (RFC 791 §3.1). What follows its total length
// is padding.
func (p *Packet) decodeIP4(b []byte) {
	if len(b) < 20 {
		return
	}
	hlen := int(b[0]&15) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b) // a segment that the card is to split, longer than 64 KiB
	}
	if hlen < 20 || total < hlen || len(b) < hlen || total > p.onWire(b) {
		return
	}
	p.HeaderSum = Good
	if sum(0, b[:hlen]) != 0xffff {
		p.HeaderSum = Bad
	}
	p.HopLimit = b[8]
	src, dst := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	p.Src, p.Dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		p.Kind = Fragment
		return
	}
	n := total - hlen
	p.decodeTransport(b[9], b[hlen:min(total, len(b))], n)
}

// decodeIP6 decodes an IPv6 packet and skips its extension headers
// (RFC 8200 §4).
func (p *Packet) decodeIP6(b []byte) {
	if len(b) < 40 {
		return
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	next := b[6]
	if n == 0 && next != protoHopByHop {
		n = len(b) - 40
	}
	if 40+n > p.onWire(b) {
		return
	}
	p.HopLimit = b[7]
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	p.Src, p.Dst = netip.AddrPortFrom(src, 0), netip.AddrPortFrom(dst, 0)
	b = b[40:min(40+n, len(b))]
	for {
		switch next {
		case protoHopByHop, protoRouting, protoDstOption:
			if len(b) < 8 {
				return
			}
			skip := 8 + 8*int(b[1])
			if len(b) < skip {
				return
			}
			next, b, n = b[0], b[skip:], n-skip
		case protoFragment:
			p.Kind = Fragment
			return
		default:
			p.decodeTransport(next, b, n)
			return
		}
	}
}

// decodeTransport decodes what an IP packet carries: b is what was captured of
// its n bytes.
func (p *Packet) decodeTransport(proto byte, b []byte, n int) {
	switch proto {
	case protoTCP:
		p.decodeTCP(b, n)
	case protoICMPv6:
		if len(b) < 4 {
			return
		}
		p.Kind = ICMPv6
		p.ICMPType, p.ICMPCode, p.ICMPBody, p.ICMPWhole = b[0], b[1], b[4:], len(b) == n
		p.ICMPError = b[0] < 128 // RFC 4443 §2.1
		p.Sum = p.verify(protoICMPv6, b, n, 2)
	case protoICMP:
		p.Kind = Other
		p.ICMPError = len(b) > 0 && slices.Contains(icmpErrors[:], b[0])
	default:
		p.Kind = Other
	}
}
