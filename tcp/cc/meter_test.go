package cc

import (
	"testing"
	"time"

	"github.com/golwip/lwip/timers"
)

// TestMeter: the rate of simple exchanges, by hand.
func TestMeter(t *testing.T) {
	at := func(ms int) timers.Time { return timers.Time(time.Second).Add(time.Duration(ms) * time.Millisecond) }
	t.Run("one segment a round trip", func(t *testing.T) {
		var m Meter
		var s Stamp
		for i := range 3 {
			m.Sent(&s, at(100*i), 0, 1000)
			m.Arrived(&s, at(100*i+100), 1000)
			if got := m.Take(at(100*i+100), 0, 0); got.Rate != 10_000 || got.Acked != 1000 || got.Span != 1000 {
				t.Errorf("rate %d, acked %d, span %d", got.Rate, got.Acked, got.Span)
			}
		}
	})
	t.Run("a burst is measured by its ACKs", func(t *testing.T) {
		var m Meter
		s := make([]Stamp, 10)
		for i := range s {
			m.Sent(&s[i], at(0), i*1000, 1000)
		}
		var got Sample
		for i := range s {
			now := at(100 + 10*i)
			m.Arrived(&s[i], now, 1000)
			got = m.Take(now, 0, (9-i)*1000)
		}
		if want := int64(10_000 * 1000 / 190); got.Rate != want { // 10000 bytes in 190 ms
			t.Errorf("rate %d, want %d", got.Rate, want)
		}
	})
	t.Run("ACKs in a bunch are measured by the sending", func(t *testing.T) {
		var m Meter
		s := make([]Stamp, 11)
		for i := range s {
			m.Sent(&s[i], at(10*i), i*1000, 1000)
		}
		for i := range s {
			m.Arrived(&s[i], at(200), 1000)
		}
		// All at 200 ms: the newest was sent 100 ms after the first, which is shorter than the
		// 200 ms since anything arrived before.
		if got := m.Take(at(200), 0, 0); got.Rate != 11_000*1000/200 {
			t.Errorf("rate %d", got.Rate)
		}
		for i := range s {
			m.Sent(&s[i], at(200+10*i), i*1000+1000, 1000)
		}
		for i := range s {
			m.Arrived(&s[i], at(301), 1000)
		}
		if got := m.Take(at(301), 0, 0); got.Rate != 11_000*1000/200 { // sent since the last newest, at 100
			t.Errorf("rate %d", got.Rate)
		}
	})
	t.Run("faster than the least round trip proves nothing", func(t *testing.T) {
		var m Meter
		var s Stamp
		m.Sent(&s, at(0), 0, 1000)
		m.Arrived(&s, at(1), 1000)
		if got := m.Take(at(1), 10*time.Millisecond, 0); got.Rate != 0 {
			t.Errorf("rate %d", got.Rate)
		}
	})
	t.Run("a segment counts once", func(t *testing.T) {
		var m Meter
		var s Stamp
		m.Sent(&s, at(0), 0, 1000)
		m.Arrived(&s, at(10), 1000)
		m.Arrived(&s, at(20), 1000)
		if got := m.Take(at(20), 0, 0); got.Delivered != 1000 || got.Acked != 1000 {
			t.Errorf("delivered %d, acked %d", got.Delivered, got.Acked)
		}
	})
	t.Run("losses since it was sent", func(t *testing.T) {
		var m Meter
		var a, b Stamp
		m.Sent(&a, at(0), 0, 1000)
		m.Missed(500)
		m.Sent(&b, at(1), 1000, 1000)
		m.Missed(300)
		m.Found(100)
		m.Arrived(&b, at(10), 1000)
		got := m.Take(at(10), 0, 0)
		if got.LostSince != 200 || got.Lost != 800 || got.TxFlight != 2000 {
			t.Errorf("lost since %d, lost %d, flight %d", got.LostSince, got.Lost, got.TxFlight)
		}
	})
	t.Run("limited by the application until that has arrived", func(t *testing.T) {
		var m Meter
		var a, b, c Stamp
		m.Sent(&a, at(0), 0, 1000)
		m.AppLimited(1000)
		m.Sent(&b, at(1), 1000, 1000)
		m.Arrived(&a, at(10), 1000)
		if m.Take(at(10), 0, 0).AppLimited {
			t.Error("sent before the application ran dry")
		}
		m.Arrived(&b, at(11), 1000)
		if !m.Take(at(11), 0, 0).AppLimited {
			t.Error("sent after the application ran dry")
		}
		m.Sent(&c, at(12), 0, 1000)
		m.Arrived(&c, at(20), 1000)
		if m.Take(at(20), 0, 0).AppLimited {
			t.Error("still limited")
		}
	})
}
