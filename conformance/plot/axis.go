package plot

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// scale maps values to pixels.
type scale struct {
	lo, hi float64 // values
	a, b   float64 // the pixels of lo and hi
}

// at returns the pixel of a value.
func (s scale) at(v float64) float64 {
	if s.hi == s.lo {
		return s.a
	}
	return s.a + (v-s.lo)/(s.hi-s.lo)*(s.b-s.a)
}

// ticks returns about n round values within the scale: multiples of 1, 2 or 5
// times a power of ten.
func (s scale) ticks(n int) []float64 {
	if s.hi <= s.lo || n < 1 {
		return nil
	}
	raw := (s.hi - s.lo) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit
	for _, m := range []float64{1, 2, 5, 10} {
		if step = unit * m; step >= raw {
			break
		}
	}
	var list []float64
	for v := math.Ceil(s.lo/step) * step; v <= s.hi+step*1e-9; v += step {
		list = append(list, v)
	}
	return list
}

// number prints a float briefly.
func number(v float64) string {
	if math.Abs(v) < 1e-9 {
		v = 0 // not -0
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// unit is a name and its size.
type unit struct {
	name string
	size float64
}

// octets returns the unit for values up to v.
func octets(v float64) unit {
	switch {
	case v >= 2<<30:
		return unit{"GiB", 1 << 30}
	case v >= 2<<20:
		return unit{"MiB", 1 << 20}
	case v >= 2<<10:
		return unit{"KiB", 1 << 10}
	}
	return unit{"octets", 1}
}

// seconds returns the unit for times up to d nanoseconds.
func seconds(d float64) unit {
	switch {
	case d >= 2e9:
		return unit{"s", 1e9}
	case d >= 2e6:
		return unit{"ms", 1e6}
	}
	return unit{"µs", 1e3}
}

// size prints a number of octets.
func size(n int64) string {
	u := octets(float64(n))
	if u.size == 1 {
		return fmt.Sprintf("%d octets", n)
	}
	return fmt.Sprintf("%.1f %s", float64(n)/u.size, u.name)
}

// duration prints a time to three digits.
func duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
