package sysarch

import (
	"errors"
	"sync"
	"time"

	"github.com/golwip/lwip/timers"
)

// Errors of the waiting primitives.
var (
	ErrTimeout = errors.New("sysarch: timeout") // lwIP SYS_ARCH_TIMEOUT
	ErrClosed  = errors.New("sysarch: mailbox closed")
	ErrFull    = errors.New("sysarch: mailbox full")  // lwIP ERR_MEM
	ErrEmpty   = errors.New("sysarch: mailbox empty") // lwIP SYS_MBOX_EMPTY
)

// waiters are goroutines that wait, first come, first served. What they wait
// for is handed to them while the lock is held, so nobody can snatch it before
// they run. Those who wait until a time on the clock share one alarm, which is
// set exactly while somebody does.
//
// A goroutine waits on a channel of its own, and so blocks durably in a
// testing/synctest bubble.
type waiters[T any] struct {
	mu         *sync.Mutex // guards all
	clock      Clock
	alarm      Alarm       // made when first needed
	at         timers.Time // what alarm is set to, or Never
	head, tail *waiter[T]
	free       *waiter[T]
}

// waiter is one goroutine that waits.
type waiter[T any] struct {
	woken    chan struct{}
	deadline timers.Time
	value    T // what it brings, or what it is handed
	err      error
	next     *waiter[T]
}

func (q *waiters[T]) init(mu *sync.Mutex, clock Clock) {
	q.mu = mu
	q.clock = clock
	q.at = timers.Never
}

// wait lets the caller wait until somebody wakes it, or for at most the
// timeout; zero, or less, is for ever, as in lwIP. It returns the waiter's value
// and what it was woken with, which is ErrTimeout after the timeout. The caller
// holds mu, which is released meanwhile.
func (q *waiters[T]) wait(value T, timeout time.Duration) (T, error) {
	w := q.free
	if w == nil {
		w = &waiter[T]{woken: make(chan struct{}, 1)}
	} else {
		q.free = w.next
	}
	w.value, w.err, w.next = value, nil, nil
	w.deadline = timers.Never
	if timeout > 0 {
		w.deadline = q.clock.Now().Add(timeout)
	}
	if q.tail == nil {
		q.head = w
	} else {
		q.tail.next = w
	}
	q.tail = w
	q.arm()
	q.mu.Unlock()
	<-w.woken
	q.mu.Lock()
	var zero T
	value, w.value = w.value, zero
	w.next = q.free
	q.free = w
	return value, w.err
}

// first takes the one who waits longest out, or returns nil. The caller then
// wakes it.
func (q *waiters[T]) first() *waiter[T] {
	w := q.head
	if w == nil {
		return nil
	}
	q.head = w.next
	if q.head == nil {
		q.tail = nil
	}
	if w.deadline != timers.Never {
		q.arm()
	}
	return w
}

// wake lets a waiter that was taken out go on.
func (w *waiter[T]) wake(err error) {
	w.err = err
	w.woken <- struct{}{}
}

// wakeAll lets everybody go on with the error.
func (q *waiters[T]) wakeAll(err error) {
	for w := q.first(); w != nil; w = q.first() {
		w.wake(err)
	}
}

// arm sets the alarm to the earliest deadline.
func (q *waiters[T]) arm() {
	earliest := timers.Never
	for w := q.head; w != nil; w = w.next {
		earliest = min(earliest, w.deadline)
	}
	if earliest == q.at {
		return
	}
	q.at = earliest
	if earliest == timers.Never {
		q.alarm.Stop()
		return
	}
	if q.alarm == nil {
		q.alarm = q.clock.NewAlarm(q.expire)
	}
	q.alarm.Set(earliest)
}

// expire is the alarm's function: it wakes those whose time has come. It may
// run late, after a Stop or another Set, and then finds out by the clock.
func (q *waiters[T]) expire() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	q.tail = nil
	for link := &q.head; *link != nil; {
		w := *link
		if w.deadline <= now {
			*link = w.next
			w.wake(ErrTimeout)
			continue
		}
		q.tail = w
		link = &w.next
	}
	q.at = timers.Never
	q.arm()
}
