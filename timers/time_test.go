package timers

import (
	"math"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	const s = Time(time.Second)
	for _, c := range []struct {
		name string
		got  any
		want any
	}{
		{"Add", s.Add(time.Second), 2 * s},
		{"Add a negative duration", s.Add(-time.Second), Time(0)},
		{"Add does not wrap", (Never - 5).Add(10), Never},
		{"Add the longest duration", s.Add(math.MaxInt64), Never},
		{"Never stays", Never.Add(time.Hour), Never},
		{"Sub", (3 * s).Sub(s), 2 * time.Second},
		{"Sub a later time", s.Sub(3 * s), -2 * time.Second},
		{"Before", s.Before(2 * s), true},
		{"Before itself", s.Before(s), false},
		{"After", (2 * s).After(s), true},
		{"After itself", s.After(s), false},
		{"String", (s + s/2).String(), "1.5s"},
		{"String of Never", Never.String(), "never"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}
