package sysarch

import (
	"sync"
	"time"
)

// Semaphore is a counting semaphore. Its methods may be called from any
// goroutine; Wait must not be called with the core lock held.
//
// lwIP: sys_sem_t.
type Semaphore struct {
	mu      sync.Mutex
	waiters waiters[struct{}]
	count   int
}

// NewSemaphore returns a semaphore with the given count, whose timeouts pass on
// the clock.
//
// lwIP: sys_sem_new.
func NewSemaphore(clock Clock, count int) *Semaphore {
	s := &Semaphore{count: count}
	s.waiters.init(&s.mu, clock)
	return s
}

// Signal lets who waits longest go on or, if nobody waits, adds one to the
// count.
//
// lwIP: sys_sem_signal.
func (s *Semaphore) Signal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.waiters.first(); w != nil {
		w.wake(nil)
		return
	}
	s.count++
}

// Wait takes one from the count, when it is above zero: it may block, for at
// most the timeout, after which it returns ErrTimeout. A timeout of zero is for
// ever.
//
// lwIP: sys_arch_sem_wait.
func (s *Semaphore) Wait(timeout time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count <= 0 {
		_, err := s.waiters.wait(struct{}{}, timeout)
		return err
	}
	s.count--
	return nil
}

// TryWait takes one from the count if it is above zero and reports whether it
// did. It does not block.
func (s *Semaphore) TryWait() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count <= 0 {
		return false
	}
	s.count--
	return true
}
