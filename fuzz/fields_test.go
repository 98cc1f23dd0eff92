package fuzz

import "fmt"

// field is a number in a frame: bits of it at a place.
type field struct {
	name  string
	off   int // of the first byte
	size  int // bytes: 1, 2 or 4
	shift int // of the lowest bit
	bits  int // 0: all
}

func (f field) mask() uint32 {
	if f.bits == 0 || f.bits >= 32 {
		return uint32(1<<(8*f.size) - 1)
	}
	return 1<<f.bits - 1
}

func (f field) word(b []byte) (x uint32) {
	for _, c := range b[f.off : f.off+f.size] {
		x = x<<8 | uint32(c)
	}
	return x
}

func (f field) get(b []byte) uint32 { return f.word(b) >> f.shift & f.mask() }

func (f field) set(b []byte, v uint32) {
	x := f.word(b)&^(f.mask()<<f.shift) | v&f.mask()<<f.shift
	for i := f.size - 1; i >= 0; i-- {
		b[f.off+i] = byte(x)
		x >>= 8
	}
}

// walker lists the fields of a frame.
type walker struct {
	b    []byte
	list []field
}

func (w *walker) add(name string, off, size int) { w.part(name, off, size, 0, 0) }

func (w *walker) part(name string, off, size, shift, bits int) {
	if off+size <= len(w.b) {
		w.list = append(w.list, field{name, off, size, shift, bits})
	}
}

// fields lists the fields of a frame, its options and what an ICMP error quotes.
func fields(frame []byte, ip bool) []field {
	w := &walker{b: frame}
	if ip {
		w.ip("", 0)
		return w.list
	}
	w.add("eth.dst", 0, 4)
	w.add("eth.dst.low", 2, 4)
	w.add("eth.src", 6, 4)
	w.add("eth.type", 12, 2)
	switch {
	case len(frame) < 14:
	case be.Uint16(frame[12:]) == 0x0806:
		w.arp(14)
	default:
		w.ip("", 14)
	}
	return w.list
}

func (w *walker) arp(at int) {
	for _, f := range []struct {
		name      string
		off, size int
	}{{"hardware", 0, 2}, {"protocol", 2, 2}, {"hlen", 4, 1}, {"plen", 5, 1}, {"op", 6, 2}, {"sha", 8, 4}, {"sha.low", 10, 4},
		{"spa", 14, 4}, {"tha", 18, 4}, {"tpa", 24, 4}} {
		w.add("arp."+f.name, at+f.off, f.size)
	}
}

func (w *walker) ip(in string, at int) {
	if at >= len(w.b) {
		return
	}
	switch w.b[at] >> 4 {
	case 4:
		w.ip4(in+"ip4.", at)
	case 6:
		w.ip6(in+"ip6.", at)
	}
}

func (w *walker) ip4(in string, at int) {
	w.part(in+"version", at, 1, 4, 4)
	w.part(in+"ihl", at, 1, 0, 4)
	w.add(in+"tos", at+1, 1)
	w.add(in+"length", at+2, 2)
	w.add(in+"id", at+4, 2)
	w.part(in+"flags", at+6, 1, 5, 3)
	w.part(in+"offset", at+6, 2, 0, 13)
	w.add(in+"ttl", at+8, 1)
	w.add(in+"protocol", at+9, 1)
	w.add(in+"checksum", at+10, 2)
	w.add(in+"src", at+12, 4)
	w.add(in+"dst", at+16, 4)
	n := int(w.b[at]&15) * 4
	if at+20 > len(w.b) || n < 20 || at+n > len(w.b) {
		return
	}
	w.tlv(in, at+20, at+n, 2, 1)
	if be.Uint16(w.b[at+6:])&0x1fff == 0 {
		w.transport(in, w.b[at+9], at+n)
	}
}

