package timers

import "time"

// Timer is one deadline. Embed it by value, call Init once, and arm it on a
// Queue. A Timer belongs to one Queue from its first Arm until Remove.
type Timer struct {
	fire func()
	at   Time   // when to fire; 0: not armed
	seq  uint64 // of the last Arm; breaks ties: first armed fires first
	slot int32  // index in the heap plus one; 0: not queued
}

// Init binds the function that fires. It is called inside the core lock with
// the timer already disarmed, so it may arm the timer again.
func (t *Timer) Init(fire func()) { t.fire = fire }

// Armed reports whether t is going to fire.
func (t *Timer) Armed() bool { return t.at != 0 }

// Deadline returns when t fires, or Never when it is not armed.
func (t *Timer) Deadline() Time {
	if t.at == 0 {
		return Never
	}
	return t.at
}

// Queue is the timers of one stack, a 4-ary heap of possibly stale entries.
type Queue struct {
	now   Time
	clock func() Time // nil: Advance tells the time
	stale bool        // now is of an earlier event
	heap  []entry
	seq   uint64
	stats Stats
}

// entry is a timer's place in the heap. While the timer is armed, it is not
// behind the timer's own (at, seq); if it is before, or the timer is not armed,
// the entry is stale.
type entry struct {
	key   Time
	seq   uint64
	timer *Timer
}

func (e *entry) stale() bool { return e.key != e.timer.at || e.seq != e.timer.seq }

func (e *entry) before(f *entry) bool {
	return e.key < f.key || e.key == f.key && e.seq < f.seq
}

// Stats counts what a Queue did.
type Stats struct {
	// Fired counts functions called.
	Fired uint64
	// Stale counts entries that came up after their timer was stopped or moved.
	Stale uint64
}

// Now returns the time of the event being processed.
func (q *Queue) Now() Time {
	if q.stale {
		q.read()
	}
	return q.now
}

// Follow makes clock tell the time from now on: it is read in each event at most
// once, when somebody wants to know.
func (q *Queue) Follow(clock func() Time) {
	q.clock = clock
	q.Begin()
}

// Begin begins an event of a Queue that follows a clock.
func (q *Queue) Begin() { q.stale = true }

// read is apart so that Now, which rarely needs it, is inlined.
//
//go:noinline
func (q *Queue) read() {
	q.stale = false
	q.Advance(q.clock())
}

// Advance moves the queue's time forward to now. It fires nothing; a now in the
// past is ignored.
func (q *Queue) Advance(now Time) {
	if now > q.now {
		q.now = now
	}
}

// Stats returns a copy of the counters.
func (q *Queue) Stats() Stats { return q.stats }

// Len returns the number of entries held, stale ones included.
func (q *Queue) Len() int { return len(q.heap) }

// Arm sets t to fire at the given time, replacing any earlier setting. A time
// that is not after Now fires at the next Run. Timers set to the same time fire
// in the order of their last Arm.
func (q *Queue) Arm(t *Timer, at Time) {
	at = max(at, q.Now(), 1)
	q.seq++
	t.at, t.seq = at, q.seq
	if t.slot != 0 && q.heap[t.slot-1].key <= at {
		return // found when the entry comes up
	}
	q.place(t)
}

// place puts t, whose entry there may be is too late, where it belongs.
func (q *Queue) place(t *Timer) {
	e := entry{t.at, t.seq, t}
	if t.slot == 0 {
		q.heap = append(q.heap, e)
		t.slot = int32(len(q.heap))
	}
	q.up(int(t.slot)-1, e)
}

// ArmAfter arms t to fire d from now.
func (q *Queue) ArmAfter(t *Timer, d time.Duration) { q.Arm(t, q.Now().Add(d)) }

// Stop disarms t: its function does not run, not even when the deadline has
// passed already. The queue may hold a reference to t until the old deadline.
func (q *Queue) Stop(t *Timer) { t.at = 0 }

// Remove disarms t and drops the queue's reference to it. Call it before the
// owner is freed or reused.
func (q *Queue) Remove(t *Timer) {
	t.at = 0
	if t.slot == 0 {
		return
	}
	q.delete(int(t.slot) - 1)
}

// Next returns the time at which Run has something to fire, or Never.
//
// A stale entry at the head is settled first, so that a stopped timer does not
// wake the host.
func (q *Queue) Next() Time {
	for len(q.heap) > 0 {
		e := &q.heap[0]
		if !e.stale() {
			return e.key
		}
		q.settle()
	}
	return Never
}

// Peek returns a time that is not after the earliest deadline, without settling
// stale entries. It is what an event's end needs to know whether the host
// alarm, set for an earlier Peek, is still early enough.
func (q *Queue) Peek() Time {
	if len(q.heap) == 0 {
		return Never
	}
	return q.heap[0].key
}

// Run fires every timer that is due at Now, in order of deadline, and returns
// how many fired. What a fired function arms, its own timer or another, for now
// or earlier is due at the next Run only.
func (q *Queue) Run() int {
	n := 0
	last := q.seq
	now := q.Now()
	for len(q.heap) > 0 {
		e := &q.heap[0]
		if e.key > now {
			break
		}
		if e.stale() {
			q.settle()
			continue
		}
		if e.seq > last { // armed by this Run, like all that are left
			break
		}
		t := e.timer
		q.delete(0)
		t.at = 0
		n++
		q.stats.Fired++
		t.fire()
	}
	return n
}

// settle gives the timer of the stale entry at the head its true place.
func (q *Queue) settle() {
	q.stats.Stale++
	t := q.heap[0].timer
	if t.at == 0 {
		q.delete(0)
		return
	}
	q.down(0, entry{t.at, t.seq, t})
}

// set writes e to place i.
func (q *Queue) set(i int, e entry) {
	q.heap[i] = e
	e.timer.slot = int32(i) + 1
}

// up puts e at place i or, if it is before what is there, towards the head.
func (q *Queue) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q.heap[parent]) {
			break
		}
		q.set(i, q.heap[parent])
		i = parent
	}
	q.set(i, e)
}

// down puts e at place i or, if it is behind what is there, towards the leaves.
// It returns the place.
func (q *Queue) down(i int, e entry) int {
	for {
		first := 4*i + 1
		if first >= len(q.heap) {
			break
		}
		best := first
		for c := first + 1; c < first+4 && c < len(q.heap); c++ {
			if q.heap[c].before(&q.heap[best]) {
				best = c
			}
		}
		if !q.heap[best].before(&e) {
			break
		}
		q.set(i, q.heap[best])
		i = best
	}
	q.set(i, e)
	return i
}

// delete takes the entry at place i out.
func (q *Queue) delete(i int) {
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap[i].timer.slot = 0
	q.heap[last] = entry{}
	q.heap = q.heap[:last]
	if i == last {
		return
	}
	q.up(q.down(i, moved), moved)
}
