package timers

import "time"

// Time is an instant on a stack's clock: nanoseconds since the clock's epoch.
// It never goes backwards. The zero Time is the epoch and, in a [Timer], means
// "not armed", so clocks start above zero.
type Time int64

// Never is later than every deadline.
const Never Time = 1<<63 - 1

// Add returns t+d, held at Never.
func (t Time) Add(d time.Duration) Time {
	s := t + Time(d)
	if d > 0 && s < t {
		return Never
	}
	return s
}

// Sub returns t-u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Before reports whether t is earlier than u.
func (t Time) Before(u Time) bool { return t < u }

// After reports whether t is later than u.
func (t Time) After(u Time) bool { return t > u }

// String formats t as seconds since the clock's epoch.
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	return time.Duration(t).String()
}
