package oracle

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"time"
)

// half is one side of a connection: what it sent, as seen at the capture.
//
//	         una           front            nxt        edge
//	──────────┼──────────────┼───────────────┼───────────┼──▶ sequence numbers
//	 acked    │ all captured │ with holes    │ allowed   │ beyond the window
//
// Sequence numbers are unwrapped into 64 bits, so that they compare as numbers.
type half struct {
	f    *flow
	peer *half
	addr netip.AddrPort
	name string

	known   bool  // the fields below mean something
	base    int64 // first sequence number known
	una     int64 // highest acknowledgment of the peer
	unaAt   time.Duration
	unaTS   uint32 // the timestamp of that packet
	unaTold bool   // which no packet before it had
	front   int64  // all below was captured, or acknowledged
	nxt     int64  // end of what was captured
	seen    intervals
	dup     intervals // captured twice
	dupLost bool      // dup is not complete any more
	segs    []sent    // not acknowledged, by lo
	fin     int64     // sequence number of the FIN, -1 before
	finNo   int

	synSeen bool
	synAt   int64 // sequence number of the SYN
	synAck  bool  // the last SYN carried an ACK
	syn     TCPOptions
	synWnd  int64
	syns    int

	// What the peer allows.
	edge      int64 // greatest right edge of its window
	edgeKnown bool

	// As a receiver.
	acked    bool // it has sent an ACK
	ack      int64
	ackStamp stamp
	advWnd   int64 // last window, scaled; -1: unknown
	advEdge  int64
	advStamp stamp
	owed     []owed
	flagged  bool // the first of owed was reported
	stranded owed // out of order and not answered; number 0: none

	lastNo int
	lastAt time.Duration
	claims []claim

	checksumCounts
	vantage
	resending
	growth
	clock
	probing
	ending
	incarnation
	ahead ahead

	segments, resent int
	bytes            int64
	list             []candidate
	counts           map[string]int
}

// checksumCounts tells how many segments of a host sum up.
type checksumCounts struct{ goodSums, badSums int }

// sent is a segment that is not acknowledged.
type sent struct {
	lo, hi          int64
	first, last     time.Duration
	firstNo, lastNo int
	count           int
	stamp           stamp // of the last one
	hash            uint64
	hashed          bool
}

// owed is data that a host has received and not acknowledged.
type owed struct {
	lo     int64 // of one out of order
	end    int64
	at     time.Duration
	number int
	size   int
	fin    bool
	again  bool // sent again meanwhile
}

// unwrap places a sequence number of x's next to the newest one known.
func (x *half) unwrap(seq uint32) int64 { return x.nxt + int64(int32(seq-uint32(x.nxt))) }

// begin sets the first sequence number.
func (x *half) begin(seq int64) {
	x.known = true
	x.base, x.una, x.front, x.nxt = seq, seq, seq, seq
}

// scale returns the shift of the windows that x sends, -1 if it is unknown.
//
// RFC 7323 §2.2: both SYNs must carry the option.
func (x *half) scale() int {
	if !x.agreed() {
		return -1
	}
	if x.syn.Scale < 0 || x.peer.syn.Scale < 0 {
		return 0
	}
	return min(x.syn.Scale, 14)
}

// agreed reports whether both SYNs were captured with all their options.
func (x *half) agreed() bool {
	return x.synSeen && x.peer.synSeen && x.syn.Whole && x.peer.syn.Whole
}

// mss returns the largest segment that x may send, options included, as the
// peer's SYN has it, or 0 if that was not captured (RFC 9293 §3.7.1).
func (x *half) mss() int {
	switch {
	case !x.peer.synSeen:
		return 0
	case x.peer.syn.MSS != 0:
		return int(x.peer.syn.MSS)
	case !x.peer.syn.Whole:
		return 0
	case x.addr.Addr().Is4():
		return 536
	}
	return 1220
}

// find returns the segment in flight that holds the sequence number, or nil.
func (x *half) find(seq int64) *sent {
	i, _ := slices.BinarySearchFunc(x.segs, seq, func(s sent, seq int64) int {
		if s.hi <= seq {
			return -1
		}
		return 1
	})
	if i < len(x.segs) && x.segs[i].lo <= seq {
		return &x.segs[i]
	}
	return nil
}

