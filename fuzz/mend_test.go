package fuzz

// mend makes the checksums of a frame right as far as its headers can be
// followed, and first, if asked for, its lengths. It changes the frame.
func mend(f []byte, ip, lengths bool) []byte {
	typ, p := uint16(0), f
	switch {
	case !ip:
		if len(f) < 14 {
			return f
		}
		typ, p = be.Uint16(f[12:]), f[14:]
		if typ == 0x8100 && len(p) >= 4 {
			typ, p = be.Uint16(p[2:]), p[4:]
		}
	case len(f) > 0 && f[0]>>4 == 4:
		typ = 0x0800
	case len(f) > 0 && f[0]>>4 == 6:
		typ = 0x86dd
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
		be.PutUint16(p[2:], uint16(len(p)))
	}
	be.PutUint16(p[10:], 0)
	be.PutUint16(p[10:], ^fold(sum(0, p[:n])))
	total := int(be.Uint16(p[2:]))
	if total < n || total > len(p) || be.Uint16(p[6:])&0x3fff != 0 {
		return
	}
	mendTransport(p[9], p[12:20], p[n:total], lengths)
}

func mend6(p []byte, lengths bool) {
	if lengths {
		be.PutUint16(p[4:], uint16(len(p)-40))
	}
	total := 40 + int(be.Uint16(p[4:]))
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
			if be.Uint16(b[2:])&0xfff9 != 0 {
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
	at := checksumAt(proto)
	if at < 0 || len(b) < at+2 {
		return
	}
	if proto == 17 {
		if lengths {
			be.PutUint16(b[4:], uint16(len(b)))
		}
		n := int(be.Uint16(b[4:]))
		if n < 8 || n > len(b) {
			return
		}
		b = b[:n]
	}
	be.PutUint16(b[at:], 0)
	x := ^fold(sum(pseudo(proto, addrs, len(b)), b))
	if x == 0 && proto == 17 {
		x = 0xffff
	}
	be.PutUint16(b[at:], x)
}

// checksumAt returns where a transport's checksum is, or -1.
func checksumAt(proto byte) int {
	switch proto {
	case 1, 58:
		return 2
	case 6:
		return 16
	case 17:
		return 6
	}
	return -1
}

// pseudo returns the sum of the pseudo-header; ICMPv4 has none.
func pseudo(proto byte, addrs []byte, n int) uint32 {
	if proto == 1 {
		return 0
	}
	return sum(0, addrs) + uint32(proto) + uint32(n)
}

// sum adds 16-bit words, and fold makes 16 bits of the result.
func sum(x uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		x += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		x += uint32(b[0]) << 8
	}
	return x
}

func fold(x uint32) uint16 {
	for x > 0xffff {
		x = x&0xffff + x>>16
	}
	return uint16(x)
}
