package drill

import (
	"fmt"
	"strings"
	"time"
)

// Result is what came of one run of a script.
type Result struct {
	File    string
	Version IPVersion
	Profile Profile
	// Err is a *ParseError, a *Failure, or nil if the script passed.
	Err error
	// Notes are remarks: what the script asks for that does not apply here, and
	// failures that --non_fatal lets pass.
	Notes []string
	// Output is what the script's code printed.
	Output string
	// Elapsed is how much virtual time passed.
	Elapsed time.Duration
	// Packets counts packets injected and expected ones that came.
	Packets int
}

// Passed reports whether everything was as the script expects.
func (r *Result) Passed() bool { return r.Err == nil }

// Exit codes, as packetdrill's.
const (
	ExitPassed = 0
	ExitFailed = 1
)

// ExitCode returns the exit status for a number of results: ExitFailed if any
// script failed or could not be read.
func ExitCode(results ...*Result) int {
	for _, r := range results {
		if !r.Passed() {
			return ExitFailed
		}
	}
	return ExitPassed
}

// Failure says where a run was not as its script expects.
type Failure struct {
	File string
	Line int
	Msg  string
	// Script and Actual are the packet that was expected and the one that came,
	// with times, or "".
	Script, Actual string
}

// Error returns the message in packetdrill's form: file, line, what, and the
// packets on lines of their own.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s", f.File, f.Line, f.Msg)
	if f.Script != "" {
		b.WriteString("\nscript packet: " + f.Script)
	}
	if f.Actual != "" {
		b.WriteString("\nactual packet: " + f.Actual)
	}
	return b.String()
}

// stamp formats a time of the script.
func stamp(t time.Duration) string { return fmt.Sprintf("%9.6f", t.Seconds()) }

// Overrides are options given besides those of the script, which they replace.
type Overrides []Option
