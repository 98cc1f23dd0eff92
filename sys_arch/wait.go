package sysarch

import (
	"errors"
	"sync"
	"time"

	"github.com/golwip/lwip/timers"
)

// Errors of the waiting primitives.
var (
	ErrTimeout = errors.New("sysarch: timeout")        // lwIP SYS_ARCH_TIMEOUT
	ErrClosed  = errors.New("sysarch: mailbox closed") //
	ErrFull    = errors.New("sysarch: mailbox full")   // lwIP ERR_MEM
	ErrEmpty   = errors.New("sysarch: mailbox empty")  // lwIP SYS_MBOX_EMPTY
)

// waiters are goroutines that wait for a condition, some of them until a time on
// a Clock. It is a sync.Cond, on which a goroutine in a testing/synctest bubble
// blocks durably, and one alarm for the earliest of the times, set only while
// somebody waits for it.
type waiters struct {
	sync.Cond
	clock Clock
	alarm Alarm       // made when first needed
	at    timers.Time // what alarm is set to, or Never
	timed int         // waiters with a deadline
}

func (w *waiters) init(l sync.Locker, clock Clock) {
	w.L = l
	w.clock = clock
	w.at = timers.Never
}

// deadline returns the time at which a wait of the given length ends. Zero, or
// less, is for ever, as in lwIP.
func (w *waiters) deadline(timeout time.Duration) timers.Time {
	if timeout <= 0 {
		return timers.Never
	}
	return w.clock.Now().Add(timeout)
}

// wait waits until the condition may have changed and reports true, or reports
// false if the deadline has passed. The caller holds w.L and checks the
// condition before each call.
func (w *waiters) wait(deadline timers.Time) bool {
	if deadline == timers.Never {
		w.Wait()
		return true
	}
	if w.clock.Now() >= deadline {
		return false
	}
	if w.alarm == nil {
		w.alarm = w.clock.NewAlarm(w.fire)
	}
	if deadline < w.at {
		w.at = deadline
		w.alarm.Set(deadline)
	}
	w.timed++
	w.Wait()
	w.timed--
	if w.timed == 0 && w.at != timers.Never {
		w.at = timers.Never
		w.alarm.Stop()
	}
	return true
}

// fire wakes everybody: those whose time has come leave, the others wait again
// and set the alarm again. So one that comes late, after Stop, does no harm.
func (w *waiters) fire() {
	w.L.Lock()
	w.at = timers.Never
	w.Broadcast()
	w.L.Unlock()
}
