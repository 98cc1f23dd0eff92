package oracle

import (
	"testing"

	"pgregory.net/rapid"
)

// TestIntervalsModel holds intervals against a set of single numbers.
func TestIntervalsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 60
		var v intervals
		var model [n]bool
		edges := func() (lo, hi int64) {
			lo = int64(rapid.IntRange(0, n-1).Draw(t, "lo"))
			return lo, lo + int64(rapid.IntRange(0, n-int(lo)-1).Draw(t, "length"))
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			lo, hi := edges()
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				v.add(lo, hi)
				for i := lo; i < hi; i++ {
					model[i] = true
				}
			case 2:
				v.trim(lo)
				for i := range lo {
					model[i] = false
				}
			case 3:
				got, ok := v.gap(lo, hi)
				want := span{-1, hi}
				for i := lo; i < hi; i++ {
					if !model[i] && want.lo < 0 {
						want.lo = i
					}
					if model[i] && want.lo >= 0 {
						want.hi = i
						break
					}
				}
				if ok != (want.lo >= 0) || ok && got != want || v.covers(lo, hi) == ok {
					t.Fatalf("gap of [%d, %d) in %v: %v, %v, want %v", lo, hi, v, got, ok, want)
				}
			case 4:
				got, ok := v.overlap(lo, hi)
				want := span{-1, hi}
				for i := lo; i < hi; i++ {
					if model[i] && want.lo < 0 {
						want.lo = i
					}
					if !model[i] && want.lo >= 0 {
						want.hi = i
						break
					}
				}
				if ok != (want.lo >= 0) || ok && got != want {
					t.Fatalf("overlap of [%d, %d) with %v: %v, %v, want %v", lo, hi, v, got, ok, want)
				}
			}
			for i := 1; i < len(v); i++ {
				if v[i-1].hi >= v[i].lo || v[i].lo >= v[i].hi {
					t.Fatalf("not sorted and apart: %v", v)
				}
			}
			for i := range int64(n) {
				if _, in := v.overlap(i, i+1); in != model[i] {
					t.Fatalf("%d: in %v is %v", i, v, in)
				}
			}
			if e := v.end(lo); e < lo || e > lo && !v.covers(lo, e) || e < n && model[e] {
				t.Fatalf("end of %d in %v: %d", lo, v, e)
			}
		}
	})
}
