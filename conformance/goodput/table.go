package goodput

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// Cell is one measurement of the table and what it is held against.
type Cell struct {
	Path       Path
	Controller string
	Result     Result
	Want       float64 // bytes of payload a second; 0: none
	Slack      float64 // the part of it that may be missing
	Err        error
}

// Met reports whether the measurement reaches what is wanted.
func (c *Cell) Met() bool { return c.Err == nil && c.Result.Sum() >= c.Want*(1-c.Slack) }

// Impairment is what a path does besides queueing.
type Impairment struct {
	Name          string
	Loss, Reorder float64
}

// Grid is what the table measures: every combination.
type Grid struct {
	RTTs        []time.Duration
	Queues      []float64
	Impairments []Impairment
	Seed        uint64
	// WarmUp and Measured are in round trips, with at least 10 s and 20 s.
	WarmUp, Measured int
	// Losses is how many random losses a measurement should see, lest chance
	// decides it.
	Losses int
	// Slack is the part by which a measurement may be below what is wanted.
	Slack float64
}

// impairments are the kinds of paths in the table.
var impairments = [...]Impairment{
	{Name: "none"},
	{Name: "3 % late by RTT/4", Reorder: 0.03},
	{Name: "0.01 % lost", Loss: 0.0001},
	{Name: "0.1 % lost", Loss: 0.001},
	{Name: "1 % lost", Loss: 0.01},
	{Name: "3 % lost", Loss: 0.03},
}

// Full returns the grid of docs/PERFORMANCE.md.
func Full() Grid {
	return Grid{
		RTTs:        []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond},
		Queues:      []float64{0.5, 1},
		Impairments: impairments[:],
		Seed:        1, WarmUp: 100, Measured: 300, Losses: 1000,
	}
}

// controllers are the columns of the table.
var controllers = [...]struct {
	name string
	make func(cc.Params) cc.Controller
	want func(*Path) float64
}{
	{"cubic", cc.NewCubic, wantCubic},
	{"bbr", cc.NewBBR, wantBBR},
}

// wantCubic is 95 % of the path without impairment, 90 % with reordering, and the
// response function with losses.
func wantCubic(p *Path) float64 {
	switch {
	case p.Loss > 0:
		return min(p.ResponseFunction(), 0.95*p.Capacity())
	case p.Reorder > 0:
		return 0.9 * p.Capacity()
	default:
		return 0.95 * p.Capacity()
	}
}

// wantBBR is 90 % of the path up to 1 % of losses.
func wantBBR(p *Path) float64 {
	if p.Loss > 0.01 {
		return 0
	}
	return 0.9 * p.Capacity()
}

// Measure fills the grid, several runs at once, and calls done after each.
func (g Grid) Measure(workers int, done func(Cell)) []Cell {
	var cells []Cell
	for _, rtt := range g.RTTs {
		for _, queue := range g.Queues {
			for _, im := range g.Impairments {
				for _, c := range controllers {
					p := Path{
						RTT: rtt, Queue: queue, Loss: im.Loss, Reorder: im.Reorder, Seed: g.Seed,
						Flows: []func(cc.Params) cc.Controller{c.make},
					}
					cells = append(cells, Cell{Path: p, Controller: c.name, Want: c.want(&p), Slack: g.Slack})
				}
			}
		}
	}
	var wait sync.WaitGroup
	var lock sync.Mutex
	next := make(chan int)
	for range workers {
		wait.Go(func() {
			for i := range next {
				c := &cells[i]
				warm := max(time.Duration(g.WarmUp)*c.Path.RTT, 10*time.Second)
				c.Result, c.Err = Run(c.Path, warm, g.measured(c))
				lock.Lock()
				done(*c)
				lock.Unlock()
			}
		})
	}
	for i := range cells {
		next <- i
	}
	close(next)
	wait.Wait()
	return cells
}

// measured returns how long a cell is measured.
func (g Grid) measured(c *Cell) time.Duration {
	d := max(time.Duration(g.Measured)*c.Path.RTT, 20*time.Second)
	if c.Path.Loss > 0 && c.Want > 0 {
		perSecond := c.Path.Loss * c.Want / float64(c.Path.payload())
		d = max(d, time.Duration(float64(g.Losses)/perSecond*float64(time.Second)))
	}
	return min(d, 2*time.Hour)
}

// Markdown renders cells as a table: a row for each path, a column for each controller.
func (g Grid) Markdown(cells []Cell) string {
	var b strings.Builder
	b.WriteString("| RTT | queue | impairment | response function |")
	for _, c := range controllers {
		fmt.Fprintf(&b, " %s | sent again |", c.name)
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|---|", len(controllers)) + "\n")
	for i := 0; i < len(cells); i += len(controllers) {
		p := &cells[i].Path
		im := g.Impairments[i/len(controllers)%len(g.Impairments)]
		fmt.Fprintf(&b, "| %v | %g BDP | %s | %s |", p.RTT, p.Queue, im.Name, mbytes(p.ResponseFunction()))
		for _, c := range cells[i : i+len(controllers)] {
			mark := ""
			if !c.Met() {
				mark = " **(below)**"
			}
			sent := float64(c.Result.Link.Out.Frames)
			fmt.Fprintf(&b, " %s, %.1f %%%s | %.2f %% |", mbytes(c.Result.Sum()), 100*c.Result.Sum()/p.Capacity(), mark,
				100*float64(c.Result.Sender.Retransmits)/max(sent, 1))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func mbytes(perSecond float64) string { return fmt.Sprintf("%.2f MB/s", perSecond/1e6) }
