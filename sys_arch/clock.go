package sysarch

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// Clock tells a stack the time and wakes it.
type Clock interface {
	// Now returns the time on this clock. It is above zero and never decreases.
	Now() timers.Time
	// Wall returns the calendar time that corresponds to t.
	Wall(t timers.Time) time.Time
	// Until returns how long from now until the calendar time w.
	Until(w time.Time) time.Duration
	// NewAlarm returns an alarm, not set, that calls fire on this clock.
	NewAlarm(fire func()) Alarm
}

// Alarm calls its function once at the time it was last set to.
type Alarm interface {
	// Set sets or moves the alarm. A time in the past fires as soon as possible.
	Set(at timers.Time)
	// Stop clears the alarm. The function may still be running.
	Stop()
}

// Real returns the host's monotonic clock. Inside a testing/synctest bubble it
// is the bubble's clock. Alarms run in goroutines of their own, which exist
// only while they run.
func Real() Clock { return realClock{base: time.Now().Add(-time.Second)} }

type realClock struct{ base time.Time }

func (c realClock) Now() timers.Time                { return timers.Time(time.Since(c.base)) }
func (c realClock) Wall(t timers.Time) time.Time    { return c.base.Add(time.Duration(t)) }
func (c realClock) Until(w time.Time) time.Duration { return time.Until(w) }
func (c realClock) NewAlarm(fire func()) Alarm {
	t := time.AfterFunc(time.Hour, fire)
	t.Stop()
	return realAlarm{c, t}
}

type realAlarm struct {
	clock realClock
	timer *time.Timer
}

func (a realAlarm) Set(at timers.Time) { a.timer.Reset(at.Sub(a.clock.Now())) }
func (a realAlarm) Stop()              { a.timer.Stop() }
