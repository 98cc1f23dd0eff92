package sysarch

import (
	"sync"
	"time"

	"github.com/golwip/lwip/timers"
)

// Manual is a clock that moves only when told to: virtual time. Any number of
// stacks and impaired links may share one; alarms due at the same instant fire
// in the order in which they were set, so a run repeats exactly.
//
// All methods are safe for concurrent use; Step, Advance and RunUntil themselves
// call the alarms on the caller's goroutine, one at a time; an alarm must not
// call them.
type Manual struct {
	step sync.Mutex // held while alarms run: one stepper at a time
	mu   sync.Mutex
	now  timers.Time
	seq  uint64
	set  []*manualAlarm // a binary heap by (at, seq)
	wall time.Time
}

// manualStart is where a Manual clock begins: above zero, as Clock demands.
const manualStart = timers.Time(time.Second)

// NewManual returns a clock that stands at one second after its epoch, which is
// midnight UTC of 2000-01-01.
func NewManual() *Manual {
	return &Manual{now: manualStart, wall: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// Now implements Clock.
func (m *Manual) Now() timers.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Wall implements Clock.
func (m *Manual) Wall(t timers.Time) time.Time { return m.wall.Add(time.Duration(t)) }

// Until implements Clock. Deadlines for a stack on a Manual clock are given on
// its calendar: Wall(Now()).Add(d).
func (m *Manual) Until(w time.Time) time.Duration { return w.Sub(m.Wall(m.Now())) }

// Next returns when the earliest alarm is due, or timers.Never.
func (m *Manual) Next() timers.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.set) == 0 {
		return timers.Never
	}
	return m.set[0].at
}

// Step moves the clock to the earliest alarm and fires it. It reports false,
// and does nothing, when no alarm is set.
func (m *Manual) Step() bool { return m.stepTo(timers.Never - 1) }

// Advance moves the clock by d, firing the alarms on the way at their times.
func (m *Manual) Advance(d time.Duration) { m.AdvanceTo(m.Now().Add(d)) }

// AdvanceTo moves the clock to t, firing the alarms on the way at their times.
func (m *Manual) AdvanceTo(t timers.Time) {
	for m.stepTo(t) {
	}
	m.mu.Lock()
	if t > m.now {
		m.now = t
	}
	m.mu.Unlock()
}

// RunUntil steps until done reports true or no alarm is set, and returns what
// done reported last.
func (m *Manual) RunUntil(done func() bool) bool {
	for !done() {
		if !m.Step() {
			return done()
		}
	}
	return true
}

// stepTo fires the earliest alarm if it is due by limit.
func (m *Manual) stepTo(limit timers.Time) bool {
	m.step.Lock()
	defer m.step.Unlock()
	m.mu.Lock()
	if len(m.set) == 0 || m.set[0].at > limit {
		m.mu.Unlock()
		return false
	}
	a := m.set[0]
	m.remove(a)
	if a.at > m.now {
		m.now = a.at
	}
	m.mu.Unlock()
	a.fire()
	return true
}

// NewAlarm implements Clock.
func (m *Manual) NewAlarm(fire func()) Alarm { return &manualAlarm{clock: m, fire: fire, idx: -1} }

type manualAlarm struct {
	clock *Manual
	fire  func()
	at    timers.Time
	seq   uint64
	idx   int // in clock.set; -1: not set
}

func (a *manualAlarm) Set(at timers.Time) {
	m := a.clock
	m.mu.Lock()
	defer m.mu.Unlock()
	if a.idx >= 0 {
		m.remove(a)
	}
	m.seq++
	a.at, a.seq, a.idx = at, m.seq, len(m.set)
	m.set = append(m.set, a)
	m.up(a.idx)
}

func (a *manualAlarm) Stop() {
	a.clock.mu.Lock()
	defer a.clock.mu.Unlock()
	if a.idx >= 0 {
		a.clock.remove(a)
	}
}

func (m *Manual) less(i, j int) bool {
	a, b := m.set[i], m.set[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

func (m *Manual) swap(i, j int) {
	m.set[i], m.set[j] = m.set[j], m.set[i]
	m.set[i].idx, m.set[j].idx = i, j
}

func (m *Manual) up(i int) {
	for i > 0 && m.less(i, (i-1)/2) {
		m.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (m *Manual) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(m.set) {
			return
		}
		if c+1 < len(m.set) && m.less(c+1, c) {
			c++
		}
		if !m.less(c, i) {
			return
		}
		m.swap(i, c)
		i = c
	}
}

func (m *Manual) remove(a *manualAlarm) {
	i, last := a.idx, len(m.set)-1
	m.swap(i, last)
	m.set[last] = nil
	m.set = m.set[:last]
	a.idx = -1
	if i < last {
		m.up(i)
		m.down(i)
	}
}
