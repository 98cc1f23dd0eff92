package fuzz

import "bytes"

// emitted judges a frame that the stack sends, and lets the peers see it.
func (w *world) emitted(b []byte) {
	w.t.Helper()
	w.frames++
	w.input.frames++
	if err := w.judge.frame(b); err != nil {
		w.t.Fatalf("%v in a frame sent:\n% x", err, b)
	}
	if w.tap != nil {
		w.tap(b)
	}
	if w.judge.forwarded(b) {
		return
	}
	p := parse(b, w.kind.ip())
	if s, ok := p.segment(); ok {
		w.sentSegment(&p, &s)
	} else {
		w.input.segments++
	}
	if w.input.icmp && p.icmpError() {
		w.t.Fatalf("an ICMP error answers an ICMP error:\n% x", b)
	}
	w.answer(&p)
}

// sentSegment judges a segment that the stack sends.
func (w *world) sentSegment(p *packet, s *segment) {
	w.t.Helper()
	if s.flags&rst != 0 && w.input.rst {
		w.t.Fatalf("a RST answers a RST: %+v to %s", *s, addrString(p.dst))
	}
	if len(s.payload) == 0 {
		w.input.segments++
	}
	w.input.data += len(s.payload)
	// Every initial sequence number is the same, and every stream.
	off := int64(int32(s.seq - w.kind.iss() - 1))
	if len(s.payload) > 0 && !holds(s.payload, off, outByte) {
		w.t.Fatalf("a segment at %d has other bytes than were written: % x", off, s.payload)
	}
	if c := w.connOf(p.six, s.dst, s.src, p.dst); c != nil && s.flags&rst == 0 {
		end := off + int64(len(s.payload))
		switch {
		case s.flags&syn != 0 && off != -1:
			w.t.Fatalf("a SYN at %d", off)
		case end > c.wrote+1 || len(s.payload) > 0 && end > c.wrote:
			w.t.Fatalf("a segment from %d to %d, but only %d bytes were written", off, end, c.wrote)
		case s.flags&fin != 0 && end != c.wrote:
			w.t.Fatalf("a FIN at %d of %d bytes", end, c.wrote)
		case s.flags&fin != 0 && !c.ended:
			w.t.Fatal("a FIN, but nobody closed")
		}
		if s.flags&ack != 0 && !w.spoofed && c.followed {
			if got := int64(int32(s.ack - w.kind.iss())); got > w.offered {
				w.t.Fatalf("%d octets are acknowledged, %d were sent", got, w.offered)
			}
		}
	}
	if w.friendly && s.flags&(syn|ack) == syn && (bytes.Equal(p.dst, addrBytes(peer4)) || bytes.Equal(p.dst, addrBytes(peer6))) {
		w.befriend(p.six, s.dst, s.src)
	}
	for _, q := range w.peers {
		q.saw(p, s)
	}
}

// holds reports whether b is what stream has at off.
func holds(b []byte, off int64, stream func(int64) byte) bool {
	for i, c := range b {
		if c != stream(off+int64(i)) {
			return false
		}
	}
	return true
}

// answer lets the hosts of the link answer to what is asked for their addresses.
func (w *world) answer(p *packet) {
	switch {
	case len(p.arp) >= 28 && p.arp[7] == 1:
		for _, h := range []struct{ addr, hw string }{{peer4, peerHW}, {fresh4, freshHW}, {router4, routerHW}} {
			if bytes.Equal(p.arp[24:28], addrBytes(h.addr)) {
				w.answers = append(w.answers, w.arp(2, h.hw, h.addr, host4))
			}
		}
	case p.proto == 58 && len(p.body) >= 24 && p.body[0] == 135:
		for _, h := range []struct{ addr, hw string }{{peer6, peerHW}, {fresh6, freshHW}, {router6, routerHW}} {
			if bytes.Equal(p.body[8:24], addrBytes(h.addr)) && !allZero(p.src) {
				w.answers = append(w.answers, w.ether(hostHW, h.hw, 0x86dd, packet6(h.addr, addrString(p.src), 58, 255,
					icmp(136, 0, 0x6000_0000, addrBytes(h.addr), []byte{2, 1}, []byte(h.hw)))))
			}
		}
	}
}
