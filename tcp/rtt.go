package tcp

import "time"

// estimator is the retransmission timer's view of the path.
//
// RFC 6298.
type estimator struct {
	srtt   time.Duration // SRTT; 0: no sample yet
	rttvar time.Duration // RTTVAR
	rto    time.Duration // RTO before back-off
	min    time.Duration // least sample seen
	latest time.Duration // newest sample
}

// Constants of RFC 6298 §2: G is the clock granularity, which for a nanosecond
// clock is dominated by the host's timer.
const rttGranularity = time.Millisecond

// sample folds one round-trip time into the estimator.
//
// r was measured on a segment sent once (Karn) or by a timestamp; it is held to
// at least one microsecond. The resulting RTO is in [floor, ceiling] and, below
// ceiling, margin above SRTT: on a long path without jitter RTTVAR vanishes, and an
// ACK that the peer delays, or a queue of a few packets, is no loss.
//
// RFC 6298 §2.2–2.4, with margin in the place of G; Linux and FreeBSD do the like.
func (e *estimator) sample(r, floor, margin, ceiling time.Duration) {
	r = max(r, time.Microsecond)
	e.latest = r
	if e.srtt == 0 {
		e.srtt = r
		e.rttvar = r / 2
		e.min = r
	} else {
		e.min = min(e.min, r)
		e.rttvar += (abs(e.srtt-r) - e.rttvar) / 4
		e.srtt += (r - e.srtt) / 8
	}
	e.rto = min(max(e.srtt+max(rttGranularity, 4*e.rttvar, margin), floor), ceiling)
}

// timeout returns the RTO after n back-offs.
//
// RFC 6298 §5.5.
func (e *estimator) timeout(n int, ceiling time.Duration) time.Duration {
	d := e.rto
	for range n {
		d *= 2
		if d >= ceiling {
			return ceiling
		}
	}
	return d
}

func abs(d time.Duration) time.Duration {
	if d < 0 {
		return -d
	}
	return d
}
