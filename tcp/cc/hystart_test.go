package cc

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

const ms = time.Millisecond

// slowStarter plays rounds of slow start to a controller.
type slowStarter struct {
	c   *cubic
	now timers.Time
}

func newSlowStarter() *slowStarter {
	return &slowStarter{c: newTestCubic().(*cubic), now: timers.Time(time.Second)}
}

// round acknowledges a window segment by segment; rtt gives the round trip of each.
func (s *slowStarter) round(rtt func(i int) time.Duration) {
	window := s.c.Window() / testMSS
	// As the ACKs come in, new segments go out.
	flight := window * testMSS
	for i := range window {
		s.now = s.now.Add(50 * ms / time.Duration(window))
		before := s.c.Window()
		s.c.OnAck(Ack{Now: s.now, Acked: testMSS, Flight: flight, RTT: rtt(i), Limited: true})
		flight += s.c.Window() - before
	}
}

func always(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// TestHyStartThreshold: the round trip may grow by an eighth, but at least by 4 ms
// and at most by 16 ms.
//
// RFC 9406 §4.2.
func TestHyStartThreshold(t *testing.T) {
	tests := []struct {
		name        string
		base, grown time.Duration
		want        hystartPhase
	}{
		{"short path below 4 ms", 1 * ms, 5*ms - 1, hystartSlow},
		{"short path at 4 ms", 1 * ms, 5 * ms, hystartCSS},
		{"an eighth, below", 80 * ms, 90*ms - 1, hystartSlow},
		{"an eighth, at", 80 * ms, 90 * ms, hystartCSS},
		{"long path below 16 ms", 600 * ms, 616*ms - 1, hystartSlow},
		{"long path at 16 ms", 600 * ms, 616 * ms, hystartCSS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSlowStarter()
			s.round(always(tt.base))
			s.round(always(tt.base))
			s.round(always(tt.grown))
			if got := s.c.hystart.phase; got != tt.want {
				t.Errorf("phase %d, want %d", got, tt.want)
			}
		})
	}
}

// TestHyStartSamples: fewer than eight samples prove nothing.
//
// RFC 9406 §4.2 (N_RTT_SAMPLE).
func TestHyStartSamples(t *testing.T) {
	for samples, want := range map[int]hystartPhase{7: hystartSlow, 8: hystartCSS} {
		s := newSlowStarter()
		s.round(always(50 * ms))
		s.round(func(i int) time.Duration {
			if i < samples {
				return 80 * ms
			}
			return 0 // retransmitted: no sample (Karn)
		})
		if got := s.c.hystart.phase; got != want {
			t.Errorf("%d samples: phase %d, want %d", samples, got, want)
		}
	}
}

// TestHyStartCSS: in conservative slow start the window grows by a quarter; after
// five rounds, of which the one it was entered in is the first, congestion avoidance
// begins where the window is.
//
// RFC 9406 §4.2 (CSS_GROWTH_DIVISOR, CSS_ROUNDS); RFC 9438 §4.10.
func TestHyStartCSS(t *testing.T) {
	s := newSlowStarter()
	s.round(always(50 * ms))
	if got, want := s.c.Window(), 20*testMSS; got != want {
		t.Fatalf("slow start: window %d, want %d", got, want)
	}
	s.round(always(80 * ms)) // CSS after the eighth ACK
	if got, want := s.c.Window(), (20+8)*testMSS+12*(testMSS/4); got != want {
		t.Errorf("round of entry: window %d, want %d", got, want)
	}
	for n := 2; n <= cssRounds; n++ {
		if s.c.SlowStartThreshold() != unlimited {
			t.Fatalf("slow start was left before round %d", n)
		}
		before := s.c.Window()
		s.round(always(80 * ms))
		if got, want := s.c.Window(), before+before/testMSS*(testMSS/4); got != want {
			t.Errorf("round %d: window %d, want %d", n, got, want)
		}
	}
	if got := s.c.SlowStartThreshold(); got != s.c.Window() {
		t.Fatalf("ssthresh %d, window %d", got, s.c.Window())
	}
	left := s.c.Window()
	s.round(always(80 * ms))
	if got := s.c.Window() - left; got > 3*testMSS {
		t.Errorf("congestion avoidance grows by %d in its first round", got)
	}
	if s.c.k != 0 || s.c.wmax != left || s.c.prior != left {
		t.Errorf("K %v, W_max %d, cwnd_prior %d; want 0, %d, %[4]d", s.c.k, s.c.wmax, s.c.prior, left)
	}
}

// TestHyStartJitter: round trips that differ do not end slow start, nor does a
// single slow round.
//
// RFC 9406 §4.2.
func TestHyStartJitter(t *testing.T) {
	t.Run("each packet", func(t *testing.T) {
		s := newSlowStarter()
		r := rand.New(rand.NewPCG(3, 5))
		for range 9 {
			s.round(func(int) time.Duration { return 50*ms + time.Duration(r.IntN(int(10*ms))) })
		}
		if got, want := s.c.Window(), 10*testMSS<<9; got != want {
			t.Errorf("window %d after nine rounds, want %d", got, want)
		}
	})
	t.Run("a slow round", func(t *testing.T) {
		s := newSlowStarter()
		for range 6 {
			s.round(always(50 * ms))
		}
		s.round(always(90 * ms))
		if s.c.hystart.phase != hystartCSS {
			t.Fatal("a slow round went unnoticed")
		}
		s.round(always(50 * ms))
		if s.c.hystart.phase != hystartSlow {
			t.Fatal("slow start was not resumed")
		}
		before := s.c.Window()
		s.round(always(50 * ms))
		if got := s.c.Window(); got < 2*before-testMSS || s.c.SlowStartThreshold() != unlimited {
			t.Errorf("window %d after %d, ssthresh %d", got, before, s.c.SlowStartThreshold())
		}
	})
}

