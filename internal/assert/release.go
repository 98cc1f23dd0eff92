//go:build !lwipdebug

package assert

// Enabled reports whether this is a debug build.
const Enabled = false

// That does nothing; in a debug build it panics with msg unless cond holds. The
// arguments are still evaluated, unless they have no side effects: put a costly
// one under "if assert.Enabled".
func That(cond bool, msg string) {}
