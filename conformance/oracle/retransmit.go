package oracle

import "time"

var retransmitRules = []Rule{
	{ID: "rexmit-early", Title: "sent again within a round trip, without a sign of loss", Section: "RFC 6298 §2 (RTO ≥ SRTT), RFC 9293 §3.8.1 (MUST-18)", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "rexmit-syn", Title: "a SYN sent again in less than a second", Section: "RFC 6298 §2.1", Severity: Warning, Vantage: AtHost},
	{ID: "rexmit-backoff", Title: "the retransmission timer does not back off", Section: "RFC 6298 §5.5, RFC 9293 §3.8.2 (MUST-19)", Severity: Error, Vantage: AtHost},
	{ID: "rexmit-missing", Title: "data is not sent again", Section: "RFC 9293 §3.8.1, §3.8.3", Severity: Error, Vantage: AtHost},
}

// The initial time-out of RFC 6298 §2.1, a tenth less for coarse timers; the
// interval from which on a timer may have reached its limit (RFC 6298 §2.5 wants
// it at 60 s or more); and the longest that a kernel waits, twice.
const (
	synLimit     = 900 * time.Millisecond
	backoffLimit = 30 * time.Second
	silenceLimit = 250 * time.Second
)

// resending is what a host does when nothing comes back.
type resending struct {
	chain   []probe // retransmissions of one sequence number into silence
	chainLo int64
	burst   burst
	gaveUp  bool
}

// checkRetransmission judges when a segment is sent again.
//
// A retransmission into silence, with no packet of the peer since the last
// transmission, is the work of a timer; any other one may have been asked for.
// The timer runs from the first transmission of the oldest segment at the
// earliest (RFC 6298 §5.1, §5.3), so that only the first retransmission of that
// one tells how long it was set to: a later one may follow a probe of the tail
// or a fast retransmission as soon as the timer, set before, expires
// (RFC 6298 §5.4, RFC 8985 §7). One that is shorter follows a smaller MTU.
func (f *flow) checkRetransmission(s *segment) {
	x, y := s.x, s.y
	f.checkOverdue(s)
	e := x.find(s.lo)
	if s.lo == s.hi || e == nil || y.advWnd == 0 {
		if s.lo != s.hi && s.lo >= x.nxt {
			return
		}
		x.chain = x.chain[:0]
		return
	}
	x.lossSeen = true
	if d := &f.j.disturbance; d.during(s.Packet, s.At) || d.during(s.Packet, e.last) {
		x.chain = x.chain[:0]
		return
	}
	silent := y.lastNo < e.lastNo
	f.checkBurst(s, e, silent)
	if !silent {
		x.chain = x.chain[:0]
		return
	}
	wait := s.At - e.last
	switch {
	case s.Flags.Has(SYN|ACK) && e.count < y.syns:
		return // it answers another copy of the SYN
	case s.Flags.Has(SYN):
		// The first may have waited for the neighbour's address, which its
		// timestamp tells.
		if e.count == 1 && wait < synLimit && time.Duration(x.clock.step)*time.Millisecond < synLimit {
			f.find(x, "rexmit-syn", s.Packet, []int{e.lastNo}, "it was sent again after %v", secs(wait))
		}
		return
	case s.lo == x.una && e.count == 1 && s.hi >= e.hi && y.samples >= 3 && y.answers >= 2*time.Millisecond && wait < y.answers*9/10 && !e.waited(s):
		f.find(x, "rexmit-early", s.Packet, []int{e.lastNo},
			"it was sent again after %v with nothing heard meanwhile, where no round trip took less than %v", secs(wait), secs(y.answers))
	}
	f.checkBackoff(s, e)
}

// waited reports whether a segment waited, after it got its timestamp, much
// longer to be captured than when it is sent again now. The clock is taken for
// one of a millisecond a tick; for a slower one it never did.
func (e *sent) waited(s *segment) bool {
	if !s.Options.Timestamps || !e.stamp.told {
		return false
	}
	ticks := int64(int32(s.Options.TSval - e.stamp.ts))
	return time.Duration(ticks)*time.Millisecond > s.At-e.last+2*time.Millisecond
}

// checkBackoff judges the intervals of a chain of retransmissions. The first may
// be a probe's (RFC 8985 §7), the second is the time-out, from the third on each
// is twice the one before, which may have been late by Options.Slack.
func (f *flow) checkBackoff(s *segment, e *sent) {
	x := s.x
	if x.chainLo != s.lo || len(x.chain) == 0 || x.chain[len(x.chain)-1].number != e.lastNo {
		x.chainLo = s.lo
		x.chain = append(x.chain[:0], probe{e.last, e.lastNo})
	}
	x.chain = append(x.chain, probe{s.At, s.Number})
	n := len(x.chain)
	if n < 4 {
		return
	}
	before, now := x.chain[n-2].at-x.chain[n-3].at, x.chain[n-1].at-x.chain[n-2].at
	late := max(before-f.j.opts.Slack, 0) // the timer may have been
	if before >= backoffLimit && now >= late*9/10 || now >= late*3/2 {
		return
	}
	f.find(x, "rexmit-backoff", s.Packet, []int{x.chain[n-3].number, x.chain[n-2].number},
		"sent again after %v, the time before after %v", secs(now), secs(before))
}

// checkOverdue judges whether the oldest segment in flight should have been sent
// again, when its sender is heard of otherwise.
func (f *flow) checkOverdue(s *segment) {
	x := s.x
	if len(x.segs) == 0 || x.gaveUp || s.y.advWnd == 0 || s.lo < x.segs[0].hi {
		return
	}
	e := &x.segs[0]
	if wait := s.At - e.last; e.lo == x.una && wait > silenceLimit {
		x.gaveUp = true
		f.find(x, "rexmit-missing", s.Packet, []int{e.lastNo}, "the oldest segment in flight was not sent again for %v", secs(wait))
	}
}
