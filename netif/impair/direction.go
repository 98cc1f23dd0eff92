package impair

import (
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/internal/gate"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// direction is one direction of the link: the frames under way and what happens
// to them.
type direction struct {
	clock   sysarch.Clock
	alarm   sysarch.Alarm
	framing netif.Framing
	stream  uint64 // makes the two directions' random choices differ
	gate    gate.Gate

	through atomic.Bool   // nothing to do and nothing under way: frames pass
	passed  atomic.Uint64 // frames that did

	mu      sync.Mutex
	profile Profile
	rand    *sysarch.Rand
	pool    *pbuf.Pool
	closed  bool
	bad     bool // Burst's state
	neck    bottleneck
	held    schedule
	last    timers.Time // when the last frame arrives that was not held back
	armed   timers.Time // what the alarm is set to; 0: not set
	busy    bool        // somebody carries frames on
	batch   []*pbuf.Buf // belongs to whoever set busy
	pieces  []*pbuf.Buf // scratch of enter
	stats   DirStats
}

func (d *direction) init(clock sysarch.Clock, framing netif.Framing, stream uint64) {
	d.clock, d.framing, d.stream = clock, framing, stream
	d.closed = true
	d.alarm = clock.NewAlarm(d.fire)
}

func (d *direction) setProfile(p Profile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.profile = p.withDefaults()
	d.rand = sysarch.NewSeededRand(p.Seed ^ d.stream*0x9e3779b97f4a7c15)
	d.bad = false
	d.settle()
}

// settle decides whether frames can pass through. The caller holds d.mu.
func (d *direction) settle() {
	d.through.Store(d.profile.harmless() && len(d.held.heap) == 0 && !d.busy)
}

func (d *direction) open(r netif.Receiver, pool *pbuf.Pool) error {
	if err := d.gate.Open(r); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.pool = false, pool
	return nil
}

// close frees the frames under way and ends the calls to the other side.
func (d *direction) close() {
	d.mu.Lock()
	d.closed = true
	d.alarm.Stop()
	d.armed = 0
	held := d.held.heap
	d.held.heap = nil
	d.neck.reset()
	d.last = 0
	d.stats.Discarded += uint64(len(held))
	d.settle()
	d.mu.Unlock()
	for i := range held {
		held[i].frame.Free()
	}
	d.gate.Close()
}

// push takes frames that come now. It consumes the frames, not the slice.
func (d *direction) push(frames []*pbuf.Buf) {
	if d.through.Load() {
		n := uint64(len(frames))
		if d.gate.Deliver(frames) {
			d.passed.Add(n)
			return
		}
	}
	now := d.clock.Now()
	d.mu.Lock()
	for _, f := range frames {
		d.stats.Frames++
		if d.closed {
			d.drop(f, &d.stats.Discarded)
			continue
		}
		d.enter(f, now)
	}
	d.run(now)
}

// fire is the alarm's function.
func (d *direction) fire() {
	now := d.clock.Now()
	d.mu.Lock()
	d.armed = 0
	d.run(now)
}

// run carries on what is due and sets the alarm for the rest, unless somebody
// does so already. The caller holds d.mu, which run releases.
func (d *direction) run(now timers.Time) {
	if d.busy {
		d.mu.Unlock()
		return
	}
	d.busy = true
	for {
		for d.held.next() <= now {
			d.batch = append(d.batch, d.held.pop())
		}
		if len(d.batch) == 0 {
			break
		}
		n := uint64(len(d.batch))
		d.stats.Delivered += n
		d.mu.Unlock()
		ok := d.gate.Deliver(d.batch)
		if !ok {
			for _, f := range d.batch {
				f.Free()
			}
		}
		clear(d.batch)
		d.batch = d.batch[:0]
		now = d.clock.Now()
		d.mu.Lock()
		if !ok {
			d.stats.Delivered -= n
			d.stats.Discarded += n
		}
	}
	d.busy = false
	if at := d.held.next(); at != timers.Never && at != d.armed {
		d.armed = at
		d.alarm.Set(at)
	}
	d.settle()
	d.mu.Unlock()
}

// drop frees f and counts it. The caller holds d.mu.
func (d *direction) drop(f *pbuf.Buf, counter *uint64) {
	*counter++
	f.Free()
}
