package impair_test

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
)

// checkRate holds a count of independent events against its expectation, within
// four standard deviations; the seeds are fixed, so it does not change by run.
func checkRate(t *testing.T, what string, got uint64, n int, p float64) {
	t.Helper()
	mean, sigma := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	if math.Abs(float64(got)-mean) > 4*sigma {
		t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, got, n, mean, sigma)
	}
}

func TestProbabilities(t *testing.T) {
	const n = 20000
	for _, p := range []float64{0, 0.001, 0.1, 0.5, 1} {
		for _, c := range []struct {
			name    string
			profile impair.Profile
			count   func(impair.DirStats) uint64
			arrive  float64 // share of n
		}{
			{"loss", impair.Profile{Loss: p}, func(s impair.DirStats) uint64 { return s.Lost }, 1 - p},
			{"duplicate", impair.Profile{Duplicate: p}, func(s impair.DirStats) uint64 { return s.Duplicated }, 1 + p},
			{"corrupt", impair.Profile{Corrupt: p}, func(s impair.DirStats) uint64 { return s.Corrupted }, 1},
			{"reorder", impair.Profile{Reorder: p}, func(s impair.DirStats) uint64 { return s.Reordered }, 1},
		} {
			c.profile.Seed = 7
			r := newRig(t, impair.Config{Out: c.profile})
			for range n / 100 {
				r.send(100, 20)
				r.clock.Advance(ms)
			}
			r.drain()
			s := r.d.Stats().Out
			checkRate(t, c.name, c.count(s), n, p)
			if want := float64(n) + (c.arrive-1)/max(p, 1e-9)*float64(c.count(s)); math.Round(want) != float64(len(r.b.got)) {
				t.Errorf("%s: %d arrived, want %.0f", c.name, len(r.b.got), want)
			}
		}
	}
}

// TestBurstLoss holds the Gilbert-Elliott model against its stationary loss and
// mean burst length.
func TestBurstLoss(t *testing.T) {
	const n = 100000
	for _, c := range []struct {
		name       string
		b          impair.Burst
		loss       float64
		burst, tol float64 // mean length of a run of losses; relative tolerance
	}{
		{"simple Gilbert", impair.Burst{PGoodBad: 0.01, PBadGood: 0.25}, 0.01 / 0.26, 4, 0.1},
		{"long bursts", impair.Burst{PGoodBad: 0.002, PBadGood: 0.05}, 0.002 / 0.052, 20, 0.15},
		{"bad is half as bad", impair.Burst{PGoodBad: 0.1, PBadGood: 0.1, LossBad: 0.5}, 0.25, 1 / (1 - 0.9*0.5), 0.05},
		{"good loses too", impair.Burst{PGoodBad: 0.5, PBadGood: 0.5, LossBad: 0.3, LossGood: 0.3}, 0.3, 1 / 0.7, 0.05},
	} {
		r := newRig(t, impair.Config{Out: impair.Profile{Burst: c.b, Seed: 3}})
		for range n / 100 {
			r.d.Transmit(r.frames(100, 20))
		}
		lost, runs, next := 0, 0, 0
		for _, i := range r.b.numbers() {
			if i > next {
				runs++
				lost += i - next
			}
			next = i + 1
		}
		if got := float64(lost) / n; math.Abs(got-c.loss) > c.tol*c.loss {
			t.Errorf("%s: loss %.4f, want %.4f", c.name, got, c.loss)
		}
		if got := float64(lost) / float64(runs); math.Abs(got-c.burst) > c.tol*c.burst {
			t.Errorf("%s: bursts of %.2f, want %.2f", c.name, got, c.burst)
		}
		if s := r.d.Stats().Out; s.Lost != 0 || int(s.BurstLost) < lost {
			t.Errorf("%s: %+v, lost %d", c.name, s, lost)
		}
	}
}

func TestLostFramesTakeTheirTimeAtTheBottleneck(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Rate: 1e6, Loss: 0.5, Seed: 5}})
	r.send(20, 1250)
	r.drain()
	for i, n := range r.b.numbers() {
		if got, want := r.after(r.b)[i], time.Duration(n+1)*10*ms; got != want {
			t.Errorf("frame %d at %v, want %v", n, got, want)
		}
	}
	if len(r.b.got) == 20 || len(r.b.got) == 0 {
		t.Errorf("%d of 20 arrived", len(r.b.got))
	}
}

func TestJitterStaysInItsRange(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: 10 * ms, Jitter: 4 * ms, Seed: 1}})
	const n = 20000
	var sum time.Duration
	lo, hi := time.Hour, time.Duration(0)
	for i := range n { // far apart, so that order changes nothing
		sent := r.clock.Now()
		r.send(1, 20)
		r.drain()
		d := r.b.at[i].Sub(sent)
		sum += d
		lo, hi = min(lo, d), max(hi, d)
	}
	if lo < 6*ms || hi > 14*ms || lo > 6*ms+ms/100 || hi < 14*ms-ms/100 {
		t.Errorf("delays from %v to %v, want 6 to 14 ms", lo, hi)
	}
	if mean := sum / n; mean < 9950*time.Microsecond || mean > 10050*time.Microsecond {
		t.Errorf("mean %v, want 10 ms", mean)
	}
}

