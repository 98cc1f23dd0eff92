package cc

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/timers"
)

// pacedPath is a drop-tail queue before a link that keeps the order, and senders
// with data without end that pace. A packet is known as lost when a later one is
// acknowledged.
type pacedPath struct {
	now     timers.Time
	free    timers.Time
	service time.Duration
	queue   int
	loss    float64
	r       *rand.Rand
	events  arrivals
	order   int
	drops   int
	most    int // longest queue
	flows   map[*flow]*pacedFlow
}

// pacedFlow is a sender on a pacedPath.
type pacedFlow struct {
	ctl       Paced
	flow      *flow // names it in the queue of events
	meter     Meter
	rtt       time.Duration
	minRTT    time.Duration
	stamps    []Stamp
	at        []timers.Time
	next, una int
	recover   int
	lost      bool
	may       timers.Time // pacing
	waiting   bool        // for it
	limited   bool
	delivered int
	until     int // packets that the application has; 0: no end
}

const pacedMSS = 1448

func newPacedPath(perSecond, queue int, loss float64, seed uint64) *pacedPath {
	return &pacedPath{
		now: timers.Time(time.Second), service: time.Second / time.Duration(perSecond), queue: queue, loss: loss,
		r: rand.New(rand.NewPCG(seed, 7)), flows: map[*flow]*pacedFlow{},
	}
}

func (p *pacedPath) add(rtt, at time.Duration, seed uint64) *pacedFlow {
	f := &pacedFlow{
		ctl: NewBBR(Params{MSS: pacedMSS, InitialWindow: 10 * pacedMSS, Seed: seed}).(Paced),
		rtt: rtt, minRTT: infiniteRTT, flow: &flow{},
	}
	p.flows[f.flow] = f
	p.push(timers.Time(time.Second).Add(at), f, -1)
	return f
}

func (p *pacedPath) push(at timers.Time, f *pacedFlow, seq int) {
	p.order++
	heap.Push(&p.events, arrival{at: at, order: p.order, f: f.flow, seq: seq})
}

func (p *pacedPath) run(until time.Duration) {
	end := timers.Time(time.Second).Add(until)
	for len(p.events) > 0 && p.events[0].at <= end {
		a := heap.Pop(&p.events).(arrival)
		p.now = a.at
		f := p.flows[a.f]
		if a.seq >= 0 {
			p.ack(f, a.seq)
		} else {
			f.waiting = false
		}
		p.send(f)
	}
	p.now = end
}

func (p *pacedPath) send(f *pacedFlow) {
	f.limited = false
	for budget := f.ctl.Quantum(); ; budget -= pacedMSS {
		flight := (f.next - f.una) * pacedMSS
		if f.until > 0 && f.next >= f.until {
			f.meter.AppLimited(flight)
			return
		}
		if flight+pacedMSS > f.ctl.Window() {
			f.limited = true
			return
		}
		if p.now < f.may || budget <= 0 {
			if !f.waiting {
				f.waiting = true
				p.push(max(f.may, p.now+1), f, -1)
			}
			return
		}
		if flight == 0 {
			f.ctl.OnResume(f.meter.Take(p.now, f.minRTT, 0))
		}
		f.stamps = append(f.stamps, Stamp{})
		f.at = append(f.at, p.now)
		f.meter.Sent(&f.stamps[f.next], p.now, flight, pacedMSS)
		f.may = max(f.may, p.now.Add(-time.Millisecond)).Add(time.Duration(pacedMSS * int64(time.Second) / f.ctl.PacingRate()))
		queued := 0
		if p.free > p.now {
			queued = int(p.free.Sub(p.now) / p.service)
		}
		p.most = max(p.most, queued)
		if queued < p.queue {
			p.free = max(p.free, p.now).Add(p.service)
			if p.r.Float64() >= p.loss {
				p.push(p.free.Add(f.rtt), f, f.next)
			}
		} else {
			p.drops++
		}
		f.next++
	}
}

func (p *pacedPath) ack(f *pacedFlow, seq int) {
	flight := (f.next - f.una) * pacedMSS
	rtt := p.now.Sub(f.at[seq])
	f.minRTT = min(f.minRTT, rtt)
	for ; f.una < seq; f.una++ {
		f.meter.Missed(pacedMSS)
		f.ctl.OnMissed(&f.stamps[f.una], pacedMSS, &f.meter)
		if !f.lost {
			f.lost, f.recover = true, f.next
			f.ctl.OnLoss(Loss{Now: p.now, Kind: FastRetransmit, Flight: flight})
		}
	}
	f.meter.Arrived(&f.stamps[seq], p.now, pacedMSS)
	f.una = seq + 1
	f.delivered++
	s := f.meter.Take(p.now, f.minRTT, (f.next-f.una)*pacedMSS)
	s.RTT, s.Limited = rtt, f.limited
	f.ctl.OnSample(s)
	if f.lost && seq >= f.recover {
		f.lost = false
		f.ctl.OnRecovered(p.now)
	}
}

