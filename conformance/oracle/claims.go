package oracle

import (
	"fmt"
	"slices"
	"time"
)

// claim is an acknowledgment of something that was not captured: false, or a
// hole in the capture. What the sender does next decides.
type claim struct {
	span
	rule   string
	number int
	at     time.Duration
	sack   bool
}

const maxClaims = 16

// claim notes that s acknowledges part of y's sequence space that was not
// captured.
func (y *half) claim(rule string, s *segment, g span, sack bool) {
	for i := range y.claims {
		if y.claims[i].rule == rule && y.claims[i].hi == g.hi {
			return
		}
	}
	if len(y.claims) < maxClaims {
		y.claims = append(y.claims, claim{g, rule, s.Number, s.At, sack})
	}
}

// resolve decides claims by what their sender does now, or by what the claimant
// acknowledges.
func (f *flow) resolve(s *segment) {
	x := s.x // whose sequence space it is
	x.claims = slices.DeleteFunc(x.claims, func(c claim) bool {
		switch {
		case s.lo < c.hi && s.hi > c.lo, s.lo == x.nxt && s.lo < c.hi:
			// Sent for the first time now, or not sent by now.
			f.holds(x, c, s.Number)
			return true
		case s.lo >= c.hi:
			f.lacks(x, c.span, s)
			x.seen.add(c.lo, c.hi)
			x.front = x.seen.end(x.front)
			x.nxt = max(x.nxt, c.hi)
			return true
		}
		return false
	})
	y := s.y
	if !s.Flags.Has(ACK) {
		return
	}
	y.claims = slices.DeleteFunc(y.claims, func(c claim) bool {
		if c.sack && s.ack >= c.hi && c.hi <= y.nxt {
			f.lacks(y, c.span, s)
			return true
		}
		return false
	})
}

// holds reports a claim as false.
func (f *flow) holds(x *half, c claim, shown int) {
	what := "acknowledges"
	if c.sack {
		what = "reports by SACK"
	}
	f.findAt(x.peer, c.rule, c.number, c.at, nil,
		fmt.Sprintf("%s %d octets that packet %d shows were not sent", what, c.hi-c.lo, shown))
}

// unresolved decides the claims that are left at the end.
func (f *flow) unresolved(x *half) {
	for _, c := range x.claims {
		if f.missing == 0 && x.lastNo > c.number && x.lastAt-c.at > time.Second {
			f.holds(x, c, x.lastNo)
		}
	}
	x.claims = nil
}
