package tcp

import (
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// segFlags is what is known of a queued segment.
type segFlags uint8

const (
	segSYN    segFlags = 1 << iota // takes one number before the payload
	segFIN                         // takes one number after the payload
	segPush                        // ends a write
	segLost                        // taken for lost; waits to be sent again
	segSacked                      // the peer reported it (RFC 2018)
	segAgain                       // was sent more than once
	segFlying                      // sent again since it was taken for lost
)

func (f segFlags) has(g segFlags) bool { return f&g != 0 }

// outSegment is a segment that we send: queued, or in flight until it is
// acknowledged.
type outSegment struct {
	next *outSegment
	// neighbours in the board's order of transmission
	prevSent, nextSent *outSegment

	buf    *pbuf.Buf // the payload, one element; nil if there is none
	stamp  *stamp    // in flight, with a controller that paces: pacing.go
	sentAt timers.Time
	seq    Seq
	n      int32 // payload octets
	sum    uint16
	flags  segFlags
	summed bool // sum is valid
}

// seqLen returns the sequence space that the segment takes.
func (s *outSegment) seqLen() int {
	n := int(s.n)
	if s.flags.has(segSYN) {
		n++
	}
	if s.flags.has(segFIN) {
		n++
	}
	return n
}

// end returns the sequence number after the segment.
func (s *outSegment) end() Seq { return s.seq.Add(s.seqLen()) }

// payloadSum returns the one's complement sum of the payload, computed at most
// once.
func (s *outSegment) payloadSum() uint16 {
	if !s.summed && s.buf != nil {
		s.sum = checksum.Sum(s.buf.Bytes())
		s.summed = true
	}
	return s.sum
}

// sendQueue is what the connection has to send: in flight, then not yet sent.
//
//	head ─▶ seg ─▶ seg ─▶ seg ─▶ seg ─▶ nil
//	        └─ in flight ┘        ▲ unsent
type sendQueue struct {
	head, tail *outSegment
	unsent     *outSegment // first segment never sent
	again      *outSegment // none before it waits to be sent again; nil: none at all
	end        Seq         // after the last segment
	segs       int32       // segments held
	bytes      int         // payload held
	lost       int         // sequence space marked lost and not sent again
	sacked     int         // sequence space marked sacked
	board      *board      // while anything is out of order, with SACK; see sackboard.go
	pace       *pacing     // if the controller paces; see pacing.go
}

// append adds a segment at the end.
func (q *sendQueue) append(s *outSegment) {
	s.seq = q.end
	q.end = s.end()
	q.bytes += int(s.n)
	q.segs++
	if q.tail == nil {
		q.head = s
	} else {
		q.tail.next = s
	}
	q.tail = s
	if q.unsent == nil {
		q.unsent = s
	}
}

// topUp copies what fits of buf behind the payload of the last segment, if that
// was never sent and is shorter than mss octets, and returns the rest of buf, or
// nil if nothing is left. It consumes buf.
//
// RFC 9293 §3.8.6.2.1 (MUST-38): a short segment goes out only if there is no
// more to put into it.
func (t *Protocol) topUp(q *sendQueue, buf *pbuf.Buf, mss int) *pbuf.Buf {
	s, n := q.tail, buf.Len()
	if s == nil || q.unsent == nil || s.flags&(segSYN|segFIN) != 0 || s.buf == nil || int(s.n) >= mss {
		return buf
	}
	n = min(n, mss-int(s.n))
	if s.buf.Tailroom() < n && !t.widen(s, mss) {
		return buf
	}
	sum := buf.Sum
	if n < buf.Len() || !buf.Flags.Has(pbuf.HasSum) {
		sum = checksum.Sum(buf.Bytes()[:n])
	}
	old := s.payloadSum()
	copy(s.buf.Extend(n), buf.Bytes())
	if s.n&1 == 1 {
		sum = checksum.Swap(sum)
	}
	s.sum = checksum.Add(old, sum)
	s.n += int32(n)
	s.flags &^= segPush
	q.bytes += n
	q.end = q.end.Add(n)
	return buf.FreeHeader(n)
}

// refill moves payload from the first unsent segment to s, the last that was
// sent, until s has limit octets.
func (t *Protocol) refill(q *sendQueue, s *outSegment, limit int) {
	r := q.unsent
	if r == nil || r.n == 0 || s.n == 0 || s.flags.has(segFIN) {
		return
	}
	n := min(limit-int(s.n), int(r.n))
	if n <= 0 || !t.widen(s, int(s.n)+n) {
		return
	}
	copy(s.buf.Extend(n), r.buf.Bytes())
	s.n += int32(n)
	s.summed = false
	if n < int(r.n) {
		r.buf.RemoveHeader(n)
		r.n -= int32(n)
		r.seq = r.seq.Add(n)
		r.summed = false
		return
	}
	s.flags |= r.flags & (segPush | segFIN)
	s.next, q.unsent = r.next, r.next
	if q.tail == r {
		q.tail = s
	}
	q.segs--
	t.freeSegment(r)
}

// widen moves the payload of s to a block that has room for n octets, and reports
// whether there was memory for one.
func (t *Protocol) widen(s *outSegment, n int) bool {
	wide := t.pool.AllocBytes(0, n)
	if wide == nil {
		return false
	}
	s.payloadSum()
	copy(wide.Bytes(), s.buf.Bytes())
	wide.Realloc(int(s.n))
	s.buf.Free()
	s.buf = wide
	return true
}

// look returns a view of n octets of buf from off on or, where the pool has no
// view left, a copy; nil if there is no memory for that either.
func (t *Protocol) look(buf *pbuf.Buf, off, n int) *pbuf.Buf {
	v := buf.View(off, n)
	if v == nil {
		if v = t.pool.AllocBytes(0, n); v != nil {
			copy(v.Bytes(), buf.Bytes()[off:])
		}
	}
	return v
}

// split cuts s after n octets of payload and reports whether it could; the rest
// becomes the next segment, with s's marks.
func (t *Protocol) split(q *sendQueue, s *outSegment, n int) bool {
	if n <= 0 || n >= int(s.n) {
		return false
	}
	rest := t.look(s.buf, n, int(s.n)-n)
	if rest == nil {
		return false
	}
	r := t.newSegment()
	r.buf, r.n = rest, s.n-int32(n)
	r.flags = s.flags &^ segSYN
	r.sentAt = s.sentAt
	s.buf.Realloc(n)
	s.n = int32(n)
	s.flags &^= segFIN | segPush
	s.summed = false
	r.seq = s.end()
	r.next = s.next
	s.next = r
	q.segs++
	if q.tail == s {
		q.tail = r
	}
	if q.board != nil {
		q.board.cut(s, r)
	}
	if s.stamp != nil {
		r.stamp = q.pace.newStamp()
		r.stamp.Stamp = s.stamp.Stamp
	}
	// q.unsent stays: if s was the first unsent, it still is.
	return true
}

// splitFIN makes the FIN of s, the last segment, a segment of its own.
func (t *Protocol) splitFIN(q *sendQueue, s *outSegment) {
	r := t.newSegment()
	r.flags = s.flags & (segFIN | segLost | segAgain | segFlying)
	r.sentAt = s.sentAt
	s.flags &^= segFIN
	r.seq = s.end()
	s.next = r
	q.tail = r
	q.segs++
}

// markLost takes a segment in flight for lost.
func (q *sendQueue) markLost(s *outSegment) {
	if s.flags.has(segSacked) || s.flags&(segLost|segFlying) == segLost {
		return
	}
	s.flags = s.flags&^segFlying | segLost
	q.lost += s.seqLen()
	q.pace.missed(s)
	if q.board != nil {
		q.board.delist(s)
	}
	if q.again == nil || s.seq.Before(q.again.seq) {
		q.again = s
	}
}

// recountLost makes the count of lost bytes agree with the marks.
func (q *sendQueue) recountLost() {
	q.lost, q.again = 0, q.head
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags&(segLost|segFlying) == segLost {
			q.lost += s.seqLen()
		}
	}
}

