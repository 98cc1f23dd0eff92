package tcp

import "time"

// deferral is whether a half-open connection waits for payload: an option of the
// listener, for servers whose clients speak first.
type deferral uint8

const (
	notDeferred    deferral = iota
	deferring               // the handshake is complete but for our taking it
	deferredEnough          // the time is over: the next ACK is taken
)

// SetDeferAccept makes the listener that this PCB becomes hold connections back
// until payload has come, for at most d; 0 accepts them at once. When the time is
// over, the SYN,ACK is sent again, and the peer's answer is taken without
// payload.
//
// No RFC has it; it is Linux's TCP_DEFER_ACCEPT.
func (p *PCB) SetDeferAccept(d time.Duration) { p.more().deferAccept = max(d, 0) }

// DeferAccept returns what SetDeferAccept set.
func (p *PCB) DeferAccept() time.Duration { return p.settings().deferAccept }

// deferHalfOpen reports whether h, whose peer has acknowledged our SYN, shall wait
// for payload.
func (t *Protocol) deferHalfOpen(h *halfOpen) bool {
	switch h.deferred {
	case notDeferred:
		h.deferred, h.again = deferring, true
		t.unschedule(h)
		h.tries = max(h.tries, 1)
		t.schedule(h, h.l.deferAccept)
		return true
	case deferring:
		return true
	case deferredEnough:
	}
	return false
}
