package tcp

import (
	"testing"

	"pgregory.net/rapid"
)

// TestUndoModel compares the ranges that were sent again and not proved needless
// with a set of octets.
func TestUndoModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := Seq(rapid.Uint32().Draw(rt, "base"))
		var u undo
		var left [100]bool
		again := map[int]bool{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			from := rapid.IntRange(0, 9).Draw(rt, "from")
			if rapid.Bool().Draw(rt, "resend") {
				s := &outSegment{seq: base.Add(10 * from), n: 10}
				if again[from] {
					continue // see TestUndoTwice
				}
				again[from] = true
				u.sent(s, 1)
				for i := range 10 {
					left[10*from+i] = true
				}
			} else {
				a := 10*from + rapid.IntRange(0, 9).Draw(rt, "offset")
				b := min(a+rapid.IntRange(1, 30).Draw(rt, "len"), 100)
				u.needless(sackBlock{base.Add(a), base.Add(b)})
				for i := a; i < b; i++ {
					left[i] = false
				}
			}
			var got [100]bool
			for k, r := range u.resent {
				if k > 0 && !u.resent[k-1].right.Before(r.left) && u.resent[k-1].right != r.left {
					rt.Fatalf("ranges overlap: %v", u.resent)
				}
				for i := r.left.Sub(base); i < r.right.Sub(base); i++ {
					got[i] = true
				}
			}
			if got != left {
				rt.Fatalf("%v, want %v", got, left)
			}
			if empty := left == [100]bool{}; u.proved() != (empty && len(again) > 0) {
				rt.Fatalf("proved: %v", u.proved())
			}
		}
	})
}

// TestUndoTwice: what was sent again twice proves nothing by coming twice.
func TestUndoTwice(t *testing.T) {
	var u undo
	s := &outSegment{seq: 100, n: 10}
	u.sent(s, 1)
	u.sent(s, 2)
	if !u.twice || u.off || len(u.resent) != 1 || u.since != 1 {
		t.Errorf("%+v", u)
	}
	for i := range 2 * maxResent { // more than it can keep
		u.sent(&outSegment{seq: Seq(200 + 20*i), n: 10}, 3)
	}
	if !u.off || len(u.resent) > maxResent {
		t.Errorf("%d ranges, off %v", len(u.resent), u.off)
	}
}