// markResent notes that a lost segment flies again.
func (q *sendQueue) markResent(s *outSegment) {
	if s.flags&(segLost|segFlying) == segLost {
		q.lost -= s.seqLen()
	}
	s.flags |= segFlying | segAgain
}

// unmark takes a segment's marks out of the counts, when it leaves the queue.
func (q *sendQueue) unmark(s *outSegment) {
	if s.flags&(segLost|segFlying) == segLost {
		q.lost -= s.seqLen()
	}
	if s.flags.has(segSacked) {
		q.sacked -= s.seqLen()
	}
}

// firstLost returns the first segment that waits to be sent again, or nil. It
// remembers where it looked, so that sending all of them again takes one walk.
func (q *sendQueue) firstLost() *outSegment {
	if q.lost == 0 {
		return nil
	}
	for ; q.again != nil && q.again != q.unsent; q.again = q.again.next {
		if q.again.flags&(segLost|segFlying) == segLost {
			return q.again
		}
	}
	q.again = nil
	return nil
}

// ackResult is what an ACK took out of the queue.
type ackResult struct {
	bytes  int         // payload octets
	known  int         // of them, those that SACK had reported
	sentAt timers.Time // when the newest of the others was sent; 0: none, or one was sent again (Karn)
	fin    bool        // our FIN is acknowledged
	syn    bool        // our SYN is acknowledged
}

