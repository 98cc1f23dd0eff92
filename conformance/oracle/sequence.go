package oracle

import "time"

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
	if s.PayloadLen > 1 && s.hi <= x.una && s.lo >= x.base && s.At-x.unaAt > staleAck+f.j.opts.Slack {
		f.find(x, "seq-acked", s.Packet, nil, "%d octets that were acknowledged at least %v ago are sent again",
			s.PayloadLen, secs(s.At-x.unaAt))
	}
	if s.lo == s.hi && s.lo > x.nxt && x.nxt > x.base {
		f.find(x, "seq-unsent-ack", s.Packet, nil, "its sequence number is %d beyond what was sent", s.lo-x.nxt)
	}
	e := x.find(s.lo)
	if e == nil || !e.hashed || e.lo != s.lo || e.hi != s.hi {
		return
	}
	if h, ok := payloadHash(s); ok && h != e.hash {
		f.find(x, "seq-data", s.Packet, []int{e.firstNo}, "%d octets differ from those sent first", s.PayloadLen)
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
