package sockets

import (
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/api"
)

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
