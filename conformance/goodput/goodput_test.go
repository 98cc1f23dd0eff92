package goodput

import (
	"flag"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

var write = flag.Bool("write", false, "measure the whole grid and write the table into docs/PERFORMANCE.md")

const ms = time.Millisecond

// measure checks each cell of a grid.
func measure(t *testing.T, g Grid) []Cell {
	t.Helper()
	return g.Measure(runtime.GOMAXPROCS(0), func(c Cell) {
		p := &c.Path
		f := t.Logf
		if !c.Met() {
			f = t.Errorf
		}
		f("%s rtt %v queue %g loss %g reorder %g: %.3f of the path, want %.3f; %d of %d sent again, %d undone, %d time-outs, queue dropped %d; %v",
			c.Controller, p.RTT, p.Queue, p.Loss, p.Reorder, c.Result.Sum()/p.Capacity(), c.Want/p.Capacity(),
			c.Result.Sender.Retransmits, c.Result.Link.Out.Frames, c.Result.Sender.SpuriousUndone,
			c.Result.Sender.Timeouts, c.Result.Dropped, c.Err)
	})
}

// TestGoodput is the small run of the table: the paths that have gone wrong elsewhere.
func TestGoodput(t *testing.T) {
	g := Full()
	g.WarmUp, g.Measured, g.Losses, g.Slack = 50, 150, 100, 0.1
	g.RTTs = []time.Duration{20 * ms, 100 * ms}
	g.Queues = []float64{0.5}
	if testing.Short() {
		g.RTTs, g.Losses = g.RTTs[:1], 10
	}
	measure(t, g)
}

// TestTable measures the whole grid with -write and puts it into the document; without,
// it checks that the document has all of it, and nothing below what is wanted.
func TestTable(t *testing.T) {
	g := Full()
	const file = "../../docs/PERFORMANCE.md"
	const begin, end = "<!-- goodput: begin -->\n", "<!-- goodput: end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", file)
	}
	if !*write {
		rows := strings.Count(strings.TrimSuffix(rest, end+after), "\n") - 2
		if want := len(g.RTTs) * len(g.Queues) * len(g.Impairments); rows != want {
			t.Errorf("%s: the table has %d rows, the grid %d", file, rows, want)
		}
		if strings.Contains(rest, "(below)") {
			t.Errorf("%s: the table has figures below what is wanted", file)
		}
		return
	}
	cells := measure(t, g)
	if err := os.WriteFile(file, []byte(before+begin+g.Markdown(cells)+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRepeats: the same path and seed give the same result; another seed another.
func TestRepeats(t *testing.T) {
	p := Path{RTT: 20 * ms, Queue: 1, Loss: 0.003, Reorder: 0.01, Seed: 3}
	run := func() Result {
		r, err := Run(p, time.Second, 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	a, b := run(), run()
	if a.Goodput[0] != b.Goodput[0] || a.Link != b.Link || a.Sender != b.Sender {
		t.Errorf("the same seed gave\n%+v and\n%+v", a, b)
	}
	p.Seed = 4
	if c := run(); c.Link == a.Link {
		t.Error("another seed gave the same")
	}
}

// shares returns what each of the flows gets of the path, on average over seeds.
func shares(t *testing.T, p Path, warmUp, measured time.Duration, seeds int) []float64 {
	t.Helper()
	if testing.Short() { // what it is for takes longer: here that it runs
		seeds, warmUp, measured = 1, 5*time.Second, 15*time.Second
	}
	sum := make([]float64, len(p.Flows))
	for seed := range seeds {
		p.Seed = uint64(seed)
		r, err := Run(p, warmUp, measured)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Goodput {
			sum[i] += r.Goodput[i] / p.Capacity() / float64(seeds)
		}
	}
	return sum
}

// TestTwoFlowsShare: two CUBIC flows get the same within 10 %.
//
// RFC 9438 §5.4.
func TestTwoFlowsShare(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		p := Path{RTT: 20 * ms, Queue: 1, Jitter: ms, IPv6: v6, Flows: []func(cc.Params) cc.Controller{cc.NewCubic, cc.NewCubic}}
		got := shares(t, p, 30*time.Second, 120*time.Second, 3)
		t.Logf("%.3f and %.3f", got[0], got[1])
		if r := got[0] / got[1]; (r < 0.9 || r > 1/0.9) && !testing.Short() || got[0]+got[1] < 0.95 {
			t.Errorf("the flows get %.3f and %.3f of the path", got[0], got[1])
		}
	}
}

// TestCubicBesideReno: where Reno is good enough, on a short path, CUBIC takes no more
// than its share.
//
// RFC 9438 §4.3.
func TestCubicBesideReno(t *testing.T) {
	p := Path{Rate: 20_000_000, RTT: 10 * ms, Queue: 1, Jitter: ms, Flows: []func(cc.Params) cc.Controller{cc.NewCubic, cc.NewReno}}
	got := shares(t, p, 30*time.Second, 120*time.Second, 3)
	t.Logf("CUBIC %.3f, Reno %.3f", got[0], got[1])
	if r := got[0] / got[1]; (r < 0.6 || r > 1.67) && !testing.Short() || got[0]+got[1] < 0.9 {
		t.Errorf("CUBIC gets %.3f of the path, Reno %.3f", got[0], got[1])
	}
}

// TestResponseFunction holds the function against figures of RFC 9438's tables 1 and 2:
// the average window for RTT 0.1 s and 0.01 s, in segments.
func TestResponseFunction(t *testing.T) {
	for _, tt := range []struct {
		rtt         time.Duration
		loss, wants float64 // segments
	}{
		{100 * ms, 1e-3, 38.7}, // Reno's is larger than CUBIC's 33
		{100 * ms, 1e-4, 187},
		{100 * ms, 1e-5, 1054},
		{10 * ms, 1e-4, 122.5}, // Reno's
		{10 * ms, 1e-6, 1224.7},
		{10 * ms, 1e-7, 5926},
	} {
		p := Path{RTT: tt.rtt, Loss: tt.loss, Rate: 1e12}
		got := p.ResponseFunction() * tt.rtt.Seconds() / float64(p.payload())
		if math.Abs(got-tt.wants) > 0.02*tt.wants {
			t.Errorf("rtt %v, loss %g: a window of %.1f segments, want %.1f", tt.rtt, tt.loss, got, tt.wants)
		}
	}
}
