package sysarch

import (
	"sync"
	"time"
)

// Mailbox is a bounded queue of messages between goroutines. Who waits longest is
// served first. Its methods may be called from any goroutine; those that may
// block must not be called with the core lock held.
//
// lwIP: sys_mbox_t.
type Mailbox[T any] struct {
	mu       sync.Mutex
	fetchers waiters[T] // while the ring is empty
	posters  waiters[T] // while the ring is full; each brings its message
	ring     []T
	first, n int
	closed   bool
}

// NewMailbox returns an empty mailbox for size messages, at least one, whose
// timeouts pass on the clock.
//
// lwIP: sys_mbox_new.
func NewMailbox[T any](clock Clock, size int) *Mailbox[T] {
	m := &Mailbox[T]{ring: make([]T, max(size, 1))}
	m.fetchers.init(&m.mu, clock)
	m.posters.init(&m.mu, clock)
	return m
}

// Len returns the number of messages that wait.
func (m *Mailbox[T]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.n
}

// Post puts a message at the end, when there is room: it may block. It returns
// ErrClosed if the mailbox is or becomes closed.
//
// lwIP: sys_mbox_post.
func (m *Mailbox[T]) Post(msg T) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed && m.n == len(m.ring) {
		_, err := m.posters.wait(msg, 0)
		return err
	}
	return m.put(msg)
}

// TryPost puts a message at the end or returns ErrFull or ErrClosed. It does not
// block.
//
// lwIP: sys_mbox_trypost.
func (m *Mailbox[T]) TryPost(msg T) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed && m.n == len(m.ring) {
		return ErrFull
	}
	return m.put(msg)
}

// put hands a message to who waits for one, or stores it where there is room.
// The caller holds mu.
func (m *Mailbox[T]) put(msg T) error {
	if m.closed {
		return ErrClosed
	}
	if w := m.fetchers.first(); w != nil {
		w.value = msg
		w.wake(nil)
		return nil
	}
	m.store(msg)
	return nil
}

func (m *Mailbox[T]) store(msg T) {
	m.ring[(m.first+m.n)%len(m.ring)] = msg
	m.n++
}

// Fetch takes the first message, when there is one: it may block, for at most
// the timeout, after which it returns ErrTimeout. A timeout of zero is for ever.
// From a closed mailbox it takes what is left, then returns ErrClosed.
//
// lwIP: sys_arch_mbox_fetch.
func (m *Mailbox[T]) Fetch(timeout time.Duration) (msg T, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed && m.n == 0 {
		return m.fetchers.wait(msg, timeout)
	}
	return m.take()
}

// TryFetch takes the first message or returns ErrEmpty or, if the mailbox is
// closed besides, ErrClosed. It does not block.
//
// lwIP: sys_arch_mbox_tryfetch.
func (m *Mailbox[T]) TryFetch() (msg T, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed && m.n == 0 {
		return msg, ErrEmpty
	}
	return m.take()
}

// take removes the first message and lets who waits longest post another. The
// caller holds mu; without a message the mailbox is closed.
func (m *Mailbox[T]) take() (msg T, err error) {
	if m.n == 0 {
		return msg, ErrClosed
	}
	slot := &m.ring[m.first]
	var zero T
	msg, *slot = *slot, zero
	m.first = (m.first + 1) % len(m.ring)
	m.n--
	if w := m.posters.first(); w != nil {
		m.store(w.value)
		w.wake(nil)
	}
	return msg, nil
}

// Close ends the mailbox and wakes everybody who waits on it. Closing twice does
// nothing.
//
// lwIP: sys_mbox_free, sys_mbox_set_invalid.
func (m *Mailbox[T]) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.fetchers.wakeAll(ErrClosed)
	m.posters.wakeAll(ErrClosed)
}
