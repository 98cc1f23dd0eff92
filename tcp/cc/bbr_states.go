package cc

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// bbrState is where in its cycle BBR is.
//
//	Startup ─▶ Drain ─▶ Down ─▶ Cruise ─▶ Refill ─▶ Up ─▶ Down …
//	   any ─▶ ProbeRTT, if the least round trip was not met for 5 s, and back
//
// draft-ietf-ccwg-bbr (the state machine).
type bbrState uint8

const (
	bbrStartup bbrState = iota
	bbrDrain
	bbrDown
	bbrCruise
	bbrRefill
	bbrUp
	bbrProbeRTT
)

// probingBW reports whether the state is one of ProbeBW.
func (s bbrState) probingBW() bool { return s >= bbrDown && s <= bbrUp }

// bbrFeedback is what ACKs of now belong to.
type bbrFeedback uint8

const (
	acksInit bbrFeedback = iota
	acksRefilling
	acksProbeStarting
	acksProbeFeedback
	acksProbeStopping
)

// enterStartup begins to look for the bandwidth, doubling it each round.
//
// draft-ietf-ccwg-bbr (BBREnterStartup).
func (b *bbr) enterStartup() {
	b.state = bbrStartup
	b.pacingGain, b.cwndGain = startupPacingGain, defaultCwndGain
}

// checkFull notices that the bandwidth has not grown by a quarter in three rounds.
//
// draft-ietf-ccwg-bbr (BBRCheckFullBWReached).
func (b *bbr) checkFull(s Sample) {
	if b.fullNow || !b.roundStart || s.AppLimited {
		return
	}
	if s.Rate >= b.fullBW/4*5 {
		b.resetFull()
		b.fullBW = s.Rate
		return
	}
	b.fullCount++
	b.fullNow = b.fullCount >= 3
	if b.fullNow {
		b.full = true
	}
}

func (b *bbr) resetFull() { b.fullBW, b.fullCount, b.fullNow = 0, 0, false }

// checkStartup leaves Startup when the bandwidth is found, or when a round of recovery
// has lost too much in too many places.
//
// draft-ietf-ccwg-bbr (BBRCheckStartupDone).
func (b *bbr) checkStartup(s Sample) {
	if b.state != bbrStartup {
		return
	}
	if b.recovering && b.newLoss && b.rounds > b.lossStarted && b.lossRuns >= startupLossRuns && b.tooHigh(s) {
		b.full, b.fullNow = true, true
		b.longIn = max(b.bdp(max(b.maxBW[0], b.maxBW[1]), 100), int(b.latestIn))
	}
	if b.full {
		b.state = bbrDrain
		b.pacingGain, b.cwndGain = drainPacingGain, defaultCwndGain
	}
}

// checkDrain leaves Drain when the queue that Startup built is gone.
//
// draft-ietf-ccwg-bbr (BBRCheckDrainDone).
func (b *bbr) checkDrain(s Sample) {
	if b.state == bbrDrain && s.Flight <= b.inflight(100) {
		b.startDown(s.Now)
	}
}

// updateCycle moves through the states of ProbeBW.
//
// draft-ietf-ccwg-bbr (BBRUpdateProbeBWCyclePhase).
func (b *bbr) updateCycle(s Sample) {
	if !b.full {
		return
	}
	b.adaptLong(s)
	switch b.state {
	case bbrDown:
		if !b.probeAgain(s) && s.Flight <= b.withHeadroom() && s.Flight <= b.inflight(100) {
			b.startCruise()
		}
	case bbrCruise:
		b.probeAgain(s)
	case bbrRefill:
		if b.roundStart {
			b.samples = true
			b.startUp(s)
		}
	case bbrUp:
		if b.probedEnough(s) {
			b.startDown(s.Now)
		}
	case bbrStartup, bbrDrain, bbrProbeRTT:
	}
}

// startDown lets the queue of a probe drain.
func (b *bbr) startDown(now timers.Time) {
	b.resetSignals()
	b.slope = 0
	b.roundsProbe = int(b.random(2))
	b.cycleWait = 2*time.Second + time.Duration(b.random(1000))*time.Millisecond
	b.cycleAt = now
	b.feedback = acksProbeStopping
	b.startRound()
	b.state = bbrDown
	b.pacingGain, b.cwndGain = downPacingGain, defaultCwndGain
}

// startCruise sends at the rate of the path.
func (b *bbr) startCruise() {
	b.state = bbrCruise
	b.pacingGain, b.cwndGain = 100, defaultCwndGain
}

// startRefill fills the pipe for a round before the probe, so that the probe measures
// the path and not what is left of the drain.
func (b *bbr) startRefill() {
	b.resetShortTerm()
	b.upRounds, b.upBytes = 0, 0
	b.feedback = acksRefilling
	b.startRound()
	b.state = bbrRefill
	b.pacingGain, b.cwndGain = 100, defaultCwndGain
}