func (w *walker) ip6(in string, at int) {
	w.part(in+"version", at, 1, 4, 4)
	w.part(in+"class", at, 2, 4, 8)
	w.part(in+"flow", at, 4, 0, 20)
	w.add(in+"length", at+4, 2)
	w.add(in+"next", at+6, 1)
	w.add(in+"hops", at+7, 1)
	for _, a := range []int{8, 24} {
		w.add(fmt.Sprint(in, "addr", a), at+a, 4)
		w.add(fmt.Sprint(in, "addr", a, ".middle"), at+a+8, 4)
		w.add(fmt.Sprint(in, "addr", a, ".low"), at+a+12, 4)
	}
	if at+40 > len(w.b) {
		return
	}
	next := w.b[at+6]
	for at += 40; at+8 <= len(w.b); {
		n := 8
		switch next {
		case 0, 60, 43:
			n += 8 * int(w.b[at+1])
			name := fmt.Sprint(in, "ext", next, ".")
			w.add(name+"next", at, 1)
			w.add(name+"length", at+1, 1)
			if next == 43 {
				w.add(name+"type", at+2, 1)
				w.add(name+"left", at+3, 1)
			} else {
				w.tlv(name, at+2, min(at+n, len(w.b)), 2, 1)
			}
		case 44:
			w.add(in+"fragment.next", at, 1)
			w.add(in+"fragment.reserved", at+1, 1)
			w.part(in+"fragment.offset", at+2, 2, 3, 13)
			w.part(in+"fragment.more", at+3, 1, 0, 3)
			w.add(in+"fragment.id", at+4, 4)
		default:
			w.transport(in, next, at)
			return
		}
		next, at = w.b[at], at+n
	}
}

// tlv lists options of kind, length and value. The length counts unit bytes and
// includes head of them; kinds 0 and 1 are single bytes, unless the unit is 8.
func (w *walker) tlv(in string, at, end, head, unit int) {
	for at < end {
		kind := w.b[at]
		name := fmt.Sprint(in, "option", kind, ".")
		w.add(name+"kind", at, 1)
		if unit == 1 && kind < 2 && head == 2 {
			at++
			continue
		}
		if at+1 >= end {
			return
		}
		w.add(name+"length", at+1, 1)
		n := int(w.b[at+1]) * unit
		for i := at + 2; i < min(at+n, end); i += 2 {
			w.add(fmt.Sprint(name, i-at), i, 2)
		}
		if n < 2 {
			return
		}
		at += n
	}
}

func (w *walker) transport(in string, proto byte, at int) {
	switch proto {
	case 6:
		w.tcp(in+"tcp.", at)
	case 17:
		for i, f := range []string{"src", "dst", "length", "checksum"} {
			w.add(in+"udp."+f, at+2*i, 2)
		}
		w.add(in+"udp.payload", at+8, 4)
	case 1, 58:
		w.icmp(in+"icmp.", at, proto == 58)
	}
}

func (w *walker) tcp(in string, at int) {
	w.add(in+"src", at, 2)
	w.add(in+"dst", at+2, 2)
	w.add(in+"seq", at+4, 4)
	w.add(in+"ack", at+8, 4)
	w.part(in+"offset", at+12, 1, 4, 4)
	w.part(in+"reserved", at+12, 1, 0, 4)
	w.add(in+"flags", at+13, 1)
	w.add(in+"window", at+14, 2)
	w.add(in+"checksum", at+16, 2)
	w.add(in+"urgent", at+18, 2)
	if at+20 > len(w.b) {
		return
	}
	n := int(w.b[at+12]>>4) * 4
	if n < 20 || at+n > len(w.b) {
		return
	}
	w.tlv(in, at+20, at+n, 2, 1)
	w.add(in+"payload", at+n, 4)
}

func (w *walker) icmp(in string, at int, six bool) {
	w.add(in+"type", at, 1)
	w.add(in+"code", at+1, 1)
	w.add(in+"checksum", at+2, 2)
	w.add(in+"rest", at+4, 4)
	w.add(in+"rest.low", at+6, 2)
	if at >= len(w.b) {
		return
	}
	typ := w.b[at]
	switch {
	case !six && (typ == 3 || typ == 4 || typ == 5 || typ == 11 || typ == 12), six && typ < 128:
		w.ip(in+"quote.", at+8)
	case six && typ == 133:
		w.nd(in, at+8)
	case six && typ == 134:
		w.add(in+"reachable", at+8, 4)
		w.add(in+"retrans", at+12, 4)
		w.nd(in, at+16)
	case six && (typ == 135 || typ == 136):
		w.add(in+"target", at+8, 4)
		w.add(in+"target.low", at+20, 4)
		w.nd(in, at+24)
	case six && typ == 137:
		w.add(in+"target.low", at+20, 4)
		w.add(in+"destination", at+24, 4)
		w.add(in+"destination.low", at+36, 4)
		w.nd(in, at+40)
	default:
		w.add(in+"payload", at+8, 4)
	}
}

// nd lists the options of neighbour discovery.
func (w *walker) nd(in string, at int) { w.tlv(in+"nd.", at, len(w.b), 0, 8) }
