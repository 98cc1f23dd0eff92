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

	mu      sync.Mutex
	sending bool
	refused bool         // somebody was told that there is no room
	next    []T          // published, waiting for the sender
	waiting atomic.Int32 // len(next)
	spare   []T          // an empty slice for reuse
}

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
func (o *Outbox[T]) Refuse() {
	o.mu.Lock()
	o.refused = true
	o.mu.Unlock()
}

// Publish makes the staged items ready to send and reports whether the caller
// is now the sender: then it must call Send, with the returned batch, after it
// has released the core lock, which it holds here.
func (o *Outbox[T]) Publish() (batch []T, sender bool) {
	if len(o.staged) == 0 {
		return nil, false
	}
	o.mu.Lock()
	if o.sending {
		o.next = append(o.next, o.staged...)
		o.waiting.Store(int32(len(o.next)))
		o.mu.Unlock()
		clear(o.staged)
		o.staged = o.staged[:0]
		return nil, false
	}
	o.sending = true
	batch = o.staged
	o.staged = o.spare
	o.spare = nil
	o.mu.Unlock()
	return batch, true
}

// Send passes the batch to send, then whatever was published meanwhile, until
// nothing is left. The caller does not hold the core lock. The callee owns the
// items, not the slice. It reports whether anything was refused meanwhile, and
// may be offered again.
func (o *Outbox[T]) Send(batch []T, send func([]T)) (again bool) {
	for {
		send(batch)
		clear(batch)
		o.mu.Lock()
		if len(o.next) == 0 {
			o.sending = false
			if o.spare == nil {
				o.spare = batch[:0]
			}
			again, o.refused = o.refused, false
			o.mu.Unlock()
			return again
		}
		batch, o.next = o.next, batch[:0]
		o.waiting.Store(0)
		o.mu.Unlock()
	}
}
