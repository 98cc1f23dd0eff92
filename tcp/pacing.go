package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// pacing is what a connection keeps whose controller says how fast to send, too
// (cc.Paced): when the next burst may go, and the rate at which the path delivers.
// Connections with other controllers have none.
//
//	   burst ≤ quantum          burst
//	──┬┬┬┬─────────────────────┬┬┬┬──────────▶ t
//	  └──── bytes sent / rate ─┘ next
//
// draft-ietf-ccwg-bbr (pacing), on the stack's timers.
type pacing struct {
	ctl   cc.Paced
	meter cc.Meter
	next  timers.Time // when a burst may begin
	left  int         // of the burst that has begun, in bytes
	free  *stamp      // stamps of segments that have left the queue
}

// stamp is what the meter remembers of one segment in flight.
type stamp struct {
	cc.Stamp
	next *stamp
}

// setController makes c the connection's congestion controller.
func (p *PCB) setController(c cc.Controller) {
	p.cc = c
	ctl, ok := c.(cc.Paced)
	switch {
	case !ok:
		if p.sendq.pace != nil {
			p.sendq.dropStamps()
		}
		p.sendq.pace = nil
	case p.sendq.pace != nil:
		p.sendq.pace.ctl = ctl
	default:
		p.sendq.pace = &pacing{ctl: ctl}
	}
}

// mayPace reports whether something may be sent now; if not, output is called when
// it may.
func (p *PCB) mayPace() bool {
	e := p.sendq.pace
	if e == nil || e.left > 0 {
		return true
	}
	now := p.t.q.Now()
	if now < e.next {
		p.arm(tPace, e.next.Sub(now))
		return false
	}
	e.left = e.ctl.Quantum()
	return true
}

// burst returns how many bytes may go at once.
func (p *PCB) burst() int {
	if e := p.sendq.pace; e != nil {
		return e.left
	}
	return 1 << 30
}

// paced takes into account that s goes out now, with flight bytes in flight before
// it: it is stamped, and delays what comes next.
func (p *PCB) paced(s *outSegment, flight int) {
	e := p.sendq.pace
	if e == nil || s.n == 0 {
		return
	}
	now := p.t.q.Now()
	if flight == 0 {
		e.ctl.OnResume(cc.Sample{Now: now, AppLimited: e.meter.Limited()})
	}
	if s.stamp == nil {
		s.stamp = e.newStamp()
	}
	n := int(s.n)
	e.meter.Sent(&s.stamp.Stamp, now, flight, n)
	e.left -= n
	e.next = max(e.next, now).Add(time.Duration(int64(n) * int64(time.Second) / e.ctl.PacingRate()))
}

// ranDry tells the meter that the application, not the path, limits what flies.
func (p *PCB) ranDry() {
	if e := p.sendq.pace; e != nil && p.sendq.unsent == nil && p.sendq.lost == 0 {
		e.meter.AppLimited(p.pipe())
	}
}

// sampleRate gives the controller what an ACK, which was processed already, shows of
// the path.
func (p *PCB) sampleRate(ack cc.Ack) {
	e := p.sendq.pace
	if e == nil {
		return
	}
	s := e.meter.Take(ack.Now, p.rtt.min, p.pipe())
	s.RTT, s.Limited = ack.RTT, ack.Limited
	e.ctl.OnSample(s)
}

// newStamp returns a stamp for a segment.
func (e *pacing) newStamp() *stamp {
	s := e.free
	if s == nil {
		return new(stamp)
	}
	e.free, s.next = s.next, nil
	return s
}

// delivered counts a segment that has arrived, by ACK or by SACK.
func (e *pacing) delivered(s *outSegment, now timers.Time) {
	if e == nil || s.stamp == nil {
		return
	}
	e.meter.Arrived(&s.stamp.Stamp, now, int(s.n))
	s.stamp.next, e.free = e.free, s.stamp
	s.stamp = nil
}

// missed counts a segment that is taken for lost.
func (e *pacing) missed(s *outSegment) {
	if e == nil || s.stamp == nil {
		return
	}
	e.meter.Missed(int(s.n))
	e.ctl.OnMissed(&s.stamp.Stamp, int(s.n), &e.meter)
}

// found takes back that a segment was lost.
func (e *pacing) found(s *outSegment) {
	if e != nil && s.stamp != nil {
		e.meter.Found(int(s.n))
	}
}

// dropStamps forgets what was remembered of the segments in flight.
func (q *sendQueue) dropStamps() {
	for s := q.head; s != q.unsent; s = s.next {
		s.stamp = nil
	}
}
