package cc

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// Meter estimates how fast the network delivers: bytes that arrived between the
// last arrival before a segment was sent and the arrival of that segment, over the
// longer of the times in which they were sent and acknowledged.
//
//	sent       |firstSent ........ sent|
//	            \                       \
//	delivered    |deliveredAt ........... now|
//	             '--- delivered bytes -------'
//
// The sending time guards against ACKs that come in a bunch, the other against a
// burst sent into a queue.
//
// draft-ietf-ccwg-bbr (Delivery Rate Samples). The zero value is ready.
type Meter struct {
	delivered   int64       // bytes known to have arrived
	deliveredAt timers.Time // when that was last counted
	firstSent   timers.Time // when the segment was sent that was delivered last
	lost        int64       // bytes taken for lost
	limitedTill int64       // delivered up to which samples are the application's; 0: none

	// of the ACK in hand
	newest   Stamp
	acked    int
	newLost  int
	fallback bool // newest is valid
}

// Stamp is what a Meter remembers of a segment in flight. It belongs to the
// segment.
type Stamp struct {
	delivered   int64
	deliveredAt timers.Time // 0: not in flight, or counted
	firstSent   timers.Time
	sent        timers.Time
	lost        int64
	flight      int // with this segment
	limited     bool
}

// Sample is what an ACK, or a group of ACKs handled at once, shows.
type Sample struct {
	Now       timers.Time
	Acked     int           // bytes newly known to have arrived
	Lost      int           // bytes newly taken for lost
	Flight    int           // bytes in flight after this ACK
	RTT       time.Duration // 0: none
	Delivered int64         // bytes that have ever arrived
	// Of the segment sent last among those that arrived. Prior is Delivered when it
	// was sent, Span what arrived since, in flight TxFlight with it, LostSince what was
	// lost since. Rate is Span by its time in bytes a second, 0 if it says nothing;
	// SendRate is the rate at which that and the losses were sent.
	Prior      int64
	Span       int64
	Rate       int64
	SendRate   int64
	TxFlight   int
	LostSince  int64
	AppLimited bool // the application sent too little to measure the path
	Limited    bool // the window held the sender back since the last sample
}

// Sent stamps a segment of n bytes that goes out, the first time or again, when
// flight bytes were in flight before it.
func (m *Meter) Sent(s *Stamp, now timers.Time, flight, n int) {
	if flight == 0 {
		m.firstSent, m.deliveredAt = now, now
	}
	*s = Stamp{
		delivered: m.delivered, deliveredAt: m.deliveredAt, firstSent: m.firstSent, sent: now,
		lost: m.lost, flight: flight + n, limited: m.limitedTill > 0,
	}
}

// Arrived counts n bytes of a stamped segment as delivered, once.
func (m *Meter) Arrived(s *Stamp, now timers.Time, n int) {
	if s.deliveredAt == 0 {
		return
	}
	m.delivered += int64(n)
	m.acked += n
	m.deliveredAt = now
	if !m.fallback || s.sent >= m.newest.sent {
		m.newest, m.fallback = *s, true
	}
	s.deliveredAt = 0
}

// Missed counts n bytes of a stamped segment as lost.
func (m *Meter) Missed(n int) {
	m.lost += int64(n)
	m.newLost += n
}

// Found takes back what Missed said of n bytes that were not lost.
func (m *Meter) Found(n int) { m.lost -= int64(n) }

// AppLimited says that the sender has nothing more to send, with flight bytes in
// flight: what is measured until these have arrived is no measure of the path.
func (m *Meter) AppLimited(flight int) { m.limitedTill = max(m.delivered+int64(flight), 1) }

// Limited reports whether what is sent now measures the application.
func (m *Meter) Limited() bool { return m.limitedTill > 0 }

// Take returns the sample of what arrived since the last Take. minRTT is the least
// round trip seen: what claims to have been delivered in less was not. RTT and
// Limited are the caller's to fill.
func (m *Meter) Take(now timers.Time, minRTT time.Duration, flight int) Sample {
	if m.limitedTill > 0 && m.delivered > m.limitedTill {
		m.limitedTill = 0
	}
	s := Sample{Now: now, Acked: m.acked, Lost: m.newLost, Flight: flight, Delivered: m.delivered}
	if m.fallback {
		n := &m.newest
		s.Prior, s.Span = n.delivered, m.delivered-n.delivered
		s.TxFlight, s.LostSince, s.AppLimited = n.flight, m.lost-n.lost, n.limited
		took := max(n.sent.Sub(n.firstSent), m.deliveredAt.Sub(n.deliveredAt))
		if took >= minRTT && took > 0 {
			s.Rate = perSecond(s.Span, took)
			s.SendRate = perSecond(s.Span+s.LostSince, max(n.sent.Sub(n.firstSent), 1))
		}
		m.firstSent = n.sent
	}
	m.acked, m.newLost, m.fallback = 0, 0, false
	return s
}

// perSecond returns n bytes in d as bytes a second.
func perSecond(n int64, d time.Duration) int64 {
	if n > 1<<33 {
		return n / max(int64(d/time.Second), 1)
	}
	return n * int64(time.Second) / int64(d)
}
