package ip4

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// limiter holds ICMP errors to a rate, for each receiver and altogether. Each
// bucket is one number, the time at which it will be full again.
//
// The receiver's bucket is asked first, so that one flooder uses up its own
// share and not that of all. What an error takes from the common bucket varies
// at random: with a fixed limit, an attacker who provokes errors in another
// host's name could count how many were sent (CVE-2020-25705).
//
// RFC 1812 §4.3.2.8.
type limiter struct {
	key   uint64
	all   bucket
	hosts [64]bucket // by keyed hash of the address
}

// bucket is a token bucket as a time: now plus what has been taken.
type bucket timers.Time

// take reports whether burst errors, one each interval, leave room for one more
// now, and takes cost from the bucket.
func (b *bucket) take(now timers.Time, interval time.Duration, burst int, cost time.Duration) bool {
	full := timers.Time(*b)
	if full < now {
		full = now
	}
	if full.Sub(now) > interval*time.Duration(burst-1) {
		return false
	}
	*b = bucket(full.Add(cost))
	return true
}

// allow reports whether an error may go to the address dst.
func (l *limiter) allow(p *Protocol, dst uint32) bool {
	now := p.timers.Now()
	if rate := p.cfg.ICMPHostRate; rate > 0 {
		interval := time.Second / time.Duration(rate)
		h := &l.hosts[uint64(dst)*l.key*hashMultiplier>>58]
		if !h.take(now, interval, p.cfg.ICMPHostBurst, interval) {
			return false
		}
	}
	rate := p.cfg.ICMPRate
	if rate < 0 {
		return true
	}
	interval := time.Second / time.Duration(rate)
	cost := interval/2 + time.Duration(p.rand.Uint32())*interval>>32
	return l.all.take(now, interval, p.cfg.ICMPBurst, cost)
}
