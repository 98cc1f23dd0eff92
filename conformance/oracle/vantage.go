package oracle

import (
	"slices"
	"time"
)

// vantage is what tells whether the capture was taken next to a host.
//
//	host ──────── P ─────────────────────── peer
//	     answers        the peer's answers
type vantage struct {
	answers time.Duration // least time from a packet to its acknowledgment, -1: none
	samples int
	// Something was lost or reordered between the host and the capture: on the
	// way to the capture, or on the way from it.
	upstream, downstream bool
}

// How much longer the peer must take to answer than a host that the capture is
// next to, and how long at least: below that, the two sides cannot be told apart.
const (
	nearRatio = 4
	nearLeast = time.Millisecond
	// nearMost is how long a host may take that is next to the capture.
	nearMost = 2 * time.Millisecond
)

// near reports whether the capture was taken next to x.
func (x *half) near() bool {
	o := x.f.j.opts
	switch {
	case o.Middle:
		return false
	case len(o.At) > 0:
		return slices.Contains(o.At, x.addr.Addr())
	case x.upstream || x.downstream || x.answers < 0:
		return false
	}
	far := x.peer.answers
	return far >= nearLeast && x.answers <= nearMost && x.answers*nearRatio <= far
}

// answered takes the time that x took to acknowledge something.
func (x *half) answered(d time.Duration) {
	x.samples++
	if x.answers < 0 || d < x.answers {
		x.answers = max(d, 0)
	}
}
