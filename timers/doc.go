// Package timers keeps deadlines on one stack's clock.
//
// A [Timer] is embedded by value in its owner and fires a function bound once.
// A [Queue] holds the timers of one stack and says when the earliest is due;
// with nothing pending it asks for nothing, so an idle stack never wakes.
//
// Arming later than before only stores a number, and stopping only clears one:
// the queue finds the new truth when the old deadline comes up (lazy re-arm).
// Re-arming a retransmission timer on every acknowledgement therefore costs a few
// stores, as lwIP's tick counters did, without lwIP's ticks.
//
// Files: time.go (Time), queue.go (Queue, Timer).
//
// Callers hold the core lock.
package timers
