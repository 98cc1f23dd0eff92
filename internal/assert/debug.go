//go:build lwipdebug

package assert

// Enabled reports whether this is a debug build.
const Enabled = true

// That panics with msg unless cond holds. msg begins with the package's name.
func That(cond bool, msg string) {
	if !cond {
		panic("assertion failed: " + msg)
	}
}
