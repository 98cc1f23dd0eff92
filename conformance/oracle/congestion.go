package oracle

import "time"

var congestionRules = []Rule{
	{ID: "cwnd-initial", Title: "more in flight than the initial window", Section: "RFC 6928 §2, RFC 5681 §3.1", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "cwnd-growth", Title: "the congestion window grows by more than was acknowledged", Section: "RFC 5681 §3.1, RFC 3465 §2.1", Severity: Error, Vantage: AtHost, Whole: true},
	{ID: "cwnd-timeout", Title: "a burst of retransmissions after a time-out", Section: "RFC 5681 §3.1 (equation 4), RFC 6298 §5.4", Severity: Error, Vantage: AtHost, Whole: true},
}

// growth bounds a host's congestion window from what is acknowledged.
type growth struct {
	delivered int // segments acknowledged, the SYN included
	lossSeen  bool
	reported  int64 // up to where the peer has reported by SACK what arrived
}

// burst is what follows a retransmission by time-out.
type burst struct {
	at      time.Duration
	number  int
	heard   int // the peer's last packet then
	lo      int64
	further int
	octets  int64
	told    bool
}

// checkGrowth judges how much is in flight, as long as nothing was lost: the
// initial window, and one segment for each one that was acknowledged, is the
// most that slow start allows. A probe for a lost tail may go beyond it by one
// segment (RFC 8985 §7.3).
func (f *flow) checkGrowth(s *segment) {
	x := s.x
	mss := int64(x.mss())
	if x.lossSeen || mss == 0 || !x.synSeen || s.PayloadLen == 0 || s.hi <= x.nxt {
		return
	}
	acked := int64(max(x.delivered-1, 0))
	flight := s.data + int64(s.PayloadLen) - x.una
	limit := (int64(f.j.opts.InitialWindow) + acked + 1) * mss
	switch {
	case flight <= limit:
	case acked == 0:
		f.find(x, "cwnd-initial", s.Packet, nil, "%d octets in flight before any was acknowledged, of %d allowed", flight, limit-mss)
	default:
		f.find(x, "cwnd-growth", s.Packet, nil, "%d octets in flight after %d segments were acknowledged, which allows %d", flight, acked, limit-mss)
	}
}

// Retransmissions that follow one by time-out so closely are its burst. One
// segment of full size is the loss window, or as much in smaller ones, a second
// may be a probe's.
const (
	burstTime = 10 * time.Millisecond
	burstMost = 2
)

// checkBurst judges what follows the first retransmission by time-out: nothing,
// before the peer is heard of again.
func (f *flow) checkBurst(s *segment, e *sent, silent bool) {
	x, y := s.x, s.y
	b := &x.burst
	switch {
	case s.hi <= x.reported:
		// Below what has arrived: that it is lost was noticed by SACK, perhaps once the time
		// for reordering was over (RFC 8985 §6.2).
	case b.number != 0 && b.heard == y.lastNo && s.At-b.at <= burstTime && s.lo > b.lo:
		b.lo = s.lo
		b.further++
		b.octets += int64(s.PayloadLen)
		if mss := int64(x.mss()); mss > 0 && b.further > burstMost && b.octets > burstMost*mss && !b.told {
			b.told = true
			f.find(x, "cwnd-timeout", s.Packet, []int{b.number}, "%d segments were sent again in %v, with nothing heard meanwhile", b.further+1, secs(s.At-b.at))
		}
	case silent && s.lo <= x.una:
		*b = burst{at: s.At, number: s.Number, heard: y.lastNo, lo: s.lo, octets: int64(s.PayloadLen)}
	}
}
