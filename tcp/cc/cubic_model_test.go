package cc

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

// cubicModel is RFC 9438 as it is written: segments, seconds and floats, and an
// epoch that has a beginning in place of a length. It is told of silence; the
// controller has to notice.
type cubicModel struct {
	cubicVars
	undo    cubicVars
	mss, iw float64
	srtt    float64
	now     float64
	last    float64
}

type cubicVars struct {
	cwnd, ssthresh, cwndPrior, wMax, wEst, k, epochStart float64
	avoiding, afterTimeout                               bool
}

const (
	modelC    = 0.4
	modelBeta = 0.7
)

func newCubicModel(mss, iw int) *cubicModel {
	m := &cubicModel{mss: float64(mss), iw: float64(iw)}
	m.cwnd, m.ssthresh = m.iw, math.Inf(1)
	return m
}

// wCubic is figure 1.
func (m *cubicModel) wCubic(t float64) float64 { return modelC*math.Pow(t-m.k, 3) + m.wMax }

func (m *cubicModel) ack(now, segments, rtt float64, limited bool) {
	gap := now - m.last
	m.now, m.last = now, now
	if m.srtt == 0 {
		m.srtt = rtt
	} else {
		m.srtt = 7*m.srtt/8 + rtt/8
	}
	if !limited {
		m.epochStart += gap // §5.8
		return
	}
	if m.cwnd < m.ssthresh {
		limit := math.Inf(1) // RFC 9406 §4.2, without L
		if m.afterTimeout {
			limit = 1 // RFC 3465 §2.3
		}
		grow := math.Min(segments, limit)
		if m.cwnd+grow < m.ssthresh {
			m.cwnd += grow
			return
		}
		segments -= m.ssthresh - m.cwnd
		m.cwnd = m.ssthresh
		if segments <= 0 {
			return
		}
	}
	if !m.avoiding {
		m.avoiding = true
		m.epochStart = now
		m.wEst = m.cwnd
		if m.wMax <= m.cwnd {
			m.wMax = m.cwnd
		}
		m.k = math.Cbrt((m.wMax - m.cwnd) / modelC) // figure 2
	}
	t := now - m.epochStart
	alpha := 3 * (1 - modelBeta) / (1 + modelBeta)
	if m.wEst >= m.cwndPrior {
		alpha = 1
	}
	m.wEst += alpha * segments / m.cwnd
	if m.wCubic(t) < m.wEst {
		m.cwnd = math.Max(m.cwnd, m.wEst)
		return
	}
	target := m.wCubic(t + m.srtt)
	switch {
	case target < m.cwnd:
		target = m.cwnd
	case target > 1.5*m.cwnd:
		target = 1.5 * m.cwnd
	}
	m.cwnd += (target - m.cwnd) / m.cwnd * segments
}

// reduce is §4.6 to §4.8.
func (m *cubicModel) reduce(flight float64, kind Kind) {
	m.undo = m.cubicVars
	wMax := m.cwnd
	if m.cwnd < m.wMax {
		wMax = m.cwnd * (1 + modelBeta) / 2
	}
	m.wMax = wMax
	m.ssthresh = flight * modelBeta
	m.cwndPrior = m.cwnd
	switch kind {
	case Timeout:
		m.cwnd, m.wMax, m.afterTimeout = 1, 0, true
	case ECN:
		m.cwnd = math.Max(m.ssthresh, 1)
	case FastRetransmit, Spurious:
		m.cwnd = math.Max(m.ssthresh, 2)
	}
	m.ssthresh = math.Max(m.ssthresh, 2)
	m.avoiding = false
}

// runTrace plays a trace to the controller and to the model, and compares their
// windows after every event. The lines:
//
//	start MSS IW            segments of MSS bytes, an initial window of IW of them
//	round N RTT LIMITED     N round trips, each acknowledging the window, an ACK
//	                        for every second segment; LIMITED is cwnd or app
//	loss KIND PERCENT       fast, timeout, again, ecn; so much of cwnd in flight
//	recovered               all is acknowledged
//	quiet TIME              silence that the controller is not told of
//	idle TIME               silence longer than the RTO
//	wait TIME               the time it takes to learn more
//	spurious                the last loss was none
//	window LOW HIGH         cwnd is in between, in segments
func runTrace(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := &traceRun{t: t, now: timers.Time(time.Second)}
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line, _, _ := strings.Cut(scan.Text(), "#")
		if field := strings.Fields(line); len(field) > 0 {
			r.where = fmt.Sprintf("%s:%d: %s", filepath.Base(path), n, strings.TrimSpace(line))
			r.play(field)
		}
	}
	if r.compared == 0 {
		t.Fatal("nothing was compared")
	}
}

