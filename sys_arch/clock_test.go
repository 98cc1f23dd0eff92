package sysarch

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/timers"
)

func TestRealClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Real()
		start := c.Now()
		if start <= 0 {
			t.Errorf("Now %v is not above zero", start)
		}
		if got := c.Wall(start); !got.Equal(time.Now()) {
			t.Errorf("Wall(Now) %v, want %v", got, time.Now())
		}
		if got := c.Until(time.Now().Add(time.Minute)); got != time.Minute {
			t.Errorf("Until %v, want a minute", got)
		}
		var fired []timers.Time
		a := c.NewAlarm(func() { fired = append(fired, c.Now()) })
		wait := func(d time.Duration) {
			<-time.After(d)
			synctest.Wait()
		}
		wait(2 * time.Hour) // not set: NewAlarm arms nothing
		if len(fired) != 0 {
			t.Fatal("an alarm that was not set fired")
		}
		now := c.Now()
		a.Set(now.Add(time.Hour))
		a.Set(now.Add(time.Second)) // moved
		wait(2 * time.Hour)
		if len(fired) != 1 || fired[0] != now.Add(time.Second) {
			t.Fatalf("fired at %v, want once at %v", fired, now.Add(time.Second))
		}
		a.Set(start) // in the past
		wait(0)
		if len(fired) != 2 {
			t.Error("an alarm in the past did not fire at once")
		}
		a.Set(c.Now().Add(time.Second))
		a.Stop()
		a.Set(timers.Never)
		wait(1000 * time.Hour)
		if len(fired) != 2 {
			t.Error("a stopped alarm fired")
		}
		if got := c.Now().Sub(start); got < 1000*time.Hour {
			t.Errorf("the clock moved by %v", got)
		}
	})
}
