package impair

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// bottleneck is a transmitter of a given rate and the queue in front of it. It
// holds no frames, only when each of them has left.
type bottleneck struct {
	leaving []departure // in order; those before head have left
	head    int
	bytes   int         // of the frames that have not left
	free    timers.Time // when the last of them has left
	frac    int64       // and the fraction of a nanosecond after it, in 1/rate
}

type departure struct {
	at timers.Time
	n  int // bytes
}

func (b *bottleneck) reset() { *b = bottleneck{leaving: b.leaving[:0]} }

// advance forgets the frames that have left by now.
func (b *bottleneck) advance(now timers.Time) {
	for b.head < len(b.leaving) && b.leaving[b.head].at <= now {
		b.bytes -= b.leaving[b.head].n
		b.head++
	}
	if 2*b.head >= len(b.leaving) {
		n := copy(b.leaving, b.leaving[b.head:])
		b.leaving, b.head = b.leaving[:n], 0
	}
}

// packets returns how many frames have not left.
func (b *bottleneck) packets() int { return len(b.leaving) - b.head }

// full reports whether a frame of n bytes finds no room.
func (b *bottleneck) full(p *Profile, n int) bool {
	return p.QueuePackets > 0 && b.packets() >= p.QueuePackets ||
		p.QueueBytes > 0 && b.bytes+n > p.QueueBytes
}

// congested reports whether a frame that comes is to be marked.
func (b *bottleneck) congested(p *Profile) bool {
	return p.MarkPackets > 0 && b.packets() >= p.MarkPackets ||
		p.MarkBytes > 0 && b.bytes >= p.MarkBytes
}

// send takes a frame of n bytes and returns when it has left. Fractions of a
// nanosecond are carried over, so that a long run of frames keeps the rate
// exactly.
func (b *bottleneck) send(p *Profile, n int, now timers.Time) timers.Time {
	if b.free < now {
		b.free, b.frac = now, 0
	}
	b.frac %= p.Rate // the rate may have changed
	t := int64(n+p.Overhead)*8*int64(time.Second) + b.frac
	b.free = b.free.Add(time.Duration(t / p.Rate))
	b.frac = t % p.Rate
	b.leaving = append(b.leaving, departure{b.free, n})
	b.bytes += n
	return b.free
}
