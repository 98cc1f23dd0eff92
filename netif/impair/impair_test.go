package impair_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// end is a Receiver that keeps copies of what it gets, and when.
type end struct {
	pool  *pbuf.Pool
	clock sysarch.Clock
	got   [][]byte
	at    []timers.Time
	links []bool
	then  func([]*pbuf.Buf) // called first, with the batch
}

func (e *end) Pool() *pbuf.Pool { return e.pool }
func (e *end) SetLink(up bool)  { e.links = append(e.links, up) }
func (e *end) Deliver(frames []*pbuf.Buf) {
	if e.then != nil {
		e.then(frames)
	}
	for _, f := range frames {
		var b []byte
		for x := f; x != nil; x = x.Next() {
			b = append(b, x.Bytes()...)
		}
		e.got = append(e.got, b)
		e.at = append(e.at, e.clock.Now())
		f.Free()
	}
}

// numbers returns the numbers that the received frames begin with.
func (e *end) numbers() []int {
	var n []int
	for _, b := range e.got {
		n = append(n, int(binary.BigEndian.Uint32(b)))
	}
	return n
}

// rig is a wire whose end A is impaired.
type rig struct {
	t     *testing.T
	clock *sysarch.Manual
	pool  *pbuf.Pool
	d     *impair.Driver
	peer  *memlink.Port
	a, b  *end
	n     uint32
	start timers.Time
}

func newRig(t *testing.T, cfg impair.Config) *rig {
	t.Helper()
	r := &rig{t: t, clock: sysarch.NewManual(), pool: pbuf.NewPool(pbuf.Config{})}
	r.start = r.clock.Now()
	port, peer := memlink.New(memlink.Config{MTU: 9000, MaxSegment: 60000})
	r.d, r.peer = impair.New(port, r.clock, cfg), peer
	r.a = &end{pool: r.pool, clock: r.clock}
	r.b = &end{pool: r.pool, clock: r.clock}
	if err := r.d.Attach(r.a); err != nil {
		t.Fatal(err)
	}
	if err := peer.Attach(r.b); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.d.Detach()
		if s := r.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leaked: %+v", s)
		}
		if at := r.clock.Next(); at != timers.Never {
			t.Errorf("an alarm is set after Detach, for %v", at)
		}
		for dir, s := range map[string]impair.DirStats{"out": r.d.Stats().Out, "in": r.d.Stats().In} {
			if s.Frames+s.Duplicated != s.Delivered+s.Lost+s.BurstLost+s.QueueDropped+s.Overflowed+s.NoMemory+s.Discarded {
				t.Errorf("%s: the counters do not add up: %+v", dir, s)
			}
		}
	})
	return r
}

// frame returns a frame of n bytes that begins with the next number, from 0.
func (r *rig) frame(n int) *pbuf.Buf {
	f := r.pool.Alloc(pbuf.Raw, n, pbuf.RAM)
	if f == nil {
		r.t.Fatal("no memory")
	}
	clear(f.Bytes())
	binary.BigEndian.PutUint32(f.Bytes(), r.n)
	r.n++
	return f
}

func (r *rig) frames(count, n int) []*pbuf.Buf {
	fs := make([]*pbuf.Buf, count)
	for i := range fs {
		fs[i] = r.frame(n)
	}
	return fs
}

// send transmits count frames of n bytes, one by one.
func (r *rig) send(count, n int) {
	for _, f := range r.frames(count, n) {
		r.d.Transmit([]*pbuf.Buf{f})
	}
}

// drain runs the clock until nothing is under way.
func (r *rig) drain() { r.clock.RunUntil(func() bool { return false }) }

// after returns when e's frames came, since the start.
func (r *rig) after(e *end) (d []time.Duration) {
	for _, at := range e.at {
		d = append(d, at.Sub(r.start))
	}
	return d
}

func ints(from, to int) (n []int) {
	for i := from; i < to; i++ {
		n = append(n, i)
	}
	return n
}

const ms = time.Millisecond

