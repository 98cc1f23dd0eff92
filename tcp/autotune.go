package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// receiveTuning lets the receive buffer of one connection grow: it holds what the
// application takes in two round trips, so that a sender that doubles its rate
// finds the window open. A connection has one once it has received tuneAfter
// octets, so that short and idle ones do not pay for it.
//
// The window never shrinks, and the scale that the SYN announced was chosen for
// the largest (RFC 7323 §2.3).
type receiveTuning struct {
	rtt    time.Duration // smoothed, as the receiver sees it; 0: not known
	tsecr  uint32        // the echo that was sampled last
	edge   Seq           // without timestamps: a round trip ends when RCV.NXT is there
	since  timers.Time   // when edge was set
	epoch  timers.Time   // when the count of taken began; 0: it has not
	taken  int           // bytes that the application has consumed since
	before int           // what it consumed in the round trip before
}

// tuneAfter is how many octets a connection receives before its buffer is tuned.
const tuneAfter = 32 << 10

// tunesReceive reports whether the receive buffer may grow.
func (p *PCB) tunesReceive() bool {
	c := &p.t.cfg
	return !c.NoReceiveTuning && !p.buffers.has(pinReceive) && int(p.rcv.buf) < c.ReceiveBufferMax
}

// sampleReceive takes a round-trip time from a segment with payload in order,
// after RCV.NXT has moved.
//
// With timestamps it is the age of the ACK that the segment echoes, if it is the
// first to echo it and full, so that it was not the peer's application that made
// it wait. Without, it is the time in which a whole window arrives, which is a
// round trip if the peer fills the window and more if not: what is far from the
// handshake's does not count.
//
// RFC 7323 §4.
func (p *PCB) sampleReceive(seg *Segment) {
	u := p.tune
	if u == nil {
		if !p.tunesReceive() || p.rcv.nxt.Sub(p.rcv.irs) < tuneAfter {
			return
		}
		u = &receiveTuning{before: tuneAfter, edge: p.rcv.nxt}
		p.tune = u
	}
	if p.features.has(useTimestamps) {
		echo := seg.opt.tsecr
		if !seg.opt.has(hasTimestamp) || echo == 0 || echo == u.tsecr || seg.Len < int(p.rcv.mss) {
			return
		}
		u.tsecr = echo
		d := time.Duration(int32(p.now32()-echo)) * time.Millisecond
		switch {
		case d == 0: // below the timestamps' resolution
			u.sample(min(p.rtt.min, time.Millisecond)) // a mean would include our own queues
		case d > 0 && d <= p.t.cfg.MaxRTO:
			u.sample(d)
		}
		return
	}
	if p.rcv.nxt.Before(u.edge) {
		return
	}
	now := p.t.q.Now()
	if u.since != 0 {
		if d := now.Sub(u.since); p.rtt.srtt == 0 || d < 4*p.rtt.srtt {
			u.sample(d)
		}
	}
	u.edge, u.since = p.rcv.nxt.Add(p.rcv.window()), now
}

// nearby reports whether the peer is so close that the buffers as they begin fill
// any link: 256 KiB in 100 µs are 20 Gbit/s. What a connection in memory or through
// loopback measures as round-trip time on top of that, it spends in its own queues:
// larger ones carry nothing faster, and cost the processor's cache.
func (p *PCB) nearby() bool { return p.rtt.min > 0 && p.rtt.min < 100*time.Microsecond }

// sample folds a round-trip time in: down at once, up by an eighth.
func (u *receiveTuning) sample(d time.Duration) {
	d = max(d, time.Microsecond)
	if u.rtt == 0 || d < u.rtt {
		u.rtt = d
		return
	}
	u.rtt += (d - u.rtt) / 8
}

// tuneReceive counts n bytes that the application has consumed, and at the end of
// a round trip lets the buffer grow to twice what was consumed in it; to as much
// as four times if that was more than in the round trip before.
//
// A round trip is never measured exactly: the count is scaled to it, so that an
// application that takes little seldom is not held for one that takes much.
func (p *PCB) tuneReceive(n int) {
	u := p.tune
	if u == nil || !p.tunesReceive() || p.nearby() {
		return
	}
	now := p.t.q.Now()
	defer func() { u.taken += n }() // these are of the round trip that begins now
	if u.epoch == 0 {
		u.epoch = now
		return
	}
	rtt := u.rtt
	if rtt == 0 {
		rtt = p.rtt.srtt // of the handshake, at least
	}
	elapsed := now.Sub(u.epoch)
	if rtt == 0 || elapsed < rtt {
		return
	}
	taken := int(float64(u.taken) * float64(rtt) / float64(elapsed))
	want := 2*taken + 16*p.SegmentPayload()
	if more := taken - u.before; more > 0 {
		want += 2 * int(float64(taken)*min(float64(more)/float64(max(u.before, 1)), 1))
	}
	u.epoch, u.taken, u.before = now, 0, taken
	p.growReceive(want)
}

// growReceive lets the receive buffer grow to want bytes, within what is
// configured, what the window field can tell, and what memory there is.
func (p *PCB) growReceive(want int) {
	want = min(want, p.t.cfg.ReceiveBufferMax, 0xffff<<p.rcv.scale)
	if want <= int(p.rcv.buf) {
		return
	}
	if want = min(want, p.t.memoryShare()); want > int(p.rcv.buf) {
		p.rcv.buf = uint32(want)
		p.t.stats.ReceiveGrown++
	}
}

// memoryShare returns the size up to which tuning lets one buffer grow: a quarter
// of what is left of the stack's packet memory.
func (t *Protocol) memoryShare() int { return t.pool.Left() / 4 }

// receiveLimit returns the size that the receive buffer may come to have: the
// window scale is chosen for it.
func (p *PCB) receiveLimit() int {
	if p.tunesReceive() {
		return p.t.cfg.ReceiveBufferMax
	}
	return int(p.rcv.buf)
}

// ReceiveBuffer returns the capacity of the receive buffer in bytes.
func (p *PCB) ReceiveBuffer() int { return int(p.rcv.buf) }

// SetReceiveBuffer sets the capacity of the receive buffer, which then does not
// grow by itself any more. What the peer was promised stays promised. The window
// scale is chosen at Connect or Listen.
func (p *PCB) SetReceiveBuffer(n int) {
	if p.own != nil && p.own.clamp != 0 {
		p.more().buffer = n
		n = min(n, p.own.clamp)
	}
	p.rcv.buf = uint32(min(max(n, 536), maxBuffer))
	p.buffers |= pinReceive
}

// maxBuffer is the largest buffer: the largest window (RFC 7323 §2.3).
const maxBuffer = 1 << 30