// share returns which part of the link the flow had in the next d.
func (p *pacedPath) share(f *pacedFlow, d time.Duration) float64 {
	for _, g := range p.flows {
		g.delivered = 0
	}
	p.run(p.now.Sub(timers.Time(time.Second)) + d)
	return float64(f.delivered) * float64(p.service) / float64(d)
}

// bbrPaths are the paths of the tests: 100 Mbit/s with queues of a half and of one
// product of bandwidth and delay.
func bbrPaths(losses []float64, f func(rtt time.Duration, loss float64, queue int)) {
	rtts := []time.Duration{10 * ms, 20 * ms, 100 * ms, 300 * ms}
	if testing.Short() {
		rtts = rtts[1:2]
	}
	for _, rtt := range rtts {
		bdp := int(rtt * 8333 / time.Second)
		for _, loss := range losses {
			f(rtt, loss, bdp/2)
			f(rtt, loss, bdp)
		}
	}
}

// TestBBRFillsTheLink: alone on a path without random loss, with little in the queue
// but for the first seconds and the probes.
func TestBBRFillsTheLink(t *testing.T) {
	bbrPaths([]float64{0}, func(rtt time.Duration, loss float64, queue int) {
		p := newPacedPath(8333, queue, loss, 1)
		f := p.add(rtt, 0, 42)
		p.run(10 * time.Second)
		p.drops = 0
		got := p.share(f, 20*time.Second)
		t.Logf("rtt %v, queue %d: %.3f of the link, %d of %d lost", rtt, queue, got, p.drops, f.delivered)
		if got < 0.93 {
			t.Errorf("rtt %v, queue %d: %.3f of the link", rtt, queue, got)
		}
		if p.drops*50 > f.delivered {
			t.Errorf("rtt %v, queue %d: %d of %d packets lost", rtt, queue, p.drops, f.delivered)
		}
	})
}

// TestBBRRandomLoss: up to a per cent of random loss is no sign of congestion.
func TestBBRRandomLoss(t *testing.T) {
	bbrPaths([]float64{0.0001, 0.001, 0.01}, func(rtt time.Duration, loss float64, queue int) {
		p := newPacedPath(8333, queue, loss, 1)
		f := p.add(rtt, 0, 42)
		p.run(10 * time.Second)
		if got := p.share(f, 20*time.Second); got < 0.9 {
			t.Errorf("rtt %v, loss %g, queue %d: %.3f of the link", rtt, loss, queue, got)
		}
	})
}

// TestBBRHeavyLoss: far above what it tolerates it slows down, so as not to be the one
// who causes it.
func TestBBRHeavyLoss(t *testing.T) {
	p := newPacedPath(8333, 166, 0.2, 1)
	f := p.add(20*ms, 0, 42)
	p.run(10 * time.Second)
	if got := p.share(f, 20*time.Second); got > 0.5 {
		t.Errorf("%.3f of the link at 20 %% of loss", got)
	}
}

// TestBBRShares: two flows share the link, and a late one gets its part.
func TestBBRShares(t *testing.T) {
	p := newPacedPath(8333, 333, 0, 1)
	a := p.add(40*ms, 0, 1)
	b := p.add(40*ms, 5*time.Second, 2)
	p.run(20 * time.Second)
	first := p.share(a, 60*time.Second)
	second := float64(b.delivered) * float64(p.service) / float64(60*time.Second)
	t.Logf("%.3f and %.3f of the link", first, second)
	if first+second < 0.93 || min(first, second) < 0.35 {
		t.Errorf("%.3f and %.3f of the link", first, second)
	}
}

// TestBBRFollowsTheLink: when the bandwidth falls to a half the queue does not stay
// full, and when it comes back it is found again.
func TestBBRFollowsTheLink(t *testing.T) {
	p := newPacedPath(8333, 333, 0, 1)
	f := p.add(40*ms, 0, 1)
	p.run(10 * time.Second)
	p.service *= 2
	p.run(20 * time.Second)
	p.drops = 0
	if got := p.share(f, 10*time.Second); got < 0.9 {
		t.Errorf("%.3f of half the link", got)
	}
	if p.drops*50 > f.delivered {
		t.Errorf("%d of %d packets lost", p.drops, f.delivered)
	}
	p.service /= 2
	p.run(45 * time.Second)
	if got := p.share(f, 10*time.Second); got < 0.9 {
		t.Errorf("%.3f of the link once it is back", got)
	}
}

