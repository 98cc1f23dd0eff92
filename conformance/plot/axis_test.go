package plot

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, tt := range []struct {
		lo, hi float64
		n      int
		want   []float64
	}{
		{0, 10, 5, []float64{0, 2, 4, 6, 8, 10}},
		{-3, 97, 4, []float64{0, 50}},
		{0, 1.08, 3, []float64{0, 0.5, 1}},
		{5, 5, 3, nil},
	} {
		if got := (scale{lo: tt.lo, hi: tt.hi}).ticks(tt.n); !slices.Equal(got, tt.want) {
			t.Errorf("[%v, %v], about %d: %v, want %v", tt.lo, tt.hi, tt.n, got, tt.want)
		}
	}
}

// TestTicksProperty: ticks lie within the scale, and there are about as many as
// asked for.
func TestTicksProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e9, 1e9).Draw(t, "lo")
		s := scale{lo: lo, hi: lo + rapid.Float64Range(1, 1e12).Draw(t, "span")}
		n := rapid.IntRange(2, 20).Draw(t, "n")
		list := s.ticks(n)
		if len(list) > n+1 || len(list) < n/3 {
			t.Fatalf("%d ticks, asked for %d", len(list), n)
		}
		for _, v := range list {
			if v < s.lo-1e-3 || v > s.hi+(s.hi-s.lo)*1e-6+1e-3 {
				t.Fatalf("%v beyond %+v", v, s)
			}
		}
	})
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		number(-1e-12): "0", number(1500): "1500", size(900): "900 octets", size(4096): "4.0 KiB", size(3 << 30): "3.0 GiB",
		duration(12345 * time.Microsecond): "12.3ms", duration(90 * time.Second): "1m30s", duration(1500): "2µs",
		octets(5 << 20).name: "MiB", seconds(5e6).name: "ms", seconds(5e3).name: "µs", seconds(5e9).name: "s",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestPenBoundsSize: what falls on one tenth of a pixel is put down once.
func TestPenBoundsSize(t *testing.T) {
	var p pen
	for i := range 1_000_000 {
		x := float64(i) / 1e6 * 100
		p.bar(x, 300-x, 300-x-0.01)
	}
	p.flush()
	if p.b.Len() > 40_000 || p.b.Len() < 10_000 {
		t.Errorf("%d bytes", p.b.Len())
	}
}
