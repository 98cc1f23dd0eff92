package cc

import "github.com/golwip/lwip/timers"

// reno is slow start and congestion avoidance with byte counting.
//
// RFC 5681 §3.1, RFC 3465 §2, RFC 6582 (the sender counts what left the network
// instead of inflating the window).
type reno struct {
	cwnd     int
	ssthresh int
	acked    int // bytes acknowledged since cwnd last grew, above ssthresh
	mss      int
	initial  int
	// before the last loss, for Spurious
	undoCwnd, undoThresh int
}

// unlimited is the initial ssthresh: "arbitrarily high" (RFC 5681 §3.1).
const unlimited = 1 << 30

// NewReno returns a controller by RFC 5681.
func NewReno(p Params) Controller {
	return &reno{cwnd: p.InitialWindow, ssthresh: unlimited, mss: p.MSS, initial: p.InitialWindow}
}

func (r *reno) Name() string            { return "reno" }
func (r *reno) Window() int             { return r.cwnd }
func (r *reno) SlowStartThreshold() int { return r.ssthresh }

// OnAck grows the window, if it was the limit (RFC 7661 §1 says why): in slow
// start by what was acknowledged, above ssthresh by one MSS each window.
//
// Deviation: RFC 3465 §2.3 caps the growth of one ACK at L=2 MSS. Receivers
// acknowledge whole batches, so a cap would starve slow start; the burst it
// guards against is bounded by the batch. Pinned by TestSlowStartBatchACK.
func (r *reno) OnAck(a Ack) {
	if !a.Limited || a.Recovering {
		return
	}
	acked := a.Acked
	if r.cwnd < r.ssthresh {
		grow := min(acked, r.ssthresh-r.cwnd)
		r.cwnd += grow
		acked -= grow
		if acked == 0 {
			return
		}
	}
	r.acked += acked
	if r.acked >= r.cwnd {
		r.acked -= r.cwnd
		r.cwnd += r.mss
	}
	r.cwnd = min(r.cwnd, unlimited)
}

// OnLoss halves the window, or after a time-out shuts it to one segment.
//
// RFC 5681 §3.1 equation 4, §3.2; §5.1 of RFC 6298: a repeated time-out of the
// same data does not lower ssthresh again.
func (r *reno) OnLoss(l Loss) {
	switch l.Kind {
	case Spurious:
		r.cwnd = max(r.cwnd, r.undoCwnd)
		r.ssthresh = r.undoThresh
		return
	case FastRetransmit, ECN, Timeout:
	}
	r.acked = 0
	if !l.Again {
		r.undoCwnd, r.undoThresh = r.cwnd, r.ssthresh
		r.ssthresh = max(l.Flight/2, 2*r.mss)
	}
	r.cwnd = r.ssthresh
	if l.Kind == Timeout {
		r.cwnd = r.mss
	}
}

func (r *reno) OnRecovered(timers.Time) {}

// OnIdle restarts from the initial window: what was learnt has gone stale.
//
// RFC 5681 §4.1.
func (r *reno) OnIdle(timers.Time) { r.cwnd = min(r.cwnd, r.initial) }

func (r *reno) SetMSS(mss int) {
	if mss < r.mss {
		r.cwnd = max(r.cwnd/r.mss, 1) * mss
	}
	r.mss = mss
}
