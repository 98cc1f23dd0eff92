package cc

import "time"

// hystart is HyStart++: it ends the first slow start when round trips grow, before
// the queue overflows. Growth becomes gentle first (conservative slow start); if
// the round trip falls again, it was jitter and slow start goes on.
//
//	 slow start ──── the round's least RTT grew by the threshold ───► CSS
//	     ▲                                                            │ │
//	     └───── it fell below what it was when CSS was entered ───────┘ │ 5 rounds
//	                                                                    ▼
//	loss, ECN ─────────────────────────────────────────────► congestion avoidance
//
// A round is over when all that was in flight before its first ACK has arrived. It
// is counted in bytes that arrived, which without losses comes to the same as a
// windowEnd of SND.NXT; and losses end HyStart++.
//
// RFC 9406 §4.
type hystart struct {
	phase     hystartPhase
	cssRounds uint8 // rounds of CSS that are over
	samples   int   // rttSampleCount
	delivered int64 // bytes that have arrived
	end       int64 // delivered at the end of the round (windowEnd)

	last     time.Duration // lastRoundMinRTT; infinite: no sample
	current  time.Duration // currentRoundMinRTT
	baseline time.Duration // cssBaselineMinRtt
}

// hystartPhase is where in the first slow start the sender is.
type hystartPhase uint8

const (
	hystartOff  hystartPhase = iota // it is over
	hystartSlow                     // standard slow start
	hystartCSS                      // conservative slow start
)

// Constants of RFC 9406 §4.3.
const (
	minRTTThresh     = 4 * time.Millisecond
	maxRTTThresh     = 16 * time.Millisecond
	minRTTDivisor    = 8
	nRTTSample       = 8
	cssGrowthDivisor = 4
	cssRounds        = 5

	infiniteRTT = time.Duration(1<<63 - 1)
)

// start begins the first slow start.
func (h *hystart) start() {
	*h = hystart{phase: hystartSlow, last: infiniteRTT, current: infiniteRTT, baseline: infiniteRTT}
}

// stop ends the first slow start.
func (h *hystart) stop() { h.phase = hystartOff }

// resume goes on after a loss that was none. What was measured before it is no
// measure for what comes.
func (h *hystart) resume() {
	if h.phase != hystartOff {
		h.start()
	}
}

// divisor returns by what the growth of slow start is divided.
func (h *hystart) divisor() int {
	if h.phase == hystartCSS {
		return cssGrowthDivisor
	}
	return 1
}

// onAck takes an ACK of slow start into account and reports whether slow start is
// over.
//
// RFC 9406 §4.2.
func (h *hystart) onAck(a Ack) bool {
	if h.phase == hystartOff {
		return false
	}
	if h.delivered >= h.end { // the first ACK of a round
		h.end = h.delivered + int64(a.Flight)
	}
	h.delivered += int64(a.Acked)
	if a.RTT > 0 {
		h.current = min(h.current, a.RTT)
		h.samples++
	}
	h.decide()
	if h.delivered < h.end {
		return false
	}
	return h.nextRound()
}

// decide moves between slow start and CSS by what this round has shown so far.
func (h *hystart) decide() {
	if h.samples < nRTTSample {
		return
	}
	switch h.phase {
	case hystartSlow:
		if h.last == infiniteRTT {
			return
		}
		thresh := max(minRTTThresh, min(h.last/minRTTDivisor, maxRTTThresh))
		if h.current >= h.last+thresh {
			h.phase = hystartCSS
			h.baseline = h.current
			h.cssRounds = 0
		}
	case hystartCSS:
		if h.current < h.baseline {
			h.phase = hystartSlow
			h.baseline = infiniteRTT
		}
	case hystartOff:
	}
}

// nextRound ends a round and reports whether slow start is over: the round in which
// CSS was entered counts as one.
func (h *hystart) nextRound() bool {
	h.last, h.current, h.samples = h.current, infiniteRTT, 0
	if h.phase != hystartCSS {
		return false
	}
	h.cssRounds++
	if h.cssRounds < cssRounds {
		return false
	}
	h.stop()
	return true
}
