package api

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// deadline is a timer of one side of an endpoint, on the stack's queue. It wakes
// who waits there, both for the deadline that SetDeadline and its kin set and
// for the limits of single calls.
//
// at and armed are guarded by the endpoint's mutex; armed changes only inside
// the core lock as well. A deadline that moves later stores at alone: the timer
// comes up early and is armed again.
type deadline struct {
	timer timers.Timer
	e     *endpoint
	s     *side
	at    timers.Time // the deadline; 0: none
	armed timers.Time // when the timer fires; 0: it does not
}

// setDeadline sets the side's deadline; the zero time.Time removes it. One in
// the past takes effect at once. It takes the core lock only if the timer must
// fire earlier than before, or must not fire at all.
func (e *endpoint) setDeadline(s *side, t time.Time) error {
	var at, now timers.Time
	if !t.IsZero() {
		left := e.p.clock.Until(t)
		now = e.p.clock.Now()
		if at = now.Add(left); at == timers.Never {
			at = 0
		} else if left <= 0 {
			at = now
		}
	}
	e.mu.Lock()
	if e.flags.has(closed) {
		e.mu.Unlock()
		return ErrClosed
	}
	arm := false
	switch d := s.dl; {
	case at != 0 && at <= now:
		if d != nil {
			d.at = 0
		}
		s.set(blockExpired)
		s.wake()
	case at != 0:
		s.clear(blockExpired)
		d = s.deadline(e)
		d.at = at
		arm = d.armed == 0 || d.armed > at
	default:
		s.clear(blockExpired)
		if d != nil {
			d.at = 0
			arm = d.armed != 0 && s.waiting == 0
		}
	}
	e.mu.Unlock()
	if arm {
		e.arm(s, 0)
	}
	return nil
}

// deadline returns the side's timer, made if needed. The caller holds e.mu.
func (s *side) deadline(e *endpoint) *deadline {
	if s.dl == nil {
		s.dl = &deadline{e: e, s: s}
		s.dl.timer.Init(s.dl.fire)
	}
	return s.dl
}

// arm makes the timer fire at the deadline or at limit, whichever is earlier; 0
// is no limit. Without either it stops the timer. It takes the core lock.
func (e *endpoint) arm(s *side, limit timers.Time) {
	q := e.p.q
	e.p.core.Lock()
	e.mu.Lock()
	d := s.deadline(e)
	at := d.at
	if at == 0 || limit != 0 && limit < at {
		at = limit
	}
	switch {
	case e.flags.has(closed) && !e.flags.has(lingering):
	case at != 0 && (d.armed == 0 || at < d.armed):
		d.armed = max(at, q.Now(), 1)
		q.Arm(&d.timer, d.armed)
	case at == 0 && s.waiting == 0:
		d.armed = 0
		q.Remove(&d.timer)
	}
	e.mu.Unlock()
	e.p.core.Unlock()
}

// fire is the timer's function. It runs inside the core lock.
func (d *deadline) fire() {
	e, s, q := d.e, d.s, d.e.p.q
	e.mu.Lock()
	d.armed = 0
	switch {
	case d.at == 0:
	case d.at <= q.Now():
		d.at = 0
		s.set(blockExpired)
	default:
		d.armed = d.at
		q.Arm(&d.timer, d.at)
	}
	s.wake()
	e.mu.Unlock()
}

// stop takes the timer off the queue for good. The caller holds the core lock.
func (e *endpoint) stop(s *side) {
	e.mu.Lock()
	d := s.dl
	if d != nil {
		d.at, d.armed = 0, 0
	}
	e.mu.Unlock()
	if d != nil {
		e.p.q.Remove(&d.timer)
	}
}

// limit returns when a call that begins now and may take d ends; 0 for no limit
// if d is not positive.
func (p *Protocol) limit(d time.Duration) timers.Time {
	if d <= 0 {
		return 0
	}
	return max(p.clock.Now().Add(d), 1)
}
