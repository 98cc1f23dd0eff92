package cc

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// bbr keeps a model of the path, how fast it delivers and how long a round trip
// takes without a queue, and sends at that rate with about twice their product in
// flight. Losses bound the model; they do not drive it.
//
//	bbr.go         the controller: rate, quantum and window from the model
//	bbr_model.go   the model: bandwidth, round trip, aggregation, bounds from losses
//	bbr_states.go  Startup, Drain, ProbeBW, ProbeRTT
//	meter.go       the rate of delivery of each ACK
//
// draft-ietf-ccwg-bbr (BBRv3). Windows are bytes, rates bytes a second.
type bbr struct {
	mss, initial int
	seed         uint64 // for the random part of the probes' distance

	state      bbrState
	pacingGain int // in percent
	cwndGain   int // in percent
	cwnd       int
	priorCwnd  int // before recovery or ProbeRTT
	rate       int64
	quantum    int

	// Rounds: one is over when what was in flight at its beginning has arrived.
	roundStart  bool
	nextRound   int64 // delivered at which this round ends
	rounds      int64
	roundsProbe int // since the last probe for bandwidth
	delivered   int64

	bw       int64    // what the control uses: the least of the two below
	maxBW    [2]int64 // the most of this cycle of ProbeBW and the last
	shortBW  int64    // bounds from losses of late
	shortIn  int
	longIn   int // bound from losses while probing
	latestBW int64
	latestIn int64
	kept     bool  // in that round the path has delivered what was sent
	lossEnd  int64 // delivered at which the round for losses ends
	lossIn   bool  // a loss in that round
	lossRuns int   // losses in that round
	newLoss  bool  // that round has just ended

	minRTT       time.Duration
	minAt        timers.Time
	probeMin     time.Duration
	probeMinAt   timers.Time
	probeExpired bool
	probeDone    timers.Time // when ProbeRTT may end; 0: not yet known
	probeRound   bool        // a round of it is over
	idle         bool        // sending has just begun again

	// Aggregation: how much more arrives at once than the rate explains.
	extraAt    timers.Time
	extraBytes int64
	extra      [2]int // the most of this window of rounds and the last
	extraTurn  int64  // round at which the windows move on

	fullBW    int64
	fullCount int
	fullNow   bool // in this phase
	full      bool // ever

	cycleAt     timers.Time
	cycleWait   time.Duration
	upRounds    int
	upBytes     int
	slope       int // bytes by which longIn grows in a window's worth of ACKs
	feedback    bbrFeedback
	samples     bool // losses of now belong to a probe
	recovering  bool
	lossStarted int64 // round in which recovery began
	undo        struct {
		state           bbrState
		shortBW         int64
		shortIn, longIn int
	}
}

// Gains in percent and other constants of draft-ietf-ccwg-bbr (Parameters).
const (
	startupPacingGain = 277
	drainPacingGain   = 50
	downPacingGain    = 90
	upPacingGain      = 125
	upCwndGain        = 225
	defaultCwndGain   = 200
	probeRTTCwndGain  = 50

	lossThreshPercent = 2
	bbrBetaPercent    = 70
	headroomPercent   = 15
	marginPercent     = 1 // below the bandwidth, so that a queue drains
	minPipeSegments   = 4
	startupLossRuns   = 6
	fewLosses         = 6

	minRTTFilter     = 10 * time.Second
	probeRTTInterval = 5 * time.Second
	probeRTTTime     = 200 * time.Millisecond
	extraRounds      = 10
	coexistRounds    = 63

	unbounded   = 1 << 30
	unboundedBW = int64(1) << 50
)

// NewBBR returns a controller by draft-ietf-ccwg-bbr. Its window alone is no
// bound for bursts: it wants a sender that paces.
func NewBBR(p Params) Controller {
	b := &bbr{mss: max(p.MSS, 1), seed: p.Seed | 1}
	b.initial = max(p.InitialWindow, b.mss)
	b.cwnd = b.initial
	b.minRTT, b.probeMin = infiniteRTT, infiniteRTT
	b.resetShortTerm()
	b.longIn = unbounded
	b.enterStartup()
	b.rate = b.scaleRate(perSecond(int64(b.initial), time.Millisecond), startupPacingGain)
	b.setQuantum()
	return b
}

func (b *bbr) Name() string      { return "bbr" }
func (b *bbr) Window() int       { return b.cwnd }
func (b *bbr) PacingRate() int64 { return max(b.rate, 1) }
func (b *bbr) Quantum() int      { return b.quantum }

// SlowStartThreshold is unlimited: BBR has none.
func (b *bbr) SlowStartThreshold() int { return unlimited }

// OnAck has nothing to add to OnSample.
func (b *bbr) OnAck(Ack) {}

// OnSample updates the model, moves between the states, and sets rate and window.
//
// draft-ietf-ccwg-bbr (BBRUpdateOnACK).
func (b *bbr) OnSample(s Sample) {
	b.delivered = s.Delivered
	b.updateSignals(s)
	b.updateAggregation(s)
	b.checkFull(s)
	b.checkStartup(s)
	b.checkDrain(s)
	b.updateCycle(s)
	b.updateMinRTT(s)
	b.checkProbeRTT(s)
	b.advanceSignals(s)
	b.boundBW()
	b.setRate(b.pacingGain)
	b.setQuantum()
	b.setCwnd(s)
}

