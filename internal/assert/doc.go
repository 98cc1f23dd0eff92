// Package assert checks internal invariants in debug builds, which are made
// with -tags lwipdebug. In any other build it does nothing and costs nothing:
// That is an empty function, and Enabled a false constant that lets the
// compiler drop what it guards.
//
//	assert.That(b.n >= 0, "pbuf: negative length")
//
//	if assert.Enabled { // the check itself is worth avoiding
//		assert.That(b.sumOfLengths() == b.tot, "pbuf: total length")
//	}
//
// An assertion states what our own code guarantees, never what a peer sends.
//
// Files: debug.go, release.go (the two builds).
package assert