func TestZeroProfilePassesTheBatchThrough(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Seed: 1}})
	if got := r.d.Properties().MaxSegment; got != 60000 {
		t.Errorf("MaxSegment %d, want the inner driver's", got)
	}
	out, in := r.frames(3, 60), r.frames(2, 60)
	r.b.then = func(got []*pbuf.Buf) {
		if &got[0] != &out[0] {
			t.Error("out: another slice")
		}
	}
	r.a.then = func(got []*pbuf.Buf) {
		if &got[0] != &in[0] {
			t.Error("in: another slice")
		}
	}
	r.d.Transmit(out)
	r.peer.Transmit(in)
	if len(r.b.got) != 3 || len(r.a.got) != 2 {
		t.Errorf("got %d, %d frames at once, want 3, 2", len(r.b.got), len(r.a.got))
	}
	want := impair.Stats{Out: impair.DirStats{Frames: 3, Delivered: 3}, In: impair.DirStats{Frames: 2, Delivered: 2}}
	if got := r.d.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestDelayIsExactInEachDirection(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: 20 * ms}, In: impair.Profile{Delay: 7 * ms}})
	if got := r.d.Properties().MaxSegment; got != 0 {
		t.Errorf("MaxSegment %d: large segments are to meet the link as packets", got)
	}
	r.d.Transmit(r.frames(2, 60))
	r.peer.Transmit(r.frames(1, 60))
	r.clock.Advance(3 * ms)
	r.send(1, 60)
	if out, in := r.d.Pending(); out != 3 || in != 1 {
		t.Errorf("%d, %d frames under way, want 3, 1", out, in)
	}
	r.drain()
	if got, want := r.after(r.b), []time.Duration{20 * ms, 20 * ms, 23 * ms}; !slices.Equal(got, want) {
		t.Errorf("out: %v, want %v", got, want)
	}
	if got, want := r.after(r.a), []time.Duration{7 * ms}; !slices.Equal(got, want) {
		t.Errorf("in: %v, want %v", got, want)
	}
	if got, want := r.b.numbers(), []int{0, 1, 3}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

func TestFramesDueTogetherAreOneBatch(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: ms}})
	batches := 0
	r.b.then = func([]*pbuf.Buf) { batches++ }
	r.send(5, 60)
	r.drain()
	if batches != 1 || !slices.Equal(r.b.numbers(), ints(0, 5)) {
		t.Errorf("%d batches, frames %v", batches, r.b.numbers())
	}
}

func TestLimitBoundsFramesUnderWay(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: ms, Limit: 4}})
	r.send(6, 60)
	r.drain()
	r.send(1, 60)
	r.drain()
	if got, want := r.b.numbers(), []int{0, 1, 2, 3, 6}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := r.d.Stats().Out.Overflowed; got != 2 {
		t.Errorf("%d overflowed, want 2", got)
	}
}

func TestDetachFreesFramesUnderWay(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: ms}, In: impair.Profile{Delay: ms}})
	r.send(3, 60)
	r.peer.Transmit(r.frames(2, 60))
	if err := r.d.Detach(); err != nil {
		t.Fatal(err)
	}
	r.send(1, 60)                    // too late
	r.peer.Transmit(r.frames(1, 60)) // the wire drops it
	r.drain()
	s := r.d.Stats()
	if s.Out.Discarded != 4 || s.In.Discarded != 2 || len(r.a.got)+len(r.b.got) != 0 {
		t.Errorf("%+v; %d, %d frames arrived", s, len(r.a.got), len(r.b.got))
	}
	if err := r.d.Attach(r.a); err != nil { // and it can be used again
		t.Fatal(err)
	}
	r.send(1, 60)
	r.drain()
	if len(r.b.got) != 1 {
		t.Error("nothing arrives after another Attach")
	}
}

func TestDetachFromWithinDelivery(t *testing.T) {
	r := newRig(t, impair.Config{In: impair.Profile{Delay: ms}})
	r.a.then = func([]*pbuf.Buf) { r.d.Detach() }
	r.peer.Transmit(r.frames(1, 60))
	r.clock.Advance(ms / 2)
	r.peer.Transmit(r.frames(1, 60))
	r.drain()
	if len(r.a.got) != 1 || r.d.Stats().In.Discarded != 1 {
		t.Errorf("%d frames, %+v", len(r.a.got), r.d.Stats().In)
	}
}

