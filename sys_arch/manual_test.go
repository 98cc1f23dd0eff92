package sysarch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
	"pgregory.net/rapid"
)

func TestManualCalendar(t *testing.T) {
	m := NewManual()
	if m.Now() <= 0 {
		t.Errorf("Now %v is not above zero", m.Now())
	}
	if got, want := m.Wall(0), time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("the epoch is %v, want %v", got, want)
	}
	m.Advance(time.Hour)
	if got := m.Until(m.Wall(m.Now()).Add(time.Minute)); got != time.Minute {
		t.Errorf("Until %v, want a minute", got)
	}
}

func TestManualOrder(t *testing.T) {
	m := NewManual()
	var got []string
	alarm := func(name string) Alarm {
		return m.NewAlarm(func() { got = append(got, fmt.Sprintf("%s %v", name, m.Now().Sub(manualStart))) })
	}
	at := func(s int) timers.Time { return manualStart.Add(time.Duration(s) * time.Second) }
	a, b, c, d := alarm("a"), alarm("b"), alarm("c"), alarm("d")
	a.Set(at(2))
	b.Set(at(2)) // a tie: after a
	c.Set(at(1))
	d.Set(at(3))
	a.Set(at(2)) // set again: now after b
	c.Stop()
	c.Stop()
	if got := m.Next(); got != at(2) {
		t.Errorf("Next %v, want %v", got, at(2))
	}
	m.AdvanceTo(at(2))
	if want := []string{"b 2s", "a 2s"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Set(at(1)) // in the past: at once, and the clock does not go back
	if !m.Step() || m.Now() != at(2) {
		t.Errorf("Now %v after an alarm in the past", m.Now())
	}
	if !m.Step() || m.Step() || m.Now() != at(3) || m.Next() != timers.Never {
		t.Errorf("Now %v after the last alarm", m.Now())
	}
	if want := []string{"b 2s", "a 2s", "c 2s", "d 3s"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	m.AdvanceTo(at(1))
	if m.Now() != at(3) {
		t.Errorf("the clock went back to %v", m.Now())
	}
	a.Set(timers.Never)
	if m.Step() {
		t.Error("an alarm for Never fired")
	}
}

func TestManualAlarmSetsAlarm(t *testing.T) {
	m := NewManual()
	var got []time.Duration
	var tick Alarm
	tick = m.NewAlarm(func() {
		got = append(got, m.Now().Sub(manualStart))
		tick.Set(m.Now().Add(time.Second))
	})
	tick.Set(manualStart.Add(time.Second))
	m.Advance(3500 * time.Millisecond)
	if want := []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("ticks at %v, want %v", got, want)
	}
	if m.Now() != manualStart.Add(3500*time.Millisecond) {
		t.Errorf("Now %v", m.Now())
	}
	if !m.RunUntil(func() bool { return len(got) == 10 }) || m.Now() != manualStart.Add(10*time.Second) {
		t.Errorf("RunUntil stopped at %v after %d ticks", m.Now(), len(got))
	}
	tick.Stop()
	if m.RunUntil(func() bool { return false }) {
		t.Error("RunUntil reports done")
	}
}

// slowAlarm is an alarm as an obvious clock keeps it.
type slowAlarm struct {
	alarm Alarm
	at    timers.Time // 0: not set
	seq   int
}

func TestManualAgainstSlowList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewManual()
		var list []*slowAlarm
		seq := 0
		first := func() (a *slowAlarm) {
			for _, x := range list {
				if x.at != 0 && (a == nil || x.at < a.at || x.at == a.at && x.seq < a.seq) {
					a = x
				}
			}
			return a
		}
		now := m.Now()
		for i := range rapid.IntRange(1, 40).Draw(t, "alarms") {
			a := &slowAlarm{}
			a.alarm = m.NewAlarm(func() {
				if first() != a {
					t.Fatalf("alarm %d fired out of turn", i)
				}
				now = max(now, a.at)
				if m.Now() != now {
					t.Fatalf("alarm %d fired at %v, want %v", i, m.Now(), now)
				}
				a.at = 0
			})
			list = append(list, a)
		}
		set := func(t *rapid.T, a *slowAlarm) {
			seq++
			a.at, a.seq = now+timers.Time(rapid.IntRange(-3, 10).Draw(t, "after")), seq
			a.alarm.Set(a.at)
		}
		t.Repeat(map[string]func(*rapid.T){
			"Set": func(t *rapid.T) { set(t, rapid.SampledFrom(list).Draw(t, "alarm")) },
			"Set all": func(t *rapid.T) {
				for _, a := range list {
					set(t, a)
				}
			},
			"Stop": func(t *rapid.T) {
				a := rapid.SampledFrom(list).Draw(t, "alarm")
				a.alarm.Stop()
				a.at = 0
			},
			"Step": func(t *rapid.T) {
				if want := first() != nil; m.Step() != want {
					t.Fatalf("Step: %v", !want)
				}
			},
			"Advance": func(t *rapid.T) {
				to := now + timers.Time(rapid.IntRange(0, 8).Draw(t, "by"))
				m.AdvanceTo(to)
				if a := first(); a != nil && a.at <= to {
					t.Fatalf("an alarm for %v did not fire by %v", a.at, to)
				}
				now = max(now, to)
			},
			"": func(t *rapid.T) {
				next := timers.Never
				if a := first(); a != nil {
					next = a.at
				}
				if m.Next() != next || m.Now() != now {
					t.Fatalf("Now %v, Next %v; want %v, %v", m.Now(), m.Next(), now, next)
				}
			},
		})
	})
}

func TestZeroAllocManual(t *testing.T) {
	m := NewManual()
	a, b := m.NewAlarm(func() {}), m.NewAlarm(func() {})
	if n := testing.AllocsPerRun(100, func() {
		a.Set(m.Now().Add(2))
		b.Set(m.Now().Add(1))
		m.Advance(3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
