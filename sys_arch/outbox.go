package sysarch

import (
	"sync"
	"sync/atomic"
)

// Outbox hands items from code that holds the core lock to a sender that must
// not: they are staged inside the lock, published when it is about to be
// released, and sent after it. One goroutine sends at a time, so order holds;
// another that publishes meanwhile leaves its items to that sender and goes on.
//
// That also bounds recursion: a sender that is called back (an in-memory wire
// delivering the peer's answer on the same goroutine) finds the sender's place
// taken by its own outer frame.
type Outbox[T any] struct {
	staged []T // guarded by the core lock

	state   atomic.Int32 // idle, sending or more
	refused atomic.Bool  // somebody was told that there is no room
	waiting atomic.Int32 // len(next)
	spare   []T          // an empty slice for reuse; whoever makes or ends sending owns it
	mu      sync.Mutex   // guards next; taken only when there is a sender already
	next    []T          // published, waiting for the sender
}

// States of an Outbox. Only Publish, of which the core lock lets in one at a
// time, leaves idle; only the sender returns to it, in one step from sending, so
// that what is alone on its way takes no lock. Into and out of more the mutex is
// held.
const (
	idle    = iota
	sending // one goroutine sends
	more    // and there is something in next for it
)

// Stage adds an item. The caller holds the core lock.
func (o *Outbox[T]) Stage(item T) { o.staged = append(o.staged, item) }

// Staged returns how many items await Publish. The caller holds the core lock.
func (o *Outbox[T]) Staged() int { return len(o.staged) }

// Waiting returns how many published items the current sender has not begun to
// send.
func (o *Outbox[T]) Waiting() int {
	return int(o.waiting.Load())
}

// Refuse notes that an item was turned away for want of room: the sender will
// say when there is room again.
func (o *Outbox[T]) Refuse() { o.refused.Store(true) }

// Publish makes the staged items ready to send and reports whether the caller
// is now the sender: then it must call Send, with the returned batch, after it
// has released the core lock, which it holds here.
func (o *Outbox[T]) Publish() (batch []T, sender bool) {
	if len(o.staged) == 0 {
		return nil, false
	}
	if !o.state.CompareAndSwap(idle, sending) && o.leave() {
		return nil, false
	}
	batch = o.staged
	o.staged, o.spare = o.spare, nil
	return batch, true
}

// leave hands the staged items to the sender. It reports false if that has come
// to its end meanwhile: then the caller is the sender.
func (o *Outbox[T]) leave() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.state.CompareAndSwap(sending, more) && o.state.CompareAndSwap(idle, sending) {
		return false
	}
	o.next = append(o.next, o.staged...)
	o.waiting.Store(int32(len(o.next)))
	clear(o.staged)
	o.staged = o.staged[:0]
	return true
}

// Send passes the batch to send, then whatever was published meanwhile, until
// nothing is left. The caller does not hold the core lock. The callee owns the
// items, not the slice. It reports whether anything was refused meanwhile, and
// may be offered again.
func (o *Outbox[T]) Send(batch []T, send func([]T)) (again bool) {
	for {
		send(batch)
		clear(batch)
		o.spare = batch[:0]
		if o.state.CompareAndSwap(sending, idle) {
			return o.refused.Load() && o.refused.Swap(false)
		}
		o.spare = nil
		o.mu.Lock()
		batch, o.next = o.next, batch[:0]
		o.waiting.Store(0)
		o.state.Store(sending)
		o.mu.Unlock()
	}
}