// TestAnswersFromWithinDelivery: an answer sent from inside the delivery that
// caused it does not overtake what was sent before, nor recurse.
func TestAnswersFromWithinDelivery(t *testing.T) {
	almost := impair.Profile{Loss: 1e-300} // not harmless, so not passed through
	r := newRig(t, impair.Config{Out: almost, In: almost})
	depth, deepest := 0, 0
	left := 50
	r.b.then = func([]*pbuf.Buf) {
		depth++
		deepest = max(deepest, depth)
		if left--; left > 0 {
			r.d.Transmit(r.frames(2, 60))
		}
		depth--
	}
	r.send(1, 60)
	if got := r.b.numbers(); !slices.Equal(got, ints(0, int(r.n))) || len(got) < 50 {
		t.Errorf("got %v", got)
	}
	if deepest != 1 {
		t.Errorf("%d deliveries nested", deepest)
	}
}

func TestProfilesCanChange(t *testing.T) {
	r := newRig(t, impair.Config{Out: impair.Profile{Delay: 10 * ms}})
	r.send(1, 60)
	r.d.SetOut(impair.Profile{})
	r.send(1, 60) // arrives with the first, not before it
	if len(r.b.got) != 0 {
		t.Error("a frame overtook one under way")
	}
	r.drain()
	pass := r.frames(1, 60)
	r.b.then = func(got []*pbuf.Buf) {
		if &got[0] != &pass[0] {
			t.Error("the batch does not pass through again")
		}
	}
	r.d.Transmit(pass)
	r.b.then = nil
	r.d.SetOut(impair.Profile{Loss: 1})
	r.send(2, 60)
	r.d.SetIn(impair.Profile{Delay: ms})
	r.peer.Transmit(r.frames(1, 60))
	if len(r.a.got) != 0 {
		t.Error("SetIn has no effect")
	}
	r.drain()
	if got, want := r.b.numbers(), []int{0, 1, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := r.after(r.b), []time.Duration{10 * ms, 10 * ms, 10 * ms}; !slices.Equal(got, want) {
		t.Errorf("at %v, want %v", got, want)
	}
}

func TestLinkStatePasses(t *testing.T) {
	r := newRig(t, impair.Config{In: impair.Profile{Delay: ms}})
	r.peer.SetLink(false)
	r.peer.SetLink(true)
	if want := []bool{false, true}; !slices.Equal(r.a.links, want) {
		t.Errorf("got %v, want %v", r.a.links, want)
	}
}

func TestAttachErrors(t *testing.T) {
	r := newRig(t, impair.Config{})
	if err := r.d.Attach(r.a); !errors.Is(err, netif.ErrAttached) {
		t.Errorf("second Attach: %v", err)
	}
	taken, _ := memlink.New(memlink.Config{})
	if err := taken.Attach(r.a); err != nil {
		t.Fatal(err)
	}
	d := impair.New(taken, r.clock, impair.Config{})
	if d.Inner() != netif.Driver(taken) {
		t.Error("Inner is not the wrapped driver")
	}
	for range 2 {
		if err := d.Attach(r.a); !errors.Is(err, netif.ErrAttached) {
			t.Errorf("inner driver taken: %v", err)
		}
	}
	taken.Detach()
	if err := d.Attach(r.a); err != nil {
		t.Errorf("after a failure: %v", err)
	}
}

// TestConcurrentUse has two goroutines exchange frames over a link with delay on
// the host's clock, inside a bubble, and detaches under way.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := pbuf.NewPool(pbuf.Config{})
		clock := sysarch.Real()
		port, peer := memlink.New(memlink.Config{})
		p := impair.Profile{Delay: 5 * ms, Jitter: 2 * ms, Rate: 50e6, Loss: 0.1, Duplicate: 0.1, Corrupt: 0.1}
		d := impair.New(port, clock, impair.Config{Out: p, In: p})
		a, b := &end{pool: pool, clock: clock}, &end{pool: pool, clock: clock}
		if d.Attach(a) != nil || peer.Attach(b) != nil {
			t.Fatal("not attached")
		}
		send := func(to func([]*pbuf.Buf)) {
			for range 200 {
				to([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 1000, pbuf.RAM)})
				time.Sleep(100 * time.Microsecond)
			}
		}
		go send(d.Transmit)
		go send(peer.Transmit)
		time.Sleep(19 * ms)
		if err := d.Detach(); err != nil {
			t.Fatal(err)
		}
		na, nb := len(a.got), len(b.got)
		time.Sleep(time.Second)
		if na < 50 || nb < 50 || len(a.got) != na || len(b.got) != nb {
			t.Errorf("%d and %d frames when detached, %d and %d in the end", na, nb, len(a.got), len(b.got))
		}
		if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leaked: %+v", s)
		}
	})
}

