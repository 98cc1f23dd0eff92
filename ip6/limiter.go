package ip6

import (
	"time"

	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// limiter is a token bucket for ICMPv6 errors. How many tokens a refill brings
// is jittered, so that the bucket cannot be used to count what others were sent.
//
// RFC 4443 §2.4 (f).
type limiter struct {
	rate   int // a second; negative: no limit
	burst  int
	tokens int
	next   timers.Time // of the next refill
}

// refills is how often a second tokens are added.
const refills = 10

func (l *limiter) init(rate int, now timers.Time) {
	l.rate, l.burst = rate, max(rate/2, 1)
	l.tokens, l.next = l.burst, now
}

// allow takes a token and reports whether there was one.
func (l *limiter) allow(now timers.Time, r *sysarch.Rand) bool {
	if l.rate < 0 {
		return true
	}
	if now >= l.next {
		periods := 1 + int(min(now.Sub(l.next)/(time.Second/refills), 10*refills))
		l.tokens = min(l.tokens+periods*max(l.rate/refills, 1), l.burst)
		if l.tokens > 8 {
			l.tokens -= r.IntN(4)
		}
		l.next = now.Add(time.Second / refills)
	}
	if l.tokens == 0 {
		return false
	}
	l.tokens--
	return true
}
