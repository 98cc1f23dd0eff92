package generate

import (
	"fmt"
	"strings"
)

// receiver is the receiving half of a TCP as the RFCs describe it, octet by
// octet: which octets it has, what of it the user may read, what its ACKs say.
//
// RFC 9293 §3.10.7.4, seventh, for what is taken; RFC 5681 §4.2 for when it is
// acknowledged; RFC 2018 §4 and RFC 2883 §4 for the SACK option; RFC 7323 §4.3
// for the timestamp that is echoed.
type receiver struct {
	next    int          // RCV.NXT
	have    map[int]bool // octets beyond it
	arrived []int        // an octet of each segment that was kept, newest first
	most    int          // SACK blocks that fit

	unacked int // segments taken in order since the last ACK
	acked   int // Last.ACK.sent
	recent  int // TS.Recent
}

// span is the octets [at, end).
type span struct{ at, end int }

// acknowledgment is what a receiver says to one segment.
type acknowledgment struct {
	now    bool // an ACK is due at once; else a delayed one is
	ack    int
	blocks []span // a duplicate first
	echo   int
}

// newReceiver returns a receiver that expects octet next, whose ACKs have room
// for so many blocks.
func newReceiver(next, most, recent int) *receiver {
	return &receiver{next: next, have: make(map[int]bool), most: most, acked: next, recent: recent}
}

// arrive takes a segment with its timestamp.
func (r *receiver) arrive(s span, stamp int) acknowledgment {
	if s.at <= r.acked && stamp >= r.recent {
		r.recent = stamp // RFC 7323 §4.3 (2)
	}
	dup, twice := r.duplicate(s)
	waited := len(r.have) > 0
	for i := s.at; i < s.end; i++ {
		if i >= r.next {
			r.have[i] = true
		}
	}
	if s.end > r.next {
		r.arrived = append([]int{s.end - 1}, r.arrived...)
	}
	before := r.next
	for r.have[r.next] {
		delete(r.have, r.next)
		r.next++
	}
	a := acknowledgment{now: true}
	if r.next > before {
		// RFC 5681 §4.2: at once where a gap is filled, all or part of it, and for
		// every second segment.
		r.unacked++
		a.now = waited || r.unacked >= 2
	}
	a.ack, a.echo = r.next, r.recent
	if twice {
		a.blocks = append(a.blocks, dup)
	}
	a.blocks = append(a.blocks, r.blocks()...)
	a.blocks = a.blocks[:min(len(a.blocks), r.most)]
	if a.now {
		r.sent()
	}
	return a
}

// sent notes that everything was acknowledged.
func (r *receiver) sent() { r.unacked, r.acked = 0, r.next }

// duplicate returns the first contiguous part of a segment that was received
// before.
//
// RFC 2883 §4 (1), (3).
func (r *receiver) duplicate(s span) (d span, ok bool) {
	for i := s.at; i < s.end; i++ {
		switch had := i < r.next || r.have[i]; {
		case had && !ok:
			d, ok = span{i, i + 1}, true
		case had:
			d.end = i + 1
		case ok:
			return d, true
		}
	}
	return d, ok
}

// blocks returns the contiguous ranges beyond RCV.NXT: the one with the newest
// segment first, then those reported before, newest first.
//
// RFC 2018 §4.
func (r *receiver) blocks() (list []span) {
next:
	for _, i := range r.arrived {
		if !r.have[i] {
			continue
		}
		b := span{i, i + 1}
		for r.have[b.at-1] {
			b.at--
		}
		for r.have[b.end] {
			b.end++
		}
		for _, c := range list {
			if b == c {
				continue next
			}
		}
		list = append(list, b)
	}
	return list
}

// gap returns what is missing up to the first octet that waits; false if nothing
// waits.
func (r *receiver) gap() (span, bool) {
	if len(r.have) == 0 {
		return span{}, false
	}
	g := span{r.next, r.next}
	for !r.have[g.end] {
		g.end++
	}
	return g, true
}

// sack returns the option of the blocks, without brackets; "" for none.
func sack(blocks []span) string {
	if len(blocks) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("nop,nop,sack")
	for _, s := range blocks {
		fmt.Fprintf(&b, " %d:%d", s.at, s.end)
	}
	return b.String()
}
