package cc

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// cubic grows the window by the time since the last congestion event, not by the
// round trip: fast at first, flat near the window that was too much, then fast
// again.
//
//	cwnd                                    :
//	 |                                     .
//	 |  W_max  . . . . .-----------------'     convex: probing
//	 |        |      .'         ^
//	 |        |    .' concave   K
//	 |        |  .'
//	 |  0.7·W_max
//	 +---------------------------------------> t, while the window was the limit
//
// RFC 9438; windows are bytes here where the RFC has segments.
type cubic struct {
	cubicState
	undo    *cubicState // before the last loss; made at the first
	undoAt  timers.Time // when that was
	canUndo bool
	srtt    time.Duration // 0: no sample yet
	last    timers.Time   // of the last ACK or restart
	mss     int
	initial int
}

// cubicState is what a congestion event changes and its undoing restores.
//
// RFC 9438 §4.1.2, §4.9.
type cubicState struct {
	cwnd     int
	ssthresh int
	wmax     int           // W_max; 0: undefined, the next epoch begins at its plateau
	prior    int           // cwnd_prior, when ssthresh was last set
	west     int           // W_est, the window that Reno would have
	k        time.Duration // K, when the curve comes to W_max
	t        time.Duration // of the epoch, without time limited by the application
	inEpoch  bool          // in congestion avoidance, with k, t and west valid
	repair   bool          // after a time-out, until all that was lost is acknowledged
	carry    int64         // growth of cwnd short of a byte, in bytes·cwnd
	repaired int           // delivered in the recovery before the epoch
	estCarry int64         // growth of west short of a byte, in bytes·cwnd·17
	hystart  hystart       // the first slow start
}

// Constants of RFC 9438 §4.6, §5.1. β is 7/10, so that (1+β)/2 is 17/20 and
// α = 3(1−β)/(1+β) is 9/17.
const (
	cubicC        = 0.4
	betaNum       = 7
	betaDen       = 10
	convergeNum   = 17
	convergeDen   = 20
	alphaCubic    = 9 // in 1/alphaDen
	alphaReno     = 17
	alphaDen      = 17
	minimumWindow = 2 // segments, after a loss
)

// NewCubic returns a controller by RFC 9438 with the slow start of RFC 9406
// (HyStart++).
func NewCubic(p Params) Controller {
	c := &cubic{mss: max(p.MSS, 1)}
	c.initial = max(p.InitialWindow, c.mss)
	c.cwnd, c.ssthresh = c.initial, unlimited
	c.hystart.start()
	return c
}

func (c *cubic) Name() string            { return "cubic" }
func (c *cubic) Window() int             { return c.cwnd }
func (c *cubic) SlowStartThreshold() int { return c.ssthresh }

// OnAck grows the window, if it was the limit: in slow start by what was
// acknowledged, above ssthresh along the curve.
//
// RFC 9438 §4.2, §4.10, §5.8.
func (c *cubic) OnAck(a Ack) {
	if a.Recovering {
		c.repaired += a.Acked
		return
	}
	step := c.observe(a)
	acked := a.Acked
	if c.cwnd < c.ssthresh {
		acked = c.slowStart(a)
	}
	if acked > 0 && a.Limited {
		c.avoid(step, acked)
	}
}

// observe takes the round trip of an ACK and returns by how much it moves the
// epoch on if the window was the limit: by the time since the last ACK.
//
// A sender held back by its window gets an ACK at least once a round trip. What
// is longer was silence that ended in a burst, and does not count either.
//
// RFC 9438 §4.2, §5.8.
func (c *cubic) observe(a Ack) time.Duration {
	step := a.Now.Sub(c.last)
	c.last = a.Now
	bound := c.srtt
	switch {
	case a.RTT <= 0:
	case c.srtt == 0:
		c.srtt, bound = a.RTT, a.RTT
	default:
		c.srtt += (a.RTT - c.srtt) / 8 // RFC 6298 §2.3
		bound = a.RTT
	}
	return min(max(step, 0), bound)
}

// slowStart grows the window by what was acknowledged, up to ssthresh. It returns
// how many of these bytes are left for congestion avoidance.
//
// RFC 9406 §4.2; RFC 3465 §2.3 for the limit of one segment an ACK after a
// time-out, when an ACK may cover much that had arrived before.
//
// Deviation: RFC 9406 §4.3 RECOMMENDS a limit L of 8 segments an ACK to senders
// without pacing. Receivers acknowledge whole batches, often a window at once, so
// slow start would become linear; the burst is bounded by the batch. Pinned by
// TestHyStartBatchACK.
func (c *cubic) slowStart(a Ack) int {
	rest := 0
	if a.Limited {
		grow := a.Acked
		if c.repair {
			grow = min(a.Acked, c.mss)
		}
		grow /= c.hystart.divisor()
		if room := c.ssthresh - c.cwnd; grow >= room {
			rest, grow = a.Acked-room, room
		}
		c.cwnd += grow
	}
	if c.hystart.onAck(a) {
		// §4.10: without a loss W_max is undefined.
		c.ssthresh, c.prior = c.cwnd, c.cwnd
	}
	return rest
}

