package cc

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/timers"
)

// avoiding returns a controller in congestion avoidance, n round trips after a loss
// at 640 segments.
func avoiding(n int) (*cubic, timers.Time) {
	c := newTestCubic().(*cubic)
	now := timers.Time(time.Second)
	c.cwnd = 640 * testMSS
	c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.cwnd})
	c.OnRecovered(now)
	for range n {
		now = ackWindow(c, now, 100*ms)
	}
	return c, now
}

// ackWindow acknowledges a window, an ACK for two segments, and returns the time
// after.
func ackWindow(c Controller, now timers.Time, rtt time.Duration) timers.Time {
	acks := max(c.Window()/testMSS/2, 1)
	flight := c.Window()
	for range acks {
		now = now.Add(rtt / time.Duration(acks))
		c.OnAck(Ack{Now: now, Acked: 2 * testMSS, Flight: flight, RTT: rtt, Limited: true})
	}
	return now
}

// TestCubicLoss: what each kind of event makes of windows and flights.
//
// RFC 9438 §4.6, §4.7, §4.8.
func TestCubicLoss(t *testing.T) {
	const mss = 1000
	tests := []struct {
		name                 string
		cwnd, wmax           int // segments
		loss                 Loss
		cwndWant, threshWant int // bytes
		wmaxWant             int
	}{
		{"a loss takes 0.3 of the flight", 100, 0, Loss{Kind: FastRetransmit, Flight: 100_000}, 70_000, 70_000, 100_000},
		{"of the flight, not of the window", 100, 0, Loss{Kind: FastRetransmit, Flight: 50_000}, 35_000, 35_000, 100_000},
		{"never opens the window", 10, 0, Loss{Kind: FastRetransmit, Flight: 100_000}, 7_000, 7_000, 10_000},
		{"at least two segments", 2, 0, Loss{Kind: FastRetransmit, Flight: 1000}, 2000, 2000, 2000},
		{"fast convergence", 100, 120, Loss{Kind: FastRetransmit, Flight: 100_000}, 70_000, 70_000, 85_000},
		{"above the last maximum", 120, 100, Loss{Kind: FastRetransmit, Flight: 120_000}, 84_000, 84_000, 120_000},
		{"ECN like a loss", 100, 0, Loss{Kind: ECN, Flight: 100_000}, 70_000, 70_000, 100_000},
		{"ECN may go to one segment", 1, 0, Loss{Kind: ECN, Flight: 1000}, 1000, 2000, 1000},
		{"a time-out shuts the window", 100, 120, Loss{Kind: Timeout, Flight: 100_000}, 1000, 70_000, 0},
		{"a time-out with little in flight", 100, 0, Loss{Kind: Timeout, Flight: 1000}, 1000, 2000, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := NewCubic(Params{MSS: mss, InitialWindow: 10 * mss}).(*cubic)
			c.cwnd, c.wmax = tt.cwnd*mss, tt.wmax*mss
			c.OnLoss(tt.loss)
			if c.Window() != tt.cwndWant || c.SlowStartThreshold() != tt.threshWant || c.wmax != tt.wmaxWant {
				t.Errorf("window %d, ssthresh %d, W_max %d; want %d, %d, %d",
					c.Window(), c.SlowStartThreshold(), c.wmax, tt.cwndWant, tt.threshWant, tt.wmaxWant)
			}
		})
	}
}

// TestCubicUndo: a loss that was none leaves no trace, whatever came after it on its
// account.
//
// RFC 9438 §4.9.
func TestCubicUndo(t *testing.T) {
	for _, kind := range []Kind{FastRetransmit, Timeout} {
		c, now := avoiding(30)
		want := c.cubicState
		c.OnLoss(Loss{Now: now, Kind: kind, Flight: c.Window()})
		c.OnLoss(Loss{Now: now, Kind: Timeout, Flight: c.Window(), Again: true})
		now = ackWindow(c, now, 100*ms)
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		want.t += 100 * ms // the epoch went on
		if c.cubicState != want {
			t.Errorf("kind %d: %+v, want %+v", kind, c.cubicState, want)
		}
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.Window()})
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		if c.cubicState != want {
			t.Errorf("kind %d, again: %+v, want %+v", kind, c.cubicState, want)
		}
	}
}

