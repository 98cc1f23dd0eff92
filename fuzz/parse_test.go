package fuzz

// packet is what the test itself reads of a frame.
type packet struct {
	six      bool
	src, dst []byte
	dstHW    []byte
	proto    byte // 0: neither IPv4 nor IPv6; 255: a fragment
	part     byte // what it is a fragment of
	arp      []byte
	hops     byte
	body     []byte // the transport's header and what follows
}

// parse reads a frame. It trusts lengths no further than the frame goes.
func parse(f []byte, ip bool) (p packet) {
	typ := uint16(0)
	if !ip {
		if len(f) < 14 {
			return p
		}
		p.dstHW = f[:6]
		typ, f = be.Uint16(f[12:]), f[14:]
		if typ == 0x8100 && len(f) >= 4 {
			typ, f = be.Uint16(f[2:]), f[4:]
		}
	} else if len(f) > 0 {
		typ = map[byte]uint16{4: 0x0800, 6: 0x86dd}[f[0]>>4]
	}
	switch {
	case typ == 0x0806:
		p.arp = f
	case typ == 0x0800 && len(f) >= 20 && f[0]>>4 == 4:
		n, total := int(f[0]&15)*4, int(be.Uint16(f[2:]))
		if n < 20 || total < n || total > len(f) {
			return p
		}
		p.src, p.dst, p.proto, p.hops, p.body = f[12:16], f[16:20], f[9], f[8], f[n:total]
		if be.Uint16(f[6:])&0x3fff != 0 {
			p.part, p.proto = p.proto, 255
		}
	case typ == 0x86dd && len(f) >= 40 && f[0]>>4 == 6:
		total := 40 + int(be.Uint16(f[4:]))
		if total > len(f) {
			return p
		}
		p.six, p.src, p.dst, p.hops = true, f[8:24], f[24:40], f[7]
		p.proto, p.body = f[6], f[40:total]
		for {
			n := 8
			switch p.proto {
			case 0, 43, 60:
				if len(p.body) >= 8 {
					n += 8 * int(p.body[1])
				}
			case 44:
				if len(p.body) >= 8 && be.Uint16(p.body[2:])&0xfff9 != 0 {
					p.part, p.proto = p.body[0], 255
					return p
				}
			default:
				return p
			}
			if len(p.body) < n {
				p.proto = 255
				return p
			}
			p.proto, p.body = p.body[0], p.body[n:]
		}
	}
	return p
}

// segment is a TCP segment.
type segment struct {
	src, dst uint16
	seq, ack uint32
	flags    byte
	wnd      uint16
	options  []byte
	payload  []byte
}

// segment returns the packet's, if it is one.
func (p *packet) segment() (s segment, ok bool) {
	b := p.body
	if p.proto != 6 || len(b) < 20 {
		return s, false
	}
	n := int(b[12]>>4) * 4
	if n < 20 || n > len(b) {
		return s, false
	}
	return segment{be.Uint16(b), be.Uint16(b[2:]), be.Uint32(b[4:]), be.Uint32(b[8:]), b[13], be.Uint16(b[14:]), b[20:n], b[n:]}, true
}

// seqLen is the sequence space that the segment takes.
func (s *segment) seqLen() int {
	n := len(s.payload)
	if s.flags&syn != 0 {
		n++
	}
	if s.flags&fin != 0 {
		n++
	}
	return n
}

// icmpError reports whether the packet is an ICMP error.
func (p *packet) icmpError() bool {
	if len(p.body) == 0 {
		return false
	}
	switch typ := p.body[0]; {
	case p.proto == 58 && p.six:
		return typ < 128
	case p.proto == 1 && !p.six:
		return typ == 3 || typ == 4 || typ == 5 || typ == 11 || typ == 12
	}
	return false
}

// tallyOf begins the tally of an event.
func (w *world) tallyOf(frame []byte) (t tally) {
	p := parse(frame, w.kind.ip())
	if s, ok := p.segment(); ok && s.flags&rst != 0 {
		t.rst = true
	}
	t.icmp = p.icmpError()
	return t
}

// follow keeps what was sent to the stack: how far, and what is not of the
// stream.
func (w *world) follow(frame []byte) {
	p := parse(frame, w.kind.ip())
	s, ok := p.segment()
	if !ok {
		if p.proto == 255 && p.part != 17 && p.part != 58 && p.part != 1 {
			w.spoofed = true // a segment in fragments, maybe
		}
		return
	}
	off := int64(int32(s.seq - w.kind.iss() - 1))
	if s.flags&syn != 0 {
		if off++; off != 0 {
			w.spoofed = true
		}
	}
	w.offered = max(w.offered, int64(int32(s.seq-w.kind.iss()))+int64(s.seqLen()))
	if len(s.payload) > 0 && !holds(s.payload, off, inByte) {
		w.forged = append(w.forged, piece{off, s.payload})
	}
}
