package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"
)

// options are the command line.
type options struct {
	quick, json bool
	run         string
	stack       string
	link        string
	gomaxprocs  int
	rounds      int
	window      time.Duration
	cpuprofile  string
	million     int
}

// The stacks that -stack names.
const (
	stackOurs   = "ours"
	stackGvisor = "gvisor"
	stackBoth   = "both"
)

func main() {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "three rounds of a second: under a minute in all")
	flag.BoolVar(&o.json, "json", false, "print one JSON object a line")
	flag.StringVar(&o.run, "run", "", "measure only what matches this `regexp`")
	flag.StringVar(&o.stack, "stack", stackBoth, "which `stack` to measure: ours, gvisor or both")
	flag.StringVar(&o.link, "gvisor-link", linkChannel, "gVisor's `link`: channel, pipe or ethernet")
	flag.IntVar(&o.gomaxprocs, "gomaxprocs", 0, "processors to use; 0 leaves Go's default")
	flag.IntVar(&o.rounds, "rounds", 0, "rounds to take the median of (default 5, or 3 with -quick)")
	flag.DurationVar(&o.window, "window", 0, "how long a round measures (default 3s, or 1s with -quick)")
	flag.StringVar(&o.cpuprofile, "cpuprofile", "", "write a processor profile of the whole run to this `file`")
	flag.IntVar(&o.million, "million", 0, "only hold `n` idle connections, and say what they cost")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "bench: no arguments are expected")
		os.Exit(2)
	}
	if o.million > 1 {
		if err := million(o.million, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(2)
		}
		return
	}
	ok, err := run(o, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run measures what o asks for, writes a line for each result as soon as it is
// known, and reports whether every bar that was judged was met.
func run(o options, w io.Writer) (ok bool, err error) {
	match, err := regexp.Compile(o.run)
	if err != nil {
		return false, err
	}
	if !slices.Contains([]string{stackOurs, stackGvisor, stackBoth}, o.stack) {
		return false, fmt.Errorf("no such stack: %q", o.stack)
	}
	if o.gomaxprocs > 0 {
		runtime.GOMAXPROCS(o.gomaxprocs)
	}
	if o.cpuprofile != "" {
		f, err := os.Create(o.cpuprofile)
		if err != nil {
			return false, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return false, err
		}
		defer pprof.StopCPUProfile()
	}
	ok = true
	for _, l := range workloads {
		rows := slices.DeleteFunc(slices.Clone(results), func(r result) bool {
			return r.load != l.name || !match.MatchString(r.name)
		})
		if len(rows) == 0 {
			continue
		}
		ours, gvisor, err := measureLoad(l, o)
		if errors.Is(err, errNoTUN) && os.Getenv("CI") != "true" {
			fmt.Fprintln(os.Stderr, "bench: not measured:", err)
			continue
		}
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			row := newRow(r, ours, gvisor, o.slack())
			write := row.writeText
			if o.json {
				write = row.writeJSON
			}
			if err := write(w); err != nil {
				return false, err
			}
			ok = ok && !row.missed()
		}
	}
	return ok, nil
}

// slack returns the factor by which bars may be missed.
func (o options) slack() float64 {
	if o.quick {
		return quickSlack
	}
	return 1
}

// timing returns the rounds and lengths that o asks for.
func (o options) timing() (rounds int, t timing) {
	rounds, t = 5, timing{warmup: 500 * time.Millisecond, window: 3 * time.Second, idleConns: 20_000}
	if o.quick {
		rounds, t = 3, timing{warmup: 150 * time.Millisecond, window: time.Second, idleConns: 5_000}
	}
	if o.rounds > 0 {
		rounds = o.rounds
	}
	if o.window > 0 {
		t.window = o.window
	}
	return rounds, t
}

// measureLoad runs l in rounds, the stacks in turn, each round with fresh
// stacks, and returns the medians; nil for a stack that was not asked for.
func measureLoad(l workload, o options) (ours, gvisor sample, err error) {
	rounds, t := o.timing()
	var oursAll, gvisorAll []sample
	for range rounds {
		if o.stack != stackGvisor {
			s, err := measureOnce(l, t, func() (pair, error) { return newOursPair(l.link) })
			if err != nil {
				return nil, nil, fmt.Errorf("%s: ours: %w", l.name, err)
			}
			oursAll = append(oursAll, s)
		}
		if o.stack != stackOurs {
			s, err := measureOnce(l, t, func() (pair, error) { return newGvisorPair(o.link, l.link) })
			if err != nil {
				return nil, nil, fmt.Errorf("%s: gvisor: %w", l.name, err)
			}
			gvisorAll = append(gvisorAll, s)
		}
	}
	return medians(oursAll), medians(gvisorAll), nil
}

// measureOnce runs l on a fresh pair, and leaves nothing of it behind.
func measureOnce(l workload, t timing, newPair func() (pair, error)) (sample, error) {
	p, err := newPair()
	if err != nil {
		return nil, err
	}
	s, err := l.run(p, t)
	if cerr := p.close(); err == nil {
		err = cerr
	}
	runtime.GC()
	return s, err
}

// medians returns the median of each key, nil if there are no samples.
func medians(all []sample) sample {
	if len(all) == 0 {
		return nil
	}
	out := sample{}
	for key := range all[0] {
		values := make([]float64, 0, len(all))
		for _, s := range all {
			values = append(values, s[key])
		}
		slices.Sort(values)
		mid := len(values) / 2
		out[key] = values[mid]
		if len(values)%2 == 0 {
			out[key] = (values[mid-1] + values[mid]) / 2
		}
	}
	return out
}
