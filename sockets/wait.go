package sockets

import (
	"context"
	"sync"
	"time"

	"github.com/golwip/lwip/timers"
)

// ready is what may be waited for.
type ready uint8

const (
	readable ready = 1 << iota
	writable
	failed
	gone // the descriptor was closed
)

// watched is one socket that a waiter looks at.
type watched struct {
	s     *socket // nil: nothing
	fd    int
	want  ready // and gone; failed, too, unless exact
	got   ready
	exact bool
	least int // bytes that make a stream readable

	// In the list of those that look at the same socket, guarded by waiters.mu.
	w          *waiter
	next, prev *watched
}

// waiter is one call that waits for any of several sockets: a condition, and a
// timer of the stack. The Netconns' events wake it; it then looks at the sockets
// themselves, so an event too many does no harm.
type waiter struct {
	p   *Protocol
	set []watched

	mu      sync.Mutex
	cond    sync.Cond
	woken   bool // guarded by mu
	expired bool // guarded by mu
	left    bool // guarded by mu: the context is done
	timer   timers.Timer
}

// waiter returns a waiter that looks at nothing yet.
func (p *Protocol) waiter() *waiter {
	ws := &p.waiters
	ws.mu.Lock()
	if n := len(ws.idle); n > 0 {
		w := ws.idle[n-1]
		ws.idle = ws.idle[:n-1]
		ws.mu.Unlock()
		return w
	}
	ws.mu.Unlock()
	w := &waiter{p: p}
	w.cond.L = &w.mu
	w.timer.Init(w.fire)
	return w
}

// add makes the waiter look at a socket, which must have been entered.
func (w *waiter) add(s *socket, fd int, want ready) {
	w.set = append(w.set, watched{s: s, fd: fd, want: want, least: 1, w: w})
}

// done leaves the sockets and keeps the waiter for the next call.
func (w *waiter) done() {
	for i := range w.set {
		if s := w.set[i].s; s != nil {
			s.leave()
		}
	}
	clear(w.set)
	w.set = w.set[:0]
	ws := &w.p.waiters
	ws.mu.Lock()
	if len(ws.idle) < maxIdle {
		ws.idle = append(ws.idle, w)
	}
	ws.mu.Unlock()
}

// look notes what each socket is ready for and returns how many are.
func (w *waiter) look() (n int) {
	for i := range w.set {
		x := &w.set[i]
		if x.s == nil {
			continue
		}
		want := x.want | gone
		if !x.exact {
			want |= failed
		}
		if x.got = x.s.ready(x.least) & want; x.got != 0 {
			n++
		}
	}
	return n
}

// ready returns what the socket is ready for; least is how many bytes make it
// readable.
//
// lwIP: lwip_selscan. An error that is pending counts as one unless it is advice
// only (RFC 1122 §4.2.3.9): SO_ERROR tells that, too.
func (s *socket) ready(least int) (got ready) {
	if s.closing.Load() {
		return gone
	}
	r := s.conn.Readiness()
	if r.Readable && (r.Pending >= least || r.Ended || !s.isStream() || least <= 1) {
		got |= readable
	}
	if r.Writable {
		got |= writable
	}
	if r.Failed && (r.Dead || !s.isStream()) {
		got |= failed
	}
	return got
}

// wait waits until a socket is ready, and returns how many are: none once the
// deadline has passed. It takes the core lock to set a timer.
//
// Errors: EBUSY if a socket has too many waiters, EINTR if ctx is done.
func (w *waiter) wait(ctx context.Context, deadline timers.Time) (int, error) {
	p := w.p
	if n := w.look(); n > 0 || deadline != timers.Never && p.clock.Now() >= deadline {
		return n, nil
	}
	w.woken, w.expired, w.left = false, false, false
	if err := w.enroll(); err != nil {
		return 0, err
	}
	defer w.withdraw()
	if deadline != timers.Never {
		p.core.Lock()
		p.q.Arm(&w.timer, deadline)
		p.core.Unlock()
		defer w.disarm()
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, w.leave)()
	}
	p.counters.waits.Add(1)
	for {
		if n := w.look(); n > 0 {
			return n, nil
		}
		w.mu.Lock()
		for !w.woken && !w.expired && !w.left {
			w.cond.Wait()
		}
		w.woken = false
		expired, left := w.expired, w.left
		w.mu.Unlock()
		switch {
		case left:
			if n := w.look(); n > 0 {
				return n, nil
			}
			return 0, EINTR
		case expired:
			return w.look(), nil
		}
	}
}

// fire is the timer's function. It runs inside the core lock.
func (w *waiter) fire() {
	w.mu.Lock()
	w.expired = true
	w.cond.Signal()
	w.mu.Unlock()
}

// leave ends the wait because the context is done.
func (w *waiter) leave() {
	w.mu.Lock()
	w.left = true
	w.cond.Signal()
	w.mu.Unlock()
}

func (w *waiter) disarm() {
	w.p.core.Lock()
	w.p.q.Remove(&w.timer)
	w.p.core.Unlock()
}

// deadline returns when a wait of the given length ends; never if that is not
// positive.
func (p *Protocol) deadline(d time.Duration) timers.Time {
	if d <= 0 {
		return timers.Never
	}
	return p.clock.Now().Add(d)
}

// awaitBytes waits until a stream has the bytes, or ends. Errors: EAGAIN once
// the deadline has passed, EBADF if the descriptor is closed.
func (s *socket) awaitBytes(least int, deadline timers.Time) error {
	s.calls.Add(1) // done leaves
	w := s.p.waiter()
	defer w.done()
	w.add(s, s.fd(), readable)
	w.set[0].least = least
	n, err := w.wait(context.Background(), deadline)
	switch {
	case err != nil:
		return err
	case n == 0:
		return EAGAIN
	case w.set[0].got&gone != 0:
		return EBADF
	}
	return nil
}