// ack drops everything before una.
func (t *Protocol) ack(q *sendQueue, una Seq) (r ackResult) {
	again := false
	for s := q.head; s != nil && s != q.unsent && s.seq.Before(una); s = q.head {
		if s.end().After(una) {
			again = again || s.flags.has(segAgain)
			t.ackPart(q, s, una, &r)
			break
		}
		q.unmark(s)
		if q.board != nil {
			q.board.acknowledged(s)
		}
		if q.pace != nil {
			q.pace.delivered(s, t.q.Now())
		}
		r.bytes += int(s.n)
		q.segs--
		r.fin = r.fin || s.flags.has(segFIN)
		r.syn = r.syn || s.flags.has(segSYN)
		if s.flags.has(segSacked) {
			r.known += int(s.n)
		} else {
			again = again || s.flags.has(segAgain)
			r.sentAt = s.sentAt
		}
		q.head = s.next
		if q.head == nil {
			q.tail = nil
		}
		if q.again == s {
			q.again = s.next
		}
		t.freeSegment(s)
	}
	q.bytes -= r.bytes
	t.unacked -= r.bytes
	if again {
		r.sentAt = 0
	}
	return r
}

// ackPart drops the part of s that lies before una.
func (t *Protocol) ackPart(q *sendQueue, s *outSegment, una Seq, r *ackResult) {
	q.unmark(s)
	if s.flags.has(segSacked) {
		r.known += una.Sub(s.seq)
	}
	n := una.Sub(s.seq)
	if s.flags.has(segSYN) {
		r.syn = true
		s.flags &^= segSYN
		n--
	}
	if n > 0 {
		s.buf.RemoveHeader(n)
		s.n -= int32(n)
		s.summed = false
		r.bytes += n
	}
	if s.n == 0 && s.buf != nil { // only the FIN is left
		s.buf.Free()
		s.buf = nil
	}
	s.seq = una
	if s.flags&(segLost|segFlying) == segLost {
		q.lost += s.seqLen()
	}
	if s.flags.has(segSacked) {
		q.sacked += s.seqLen()
	}
}

// clear drops everything.
func (t *Protocol) clear(q *sendQueue) {
	t.closeBoard(q)
	for s := q.head; s != nil; {
		next := s.next
		t.freeSegment(s)
		s = next
	}
	t.unacked -= q.bytes
	*q = sendQueue{end: q.end}
}

// segmentsKept bounds the free list of a Protocol.
const segmentsKept = 8192

// newSegment returns an empty segment.
func (t *Protocol) newSegment() *outSegment {
	s := t.segs
	if s == nil {
		return new(outSegment)
	}
	t.segs = s.next
	t.nsegs--
	s.next = nil
	return s
}

// freeSegment frees the payload and keeps the segment for reuse.
func (t *Protocol) freeSegment(s *outSegment) {
	if s.buf != nil {
		s.buf.Free()
	}
	*s = outSegment{}
	if t.nsegs < segmentsKept {
		s.next = t.segs
		t.segs = s
		t.nsegs++
	}
}