// avoid grows the window in congestion avoidance, step of epoch time later.
//
// RFC 9438 §4.2–4.5.
func (c *cubic) avoid(step time.Duration, acked int) {
	if !c.inEpoch {
		c.beginEpoch()
	} else {
		c.t += step
	}
	c.growEstimate(acked)
	if c.curve(c.t) < c.west {
		// §4.3, the Reno-friendly region. The curve a round trip ahead may have
		// taken the window further already; it is not taken back.
		c.cwnd = min(max(c.cwnd, c.west), unlimited)
		return
	}
	target := min(max(c.curve(c.t+c.srtt), c.cwnd), scale(c.cwnd, 3, 2), unlimited)
	c.carry += int64(acked) * int64(target-c.cwnd)
	grow := c.carry / int64(c.cwnd)
	c.carry %= int64(c.cwnd)
	c.cwnd = int(min(int64(c.cwnd)+grow, int64(target)))
}

// OnLoss reduces the window to 0.7 of what was in flight, or after a time-out
// shuts it to one segment; or undoes that.
//
// RFC 9438 §4.6–4.9; RFC 6298 §5.1: a repeated time-out of the same data does not
// lower ssthresh again.
func (c *cubic) OnLoss(l Loss) {
	switch l.Kind {
	case Spurious:
		c.restore(l.Now)
		return
	case Timeout:
		if !l.Again {
			c.save(l.Now)
			c.reduce(l.Flight)
		}
		c.cwnd = c.mss
		c.wmax = 0 // §4.8
		c.repair = true
	case FastRetransmit:
		c.save(l.Now)
		c.reduce(min(l.Flight, c.cwnd))
		c.cwnd = c.ssthresh
	case ECN:
		// A mark is no guess: a loss before it cannot be undone past it.
		c.canUndo = false
		flight := min(l.Flight, c.cwnd)
		c.reduce(flight)
		c.cwnd = max(scale(flight, betaNum, betaDen), c.mss)
	}
	c.inEpoch, c.repaired = false, 0
	c.hystart.stop()
}

// reduce sets ssthresh for a congestion event with so many bytes in flight, and
// remembers the window it happened at: less, if it did not come up to the last
// one, to make room for others (fast convergence).
//
// RFC 9438 §4.6, §4.7.
func (c *cubic) reduce(flight int) {
	c.prior = c.cwnd
	if c.cwnd < c.wmax {
		c.wmax = scale(c.cwnd, convergeNum, convergeDen)
	} else {
		c.wmax = c.cwnd
	}
	c.ssthresh = max(scale(flight, betaNum, betaDen), minimumWindow*c.mss)
}

// save remembers the state before a loss.
func (c *cubic) save(now timers.Time) {
	if c.undo == nil {
		c.undo = new(cubicState)
	}
	*c.undo = c.cubicState
	c.undoAt, c.canUndo = now, true
}

// restore undoes the last reduction, unless the window has outgrown what it was.
// The epoch goes on as if nothing had happened: what passed meanwhile counts.
//
// RFC 9438 §4.9.
func (c *cubic) restore(now timers.Time) {
	if !c.canUndo {
		return
	}
	c.canUndo = false
	if c.cwnd > c.undo.cwnd {
		return
	}
	c.cubicState = *c.undo
	c.t += max(now.Sub(c.undoAt), 0)
	c.last = now
	c.hystart.resume()
}

// OnRecovered ends what is special after a time-out.
func (c *cubic) OnRecovered(now timers.Time) {
	c.repair = false
	c.last = now
}

// OnIdle restarts from the initial window; the silence is no part of an epoch.
//
// RFC 5681 §4.1, RFC 9438 §5.8.
func (c *cubic) OnIdle(now timers.Time) {
	c.last = now
	if c.cwnd > c.initial {
		c.cwnd = max(c.initial, c.mss)
		c.inEpoch = false
	}
}

// SetMSS keeps the windows' number of segments if these shrink, and their bytes
// if these grow. The curve is one of segments, so it begins anew.
func (c *cubic) SetMSS(mss int) {
	mss = max(mss, 1)
	if mss < c.mss {
		c.cubicState.resize(mss, c.mss)
		if c.undo != nil {
			c.undo.resize(mss, c.mss)
		}
	}
	c.mss = mss
	c.cwnd = max(c.cwnd, mss)
	c.inEpoch = false
	if c.undo != nil {
		c.undo.inEpoch = false
	}
}

// resize scales the windows from segments of old bytes to smaller ones.
func (s *cubicState) resize(mss, old int) {
	s.cwnd = scale(s.cwnd, mss, old)
	s.wmax = scale(s.wmax, mss, old)
	s.prior = scale(s.prior, mss, old)
	if s.ssthresh < unlimited {
		s.ssthresh = max(scale(s.ssthresh, mss, old), minimumWindow*mss)
	}
}
