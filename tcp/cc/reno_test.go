package cc

import (
	"testing"

	"github.com/golwip/lwip/timers"
)

func renoOf(cwnd, ssthresh int) *reno {
	r := NewReno(Params{MSS: 1000, InitialWindow: cwnd}).(*reno)
	if ssthresh != 0 {
		r.ssthresh = ssthresh
	}
	return r
}

// RFC 5681 §3.1, RFC 3465 §2.
func TestRenoSlowStart(t *testing.T) {
	r := renoOf(10000, 0)
	if r.Name() != "reno" || r.SlowStartThreshold() != unlimited {
		t.Errorf("%s, %d", r.Name(), r.SlowStartThreshold())
	}
	for range 5 { // an ACK for two segments each: the window doubles
		r.OnAck(Ack{Acked: 2000, Flight: 10000, Limited: true})
	}
	if r.Window() != 20000 {
		t.Errorf("window %d, want 20000", r.Window())
	}
	r.OnAck(Ack{Acked: 2000, Flight: 10000})
	if r.Window() != 20000 {
		t.Error("the window grew though it was not the limit")
	}
}

// Deviation from RFC 3465 §2.3: one ACK for a whole batch counts in full.
func TestSlowStartBatchACK(t *testing.T) {
	r := renoOf(10000, 0)
	r.OnAck(Ack{Acked: 10000, Flight: 10000, Limited: true})
	if r.Window() != 20000 {
		t.Errorf("window %d, want 20000", r.Window())
	}
}

// RFC 5681 §3.1, equation 2 by byte counting: one MSS each window.
func TestRenoCongestionAvoidance(t *testing.T) {
	r := renoOf(10000, 5000)
	for i := range 10 {
		if r.Window() != 10000 {
			t.Fatalf("after %d segments: %d", i, r.Window())
		}
		r.OnAck(Ack{Acked: 1000, Flight: 10000, Limited: true})
	}
	if r.Window() != 11000 {
		t.Errorf("after a window: %d", r.Window())
	}
	// Over the threshold in one ACK: only the rest counts for avoidance.
	r = renoOf(9000, 10000)
	r.OnAck(Ack{Acked: 2000, Flight: 9000, Limited: true})
	if r.Window() != 10000 || r.acked != 1000 {
		t.Errorf("window %d, acked %d", r.Window(), r.acked)
	}
}

// RFC 5681 §3.1 equation 4, §3.2; RFC 6582 §3.2.
func TestRenoLoss(t *testing.T) {
	r := renoOf(20000, 0)
	r.OnLoss(Loss{Kind: FastRetransmit, Flight: 16000})
	if r.Window() != 8000 || r.SlowStartThreshold() != 8000 {
		t.Errorf("fast retransmit: %d, %d", r.Window(), r.SlowStartThreshold())
	}
	r.OnRecovered(0)
	if r.Window() != 8000 {
		t.Errorf("recovered: %d", r.Window())
	}
	r.OnLoss(Loss{Kind: FastRetransmit, Flight: 1000})
	if r.SlowStartThreshold() != 2000 {
		t.Errorf("the least is two segments: %d", r.SlowStartThreshold())
	}
	r = renoOf(20000, 0)
	r.OnLoss(Loss{Kind: ECN, Flight: 20000})
	if r.Window() != 10000 {
		t.Errorf("ECN: %d", r.Window())
	}
}

// RFC 5681 §3.1: one segment after a time-out; a repeated one does not lower
// ssthresh again. Spurious undoes it.
func TestRenoTimeout(t *testing.T) {
	r := renoOf(20000, 0)
	r.OnLoss(Loss{Kind: Timeout, Flight: 20000})
	r.OnLoss(Loss{Kind: Timeout, Flight: 1000, Again: true})
	if r.Window() != 1000 || r.SlowStartThreshold() != 10000 {
		t.Errorf("time-out: %d, %d", r.Window(), r.SlowStartThreshold())
	}
	r.OnLoss(Loss{Kind: Spurious})
	if r.Window() != 20000 || r.SlowStartThreshold() != unlimited {
		t.Errorf("undone: %d, %d", r.Window(), r.SlowStartThreshold())
	}
}

// RFC 5681 §4.1: after idling, no more than the initial window.
func TestRenoIdle(t *testing.T) {
	r := renoOf(10000, 0)
	r.OnAck(Ack{Acked: 10000, Limited: true})
	r.OnIdle(timers.Time(1))
	if r.Window() != 10000 {
		t.Errorf("window %d", r.Window())
	}
	r.OnLoss(Loss{Kind: Timeout, Flight: 10000})
	r.OnIdle(timers.Time(2))
	if r.Window() != 1000 {
		t.Errorf("idling must not grow the window: %d", r.Window())
	}
}

func TestRenoSetMSS(t *testing.T) {
	r := renoOf(10000, 0)
	r.SetMSS(500) // as many segments, smaller
	if r.Window() != 5000 {
		t.Errorf("window %d", r.Window())
	}
	r.SetMSS(1400)
	if r.Window() != 5000 {
		t.Errorf("window %d", r.Window())
	}
}