func TestJitterNeverIsNegative(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: ms, Jitter: 10 * ms, Seed: 1}})
	for range 100 {
		r.send(1, 20)
		r.drain()
	}
	if !slices.IsSorted(r.b.at) || len(r.b.got) != 100 || r.b.at[0] < r.start {
		t.Error("a frame arrived before it was sent")
	}
}

func TestJitterReordersOnlyIfAllowed(t *testing.T) {
	for _, allow := range []bool{false, true} {
		r := newRig(t, impair.Config{Out: impair.Profile{Delay: 10 * ms, Jitter: 5 * ms, AllowReorder: allow, Seed: 1}})
		for range 200 {
			r.send(1, 20)
			r.clock.Advance(ms)
		}
		r.drain()
		if got := slices.IsSorted(r.b.numbers()); got == allow {
			t.Errorf("AllowReorder %v: in order %v", allow, got)
		}
		if len(r.b.got) != 200 {
			t.Errorf("%d of 200 frames", len(r.b.got))
		}
	}
}

func TestReorderHoldsAFrameBack(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: 5 * ms, Reorder: 0.2, ReorderDelay: 3 * ms, Seed: 2}})
	for range 100 {
		r.send(1, 20)
		r.clock.Advance(2 * ms)
	}
	r.drain()
	late := 0
	for i, n := range r.b.numbers() {
		switch d := r.b.at[i].Sub(r.start.Add(time.Duration(n) * 2 * ms)); d {
		case 5 * ms:
		case 8 * ms:
			late++
		default:
			t.Errorf("frame %d took %v, want 5 or 8 ms", n, d)
		}
	}
	if got := r.d.Stats().Out.Reordered; int(got) != late || late < 5 {
		t.Errorf("%d late, %d counted", late, got)
	}
	if slices.IsSorted(r.b.numbers()) {
		t.Error("nothing was reordered")
	}
}

func TestReorderedFrameReturnsOnAnIdleLink(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Reorder: 1}})
	r.send(1, 20)
	r.drain()
	if got, want := r.after(r.b), []time.Duration{10 * ms}; !slices.Equal(got, want) {
		t.Errorf("got %v, want the default %v", got, want)
	}
}

func TestDuplicateFollowsItsOriginal(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Duplicate: 1, Delay: ms}})
	r.send(2, 300)
	before := r.pool.Stats().BlocksInUse
	if before != 2 {
		t.Errorf("%d blocks for 2 frames and their duplicates: copies were made", before)
	}
	r.drain()
	if got, want := r.b.numbers(), []int{0, 0, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !bytes.Equal(r.b.got[0], r.b.got[1]) {
		t.Error("the duplicate differs")
	}
}

func TestCorruptInvertsOneBitOfACopy(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Corrupt: 1, Seed: 9}})
	seen := make(map[int]bool)
	r.b.then = func(got []*pbuf.Buf) {
		if got[0].Flags.Has(pbuf.Verified) || got[0].Flags.Has(pbuf.HasSum) {
			t.Error("the link vouches for a corrupted frame")
		}
	}
	want := bytes.Repeat([]byte{0xa5}, 40)
	for range 2000 {
		f := r.pool.Alloc(pbuf.Raw, 16, pbuf.RAM)
		tail := r.pool.Alloc(pbuf.Raw, 24, pbuf.RAM)
		copy(f.Bytes(), want)
		copy(tail.Bytes(), want)
		f.SetNext(tail)
		f.Flags = pbuf.Verified | pbuf.HasSum
		keep := f.Share() // as a retransmission queue does
		r.d.Transmit([]*pbuf.Buf{f})
		if !bytes.Equal(keep.Bytes(), want[:16]) || !bytes.Equal(keep.Next().Bytes(), want[:24]) {
			t.Fatal("a shared block was written to")
		}
		keep.Free()
		got := r.b.got[len(r.b.got)-1]
		wrong := 0
		for i := range got {
			if x := got[i] ^ want[i]; x != 0 {
				wrong += bits.OnesCount8(x)
				seen[8*i+bits.TrailingZeros8(x)] = true
			}
		}
		if wrong != 1 || len(got) != 40 {
			t.Fatalf("%d bits wrong in %d bytes", wrong, len(got))
		}
	}
	if len(seen) < 310 { // of 320; a bit is left out with probability 0.2 %
		t.Errorf("only %d different bits of 320", len(seen))
	}
}

func TestDuplicatesAreCorruptedEachByItself(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Duplicate: 1, Corrupt: 0.5, Seed: 1}})
	r.send(100, 40)
	same := 0
	for i := 0; i < len(r.b.got); i += 2 {
		if bytes.Equal(r.b.got[i], r.b.got[i+1]) {
			same++
		}
	}
	if same < 10 || same > 45 { // a quarter is expected: both right
		t.Errorf("%d of 100 pairs are equal", same)
	}
}

func TestNoMemory(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Corrupt: 1}})
	small := pbuf.NewPool(pbuf.Config{MaxBytes: 1})
	r.d.Detach()
	a := &end{pool: small, clock: r.clock}
	if err := r.d.Attach(a); err != nil {
		t.Fatal(err)
	}
	r.send(3, 60)
	empty := r.pool.Alloc(pbuf.Raw, 0, pbuf.RAM) // nothing to corrupt
	got := len(r.b.got)
	r.d.Transmit([]*pbuf.Buf{empty})
	s := r.d.Stats().Out
	if s.NoMemory != 3 || s.Delivered != 1 || got != 0 {
		t.Errorf("%+v", s)
	}
}
