package oracle

import "slices"

// span is a range of unwrapped sequence numbers, the end excluded.
type span struct{ lo, hi int64 }

// intervals is a set of sequence numbers: sorted spans that do not touch.
type intervals []span

// at returns the index of the first span that ends after x.
func (v intervals) at(x int64) int {
	i, _ := slices.BinarySearchFunc(v, x, func(s span, x int64) int {
		if s.hi <= x {
			return -1
		}
		return 1
	})
	return i
}

// add puts [lo, hi) into the set.
func (v *intervals) add(lo, hi int64) {
	if lo >= hi {
		return
	}
	s := *v
	i := s.at(lo - 1) // a span that ends at lo is joined
	j := i
	for j < len(s) && s[j].lo <= hi {
		lo, hi = min(lo, s[j].lo), max(hi, s[j].hi)
		j++
	}
	*v = slices.Replace(s, i, j, span{lo, hi})
}

// covers reports whether all of [lo, hi) is in the set.
func (v intervals) covers(lo, hi int64) bool {
	_, missing := v.gap(lo, hi)
	return !missing
}

// gap returns the first part of [lo, hi) that is not in the set, if any.
func (v intervals) gap(lo, hi int64) (span, bool) {
	for i := v.at(lo); lo < hi; i++ {
		if i == len(v) || v[i].lo >= hi {
			return span{lo, hi}, true
		}
		if v[i].lo > lo {
			return span{lo, v[i].lo}, true
		}
		lo = v[i].hi
	}
	return span{}, false
}

// overlap returns the first part of [lo, hi) that is in the set, if any.
func (v intervals) overlap(lo, hi int64) (span, bool) {
	i := v.at(lo)
	if i == len(v) || v[i].lo >= hi || lo >= hi {
		return span{}, false
	}
	return span{max(lo, v[i].lo), min(hi, v[i].hi)}, true
}

// end returns the end of the span that x is in, or x.
func (v intervals) end(x int64) int64 {
	if i := v.at(x); i < len(v) && v[i].lo <= x {
		return v[i].hi
	}
	return x
}

// trim forgets what is below x.
func (v *intervals) trim(x int64) {
	s := *v
	i := s.at(x)
	s = slices.Delete(s, 0, i)
	if len(s) > 0 && s[0].lo < x {
		s[0].lo = x
	}
	*v = s
}
