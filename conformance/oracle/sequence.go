package oracle

import (
	"fmt"
	"time"
)

var sequenceRules = []Rule{
	{ID: "seq-data", Title: "an octet changed when it was sent again", Section: "RFC 9293 §3.4, §3.10.8", Severity: Error},
	{ID: "seq-acked", Title: "sent again long after it was acknowledged", Section: "RFC 9293 §3.4, §3.10.7.4", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "seq-hole", Title: "sequence numbers were skipped", Section: "RFC 9293 §3.4", Severity: Error, Vantage: AtHost},
	{ID: "seq-unsent-ack", Title: "a segment without payload lies beyond SND.NXT", Section: "RFC 9293 §3.10.7.4", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "capture-hole", Title: "the capture lacks packets", Section: "RFC 9293 §3.4", Severity: Info},
}

// staleAck is how long ago something must have been acknowledged for a host not
// to send it again.
const staleAck = 200 * time.Millisecond

// checkSequence judges where a segment lies in its sender's sequence space.
func (f *flow) checkSequence(s *segment) {
	x := s.x
	if s.Flags.Has(SYN) {
		return
	}
	if s.PayloadLen > 1 && s.hi <= x.una && s.lo >= x.base && s.At-x.unaAt > staleAck+f.j.opts.Slack && x.heard(s) {
		f.find(x, "seq-acked", s.Packet, nil, "%d octets that were acknowledged at least %v ago are sent again",
			s.PayloadLen, secs(s.At-x.unaAt))
	}
	f.checkUnsent(s)
	e := x.find(s.lo)
	if e == nil || !e.hashed || e.lo != s.lo || e.hi != s.hi {
		return
	}
	if h, ok := payloadHash(s); ok && h != e.hash {
		f.find(x, "seq-data", s.Packet, []int{e.firstNo}, "%d octets differ from those sent first", s.PayloadLen)
	}
}

// heard reports whether a segment shows that its sender has processed the
// newest acknowledgment: it echoes its timestamp, which was a new one. A host
// may have dropped what was captured before it.
//
// RFC 7323 §4.3.
func (x *half) heard(s *segment) bool {
	return x.unaTold && s.Options.Timestamps && int32(s.Options.TSecr-x.unaTS) >= 0
}

// ahead is a segment without payload that lies beyond all that was captured of
// its sender: it has overtaken payload, payload was dropped before it came to
// the capture, or there is none.
type ahead struct {
	stamp
	lo, by int64
	number int
}

// checkUnsent judges a segment without payload, which has SND.NXT for its
// sequence number. One that lies beyond what was captured was wrong if SND.NXT
// is less later on. Probes lie below SND.UNA; a window that shrinks holds its
// peer's sequence number back.
func (f *flow) checkUnsent(s *segment) {
	x := s.x
	a := &x.ahead
	if s.lo != s.hi {
		return
	}
	switch {
	case a.number == 0 && s.lo > x.nxt && x.nxt > x.base:
		*a = ahead{s.stamp(), s.lo, s.lo - x.nxt, s.Number}
	case a.number == 0 || s.lo < x.una || s.lo >= a.lo || s.lo == s.y.advEdge || !f.sentAfter(s, a.stamp):
	default:
		f.findAt(x, "seq-unsent-ack", a.number, a.at, nil,
			fmt.Sprintf("its sequence number is %d beyond what was sent, as packet %d shows", a.by, s.Number))
		*a = ahead{}
	}
}

// catchUp forgets it once all below it has been captured.
func (x *half) catchUp() {
	if a := &x.ahead; a.number != 0 && x.seen.covers(a.lo-a.by, a.lo) {
		*a = ahead{}
	}
}

// checkHole judges, at the end, a sequence number that was never sent although
// later ones were and the peer kept waiting for it.
func (f *flow) checkHole(x *half) {
	if f.dead || x.front >= x.nxt || x.una != x.front || x.lastAt-x.unaAt < time.Second {
		return
	}
	g, ok := x.seen.gap(x.front, x.nxt)
	if !ok {
		return
	}
	for i := range x.segs {
		if e := &x.segs[i]; e.lo >= g.hi && x.lastAt-e.first > time.Second {
			f.findAt(x, "seq-hole", e.firstNo, e.first, nil, "octets in front of it were never sent")
			return
		}
	}
}
