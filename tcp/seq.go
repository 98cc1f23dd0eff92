package tcp

// Seq is a sequence number: an octet's place in the stream, modulo 2^32.
// Sequence numbers are compared only by these methods.
//
// RFC 9293 §3.4.
type Seq uint32

// Add returns s+n. n may be negative.
func (s Seq) Add(n int) Seq { return s + Seq(n) }

// Sub returns the distance s-t, positive if s is after t.
func (s Seq) Sub(t Seq) int { return int(int32(s - t)) }

// Before reports whether s is before t.
func (s Seq) Before(t Seq) bool { return int32(s-t) < 0 }

// After reports whether s is after t.
func (s Seq) After(t Seq) bool { return int32(s-t) > 0 }

// AtMost reports whether s is t or before it.
func (s Seq) AtMost(t Seq) bool { return int32(s-t) <= 0 }

// AtLeast reports whether s is t or after it.
func (s Seq) AtLeast(t Seq) bool { return int32(s-t) >= 0 }

// InWindow reports whether s is one of the size numbers that begin with first.
func (s Seq) InWindow(first Seq, size int) bool { return uint32(s-first) < uint32(size) }
