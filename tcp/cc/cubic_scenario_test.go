package cc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

const testMSS = 1460

func newTestCubic() Controller { return NewCubic(Params{MSS: testMSS, InitialWindow: 10 * testMSS}) }
func newTestReno() Controller  { return NewReno(Params{MSS: testMSS, InitialWindow: 10 * testMSS}) }

// averageWindow returns the average window in segments of a flow over a path with
// the given RTT that loses a packet after each gap() packets. As many losses as
// are measured go before, to forget the beginning.
func averageWindow(c Controller, rtt time.Duration, gap func() int, losses int) float64 {
	now := timers.Time(time.Second)
	lose := func() {
		c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.Window()})
		c.OnRecovered(now)
	}
	lose() // out of slow start
	var sum float64
	var rounds, lost int
	left := gap()
	for lost < 2*losses {
		window := c.Window() / testMSS
		if lost >= losses {
			sum += float64(window)
			rounds++
		}
		size := max(2, window/64) // of an ACK; the batches of a fast receiver
		for acked := 0; acked < window; acked += size {
			n := min(size, window-acked)
			now = now.Add(rtt * time.Duration(n) / time.Duration(window))
			c.OnAck(Ack{Now: now, Acked: n * testMSS, Flight: window * testMSS, RTT: rtt, Limited: true})
			if left -= n; left <= 0 {
				left += gap()
				lost++
				lose()
				break
			}
		}
	}
	return sum / float64(rounds)
}

// TestCubicResponseFunction holds the average window over the loss rate against
// tables 1 and 2.
//
// RFC 9438 §5.1, §5.2.
func TestCubicResponseFunction(t *testing.T) {
	tests := []struct {
		rtt  time.Duration
		gap  int // 1/p
		want float64
	}{
		{100 * time.Millisecond, 100, 12},
		{100 * time.Millisecond, 1000, 38},
		{100 * time.Millisecond, 10_000, 187},
		{100 * time.Millisecond, 100_000, 1054},
		{100 * time.Millisecond, 1_000_000, 5926},
		{10 * time.Millisecond, 100, 12},
		{10 * time.Millisecond, 1000, 38},
		{10 * time.Millisecond, 10_000, 120},
		{10 * time.Millisecond, 100_000, 379},
		{10 * time.Millisecond, 1_000_000, 1200},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("rtt=%v/p=%g", tt.rtt, 1/float64(tt.gap)), func(t *testing.T) {
			losses := min(200, max(2_000_000/tt.gap, 20))
			got := averageWindow(newTestCubic(), tt.rtt, func() int { return tt.gap }, losses)
			t.Logf("%.1f want %.0f", got, tt.want)
			if math.Abs(got-tt.want) > 0.1*tt.want {
				t.Errorf("average window %.1f segments, want %.0f", got, tt.want)
			}
		})
	}
}

// TestCubicRandomLoss: with losses at random the window falls with p^-3/4 where
// the curve leads, and is never below Reno's.
//
// RFC 9438 §5.1 (figure 5), §5.2.
func TestCubicRandomLoss(t *testing.T) {
	average := func(c Controller, rtt time.Duration, p float64) float64 {
		r := rand.New(rand.NewPCG(7, 11))
		gap := func() int { return 1 + int(r.ExpFloat64()/p) }
		return averageWindow(c, rtt, gap, 300)
	}
	const rtt = 100 * time.Millisecond
	at4, at5 := average(newTestCubic(), rtt, 1e-4), average(newTestCubic(), rtt, 1e-5)
	slope := math.Log10(at5 / at4)
	t.Logf("slope %.2f", slope)
	if math.Abs(slope-0.75) > 0.05 {
		t.Errorf("window grows with p^-%.2f, want p^-0.75", slope)
	}
	for _, tt := range []struct {
		rtt time.Duration
		p   float64
	}{{10 * time.Millisecond, 1e-2}, {10 * time.Millisecond, 1e-3}, {10 * time.Millisecond, 1e-4}, {rtt, 1e-3}, {rtt, 1e-4}} {
		cubic, reno := average(newTestCubic(), tt.rtt, tt.p), average(newTestReno(), tt.rtt, tt.p)
		t.Logf("%v %g: cubic %.1f reno %.1f", tt.rtt, tt.p, cubic, reno)
		if cubic < 0.95*reno {
			t.Errorf("rtt %v p %g: average window %.1f, Reno's %.1f", tt.rtt, tt.p, cubic, reno)
		}
	}
}

