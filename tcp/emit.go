package tcp

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// lowerRoom is the headroom in front of a TCP header.
const lowerRoom = pbuf.RawTXRoom + pbuf.LinkRoom + pbuf.IPRoom

// emit puts one segment of the send queue onto the wire, with the ACK and window
// of this moment. The payload goes as a view, so the segment can be sent again
// while a driver or a peer in memory still holds it. It reports false if there
// was no memory or no room in the driver's queue.
//
// RFC 9293 §3.1.
func (p *PCB) emit(s *outSegment) bool {
	f := ACK
	if s.flags.has(segSYN) {
		return p.emitSYN(s)
	}
	if s.flags.has(segFIN) {
		f |= FIN
	}
	// RFC 9293 §3.9.1.2 (MUST-61): PSH on the last segment buffered.
	if s.flags.has(segPush) || s.next == nil && s.n > 0 && !p.holding() {
		f |= PSH
	}
	ect, cwr := p.ectFor(s)
	f |= cwr
	n := HeaderLen
	if p.features.has(useTimestamps) {
		n += lenTimestamp
	}
	buf := p.t.pool.AllocBytes(lowerRoom, n)
	if buf == nil {
		p.t.stats.NoMemory++
		return false
	}
	sum := uint16(0)
	if s.buf != nil {
		sum = s.payloadSum()
		view := p.t.look(s.buf, 0, int(s.n))
		if view == nil {
			buf.Free()
			p.t.stats.NoMemory++
			return false
		}
		p.header(buf.Bytes(), s.seq, f)
		h := buf.Bytes()
		binary.BigEndian.PutUint16(h[16:], p.sumOf(h, sum, int(s.n)))
		buf.SetNext(view)
		if !p.send(buf, ect) {
			return false
		}
		if cwr != 0 {
			p.ecn &^= ecnReduced
		}
		return true
	}
	h := buf.Bytes()
	p.header(h, s.seq, f)
	binary.BigEndian.PutUint16(h[16:], p.sumOf(h, 0, 0))
	return p.send(buf, 0)
}

// header writes the header of a segment that acknowledges, with the timestamp
// option if it is in use, into h, which has their length.
func (p *PCB) header(h []byte, seq Seq, f Flags) {
	wnd := p.rcv.advance(p.receiveSize(), int(p.snd.mss)) >> p.rcv.scale
	if p.ecn.has(ecnEcho) {
		f |= ECE // RFC 3168 §6.1.3
	}
	putHeader(h, p.id.lport, p.id.rport, seq, p.rcv.nxt, len(h), f, uint16(min(wnd, 0xffff)))
	if p.features.has(useTimestamps) {
		putTimestamp(h[HeaderLen:], p.now32(), p.rcv.tsRecent)
	}
	p.acked()
}

// acked notes that RCV.NXT is being acknowledged.
func (p *PCB) acked() {
	p.rcv.acked = p.rcv.nxt
	p.rcv.unacked = 0
	p.todo.ack = ackNone
	if p.isArmed(tDelack) {
		p.stop(tDelack)
	}
}

// emitSYN sends our SYN, with an ACK once we have the peer's.
//
// RFC 9293 §3.5, RFC 7323 §2.2, §3.2, RFC 2018 §2: what a SYN,ACK carries is
// what both can do.
func (p *PCB) emitSYN(s *outSegment) bool {
	cfg := &p.t.cfg
	o := synOptions{scale: -1, mss: uint16(p.ourMSS(p.routeMTU()))}
	f := SYN | p.synECN()
	ack := Seq(0)
	if p.state == SynSent {
		o.ts, o.sackOK = !cfg.NoTimestamps, !cfg.NoSACK
		if !cfg.NoWindowScale {
			o.scale = int8(p.rcv.scale)
		}
	} else {
		f |= ACK
		ack = p.rcv.nxt
		o.ts, o.sackOK = p.features.has(useTimestamps), p.features.has(useSACK)
		if p.features.has(useScale) {
			o.scale = int8(p.rcv.scale)
		}
		o.ecr = p.rcv.tsRecent
	}
	o.val = p.now32()
	n := HeaderLen + o.len()
	buf := p.t.pool.AllocBytes(lowerRoom, n)
	if buf == nil {
		p.t.stats.NoMemory++
		return false
	}
	h := buf.Bytes()
	putHeader(h, p.id.lport, p.id.rport, s.seq, ack, n, f, uint16(min(p.rcv.room(int(p.rcv.buf)), 0xffff)))
	o.put(h[HeaderLen:])
	binary.BigEndian.PutUint16(h[16:], p.sumOf(h, 0, 0))
	if f.Has(ACK) {
		p.acked()
	}
	return p.send(buf, 0)
}

// routeMTU returns the MTU of the path, or the least of the family.
func (p *PCB) routeMTU() int {
	if r, err := p.net.Route(p.id.remote, p.id.local, p.ifc); err == nil {
		return r.MTU
	}
	return p.net.HeaderLen() + HeaderLen + defaultMSS4
}

// sendACK sends an ACK without payload, with SACK blocks if there is a gap.
func (p *PCB) sendACK() bool { return p.sendEmpty(p.snd.acceptable(), ACK) }

// sendEmpty sends a segment without payload and reports whether there was memory
// and room in the driver's queue.
func (p *PCB) sendEmpty(seq Seq, f Flags) bool {
	n := HeaderLen
	if p.features.has(useTimestamps) {
		n += lenTimestamp
	}
	var blocks [maxSACKBlocks]sackBlock
	nb := p.sackBlocks(blocks[:])
	buf := p.t.pool.AllocBytes(lowerRoom, n+sackLen(nb))
	if buf == nil {
		p.t.stats.NoMemory++
		return false
	}
	h := buf.Bytes()
	p.header(h, seq, f)
	p.todo.dsack = false
	if p.state == TimeWait {
		p.lastSend = p.t.q.Now() // see recyclable
	}
	if nb > 0 {
		putSACK(h[n:], blocks[:nb])
	}
	binary.BigEndian.PutUint16(h[16:], p.sumOf(h, 0, 0))
	return p.send(buf, 0)
}

// send passes a finished segment to the network layer, with that ECN field, and reports whether there
// was memory and room in the driver's queue. Other errors lose the segment, as a
// link may; if it was too big for a path that another connection has measured,
// finish makes it fit. It consumes buf.
func (p *PCB) send(buf *pbuf.Buf, ect uint8) bool {
	p.t.stats.SegmentsOut++
	err := p.net.Output(buf, ip.Header{
		Src: p.id.local, Dst: p.id.remote, Ifc: p.ifc, Proto: ip.TCP,
		TTL: p.ttl, TOS: p.tos | ect, Flags: ip.DontFragment,
	})
	if err == ip.ErrTooBig {
		p.todo.tooBig = true
	}
	return err != ip.ErrQueueFull && err != ip.ErrNoMemory
}