// startUp probes for more bandwidth.
func (b *bbr) startUp(s Sample) {
	b.feedback = acksProbeStarting
	b.startRound()
	b.resetFull()
	b.fullBW = s.Rate
	b.cycleAt = s.Now
	b.state = bbrUp
	b.pacingGain, b.cwndGain = upPacingGain, upCwndGain
	b.raiseSlope()
}

// probeAgain begins the next probe when its time has come: after two to three seconds, or
// as many rounds as Reno would need to grow by a window, so as to share with it.
//
// draft-ietf-ccwg-bbr (BBRIsTimeToProbeBW).
func (b *bbr) probeAgain(s Sample) bool {
	coexist := min(b.target()/b.mss, coexistRounds)
	if s.Now.Sub(b.cycleAt) <= b.cycleWait && b.roundsProbe < coexist {
		return false
	}
	b.startRefill()
	return true
}

// probedEnough reports whether a probe has met its bound, or found no more.
func (b *bbr) probedEnough(s Sample) bool {
	if s.Limited && b.cwnd >= b.longIn {
		b.resetFull()
		b.fullBW = s.Rate
		return false
	}
	return b.fullNow
}

// adaptLong learns from a probe how much may be in flight.
//
// draft-ietf-ccwg-bbr (BBRAdaptLongTermModel).
func (b *bbr) adaptLong(s Sample) {
	if b.feedback == acksProbeStarting && b.roundStart {
		b.feedback = acksProbeFeedback
	}
	if b.feedback == acksProbeStopping && b.roundStart {
		b.samples = false
		b.feedback = acksInit
		if b.state.probingBW() && !s.AppLimited {
			b.maxBW[0], b.maxBW[1] = b.maxBW[1], 0
		}
	}
	if b.tooHigh(s) {
		if b.samples {
			b.handleTooHigh(s)
		}
		return
	}
	if b.longIn == unbounded {
		return
	}
	b.longIn = max(b.longIn, s.TxFlight)
	if b.state == bbrUp {
		b.probeUpward(s)
	}
}

// probeUpward raises the bound, slowly at first, doubling each round.
func (b *bbr) probeUpward(s Sample) {
	if !s.Limited || b.cwnd < b.longIn {
		return
	}
	b.upBytes += s.Acked
	if b.cwnd > 0 {
		grow := int(int64(b.upBytes) * int64(b.slope) / int64(b.cwnd))
		grow -= grow % b.mss
		if grow > 0 {
			b.longIn += grow
			b.upBytes -= int(int64(grow) * int64(b.cwnd) / int64(max(b.slope, 1)))
		}
	}
	if b.roundStart {
		b.raiseSlope()
	}
}

func (b *bbr) raiseSlope() {
	b.slope = min(b.mss<<min(b.upRounds, 16), b.cwnd)
	b.upRounds = min(b.upRounds+1, 30)
}

// checkProbeRTT lets the queue run empty for a moment when the least round trip has gone
// stale.
//
// draft-ietf-ccwg-bbr (BBRCheckProbeRTT).
func (b *bbr) checkProbeRTT(s Sample) {
	if b.state != bbrProbeRTT && b.probeExpired && !b.idle {
		b.saveCwnd()
		b.state = bbrProbeRTT
		b.pacingGain, b.cwndGain = 100, probeRTTCwndGain
		b.probeDone = 0
		b.samples = false // what is lost of a probe says nothing of this little flight
		b.feedback = acksProbeStopping
		b.startRound()
	}
	if b.state == bbrProbeRTT {
		b.handleProbeRTT(s)
	}
	if s.Acked > 0 {
		b.idle = false
	}
}

func (b *bbr) handleProbeRTT(s Sample) {
	switch {
	case b.probeDone == 0 && s.Flight <= b.probeRTTCwnd():
		b.probeDone = s.Now.Add(probeRTTTime)
		b.probeRound = false
		b.startRound()
	case b.probeDone != 0:
		b.probeRound = b.probeRound || b.roundStart
		if b.probeRound {
			b.checkProbeRTTDone(s)
		}
	}
}

// checkProbeRTTDone leaves ProbeRTT when its time is over.
func (b *bbr) checkProbeRTTDone(s Sample) {
	if b.probeDone == 0 || s.Now <= b.probeDone {
		return
	}
	b.probeMinAt = s.Now
	b.cwnd = max(b.cwnd, b.priorCwnd)
	b.resetShortTerm()
	if !b.full {
		b.enterStartup()
		return
	}
	b.startDown(s.Now)
	b.startCruise()
}

// random returns a number below n (xorshift64*): probes of several flows must not
// meet.
func (b *bbr) random(n uint64) uint64 {
	b.seed ^= b.seed >> 12
	b.seed ^= b.seed << 25
	b.seed ^= b.seed >> 27
	return b.seed * 0x2545F4914F6CDD1D >> 33 % n
}