// TestCubicFillsPipe: alone on a link, whatever its size, a flow uses nearly all
// of it, and no less than Reno.
//
// RFC 9438 §4.3, §5.2.
func TestCubicFillsPipe(t *testing.T) {
	tests := []struct {
		name             string
		perSecond, queue int
		rtt              time.Duration
	}{
		{"1 Mbit/s 20 ms", 86, 10, 20 * time.Millisecond},
		{"10 Mbit/s 10 ms", 856, 10, 10 * time.Millisecond},
		{"10 Mbit/s 40 ms", 856, 20, 40 * time.Millisecond},
		{"100 Mbit/s 100 ms", 8560, 400, 100 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			share := func(c Controller) float64 {
				b := newBottleneck(t, tt.perSecond, tt.queue)
				b.add(c, testMSS, tt.rtt, 0)
				b.run(20 * time.Second)
				return float64(b.throughput(60 * time.Second)[0]) / float64(60*tt.perSecond)
			}
			cubic, reno := share(newTestCubic()), share(newTestReno())
			t.Logf("cubic %.3f reno %.3f", cubic, reno)
			if cubic < 0.9 || cubic < reno-0.01 {
				t.Errorf("uses %.3f of the link, Reno %.3f", cubic, reno)
			}
		})
	}
}

// TestCubicFriendlyToReno: where the bandwidth-delay product is small, a Reno flow
// on the same link gets its share.
//
// RFC 9438 §4.3, §5.2.
func TestCubicFriendlyToReno(t *testing.T) {
	b := newBottleneck(t, 856, 20)
	// Round trips differ a little, lest the same flow meets the full queue each time.
	b.jitter = func() time.Duration { return time.Duration(b.r.IntN(400)) * time.Microsecond }
	b.add(newTestCubic(), testMSS, 20*time.Millisecond, 0)
	b.add(newTestReno(), testMSS, 20*time.Millisecond, 500*time.Millisecond)
	b.run(20 * time.Second)
	got := b.throughput(240 * time.Second)
	ratio := float64(got[0]) / float64(got[1])
	t.Logf("cubic : reno = %.2f", ratio)
	if ratio < 0.75 || ratio > 1.6 {
		t.Errorf("CUBIC has %.2f of Reno's share", ratio)
	}
}

// TestCubicConvergence: a flow that comes late gets the same share in the long run,
// if the queue drops at random.
//
// RFC 9438 §4.7, §5.4.
func TestCubicConvergence(t *testing.T) {
	const perSecond, seconds = 1712, 400
	b := newBottleneck(t, perSecond, 60)
	b.random = 0.02
	b.jitter = func() time.Duration { return time.Duration(b.r.IntN(400)) * time.Microsecond }
	b.add(newTestCubic(), testMSS, 40*time.Millisecond, 0)
	b.add(newTestCubic(), testMSS, 40*time.Millisecond, 20*time.Second)
	b.run(15 * time.Second)
	if alone := b.throughput(5 * time.Second)[0]; alone < 5*perSecond*9/10 {
		t.Fatalf("the first flow alone: %d packets", alone)
	}
	b.run(60 * time.Second)
	got := b.throughput(seconds * time.Second)
	t.Logf("%d : %d of %d", got[0], got[1], seconds*perSecond)
	if ratio := float64(got[1]) / float64(got[0]); ratio < 0.9 || ratio > 1/0.9 {
		t.Errorf("the late flow has %.2f of the share of the first", ratio)
	}
	if sum := got[0] + got[1]; sum < seconds*perSecond*9/10 {
		t.Errorf("together they use %d of %d", sum, seconds*perSecond)
	}
}

// eventsToFairness returns how many losses, which always hit both, it takes until
// the flow with the smaller window has 0.9 of the other's; or limit.
func eventsToFairness(big, small *cubic, onLoss func(*cubic), limit int) int {
	const rtt, room = 100 * time.Millisecond, 500 * testMSS
	now := timers.Time(time.Second)
	flows := []*cubic{big, small}
	big.cwnd, small.cwnd = room, 20*testMSS
	for events := 0; events < limit; {
		if big.cwnd+small.cwnd > room {
			for _, c := range flows {
				onLoss(c)
				c.OnLoss(Loss{Now: now, Kind: FastRetransmit, Flight: c.cwnd})
				c.OnRecovered(now)
			}
			if 10*small.cwnd >= 9*big.cwnd {
				return events
			}
			events++
		}
		now = now.Add(rtt)
		for _, c := range flows {
			window := c.cwnd
			c.OnAck(Ack{Now: now, Acked: window, Flight: window, RTT: rtt, Limited: true})
		}
	}
	return limit
}

// TestCubicFastConvergence: two flows that lose together come to equal windows,
// because the one that did not come up to its last window makes room. Without that
// it takes them hundreds of losses.
//
// RFC 9438 §4.7.
func TestCubicFastConvergence(t *testing.T) {
	pair := func() (*cubic, *cubic) { return newTestCubic().(*cubic), newTestCubic().(*cubic) }
	a, b := pair()
	fast := eventsToFairness(a, b, func(*cubic) {}, 200)
	a, b = pair()
	plain := eventsToFairness(a, b, func(c *cubic) { c.wmax = min(c.wmax, c.cwnd) }, 200)
	t.Logf("%d losses, %d without", fast, plain)
	if fast > 25 || plain < 4*fast {
		t.Errorf("fair after %d losses, without fast convergence after %d", fast, plain)
	}
}