// TestBBRProbesTheRoundTrip: every five seconds or so the queue is let run empty, so
// that a path that got shorter or longer is noticed.
func TestBBRProbesTheRoundTrip(t *testing.T) {
	p := newPacedPath(8333, 1000, 0, 1)
	f := p.add(40*ms, 0, 1)
	b := f.ctl.(*bbr)
	seen := 0
	for at, last := time.Duration(0), bbrStartup; at < 30*time.Second; at += 10 * ms {
		p.run(at)
		if b.state == bbrProbeRTT && last != bbrProbeRTT {
			seen++
		}
		last = b.state
	}
	if seen < 4 || seen > 6 {
		t.Errorf("%d times in 30 s", seen)
	}
	f.rtt = 80 * ms
	p.run(60 * time.Second)
	if b.minRTT < 80*ms || b.minRTT > 85*ms {
		t.Errorf("least round trip %v on a path of 80 ms", b.minRTT)
	}
}

// TestBBRApplicationLimited: a sender with little to send learns no small bandwidth
// from it.
func TestBBRApplicationLimited(t *testing.T) {
	p := newPacedPath(8333, 333, 0, 1)
	f := p.add(40*ms, 0, 1)
	p.run(4 * time.Second)
	b := f.ctl.(*bbr)
	before := max(b.maxBW[0], b.maxBW[1])
	for at := 4 * time.Second; at < 14*time.Second; at += 100 * ms {
		f.until = f.next + 5
		p.push(timers.Time(time.Second).Add(at), f, -1)
		p.run(at + 100*ms)
	}
	if after := max(b.maxBW[0], b.maxBW[1]); after < before*95/100 {
		t.Errorf("bandwidth %d after ten seconds of little, %d before", after, before)
	}
}

// TestBBRUndo: bounds that a loss has set fall if it was none.
func TestBBRUndo(t *testing.T) {
	p := newPacedPath(8333, 333, 0, 1)
	f := p.add(40*ms, 0, 1)
	p.run(8 * time.Second)
	b := f.ctl.(*bbr)
	cwnd, long := b.cwnd, b.longIn
	b.OnLoss(Loss{Now: p.now, Kind: FastRetransmit, Flight: cwnd / 2})
	b.shortBW, b.shortIn, b.longIn = b.bw/2, cwnd/2, cwnd/2
	b.OnLoss(Loss{Now: p.now, Kind: Timeout, Flight: cwnd / 2, Again: true})
	if b.Window() != pacedMSS {
		t.Errorf("window %d after a time-out", b.Window())
	}
	b.OnLoss(Loss{Now: p.now, Kind: Spurious})
	if b.Window() < cwnd || b.shortBW != unboundedBW || b.shortIn != unbounded || b.longIn != long {
		t.Errorf("window %d, was %d; bounds %d %d %d", b.Window(), cwnd, b.shortBW, b.shortIn, b.longIn)
	}
}

// TestBBRBounds: whatever the samples, the rate is positive and the window at least a
// segment and finite.
func TestBBRBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBBR(Params{MSS: rapid.IntRange(1, 9000).Draw(t, "mss"), InitialWindow: 14480}).(*bbr)
		var m Meter
		now := timers.Time(time.Second)
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "d")))
			n := rapid.IntRange(1, 1<<30).Draw(t, "n")
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				var s Stamp
				m.Sent(&s, now, rapid.IntRange(0, 1<<30).Draw(t, "flight"), n)
				m.Missed(n)
				b.OnMissed(&s, n, &m)
			case 1:
				b.OnLoss(Loss{Now: now, Kind: Kind(rapid.IntRange(0, 3).Draw(t, "kind")), Flight: n})
			case 2:
				b.OnRecovered(now)
			case 3:
				b.SetMSS(n % 9001)
			case 4:
				b.OnResume(Sample{Now: now, AppLimited: true})
			default:
				var s Stamp
				m.Sent(&s, now, rapid.IntRange(0, 1<<30).Draw(t, "flight"), n)
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "rtt")))
				m.Arrived(&s, now, n)
				sample := m.Take(now, 0, rapid.IntRange(0, 1<<30).Draw(t, "left"))
				sample.RTT = time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "sample"))
				sample.Limited = rapid.Bool().Draw(t, "limited")
				b.OnSample(sample)
			}
			if b.PacingRate() <= 0 || b.Window() <= 0 || b.Window() > unbounded || b.Quantum() <= 0 {
				t.Fatalf("rate %d, window %d, quantum %d", b.PacingRate(), b.Window(), b.Quantum())
			}
		}
	})
}

// TestZeroAllocBBR: nothing is allocated after the first.
func TestZeroAllocBBR(t *testing.T) {
	b := NewBBR(Params{MSS: pacedMSS, InitialWindow: 10 * pacedMSS}).(Paced)
	var m Meter
	var s Stamp
	now := timers.Time(time.Second)
	if n := testing.AllocsPerRun(1000, func() {
		m.Sent(&s, now, 10*pacedMSS, pacedMSS)
		now = now.Add(20 * ms)
		m.Arrived(&s, now, pacedMSS)
		sample := m.Take(now, 20*ms, 9*pacedMSS)
		sample.RTT = 20 * ms
		b.OnSample(sample)
	}); n != 0 {
		t.Errorf("%v allocations an ACK", n)
	}
}
