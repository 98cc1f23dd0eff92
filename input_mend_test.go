package lwip_test

import (
	"bytes"
	"encoding/binary"
)

// mend returns a copy of a frame with its checksums made right, as far as its
// headers can be followed, and first, if asked for, its lengths.
func mend(frame []byte, lengths bool) []byte {
	f := bytes.Clone(frame)
	if len(f) < 14 {
		return f
	}
	typ, p := binary.BigEndian.Uint16(f[12:]), f[14:]
	if typ == 0x8100 && len(p) >= 4 {
		typ, p = binary.BigEndian.Uint16(p[2:]), p[4:]
	}
	switch {
	case typ == 0x0800 && len(p) >= 20:
		mend4(p, lengths)
	case typ == 0x86dd && len(p) >= 40:
		mend6(p, lengths)
	}
	return f
}

func mend4(p []byte, lengths bool) {
	n := int(p[0]&15) * 4
	if n < 20 || n > len(p) {
		return
	}
	if lengths {
		binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	}
	binary.BigEndian.PutUint16(p[10:], 0)
	binary.BigEndian.PutUint16(p[10:], ^onesSum(0, p[:n]))
	total := int(binary.BigEndian.Uint16(p[2:]))
	if total < n || total > len(p) || binary.BigEndian.Uint16(p[6:])&0x3fff != 0 {
		return
	}
	mendTransport(p[9], p[12:20], p[n:total], lengths)
}

func mend6(p []byte, lengths bool) {
	if lengths {
		binary.BigEndian.PutUint16(p[4:], uint16(len(p)-40))
	}
	total := 40 + int(binary.BigEndian.Uint16(p[4:]))
	if total > len(p) {
		return
	}
	next, b := p[6], p[40:total]
	for len(b) >= 8 {
		n := 8
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination options
			n += 8 * int(b[1])
		case 44: // fragment
			if binary.BigEndian.Uint16(b[2:])&0xfff9 != 0 {
				return
			}
		default:
			mendTransport(next, p[8:40], b, lengths)
			return
		}
		if n > len(b) {
			return
		}
		next, b = b[0], b[n:]
	}
}

// mendTransport mends a UDP datagram, TCP segment, or ICMP message.
func mendTransport(proto byte, addrs, b []byte, lengths bool) {
	at, ok := map[byte]int{1: 2, 6: 16, 17: 6, 58: 2}[proto]
	if !ok || len(b) < at+2 {
		return
	}
	if proto == 17 {
		if lengths {
			binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
		}
		n := int(binary.BigEndian.Uint16(b[4:]))
		if n < 8 || n > len(b) {
			return
		}
		b = b[:n]
	}
	var pseudo uint16
	if proto != 1 {
		pseudo = onesSum(0, addrs)
		pseudo = onesSum(pseudo, []byte{0, proto, byte(len(b) >> 8), byte(len(b))})
	}
	binary.BigEndian.PutUint16(b[at:], 0)
	sum := ^onesSum(pseudo, b)
	if sum == 0 && proto == 17 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], sum)
}

// onesSum adds 16-bit words in one's complement.
func onesSum(sum uint16, b []byte) uint16 {
	x := uint32(sum)
	for ; len(b) > 1; b = b[2:] {
		x += uint32(b[0])<<8 | uint32(b[1])
		x = x&0xffff + x>>16
	}
	if len(b) == 1 {
		x += uint32(b[0]) << 8
		x = x&0xffff + x>>16
	}
	return uint16(x)
}