// OnLoss keeps the window for later and lets only what is in flight be replaced, until
// OnSample opens it again.
//
// draft-ietf-ccwg-bbr (BBROnEnterRTO, BBROnEnterFastRecovery).
func (b *bbr) OnLoss(l Loss) {
	switch l.Kind {
	case Spurious:
		b.undoLoss()
	case Timeout:
		b.beginRecovery()
		b.cwnd = max(min(b.cwnd, l.Pipe), 0) + b.mss
		b.samples = false // what is lost now, and how little flies, says nothing of a probe
	case FastRetransmit:
		b.beginRecovery()
		b.cwnd = max(min(b.cwnd, l.Flight+b.mss), minPipeSegments*b.mss)
	case ECN:
		// The draft leaves ECN to others: a mark counts as a loss in this round.
		b.noteLoss()
		b.lossRuns++
	}
}

// beginRecovery remembers what a spurious recovery would have to give back.
func (b *bbr) beginRecovery() {
	if !b.recovering {
		b.saveCwnd()
		b.lossStarted = b.rounds
		b.undo.state, b.undo.shortBW, b.undo.shortIn, b.undo.longIn = b.state, b.shortBW, b.shortIn, b.longIn
	}
	b.recovering = true
}

// undoLoss restores the bounds that losses have set which were none.
//
// draft-ietf-ccwg-bbr (BBRHandleSpuriousLossDetection).
func (b *bbr) undoLoss() {
	b.lossIn = false
	b.resetFull()
	b.shortBW = max(b.shortBW, b.undo.shortBW)
	b.shortIn = max(b.shortIn, b.undo.shortIn)
	b.longIn = max(b.longIn, b.undo.longIn)
	b.cwnd = max(b.cwnd, b.priorCwnd)
	b.recovering = false
}

// OnRecovered gives back the window of before the loss.
func (b *bbr) OnRecovered(timers.Time) {
	if b.recovering {
		b.recovering = false
		b.cwnd = max(b.cwnd, b.priorCwnd)
	}
}

// OnIdle changes nothing: the model is kept, and paced from OnResume on.
func (b *bbr) OnIdle(timers.Time) {}

// OnResume lets a sender begin again at the rate of the path, not faster.
//
// draft-ietf-ccwg-bbr (BBRHandleRestartFromIdle).
func (b *bbr) OnResume(s Sample) {
	if !s.AppLimited {
		return
	}
	b.idle = true
	b.extraAt = s.Now
	switch {
	case b.state.probingBW():
		b.setRate(100)
	case b.state == bbrProbeRTT:
		b.checkProbeRTTDone(s)
	}
}

// SetMSS changes the segment size.
func (b *bbr) SetMSS(mss int) {
	b.mss = max(mss, 1)
	b.cwnd = max(b.cwnd, b.mss)
}

// saveCwnd remembers the window before recovery or ProbeRTT.
func (b *bbr) saveCwnd() {
	if !b.recovering && b.state != bbrProbeRTT {
		b.priorCwnd = b.cwnd
	} else {
		b.priorCwnd = max(b.priorCwnd, b.cwnd)
	}
}

// scaleRate returns percent of a rate, less the margin.
func (b *bbr) scaleRate(bw int64, percent int) int64 {
	return bw / 100 * int64(percent) / 100 * (100 - marginPercent)
}

// setRate sets the pacing rate to percent of the bandwidth. Before the path is known it
// only grows.
//
// draft-ietf-ccwg-bbr (BBRSetPacingRateWithGain).
func (b *bbr) setRate(percent int) {
	rate := b.scaleRate(b.bw, percent)
	if rate > 0 && (b.full || rate > b.rate) {
		b.rate = rate
	}
}

// setQuantum bounds a burst to a millisecond, in 2 segments to 64 KiB.
//
// draft-ietf-ccwg-bbr (BBRSetSendQuantum).
func (b *bbr) setQuantum() {
	b.quantum = max(min(int(b.rate/1000), 64<<10), 2*b.mss)
}

// bdp returns percent of the product of bandwidth and round trip.
func (b *bbr) bdp(bw int64, percent int) int {
	if b.minRTT == infiniteRTT {
		return b.initial
	}
	us := int64(b.minRTT / time.Microsecond)
	return int(min(bw/1000*us/1000*int64(percent)/100, unbounded))
}

// inflight returns percent of the product, with room for bursts on the way.
//
// draft-ietf-ccwg-bbr (BBRInflight, BBRQuantizationBudget).
func (b *bbr) inflight(percent int) int { return b.quantize(b.bdp(b.bw, percent)) }

func (b *bbr) quantize(n int) int {
	n = max(n, 3*b.quantum, minPipeSegments*b.mss)
	if b.state == bbrUp {
		n += 2 * b.mss
	}
	return n
}

// setCwnd lets the window grow to what the model allows, and bounds it.
//
// draft-ietf-ccwg-bbr (BBRSetCwnd).
func (b *bbr) setCwnd(s Sample) {
	most := b.quantize(b.bdp(b.bw, b.cwndGain) + max(b.extra[0], b.extra[1]))
	switch {
	case b.full:
		b.cwnd = min(b.cwnd+s.Acked, most)
	case b.cwnd < most || s.Delivered < int64(b.initial):
		b.cwnd += s.Acked
	}
	least := minPipeSegments * b.mss
	b.cwnd = max(b.cwnd, least)
	if b.state == bbrProbeRTT {
		b.cwnd = min(b.cwnd, b.probeRTTCwnd())
	}
	bound := unbounded
	switch {
	case b.state == bbrProbeRTT, b.state == bbrCruise:
		bound = b.withHeadroom()
	case b.state.probingBW():
		bound = b.longIn
	}
	b.cwnd = min(b.cwnd, max(min(bound, b.shortIn), least))
}
