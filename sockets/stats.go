package sockets

import "sync/atomic"

// Stats counts what happened to descriptors.
type Stats struct {
	// Open is the descriptors in use.
	Open uint64
	// Opened counts descriptors given by Socket and Accept.
	Opened uint64
	// TableFull counts calls that found no descriptor free (ENFILE).
	TableFull uint64
	// Waits counts calls of Select, Poll and MSG_WAITALL that had to wait.
	Waits uint64
	// WaitersFull counts calls refused for too many waiters (EBUSY).
	WaitersFull uint64
	// Wakeups counts events that woke a waiter.
	Wakeups uint64
}

// counters are the Stats that change outside the table's mutex.
type counters struct{ waits, waitersFull, wakeups atomic.Uint64 }

// Stats returns a copy of the counters. It takes no core lock.
func (p *Protocol) Stats() Stats {
	p.mu.Lock()
	s := p.stats
	p.mu.Unlock()
	s.Waits = p.counters.waits.Load()
	s.WaitersFull = p.counters.waitersFull.Load()
	s.Wakeups = p.counters.wakeups.Load()
	return s
}
