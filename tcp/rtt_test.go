package tcp

import (
	"testing"
	"time"
)

const ms = time.Millisecond

// RFC 6298 §2.2, §2.3 with α = 1/8, β = 1/4, K = 4.
func TestRTTSamples(t *testing.T) {
	var e estimator
	rows := []struct{ r, srtt, rttvar, rto time.Duration }{
		{100 * ms, 100 * ms, 50 * ms, 300 * ms},
		{100 * ms, 100 * ms, 37500 * time.Microsecond, 250 * ms},
		{200 * ms, 112500 * time.Microsecond, 53125 * time.Microsecond, 325 * ms},
		{20 * ms, 100937500 * time.Nanosecond, 62968750 * time.Nanosecond, 352812500 * time.Nanosecond},
	}
	for i, row := range rows {
		e.sample(row.r, 0, 0, time.Minute)
		if e.srtt != row.srtt || e.rttvar != row.rttvar || e.rto != row.rto {
			t.Errorf("sample %d: %v %v %v, want %v", i, e.srtt, e.rttvar, e.rto, row)
		}
	}
	if e.min != 20*ms || e.latest != 20*ms {
		t.Errorf("min %v, latest %v", e.min, e.latest)
	}
}

// The floor and ceiling of the RTO.
//
// RFC 6298 §2.4, §2.5; the deviation is in Config.
func TestRTOFloor(t *testing.T) {
	c := Config{}.withDefaults()
	var e estimator
	for range 100 {
		e.sample(time.Microsecond, c.MinRTO, c.RTOMargin, c.MaxRTO)
	}
	if e.rto != 200*ms+time.Microsecond {
		t.Errorf("RTO %v, want 200ms above the round trip", e.rto)
	}
	for range 100 {
		e.sample(300*ms, c.MinRTO, c.RTOMargin, c.MaxRTO)
	}
	if e.rto < 499*ms || e.rto > 501*ms {
		t.Errorf("RTO %v, want 200ms above the round trip", e.rto)
	}
	e.sample(10*time.Hour, c.MinRTO, c.RTOMargin, c.MaxRTO)
	if e.rto != time.Minute {
		t.Errorf("RTO %v, want 1m", e.rto)
	}
	var z estimator
	z.sample(0, 0, 0, time.Minute)
	if z.srtt != time.Microsecond || z.rto < rttGranularity {
		t.Errorf("of nothing: %v, %v", z.srtt, z.rto)
	}
}

// RFC 6298 §5.5.
func TestBackoff(t *testing.T) {
	e := estimator{rto: 3 * time.Second}
	for n, want := range []time.Duration{3, 6, 12, 24, 48, 60, 60} {
		if got := e.timeout(n, time.Minute); got != want*time.Second {
			t.Errorf("%d: %v", n, got)
		}
	}
	if got := e.timeout(255, time.Minute); got != time.Minute {
		t.Error(got)
	}
}