func TestZeroAllocSteadyState(t *testing.T) {
	busy := impair.Profile{
		Delay: 3 * ms, Jitter: ms, AllowReorder: true, Rate: 100e6, MarkPackets: 1,
		Loss: 0.05, Burst: impair.Burst{PGoodBad: 0.01, PBadGood: 0.5},
		Reorder: 0.05, Duplicate: 0.05, Corrupt: 0.05,
	}
	for name, p := range map[string]impair.Profile{"zero profile": {}, "busy profile": busy} {
		t.Run(name, func(t *testing.T) {
			pool := pbuf.NewPool(pbuf.Config{})
			clock := sysarch.NewManual()
			port, peer := memlink.New(memlink.Config{})
			d := impair.New(port, clock, impair.Config{Out: p})
			if d.Attach(sink{pool}) != nil || peer.Attach(sink{pool}) != nil {
				t.Fatal("not attached")
			}
			batch := make([]*pbuf.Buf, 8)
			step := func() {
				for i := range batch {
					batch[i] = pool.Alloc(pbuf.Raw, 1514, pbuf.RAM)
				}
				d.Transmit(batch)
				clock.Advance(ms)
			}
			for range 2000 { // queues and pools reach their size
				step()
			}
			if n := testing.AllocsPerRun(1000, step); n != 0 {
				t.Errorf("%v allocations a batch", n)
			}
		})
	}
}

// sink frees what it gets.
type sink struct{ pool *pbuf.Pool }

func (s sink) Pool() *pbuf.Pool { return s.pool }
func (s sink) SetLink(bool)     {}
func (s sink) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		f.Free()
	}
}

// history is all that a link did to some traffic: when each frame arrived, and
// its bytes.
func history(t *testing.T, cfg impair.Config, in bool) []byte {
	r := newRig(t, cfg)
	for i := range 500 {
		fs := r.frames(1+i%3, 60+i)
		if in {
			r.peer.Transmit(fs)
		} else {
			r.d.Transmit(fs)
		}
		r.clock.Advance(time.Duration(i%7) * 100 * time.Microsecond)
	}
	r.drain()
	e := r.b
	if in {
		e = r.a
	}
	var h []byte
	for i, b := range e.got {
		h = binary.BigEndian.AppendUint64(h, uint64(e.at[i]))
		h = append(h, b...)
	}
	if len(e.got) < 500 {
		t.Fatalf("only %d frames arrived", len(e.got))
	}
	return h
}

func TestSameSeedSameBytes(t *testing.T) {
	p := impair.Profile{
		Delay: 3 * ms, Jitter: 2 * ms, AllowReorder: true, Rate: 40e6, QueuePackets: 30,
		Loss: 0.02, Burst: impair.Burst{PGoodBad: 0.01, PBadGood: 0.3, LossBad: 0.9, LossGood: 0.001},
		Reorder: 0.05, ReorderDelay: ms, Duplicate: 0.05, Corrupt: 0.1, Seed: 42,
	}
	cfg := impair.Config{Out: p, In: p}
	out := history(t, cfg, false)
	if !bytes.Equal(out, history(t, cfg, false)) {
		t.Error("the same seed gave another sequence")
	}
	if bytes.Equal(out, history(t, cfg, true)) {
		t.Error("both directions made the same choices")
	}
	cfg.Out.Seed = 43
	if bytes.Equal(out, history(t, cfg, false)) {
		t.Error("another seed gave the same sequence")
	}
}
