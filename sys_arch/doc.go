// Package sysarch is what the stack asks of its host: a clock with an alarm,
// randomness, and the primitives on which callers of the stack wait.
//
// It stands where lwIP has sys_arch: [Mailbox] and [Semaphore] are lwIP's
// sys_mbox and sys_sem, [Outbox] is the hand-over of frames from the core lock
// to a driver. Unlike the protocol packages it may use goroutines and locks.
//
// Files: clock.go (Clock, Real), manual.go (Manual), rand.go (Rand), wait.go,
// mailbox.go, semaphore.go, outbox.go.
package sysarch
