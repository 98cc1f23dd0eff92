package oracle

import "time"

var ackRules = []Rule{
	{ID: "ack-missing", Title: "no ACK flag after the SYN", Section: "RFC 9293 §3.1, §3.10.7.4", Severity: Error},
	{ID: "ack-unsent", Title: "acknowledges what was never sent", Section: "RFC 9293 §3.4, §3.10.7.4", Severity: Error},
	{ID: "ack-back", Title: "the acknowledgment number goes back", Section: "RFC 9293 §3.4", Severity: Error, Vantage: AtHost},
	{ID: "ack-late", Title: "an ACK is delayed for more than half a second", Section: "RFC 9293 §3.8.6.3 (MUST-40), RFC 5681 §4.2", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "ack-stretch", Title: "two full segments wait for an ACK", Section: "RFC 9293 §3.8.6.3 (SHLD-19), RFC 5681 §4.2", Severity: Warning, Vantage: AtHost, Whole: true},
	{ID: "ack-gap", Title: "a segment out of order is not answered at once", Section: "RFC 5681 §4.2", Severity: Warning, Vantage: AtHost, Whole: true},
}

// Limits on how long an ACK may wait: the half second of the RFCs, the 200 ms
// after which kernels send the ACK of two full segments at the latest, even if
// their reader is slow, and what a segment out of order may take.
const (
	ackLimit     = 500 * time.Millisecond
	stretchLimit = 200 * time.Millisecond
	gapLimit     = 100 * time.Millisecond
	// raceLimit is how long a host that the capture is next to may send ACKs
	// that do not yet know of a packet.
	raceLimit = 20 * time.Millisecond
	// maxOwed bounds what is remembered of a host that is never heard of.
	maxOwed = 1 << 16
)

// checkAck judges a segment's acknowledgment number.
func (f *flow) checkAck(s *segment) {
	x, y := s.x, s.y
	if s.ack > y.nxt && y.nxt > y.base {
		y.claim("ack-unsent", s, span{y.nxt, s.ack}, false)
	}
	if s.lo == s.hi && s.ack == y.una && y.nxt > y.una && x.acked && s.wnd == x.advWnd {
		y.lossSeen = true // a duplicate ACK: limited transmit may follow (RFC 3042)
	}
	if x.acked && s.ack < x.ack && !s.Flags.Has(SYN) && f.sentAfter(s, x.ackStamp) {
		f.find(x, "ack-back", s.Packet, nil, "it acknowledges %d octets less than before", x.ack-s.ack)
	}
}

// owe notes that y's peer sent something in order, which y is to acknowledge.
func (x *half) owe(o owed) {
	if x.f.dead || len(x.owed) == maxOwed {
		return
	}
	if x.acked && x.advWnd >= 0 && o.end > x.advEdge {
		return // more than it offered to take
	}
	x.owed = append(x.owed, o)
	if x.stranded.number != 0 && x.stranded.end <= o.end {
		x.stranded = owed{}
	}
}

// owedAgain notes that the peer sent something again: x may not have taken what
// came first, although it was captured, and has until now had nothing to
// acknowledge.
func (x *half) owedAgain(s *segment) {
	for i := range x.owed {
		if x.owed[i].end > s.lo && (i == 0 || x.owed[i-1].end < s.hi) {
			x.owed[i].at, x.owed[i].again = s.At, true
		}
	}
	if o := &x.stranded; o.number != 0 && o.lo < s.hi && o.end > s.lo {
		o.at = s.At
	}
}

// strand notes that x got something out of order, which it is to answer at once.
func (x *half) strand(o owed) {
	if !x.known || x.f.dead || !x.acked || x.advWnd < 0 || o.end > x.advEdge || x.stranded.number != 0 {
		return
	}
	x.stranded = o
}

// checkCadence judges when a segment acknowledges what its sender received.
func (f *flow) checkCadence(s *segment) {
	x := s.x
	slack := f.j.opts.Slack
	// What it sends may have waited for a neighbour.
	held := f.j.disturbance.during(s.Packet, s.At)
	full, fullNo := 0, 0
	n := 0
	for n < len(x.owed) && x.owed[n].end <= s.ack {
		o := &x.owed[n]
		wait := s.At - o.at
		if o.size >= min(x.peer.mss()-40, 1000) && o.size >= 500 {
			if full++; full == 2 {
				fullNo = n
			}
		}
		switch {
		case n > 0 || x.flagged || held:
		case o.fin && wait > ackLimit+slack:
			f.find(x, "fin-ack", s.Packet, []int{o.number}, "the FIN waited %v for its ACK", secs(wait))
		case o.size > 0 && wait > ackLimit+slack:
			f.find(x, "ack-late", s.Packet, []int{o.number}, "%d octets waited %v for their ACK", o.size, secs(wait))
		}
		if !o.again { // Karn's rule
			x.answered(wait)
		}
		n++
	}
	if full >= 2 && !held {
		second := x.owed[fullNo]
		at := time.Duration(0)
		for _, o := range x.owed[:fullNo+1] {
			at = max(at, o.at)
		}
		if wait := s.At - at; wait > stretchLimit+slack && wait <= ackLimit+slack && s.At-x.owed[0].at <= ackLimit+slack {
			f.find(x, "ack-stretch", s.Packet, []int{x.owed[0].number, second.number}, "two full segments waited %v for an ACK", secs(wait))
		}
	}
	if n > 0 {
		x.owed = append(x.owed[:0], x.owed[n:]...)
		x.flagged = false
	}
	if len(x.owed) > 0 && s.At-x.owed[0].at > raceLimit {
		// It does not know of what has passed here long ago.
		x.downstream = true
		x.flagged = true
	}
	if o := x.stranded; o.number != 0 {
		if wait := s.At - o.at; wait > gapLimit+slack && !held && s.sacks(o) {
			f.find(x, "ack-gap", s.Packet, []int{o.number}, "a segment out of order waited %v for an answer", secs(wait))
		}
		x.stranded = owed{}
	}
}

// sacks reports whether the segment tells that its sender holds what it got out
// of order: one that does not may never have taken it.
func (s *segment) sacks(o owed) bool {
	for _, b := range s.Options.SACK {
		lo := s.y.unwrap(b.Left)
		if lo <= o.lo && lo+int64(int32(b.Right-b.Left)) >= o.end {
			return true
		}
	}
	return false
}