type traceRun struct {
	t        *testing.T
	where    string
	now      timers.Time
	skip     time.Duration // silence so far, in which the model's clock stood still
	silent   bool          // there was some since the last ACK
	mss      int
	c        Controller
	m        *cubicModel
	compared int
}

func (r *traceRun) number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		r.t.Fatalf("%s: %v", r.where, err)
	}
	return n
}

func (r *traceRun) duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		r.t.Fatalf("%s: %v", r.where, err)
	}
	return d
}

func (r *traceRun) play(field []string) {
	switch field[0] {
	case "start":
		r.mss = r.number(field[1])
		iw := r.number(field[2])
		r.c = NewCubic(Params{MSS: r.mss, InitialWindow: iw * r.mss})
		r.m = newCubicModel(r.mss, iw)
	case "round":
		for range r.number(field[1]) {
			r.round(r.duration(field[2]), field[3] == "cwnd")
		}
	case "loss":
		r.loss(field[1], r.number(field[2]))
	case "recovered":
		r.c.OnRecovered(r.now)
		r.m.afterTimeout = false
	case "quiet", "idle":
		d := r.duration(field[1])
		r.now = r.now.Add(d)
		r.skip, r.silent = r.skip+d, true
		if field[0] == "idle" {
			r.c.OnIdle(r.now)
			if r.m.cwnd > r.m.iw {
				r.m.cwnd, r.m.avoiding = r.m.iw, false
			}
		}
	case "wait":
		r.now = r.now.Add(r.duration(field[1]))
	case "spurious":
		r.c.OnLoss(Loss{Now: r.now, Kind: Spurious})
		r.m.cubicVars = r.m.undo
	case "window":
		got := float64(r.c.Window()) / float64(r.mss)
		if low, high := float64(r.number(field[1])), float64(r.number(field[2])); got < low || got > high {
			r.t.Fatalf("%s: cwnd %.1f segments", r.where, got)
		}
	default:
		r.t.Fatalf("%s: unknown", r.where)
	}
	r.compare()
}

// round acknowledges a window in the course of one round trip.
func (r *traceRun) round(rtt time.Duration, limited bool) {
	window := r.c.Window() / r.mss
	acks := (window + 1) / 2
	left := window
	for range acks {
		n := min(2, left)
		left -= n
		step := rtt / time.Duration(acks)
		if r.silent {
			step, r.silent = rtt, false // nothing was under way
		}
		r.now = r.now.Add(step)
		r.c.OnAck(Ack{Now: r.now, Acked: n * r.mss, Flight: window * r.mss, RTT: rtt, Limited: limited})
		r.m.ack((time.Duration(r.now) - r.skip).Seconds(), float64(n), rtt.Seconds(), limited)
		r.compare()
	}
}

func (r *traceRun) loss(kind string, percent int) {
	l := Loss{Now: r.now, Flight: r.c.Window() * percent / 100}
	flight := r.m.cwnd * float64(percent) / 100
	switch kind {
	case "fast":
		l.Kind = FastRetransmit
	case "timeout":
		l.Kind = Timeout
	case "again":
		l.Kind, l.Again = Timeout, true
	case "ecn":
		l.Kind = ECN
	default:
		r.t.Fatalf("%s: unknown loss", r.where)
	}
	r.c.OnLoss(l)
	if l.Again {
		r.m.cwnd, r.m.avoiding = 1, false
		return
	}
	r.m.reduce(flight, l.Kind)
}

// compare holds the two windows to half a segment or 0.2 % of each other.
func (r *traceRun) compare() {
	r.t.Helper()
	got := float64(r.c.Window()) / float64(r.mss)
	want := r.m.cwnd
	if math.Abs(got-want) > math.Max(0.5, want*0.002) {
		r.t.Fatalf("%s: at %v cwnd is %.3f segments, want %.3f", r.where, r.now, got, want)
	}
	if got, want := float64(r.c.SlowStartThreshold())/float64(r.mss), r.m.ssthresh; !math.IsInf(want, 1) &&
		math.Abs(got-want) > math.Max(0.5, want*0.002) {
		r.t.Fatalf("%s: at %v ssthresh is %.3f segments, want %.3f", r.where, r.now, got, want)
	}
	r.compared++
}

// TestCubicTrace holds the controller against the formulas of RFC 9438.
func TestCubicTrace(t *testing.T) {
	paths, err := filepath.Glob("testdata/cubic_*.trace")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no traces: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".trace"), func(t *testing.T) { runTrace(t, path) })
	}
}
