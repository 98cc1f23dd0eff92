package cc

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

// bottleneck is a drop-tail queue in front of a link that all flows share, in
// virtual time. Nothing else delays or drops.
type bottleneck struct {
	t       *testing.T
	now     timers.Time
	free    timers.Time   // when the link has sent all that is queued
	service time.Duration // of one packet
	queue   int           // packets that may wait
	random  float64       // probability of a drop when the queue is full, from 0 at half
	jitter  func() time.Duration
	r       *rand.Rand
	events  arrivals
	order   int
	flows   []*flow
	drops   int
}

// flow is a sender with data without end and a receiver that acknowledges each
// packet. Losses are known as soon as a later packet is acknowledged (a perfect
// scoreboard, and a path that keeps the order).
type flow struct {
	ctl       Controller
	mss       int
	rtt       time.Duration // without queue
	next      int           // packet to send
	una       int           // packets below are acknowledged or known as lost
	recover   int           // next at the last loss
	lost      bool          // recovering
	sent      []timers.Time // by packet
	delivered int           // packets since the count was cleared
	leftSlow  float64       // packets in flight when slow start was left; 0: not yet
}

type arrival struct {
	at    timers.Time
	order int
	f     *flow
	seq   int // -1: the flow begins
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].order < a[j].order
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	x := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return x
}

// newBottleneck returns a link of so many packets a second.
func newBottleneck(t *testing.T, perSecond, queue int) *bottleneck {
	return &bottleneck{
		t: t, now: timers.Time(time.Second), service: time.Second / time.Duration(perSecond), queue: queue,
		jitter: func() time.Duration { return 0 }, r: rand.New(rand.NewPCG(1, 2)),
	}
}

// add lets a flow begin at the given time from the start.
func (b *bottleneck) add(ctl Controller, mss int, rtt, at time.Duration) *flow {
	f := &flow{ctl: ctl, mss: mss, rtt: rtt}
	b.flows = append(b.flows, f)
	b.push(arrival{at: timers.Time(time.Second).Add(at), f: f, seq: -1})
	return f
}

func (b *bottleneck) push(a arrival) {
	b.order++
	a.order = b.order
	heap.Push(&b.events, a)
}

// run goes on until the given time from the start.
func (b *bottleneck) run(until time.Duration) {
	end := timers.Time(time.Second).Add(until)
	for len(b.events) > 0 && b.events[0].at <= end {
		a := heap.Pop(&b.events).(arrival)
		b.now = a.at
		if a.seq >= 0 {
			b.ack(a.f, a.seq)
		}
		b.send(a.f)
	}
	for _, f := range b.flows {
		if f.next == f.una && f.next > 0 {
			b.t.Fatal("a flow has lost its whole window and stands still")
		}
	}
	b.now = end
}

// send fills the flow's window.
func (b *bottleneck) send(f *flow) {
	for (f.next-f.una+1)*f.mss <= f.ctl.Window() {
		f.sent = append(f.sent, b.now)
		waiting := 0
		if b.free > b.now {
			waiting = int(b.free.Sub(b.now) / b.service)
		}
		if waiting < b.queue && !b.early(waiting) {
			b.free = max(b.free, b.now).Add(b.service)
			b.push(arrival{at: b.free.Add(f.rtt + b.jitter()), f: f, seq: f.next})
		} else {
			b.drops++
		}
		f.next++
	}
}

// early reports whether a packet is dropped before the queue is full.
func (b *bottleneck) early(waiting int) bool {
	return b.random > 0 && b.r.Float64() < b.random*(2*float64(waiting)/float64(b.queue)-1)
}

// ack takes the ACK of one packet: what was sent before and is not acknowledged
// is lost, unless the ACK was only overtaken.
func (b *bottleneck) ack(f *flow, seq int) {
	if seq < f.una {
		return
	}
	flight := (f.next - f.una) * f.mss
	loss := seq > f.una
	f.una = seq + 1
	f.delivered++
	if f.lost && seq >= f.recover {
		f.lost = false
		f.ctl.OnRecovered(b.now)
	}
	switch {
	case f.lost:
	case loss:
		f.lost, f.recover = true, f.next
		f.ctl.OnLoss(Loss{Now: b.now, Kind: FastRetransmit, Flight: flight})
	default:
		slow := f.ctl.Window() < f.ctl.SlowStartThreshold()
		f.ctl.OnAck(Ack{Now: b.now, Acked: f.mss, Flight: flight, RTT: b.now.Sub(f.sent[seq]), Limited: true})
		if slow && f.leftSlow == 0 && f.ctl.Window() >= f.ctl.SlowStartThreshold() {
			f.leftSlow = float64(flight) / float64(f.mss)
		}
	}
}

// throughput returns the packets a flow delivers in the next d.
func (b *bottleneck) throughput(d time.Duration) []int {
	for _, f := range b.flows {
		f.delivered = 0
	}
	b.run(b.now.Sub(timers.Time(time.Second)) + d)
	var out []int
	for _, f := range b.flows {
		out = append(out, f.delivered)
	}
	return out
}
