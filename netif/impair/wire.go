package impair

import (
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// enter lets a frame come in now, a large segment as the packets that it is cut
// into on the way. It consumes f. The caller holds d.mu.
func (d *direction) enter(f *pbuf.Buf, now timers.Time) {
	if f.SegmentSize == 0 && !f.Flags.Has(pbuf.Partial) || d.profile.harmless() {
		d.arrive(f, now)
		return
	}
	off := 0
	if d.framing == netif.Ethernet {
		off = -1
	}
	d.pieces = gso.Split(d.pool, d.pieces[:0], f, off)
	d.stats.Frames += uint64(len(d.pieces)) - 1
	for i, piece := range d.pieces {
		d.pieces[i] = nil
		d.arrive(piece, now)
	}
}

// arrive decides the fate of a frame that comes now. It consumes f. The caller
// holds d.mu.
func (d *direction) arrive(f *pbuf.Buf, now timers.Time) {
	p := &d.profile
	if len(d.held.heap) >= p.Limit {
		d.drop(f, &d.stats.Overflowed)
		return
	}
	at := now
	if p.Rate > 0 {
		d.neck.advance(now)
		n := f.TotalLen()
		if d.neck.full(p, n) {
			d.drop(f, &d.stats.QueueDropped)
			return
		}
		if d.neck.congested(p) {
			if f = d.mark(f); f == nil {
				return
			}
		}
		at = d.neck.send(p, n, now)
	}
	switch {
	case d.burst():
		d.drop(f, &d.stats.BurstLost)
		return
	case d.chance(p.Loss):
		d.drop(f, &d.stats.Lost)
		return
	}
	at = d.due(at)
	var twin *pbuf.Buf
	if d.chance(p.Duplicate) {
		if twin = f.Share(); twin == nil {
			d.stats.NotDuplicated++
		} else {
			d.stats.Duplicated++
		}
	}
	d.hold(f, at)
	if twin != nil {
		d.hold(twin, at)
	}
}

// hold lets f arrive at the given time, corrupt if its luck is so. It consumes
// f.
func (d *direction) hold(f *pbuf.Buf, at timers.Time) {
	if d.chance(d.profile.Corrupt) {
		if f = d.corrupt(f); f == nil {
			return
		}
	}
	d.held.push(f, at)
}

// chance reports true with probability p.
func (d *direction) chance(p float64) bool { return p > 0 && d.rand.Float64() < p }

// burst reports whether the Gilbert-Elliott model loses the next frame.
func (d *direction) burst() bool {
	b := &d.profile.Burst
	if b.PGoodBad <= 0 {
		return false
	}
	if d.bad {
		d.bad = !d.chance(b.PBadGood)
	} else {
		d.bad = d.chance(b.PGoodBad)
	}
	if d.bad {
		return d.chance(b.LossBad)
	}
	return d.chance(b.LossGood)
}

// due returns when a frame arrives that is on the wire at the given time.
func (d *direction) due(at timers.Time) timers.Time {
	p := &d.profile
	delay := p.Delay
	if p.Jitter > 0 {
		delay += time.Duration((2*d.rand.Float64() - 1) * float64(p.Jitter))
		delay = max(delay, 0)
	}
	at = at.Add(delay)
	if d.chance(p.Reorder) {
		d.stats.Reordered++
		return max(at, d.last).Add(p.ReorderDelay)
	}
	if !p.AllowReorder {
		at = max(at, d.last)
	}
	d.last = max(at, d.last)
	return at
}

// corrupt returns a copy of f with one bit inverted, or nil if there is no
// memory. It consumes f.
func (d *direction) corrupt(f *pbuf.Buf) *pbuf.Buf {
	if f.TotalLen() == 0 {
		return f
	}
	c := d.private(f)
	if c == nil {
		return nil
	}
	bit := d.rand.IntN(8 * c.Len())
	c.Bytes()[bit/8] ^= 1 << (bit % 8)
	c.Flags &^= pbuf.Verified
	d.stats.Corrupted++
	return c
}

// private returns a copy of f that nobody else looks at, in one element, or nil
// if there is no memory. It consumes f.
func (d *direction) private(f *pbuf.Buf) *pbuf.Buf {
	c := d.pool.AllocBytes(0, f.TotalLen())
	if c == nil {
		d.drop(f, &d.stats.NoMemory)
		return nil
	}
	at := 0
	for e := f; e != nil; e = e.Next() {
		at += copy(c.Bytes()[at:], e.Bytes())
	}
	c.Flags = f.Flags &^ pbuf.HasSum
	c.SegmentSize = f.SegmentSize
	f.Free()
	return c
}
