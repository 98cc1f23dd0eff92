package timers

import "time"

// Timer is one deadline. Embed it by value, call Init once, and arm it on a
// Queue. A Timer belongs to one Queue from its first Arm until Remove.
type Timer struct {
	fire func()
	at   Time   // when to fire; 0: not armed
	key  Time   // position in the heap, at most at while armed
	seq  uint32 // breaks ties: first armed fires first
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

// Queue is the timers of one stack, a 4-ary heap of possibly stale keys.
type Queue struct {
	now   Time
	heap  []*Timer
	seq   uint32
	stats Stats
}

// Stats counts what a Queue did.
type Stats struct {
	// Fired counts functions called.
	Fired uint64
	// Stale counts keys that came up after their timer was stopped or moved.
	Stale uint64
}

// Now returns the time of the event being processed.
func (q *Queue) Now() Time { return q.now }

// Advance moves the queue's time forward to now. It fires nothing; a now in the
// past is ignored.
func (q *Queue) Advance(now Time) {
	if now > q.now {
		q.now = now
	}
}

// Stats returns a copy of the counters.
func (q *Queue) Stats() Stats { return q.stats }

// Len returns the number of keys held, stale ones included.
func (q *Queue) Len() int { return len(q.heap) }

// Arm sets t to fire at the given time, replacing any earlier setting. A time
// that is not after Now fires at the next Run.
func (q *Queue) Arm(t *Timer, at Time) {
	at = max(at, q.now, 1)
	t.at = at
	if t.slot != 0 && t.key <= at {
		return
	}
	t.key = at
	q.seq++
	t.seq = q.seq
	if t.slot == 0 {
		q.heap = append(q.heap, t)
		t.slot = int32(len(q.heap))
	}
	q.up(int(t.slot) - 1)
}

// ArmAfter arms t to fire d from now.
func (q *Queue) ArmAfter(t *Timer, d time.Duration) { q.Arm(t, q.now.Add(d)) }

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

// Next returns the time at which Run has something to look at, or Never.
//
// A stale key at the head is settled first, so that a stopped timer does not
// wake the host.
func (q *Queue) Next() Time {
	for len(q.heap) > 0 {
		t := q.heap[0]
		if t.at == t.key {
			return t.key
		}
		q.settle(t)
	}
	return Never
}

// Peek returns a time that is not after the earliest deadline, without settling
// stale keys. It is what an event's end needs to know whether the host alarm,
// set for an earlier Peek, is still early enough.
func (q *Queue) Peek() Time {
	if len(q.heap) == 0 {
		return Never
	}
	return q.heap[0].key
}

// Run fires every timer that is due at Now, in order of deadline, and returns
// how many fired. A function that arms its timer for now or earlier is called
// again only at the next Run.
func (q *Queue) Run() int {
	n := 0
	last := q.seq
	for len(q.heap) > 0 {
		t := q.heap[0]
		if t.key > q.now {
			break
		}
		if t.at != t.key {
			q.settle(t)
			continue
		}
		if int32(t.seq-last) > 0 { // armed by this Run
			break
		}
		q.delete(0)
		t.at = 0
		n++
		q.stats.Fired++
		t.fire()
	}
	return n
}

// settle gives the timer at the head of the heap its true place.
func (q *Queue) settle(t *Timer) {
	q.stats.Stale++
	if t.at == 0 {
		q.delete(0)
		return
	}
	t.key = t.at
	q.down(0)
}

func less(a, b *Timer) bool {
	return a.key < b.key || a.key == b.key && int32(a.seq-b.seq) < 0
}

func (q *Queue) up(i int) {
	t := q.heap[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !less(t, q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		q.heap[i].slot = int32(i) + 1
		i = parent
	}
	q.heap[i] = t
	t.slot = int32(i) + 1
}

func (q *Queue) down(i int) {
	t := q.heap[i]
	for {
		first := 4*i + 1
		if first >= len(q.heap) {
			break
		}
		best := first
		for c := first + 1; c < first+4 && c < len(q.heap); c++ {
			if less(q.heap[c], q.heap[best]) {
				best = c
			}
		}
		if !less(q.heap[best], t) {
			break
		}
		q.heap[i] = q.heap[best]
		q.heap[i].slot = int32(i) + 1
		i = best
	}
	q.heap[i] = t
	t.slot = int32(i) + 1
}

func (q *Queue) delete(i int) {
	t := q.heap[i]
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap[last] = nil
	q.heap = q.heap[:last]
	t.slot = 0
	if moved == t {
		return
	}
	q.heap[i] = moved
	moved.slot = int32(i) + 1
	q.down(i)
	q.up(int(moved.slot) - 1)
}
