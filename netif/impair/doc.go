// Package impair makes a link worse: delay, jitter, a rate with a queue in front
// of it, loss, bursts of loss, reordering, duplication, corruption, congestion
// marks. [New] wraps any driver; each direction has a [Profile] of its own.
//
// A frame meets the bottleneck first and the wire after it:
//
//	                ┌ queue ─────┐  ┌ rate ┐  ┌ wire ──────────────────────┐
//	Transmit ──────▶│ drop-tail, │─▶│ bits │─▶│ loss, duplicate, corrupt,  │──▶ inner
//	(or Deliver)    │ CE marks   │  │ /s   │  │ delay, jitter, reorder     │    driver
//	                └────────────┘  └──────┘  └────────────────────────────┘
//
// so a frame that the wire loses has taken its time at the bottleneck all the
// same. Everything about a frame is decided when it arrives, from the profile's
// seed: the same frames at the same times meet the same fate, on a
// sysarch.Manual clock to the byte.
//
// The driver has no goroutine. A frame that is due at once goes on from within
// the call that brought it; the others on one alarm for each direction. One
// caller at a time carries frames on, in order; whoever comes meanwhile, also
// from within that very call, leaves its frames to it. No lock is held
// during the call. A direction with the zero Profile passes the batch through
// as it is.
//
// Files: config.go (Config, Profile), impair.go (Driver), direction.go (the
// frames under way), bottleneck.go (queue and rate), wire.go (loss, duplication,
// corruption, delay), ecn.go (congestion marks, RFC 3168), schedule.go (the
// order of arrival), stats.go.
//
// All methods are safe for concurrent use.
package impair
