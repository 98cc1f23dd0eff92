// Package memlink is a wire in memory: what one end transmits, the other end's
// stack receives, on the sender's goroutine and by reference.
//
// [New] makes a wire between two [Port]s, [NewHub] a hub with any number of
// them. Nothing is copied, queued or allocated by a wire; delay, rate and loss
// come from package impair around a Port.
//
// A batch is delivered before Transmit returns, so an answer comes back through
// the other Port's Transmit while the first is still on the stack. A stack
// sends from one frame of the call stack at a time (sysarch.Outbox), which
// bounds the recursion at one delivery for each end.
//
// Files: memlink.go (Config, New, Port), hub.go (Hub), stats.go.
//
// All methods are safe for concurrent use.
package memlink