// TestHyStartCSSAgain: the five rounds are counted from the last entry.
//
// RFC 9406 §4.2.
func TestHyStartCSSAgain(t *testing.T) {
	s := newSlowStarter()
	s.round(always(50 * ms))
	for range 3 {
		s.round(always(90 * ms))
	}
	s.round(always(50 * ms)) // jitter after all
	s.round(always(50 * ms))
	for n := 1; n <= cssRounds; n++ {
		if s.c.SlowStartThreshold() != unlimited {
			t.Fatalf("slow start was left before round %d", n)
		}
		s.round(always(90 * ms))
	}
	if s.c.SlowStartThreshold() == unlimited {
		t.Error("slow start was not left")
	}
}

// TestHyStartBatchACK: one ACK lets the window grow by all that it acknowledges.
//
// Against RFC 9406 §4.3 (L).
func TestHyStartBatchACK(t *testing.T) {
	c := NewCubic(Params{MSS: testMSS, InitialWindow: 100 * testMSS})
	c.OnAck(Ack{Now: 1, Acked: 100 * testMSS, Flight: 100 * testMSS, RTT: ms, Limited: true})
	if got, want := c.Window(), 200*testMSS; got != want {
		t.Errorf("window %d, want %d", got, want)
	}
}

// TestHyStartOnlyOnce: after a loss slow start is the plain one; undoing the loss
// brings HyStart++ back.
//
// RFC 9406 §4.3.
func TestHyStartOnlyOnce(t *testing.T) {
	slow := func(undo bool) *slowStarter {
		s := newSlowStarter()
		for range 4 {
			s.round(always(50 * ms))
		}
		s.c.OnLoss(Loss{Now: s.now, Kind: Timeout, Flight: s.c.Window()})
		if undo {
			s.c.OnLoss(Loss{Now: s.now, Kind: Spurious})
			if s.c.hystart.last != infiniteRTT {
				t.Error("round trips from before the loss are still a measure")
			}
		}
		s.c.OnRecovered(s.now)
		for range 5 {
			s.round(always(50 * ms))
		}
		s.round(always(100 * ms))
		return s
	}
	if s := slow(false); s.c.hystart.phase != hystartOff || s.c.Window() != 64*testMSS {
		t.Errorf("after a time-out: phase %d, window %d", s.c.hystart.phase, s.c.Window())
	}
	if s := slow(true); s.c.hystart.phase != hystartCSS {
		t.Errorf("after a spurious time-out: phase %d", s.c.hystart.phase)
	}
}

// TestHyStartRounds: rounds are right however the ACKs come: one for a window, and
// after everything was acknowledged and the sender was silent.
func TestHyStartRounds(t *testing.T) {
	c := newTestCubic().(*cubic)
	now := timers.Time(time.Second)
	for n := range 5 {
		now = now.Add(20 * ms)
		window := c.Window()
		c.OnAck(Ack{Now: now, Acked: window, Flight: window, RTT: time.Duration(n+1) * ms, Limited: true})
		if got, want := c.hystart.last, time.Duration(n+1)*ms; got != want {
			t.Errorf("round %d: least round trip %v, want %v", n, got, want)
		}
	}
	// Two ACKs a round: the second ends it.
	for n := range 5 {
		rtt := time.Duration(n+10) * ms
		window := c.Window()
		c.OnAck(Ack{Now: now, Acked: window / 2, Flight: window, RTT: rtt})
		if c.hystart.last == rtt {
			t.Errorf("round %d ended early", n)
		}
		c.OnAck(Ack{Now: now, Acked: window - window/2, Flight: window - window/2, RTT: rtt + ms})
		if c.hystart.last != rtt {
			t.Errorf("round %d did not end", n)
		}
	}
}

// TestHyStartLeavesBeforeOverflow: slow start becomes gentle soon after the link is
// full and, if the queue is deep, ends before anything is lost. The five rounds of
// CSS may overflow a shallow queue, but then half as much is lost.
func TestHyStartLeavesBeforeOverflow(t *testing.T) {
	const perSecond, rtt = 8560, 60 * time.Millisecond
	const bdp = perSecond * 60 / 1000
	run := func(c Controller, queue int) (*bottleneck, *flow) {
		b := newBottleneck(t, perSecond, queue)
		f := b.add(c, testMSS, rtt, 0)
		b.run(3 * time.Second)
		return b, f
	}
	b, f := run(newTestCubic(), 8*bdp)
	t.Logf("leaves at %.0f packets, %d drops; the link holds %d", f.leftSlow, b.drops, bdp)
	if b.drops > 0 || f.leftSlow < bdp || f.leftSlow > 9*bdp {
		t.Errorf("slow start left with %.0f packets in flight, %d drops; the link holds %d", f.leftSlow, b.drops, bdp)
	}
	for _, queue := range []int{8 * bdp, 3 * bdp, bdp} {
		cubic, _ := run(newTestCubic(), queue)
		reno, _ := run(newTestReno(), queue)
		t.Logf("queue of %d: %d drops, Reno %d", queue, cubic.drops, reno.drops)
		if reno.drops < 100 || cubic.drops > reno.drops/2 {
			t.Errorf("queue of %d: %d drops, Reno's slow start %d", queue, cubic.drops, reno.drops)
		}
	}
}