// TestCubicUndoRefused: a window that has outgrown the old one stays, and what a
// router has marked is not undone.
//
// RFC 9438 §4.9.2; RFC 3168 §6.1.2.
func TestCubicUndoRefused(t *testing.T) {
	t.Run("outgrown", func(t *testing.T) {
		c, now := avoiding(10)
		old := c.Window()
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: old})
		c.OnRecovered(now)
		for range 500 {
			now = ackWindow(c, now, 100*ms)
		}
		want := c.cubicState
		if c.cwnd <= old {
			t.Fatal("the window has not outgrown")
		}
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		if c.cubicState != want {
			t.Errorf("%+v, want %+v", c.cubicState, want)
		}
	})
	t.Run("marked since", func(t *testing.T) {
		c, now := avoiding(10)
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.Window()})
		c.OnLoss(Loss{Now: now, Kind: ECN, Flight: c.Window()})
		want := c.cubicState
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		if c.cubicState != want {
			t.Errorf("%+v, want %+v", c.cubicState, want)
		}
	})
}

// TestCubicRecovering: what arrives in a recovery lets W_est grow, once it is over, and
// the window not before.
func TestCubicRecovering(t *testing.T) {
	window := func(recovering int) int {
		c, now := avoiding(1)
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: 10 * testMSS})
		before := c.Window()
		for range recovering {
			c.OnAck(Ack{Now: now, Acked: testMSS, Flight: before, RTT: ms, Limited: true, Recovering: true})
		}
		if c.Window() != before {
			t.Errorf("the window grew from %d to %d in a recovery", before, c.Window())
		}
		c.OnRecovered(now)
		c.OnAck(Ack{Now: now, Acked: testMSS, Flight: before, RTT: ms, Limited: true})
		return c.west
	}
	with, without := window(7), window(0)
	if grown := with - without; grown < testMSS/3 || grown > testMSS {
		t.Errorf("W_est %d after a window in recovery, %d without", with, without)
	}
}

// TestCubicSetMSS: smaller segments keep their number, and their place on the curve;
// larger ones keep the bytes.
func TestCubicSetMSS(t *testing.T) {
	c, now := avoiding(20)
	segments := c.Window() / testMSS
	thresh, wmax := c.ssthresh/testMSS, c.wmax/testMSS
	c.SetMSS(536)
	if got := c.wmax / 536; got != wmax {
		t.Errorf("W_max of %d segments, want %d", got, wmax)
	}
	if got := c.prior / 536; got != 640 {
		t.Errorf("cwnd_prior of %d segments, want 640", got)
	}
	if got := c.Window() / 536; got != segments {
		t.Errorf("%d segments, want %d", got, segments)
	}
	if got := c.ssthresh / 536; got != thresh {
		t.Errorf("ssthresh of %d segments, want %d", got, thresh)
	}
	for range 200 {
		flight := c.Window()
		now = now.Add(100 * ms)
		c.OnAck(Ack{Now: now, Acked: flight, Flight: flight, RTT: 100 * ms, Limited: true})
		if now == timers.Time(time.Second).Add(21*100*ms) && c.Window()/536 > segments+10 {
			t.Errorf("jumps to %d segments", c.Window()/536)
		}
	}
	if c.Window() < wmax*536 {
		t.Errorf("window %d does not come back to W_max %d", c.Window(), wmax*536)
	}
	before := c.Window()
	c.SetMSS(9000)
	if c.Window() != before {
		t.Errorf("window %d, want %d", c.Window(), before)
	}
	c.OnLoss(Loss{Now: now, Kind: Timeout, Flight: 1})
	if c.Window() != 9000 || c.SlowStartThreshold() != 18_000 {
		t.Errorf("after a time-out: window %d, ssthresh %d", c.Window(), c.SlowStartThreshold())
	}
	c.SetMSS(536)
	c.SetMSS(20_000)
	if c.Window() != 20_000 {
		t.Errorf("window %d is less than a segment", c.Window())
	}
}

// TestCubicRepair: while a time-out is repaired an ACK is worth one segment,
// afterwards what it acknowledges.
//
// RFC 3465 §2.3.
func TestCubicRepair(t *testing.T) {
	c, now := avoiding(0)
	c.OnLoss(Loss{Now: now, Kind: Timeout, Flight: c.Window()})
	a := Ack{Now: now, Acked: 4 * testMSS, Flight: 4 * testMSS, RTT: ms, Limited: true}
	c.OnAck(a)
	if got, want := c.Window(), 2*testMSS; got != want {
		t.Errorf("repairing: window %d, want %d", got, want)
	}
	c.OnRecovered(now)
	c.OnAck(a)
	if got, want := c.Window(), 6*testMSS; got != want {
		t.Errorf("repaired: window %d, want %d", got, want)
	}
}

