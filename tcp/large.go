package tcp

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// maxPieces is the most segments that leave as one large segment: all of 64 KiB
// at the MSS of an Ethernet.
const maxPieces = 48

// sendRun sends the first unsent segment s and, to a driver that splits large
// segments, those that follow it and may go too, as one. window is what the
// congestion window leaves. It returns the sequence space sent, and whether there
// was memory and room in the driver's queue.
//
// The segments stay what they are in the send queue: each is acknowledged,
// reported by SACK, taken for lost and sent again by itself. A retransmission is
// never large. What the driver cuts a large segment into are the packets that
// sendNew would have sent, so all pieces but the last are full, and a FIN goes by
// itself; only the ends of writes within it have no PSH (RFC 9293 §3.9.1.2,
// SHLD-28: "collapse successive bits"). It takes at most half of the congestion window, so that the peer's ACKs
// come in two parts at least and the sender does not fall silent in between.
func (p *PCB) sendRun(s *outSegment, window int) (n int, ok bool) {
	if s.next == nil || s.flags&^segPush != 0 || s.buf == nil || int(s.n) != p.SegmentPayload() {
		n = s.seqLen()
		return n, p.sendNew(s)
	}
	mss := int(s.n)
	last, bytes, pieces := s, mss, 1
	limit := min(p.largest(), window, p.window()/2, p.burst(), p.snd.usable(), maxPieces*mss)
	for r := s.next; r != nil && bytes+int(r.n) <= limit && p.joins(r, mss); r = r.next {
		last = r
		bytes += int(r.n)
		pieces++
		if int(r.n) < mss {
			break
		}
	}
	if pieces == 1 {
		n = s.seqLen()
		return n, p.sendNew(s)
	}
	return last.end().Sub(s.seq), p.sendLarge(s, last, bytes, pieces)
}

// joins reports whether r may be the next piece of a large segment: payload alone
// that would be sent by itself behind the piece before it.
func (p *PCB) joins(r *outSegment, mss int) bool {
	return r.buf != nil && int(r.n) <= mss && r.flags&^segPush == 0 && p.worthSending(r) &&
		(int(r.n) == mss || r.next != nil || p.opts.Has(NoDelay)) // Nagle: those before it fly
}

// largest returns the most payload that one packet to the peer may carry: what
// the driver splits, or 0 if it cannot.
func (p *PCB) largest() int {
	r, err := p.net.Route(p.id.remote, p.id.local, p.ifc)
	if err != nil || r.Ifc == nil {
		return 0
	}
	return min(r.Ifc.MaxSegment(), pbuf.MaxLen-p.net.HeaderLen()-MaxHeaderLen)
}

// sendLarge is sendNew for the segments from first to last together, which have
// so many bytes of payload.
func (p *PCB) sendLarge(first, last *outSegment, bytes, pieces int) bool {
	now := p.t.q.Now()
	if p.snd.flight() == 0 {
		p.rec.since = now
	}
	for s := first; ; s = s.next {
		s.sentAt = now
		if s == last {
			break
		}
	}
	pipe := p.pipe()
	p.sendq.unsent = last.next
	p.snd.nxt = last.end()
	if !p.emitLarge(first, last, bytes, pieces) {
		p.sendq.unsent = first
		p.snd.nxt = first.seq
		p.stall()
		return false
	}
	p.t.stats.BytesOut += uint64(bytes)
	p.t.stats.LargeOut++
	p.lastSend = now
	p.rec.flags |= recProbeDue
	for s := first; s != last.next && p.sendq.pace != nil; s = s.next {
		p.paced(s, pipe)
		pipe += int(s.n)
	}
	if b := p.sendq.board; b != nil {
		for s := first; s != last.next; s = s.next {
			b.enlist(s)
		}
		p.spend(bytes)
	}
	if !p.isArmed(tRexmit) {
		p.armRexmit() // RFC 6298 §5.1
	}
	return true
}

// emitLarge is emit for the segments from first to last together. The header is
// that of a segment that long, its checksum the sum of theirs: a packet that is
// true as it is, and from which the driver makes smaller ones by
// pbuf.Buf.SegmentSize.
func (p *PCB) emitLarge(first, last *outSegment, bytes, pieces int) bool {
	f := ACK
	if last.flags.has(segPush) || last.next == nil && !p.holding() {
		f |= PSH // as in emit
	}
	ect, cwr := p.ectFor(first) // CWR is the first piece's alone
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
	var views [maxPieces]*pbuf.Buf
	sum, odd := uint16(0), false
	for i, s := 0, first; i < pieces; i, s = i+1, s.next {
		v := p.t.look(s.buf, 0, int(s.n))
		if v == nil {
			pbuf.FreeAll(views[:i])
			buf.Free()
			p.t.stats.NoMemory++
			return false
		}
		part := s.payloadSum()
		v.Sum = part
		v.Flags |= pbuf.HasSum
		views[i] = v
		if odd {
			part = checksum.Swap(part)
		}
		sum = checksum.Add(sum, part)
		odd = odd != (s.n&1 == 1)
	}
	for i := pieces - 1; i > 0; i-- {
		views[i-1].SetNext(views[i])
	}
	h := buf.Bytes()
	p.header(h, first.seq, f)
	binary.BigEndian.PutUint16(h[16:], p.sumOf(h, sum, bytes))
	buf.SetNext(views[0])
	buf.SegmentSize = uint16(first.n)
	p.t.stats.SegmentsOut += uint64(pieces - 1)
	if !p.send(buf, ect) {
		return false
	}
	if cwr != 0 {
		p.ecn &^= ecnReduced
	}
	return true
}

// wireSegments returns how many segments of the sender's the received packet buf
// stands for, n bytes of payload long: more than one if a driver, or a wire in
// memory, hands large ones up.
func wireSegments(buf *pbuf.Buf, n int) int {
	if size := int(buf.SegmentSize); size > 0 && n > size {
		return (n + size - 1) / size
	}
	return 1
}
