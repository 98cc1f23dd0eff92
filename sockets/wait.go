package sockets

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golwip/lwip/api"
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

// waiters are the waiters of a stack, by the Netconns they look at. While there
// are none, an event costs one load.
type waiters struct {
	n    atomic.Int32 // entries in by
	mu   sync.Mutex
	by   map[*api.Netconn]*watched // lists, guarded by mu
	idle []*waiter                 // guarded by mu
}

// maxIdle bounds the waiters that are kept for the next call.
const maxIdle = 64

// event is the api.Callback of every socket. It may be called inside the core
// lock.
func (p *Protocol) event(c *api.Netconn, e api.Event, _ int) {
	switch e {
	case api.RcvPlus, api.SendPlus, api.Failed:
		if p.waiters.wake(c) {
			p.counters.wakeups.Add(1)
		}
	case api.RcvMinus, api.SendMinus: // nothing becomes ready by that
	}
}

// wake wakes who waits for c and reports whether anybody does.
func (w *waiters) wake(c *api.Netconn) bool {
	if w.n.Load() == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.by[c]
	for x := first; x != nil; x = x.next {
		x.w.mu.Lock()
		x.w.woken = true
		x.w.cond.Signal()
		x.w.mu.Unlock()
	}
	return first != nil
}

// link enters x at the head of its list. The caller holds mu.
func (w *waiters) link(x *watched) {
	w.n.Add(1)
	c := x.s.conn
	if x.next = w.by[c]; x.next != nil {
		x.next.prev = x
	}
	w.by[c] = x
}

// unlink takes x out of its list. The caller holds mu.
func (w *waiters) unlink(x *watched) {
	w.n.Add(-1)
	if x.next != nil {
		x.next.prev = x.prev
	}
	switch {
	case x.prev != nil:
		x.prev.next = x.next
	case x.next != nil:
		w.by[x.s.conn] = x.next
	default:
		delete(w.by, x.s.conn)
	}
	x.next, x.prev = nil, nil
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

// enroll enters the waiter where the events find it. EBUSY: a socket has too
// many, and nothing was entered.
func (w *waiter) enroll() error {
	p := w.p
	for i := range w.set {
		s := w.set[i].s
		if s != nil && int(s.waiting.Add(1)) > p.cfg.MaxWaiters {
			for ; i >= 0; i-- {
				if s := w.set[i].s; s != nil {
					s.waiting.Add(-1)
				}
			}
			p.counters.waitersFull.Add(1)
			return EBUSY
		}
	}
	ws := &p.waiters
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for i := range w.set {
		if w.set[i].s != nil {
			ws.link(&w.set[i])
		}
	}
	return nil
}

// withdraw takes the waiter out again: no event finds it any more.
func (w *waiter) withdraw() {
	ws := &w.p.waiters
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for i := range w.set {
		if s := w.set[i].s; s != nil {
			s.waiting.Add(-1)
			ws.unlink(&w.set[i])
		}
	}
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
