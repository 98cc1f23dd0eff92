package fuzz

import (
	"time"

	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// clock is virtual time for one stack. Unlike sysarch.Manual it can also jump, as
// the clock of a host does that was suspended: alarms then fire late.
type clock struct {
	now    timers.Time
	alarms []*alarm
	fired  int
}

func newClock() *clock { return &clock{now: timers.Time(time.Second)} }

func (c *clock) Now() timers.Time                { return c.now }
func (c *clock) Wall(t timers.Time) time.Time    { return time.Unix(946684800, int64(t)).UTC() }
func (c *clock) Until(w time.Time) time.Duration { return w.Sub(c.Wall(c.now)) }
func (c *clock) NewAlarm(fire func()) sysarch.Alarm {
	a := &alarm{c: c, fire: fire}
	c.alarms = append(c.alarms, a)
	return a
}

type alarm struct {
	c    *clock
	fire func()
	at   timers.Time // 0: not set
}

func (a *alarm) Set(at timers.Time) { a.at = at }
func (a *alarm) Stop()              { a.at = 0 }

// next returns the alarm that is due first, or nil.
func (c *clock) next() *alarm {
	var first *alarm
	for _, a := range c.alarms {
		if a.at != 0 && (first == nil || a.at < first.at) {
			first = a
		}
	}
	return first
}

// runTo moves the clock to t and fires the alarms on the way at their times, at
// most limit of them; ok is false if there are more.
func (c *clock) runTo(t timers.Time, limit int) (ok bool) {
	for n := 0; ; n++ {
		a := c.next()
		if a == nil || a.at > t {
			break
		}
		if n >= limit {
			return false
		}
		c.now = max(c.now, a.at)
		a.at = 0
		c.fired++
		a.fire()
	}
	c.now = max(c.now, t)
	return true
}

// jump moves the clock at once; what is due then fires late.
func (c *clock) jump(d time.Duration, limit int) (ok bool) {
	c.now = c.now.Add(d)
	return c.runTo(c.now, limit)
}
