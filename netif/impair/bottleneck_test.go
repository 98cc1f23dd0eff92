package impair_test

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
	"pgregory.net/rapid"
)

func TestRateSpacesFrames(t *testing.T) {
	for _, c := range []struct {
		name string
		p    impair.Profile
		n    int
		want []time.Duration
	}{
		{"1250 bytes at 1 Mbit/s take 10 ms", impair.Profile{Rate: 1e6}, 1250,
			[]time.Duration{10 * ms, 20 * ms, 30 * ms}},
		{"the delay comes on top, once", impair.Profile{Rate: 1e6, Delay: 5 * ms}, 1250,
			[]time.Duration{15 * ms, 25 * ms, 35 * ms}},
		{"overhead is charged", impair.Profile{Rate: 1e6, Overhead: 24}, 1226,
			[]time.Duration{10 * ms, 20 * ms, 30 * ms}},
		{"fractions of a nanosecond carry over", impair.Profile{Rate: 3e9}, 100,
			[]time.Duration{266, 533, 800}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, impair.Config{Out: c.p})
			r.send(3, c.n)
			r.drain()
			if got := r.after(r.b); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestRateHoldsExactlyOverALongRun(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Rate: 7e6, QueuePackets: 20000}})
	r.send(10000, 1500)
	r.drain()
	const bits, rate = 10000 * 1500 * 8, 7e6
	want := time.Duration(uint64(bits) * 1e9 / rate)
	if got := r.b.at[9999].Sub(r.start); got != want {
		t.Errorf("10000 frames took %v, want %v", got, want)
	}
}

func TestIdleBottleneckSavesNothingUp(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Rate: 1e6}})
	r.send(1, 1250)
	r.clock.Advance(95 * ms)
	r.send(2, 1250)
	r.drain()
	if got, want := r.after(r.b), []time.Duration{10 * ms, 105 * ms, 115 * ms}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestQueueDropsTheTail(t *testing.T) {
	for _, c := range []struct {
		name  string
		p     impair.Profile
		sizes []int
		want  []int // that arrive
	}{
		{"three packets", impair.Profile{QueuePackets: 3}, []int{1250, 1250, 1250, 1250, 1250}, []int{0, 1, 2}},
		{"bytes, a small one still fits", impair.Profile{QueueBytes: 3000}, []int{1250, 1250, 1250, 500, 1}, []int{0, 1, 3}},
		{"exactly full", impair.Profile{QueueBytes: 2500}, []int{1250, 1250, 60}, []int{0, 1}},
		{"whichever comes first", impair.Profile{QueueBytes: 2500, QueuePackets: 1}, []int{60, 60}, []int{0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.p.Rate = 1e6
			r := newRig(t, impair.Config{Out: c.p})
			for _, n := range c.sizes {
				r.send(1, max(n, 4))
			}
			r.drain()
			if got := r.b.numbers(); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if got := r.d.Stats().Out.QueueDropped; got != uint64(len(c.sizes)-len(c.want)) {
				t.Errorf("%d dropped", got)
			}
		})
	}
}

func TestQueueHasADefaultLimit(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Rate: 1e6}})
	r.send(1100, 60)
	r.drain()
	if got := r.d.Stats().Out.QueueDropped; got != 100 {
		t.Errorf("%d dropped, want 100", got)
	}
}

func TestQueueHasRoomAgainAsFramesLeave(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Rate: 1e6, QueuePackets: 2, Delay: time.Second}})
	r.send(3, 1250) // 0, 1 in, 2 dropped
	r.clock.Advance(10*ms - 1)
	r.send(1, 1250) // 3: frame 0 has not quite left
	r.clock.Advance(1)
	r.send(2, 1250) // 4 in, 5 dropped
	r.drain()
	if got, want := r.b.numbers(), []int{0, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestBottleneckModel holds rate and queue against a slow model in rational
// arithmetic.
func TestBottleneckModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := impair.Profile{
			Rate:         rapid.Int64Range(1, 10e9).Draw(rt, "rate"),
			Overhead:     rapid.IntRange(0, 40).Draw(rt, "overhead"),
			QueuePackets: rapid.IntRange(0, 6).Draw(rt, "packets"),
			QueueBytes:   rapid.IntRange(0, 9000).Draw(rt, "bytes"),
		}
		r := newRig(t, impair.Config{Out: p})
		defer r.d.Detach()
		second := big.NewRat(int64(time.Second), 1)
		free := new(big.Rat) // when the bottleneck is idle, in ns
		var leaving []departure
		var want []int
		var at []int64
		now := int64(0)
		for i := range rapid.IntRange(1, 40).Draw(rt, "frames") {
			n := rapid.IntRange(4, 3000).Draw(rt, "n")
			gap := rapid.Int64Range(0, 2*3000*8*int64(time.Second)/p.Rate).Draw(rt, "gap")
			now += gap
			r.clock.Advance(time.Duration(gap))
			r.d.Transmit([]*pbuf.Buf{r.frame(n)})

			packets, bytes := 0, 0
			for _, l := range leaving {
				if l.at > now {
					packets++
					bytes += l.n
				}
			}
			limit := p.QueuePackets
			if limit == 0 && p.QueueBytes == 0 {
				limit = 1000
			}
			if limit > 0 && packets+1 > limit || p.QueueBytes > 0 && bytes+n > p.QueueBytes {
				continue
			}
			if floor(free) < now {
				free = big.NewRat(now, 1)
			}
			bits := big.NewRat(int64(n+p.Overhead)*8, p.Rate)
			free = new(big.Rat).Add(free, bits.Mul(bits, second))
			leaving = append(leaving, departure{floor(free), n})
			want, at = append(want, i), append(at, floor(free))
		}
		r.drain()
		if got := r.b.numbers(); !slices.Equal(got, want) {
			rt.Fatalf("frames %v, want %v", got, want)
		}
		for i, d := range r.after(r.b) {
			if int64(d) != at[i] {
				rt.Fatalf("frame %d at %d ns, want %d", want[i], d, at[i])
			}
		}
	})
}

type departure struct {
	at int64
	n  int
}

func floor(r *big.Rat) int64 { return new(big.Int).Div(r.Num(), r.Denom()).Int64() }