// TestCubicBounds plays arbitrary events: the window is never below a segment nor
// above its limit, grows only when it is the limit and never by an ACK of nothing,
// and no ACK shrinks it.
func TestCubicBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mss := rapid.IntRange(1, 65_535).Draw(t, "mss")
		c := NewCubic(Params{MSS: mss, InitialWindow: rapid.IntRange(0, 1<<20).Draw(t, "iw")})
		now := timers.Time(1)
		for range rapid.IntRange(1, 200).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "gap")))
			before := c.Window()
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			default:
				a := Ack{
					Now:     now,
					Acked:   rapid.IntRange(0, 1<<30).Draw(t, "acked"),
					Flight:  rapid.IntRange(0, 1<<30).Draw(t, "flight"),
					RTT:     time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "rtt")),
					Limited: rapid.Bool().Draw(t, "limited"),
				}
				c.OnAck(a)
				if grow := c.Window() - before; grow < 0 || grow > 0 && !a.Limited || grow > a.Acked+mss {
					t.Fatalf("%+v: window from %d to %d", a, before, c.Window())
				}
			case 0, 1:
				c.OnLoss(Loss{
					Now:    now,
					Kind:   Kind(rapid.IntRange(0, 3).Draw(t, "kind")),
					Flight: rapid.IntRange(0, 1<<30).Draw(t, "flight"),
					Again:  rapid.Bool().Draw(t, "again"),
				})
			case 2:
				c.OnRecovered(now)
			case 3:
				c.OnIdle(now)
			case 4:
				mss = rapid.IntRange(1, 65_535).Draw(t, "mss")
				c.SetMSS(mss)
			}
			if w := c.Window(); w < mss || w > unlimited {
				t.Fatalf("window %d with segments of %d", w, mss)
			}
			if c.SlowStartThreshold() <= 0 {
				t.Fatalf("ssthresh %d", c.SlowStartThreshold())
			}
		}
	})
}

// TestCubeRoot compares with the library's, whose last bit may differ by machine.
func TestCubeRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(1e-9, 1e10).Draw(t, "x")
		if got, want := cubeRoot(x), math.Cbrt(x); math.Abs(got-want) > 1e-12*want {
			t.Fatalf("cubeRoot(%g) = %.17g, want %.17g", x, got, want)
		}
	})
}

func TestZeroAllocCubic(t *testing.T) {
	c := newTestCubic()
	now := timers.Time(time.Second)
	events := func() {
		for range 50 {
			now = now.Add(ms)
			c.OnAck(Ack{Now: now, Acked: 2 * testMSS, Flight: c.Window(), RTT: 20 * ms, Limited: true})
		}
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.Window()})
		c.OnLoss(Loss{Now: now, Kind: Spurious})
		c.OnLoss(Loss{Now: now, Kind: Timeout, Flight: c.Window()})
		c.OnRecovered(now)
		c.OnIdle(now)
		c.SetMSS(testMSS)
	}
	if n := testing.AllocsPerRun(100, events); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCubicOnAck(b *testing.B) {
	c, now := avoiding(10)
	for b.Loop() {
		now = now.Add(time.Microsecond)
		c.OnAck(Ack{Now: now, Acked: 2 * testMSS, Flight: c.cwnd, RTT: 100 * ms, Limited: true})
	}
}

func ExampleNewCubic() {
	const mss = 1460
	c := NewCubic(Params{MSS: mss, InitialWindow: 10 * mss})
	now := timers.Time(time.Second)
	c.OnAck(Ack{Now: now, Acked: 2 * mss, Flight: 10 * mss, RTT: 30 * time.Millisecond, Limited: true})
	fmt.Println("slow start:", c.Window()/mss)
	c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: 10 * mss})
	fmt.Println("after a loss:", c.Window()/mss)
	c.OnLoss(Loss{Now: now, Kind: Spurious})
	fmt.Println("which was none:", c.Window()/mss)
	// Output:
	// slow start: 12
	// after a loss: 7
	// which was none: 12
}