// record enters what s takes of the sequence space as sent, and reports whether
// some of it was captured before.
func (x *half) record(s *segment) (resent bool) {
	if s.lo == s.hi {
		return false
	}
	x.bytes += int64(s.PayloadLen)
	for lo := s.lo; lo < s.hi; {
		o, ok := x.seen.overlap(lo, s.hi)
		if !ok {
			break
		}
		resent = true
		x.bytes -= min(o.hi-o.lo, int64(s.PayloadLen))
		if len(x.dup) < 1024 {
			x.dup.add(o.lo, o.hi)
		} else {
			x.dupLost = true
		}
		lo = o.hi
	}
	if resent {
		x.resent++
		x.resend(s)
	} else {
		x.insert(s)
	}
	if s.lo < x.nxt && !resent {
		x.upstream = true // a hole is filled: lost or reordered on the way here
	}
	x.seen.add(s.lo, s.hi)
	x.nxt = max(x.nxt, s.hi)
	x.front = x.seen.end(x.front)
	if len(x.seen) > 1 || x.seen[0].lo < x.una-keptBehind {
		x.seen.trim(x.una - keptBehind)
		x.dup.trim(x.una - keptBehind)
	}
	return resent
}

// keptBehind is how much of what is acknowledged is remembered, for reports of
// duplicates.
const keptBehind = 1 << 24

// resend marks what s overlaps as sent again, and inserts what is new of it.
func (x *half) resend(s *segment) {
	x.split(s.lo)
	x.split(s.hi)
	for i := range x.segs {
		e := &x.segs[i]
		if e.lo >= s.hi {
			break
		}
		if e.hi > s.lo {
			e.last, e.lastNo, e.stamp = s.At, s.Number, s.stamp()
			e.count++
		}
	}
	if s.hi > x.nxt { // coalesced with new data
		x.insertAt(x.nxt, s.hi, s)
	}
}

// split divides the segment in flight that a sequence number lies within: what
// is sent again need not have the borders of what was sent.
func (x *half) split(seq int64) {
	for i := range x.segs {
		e := &x.segs[i]
		if e.lo >= seq {
			return
		}
		if e.hi > seq {
			rest := *e
			e.hi, rest.lo = seq, seq
			e.hashed, rest.hashed = false, false
			x.segs = slices.Insert(x.segs, i+1, rest)
			return
		}
	}
}

func (x *half) insert(s *segment) {
	if s.hi <= x.una {
		return
	}
	e := x.insertAt(s.lo, s.hi, s)
	e.hash, e.hashed = payloadHash(s)
}

func (x *half) insertAt(lo, hi int64, s *segment) *sent {
	e := sent{lo: lo, hi: hi, first: s.At, last: s.At, firstNo: s.Number, lastNo: s.Number, count: 1, stamp: s.stamp()}
	i := len(x.segs)
	for i > 0 && x.segs[i-1].lo > lo {
		i--
	}
	x.segs = slices.Insert(x.segs, i, e)
	return &x.segs[i]
}

// acknowledge removes what is acknowledged up to a and returns how many
// segments of at most mss that were, at the most: what a card splits is captured
// in one piece and may be acknowledged in several, and options take room.
func (x *half) acknowledge(a int64, at time.Duration, mss int) (n int) {
	if a <= x.una {
		return 0
	}
	x.una, x.unaAt = a, at
	full := int64(max(mss-maxOptions, 1))
	segments := func(octets int64) int { return int(max(1, (octets+full-1)/full)) }
	i := 0
	for i < len(x.segs) && x.segs[i].hi <= a {
		n += segments(x.segs[i].hi - x.segs[i].lo)
		i++
	}
	x.segs = slices.Delete(x.segs, 0, i)
	if len(x.segs) > 0 && x.segs[0].lo < a {
		n += segments(a - x.segs[0].lo)
		x.segs[0].lo = a
		x.segs[0].hashed = false
	}
	return n
}

// maxOptions is how many octets of options a segment has at most.
const maxOptions = 40

// hashSeed makes payloads comparable within one run.
type hashSeed struct{ seed maphash.Seed }

// payloadHash returns a hash of the segment's payload, if all was captured.
func payloadHash(s *segment) (uint64, bool) {
	if s.PayloadLen == 0 || len(s.Payload) < s.PayloadLen {
		return 0, false
	}
	return maphash.Bytes(s.x.f.j.hash.seed, s.Payload), true
}
