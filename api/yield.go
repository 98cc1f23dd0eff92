package api

import (
	"runtime"
	"time"

	"github.com/golwip/lwip/timers"
)

// answers says whether a reader that has asked its peer something, and finds no
// answer yet, lets other goroutines run once before it sleeps: stream.expect.
// The endpoint's mutex guards it.
type answers struct {
	tries uint8
	fails uint8  // in a row
	skip  uint16 // readers that sleep at once before one tries again
}

const (
	// turn is how long it may take until all others have run. If it takes longer
	// the processor is busy with other work, and there a goroutine that is woken
	// comes before those that wait for their turn.
	turn = 50 * time.Microsecond
	// maxFails bounds how many readers, 2^fails, sleep at once after a failure.
	maxFails = 15
	// timedTries: one try of so many is timed while none fails.
	timedTries = 8
)

// ask notes that something is written, to which there may be an answer.
func (s *stream) ask() { put(&s.asked, 1) }

// expect lets other goroutines run once, if an answer may come of it and it has
// paid lately, and reports whether it did. Where the peer is a goroutine of the
// same program that spares the sleeping and the waking, a fifth of a round trip.
// Elsewhere, and where others keep the processor busy, it fails, and is tried
// ever more rarely. The caller holds mu, which is released meanwhile.
func (s *stream) expect() bool {
	if s.p.cfg.ReadYields != 0 || s.asked.Load() == 0 {
		return false
	}
	s.asked.Store(0)
	a := &s.answers
	if a.skip > 0 {
		a.skip--
		return false
	}
	a.tries++
	timed := a.fails > 0 || a.tries%timedTries == 0
	var began, ended timers.Time
	if timed {
		began = s.p.clock.Now()
	}
	s.mu.Unlock()
	runtime.Gosched()
	if timed {
		ended = s.p.clock.Now()
	}
	s.mu.Lock()
	a.judge(s.rq.Len() > 0 && ended.Sub(began) <= turn)
	return true
}

// judge notes whether a try has paid.
func (a *answers) judge(paid bool) {
	if paid {
		a.fails = 0
		return
	}
	a.fails = min(a.fails+1, maxFails)
	a.skip = 1<<a.fails - 1
}
