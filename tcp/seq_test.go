package tcp

import "testing"

// RFC 9293 §3.4: comparisons are modulo 2^32.
func TestSeqComparisons(t *testing.T) {
	for _, base := range []Seq{0, 1, 0x7fffffff, 0x80000000, 0xffffffff} {
		for _, d := range []int{1, 2, 1000, 1<<31 - 1} {
			a, b := base, base.Add(d)
			if !a.Before(b) || a.After(b) || !a.AtMost(b) || a.AtLeast(b) || b.Sub(a) != d || a.Sub(b) != -d {
				t.Errorf("%d and %d: wrong order", a, b)
			}
		}
		if base.Before(base) || base.After(base) || !base.AtMost(base) || !base.AtLeast(base) {
			t.Errorf("%d is not itself", base)
		}
		for _, size := range []int{0, 1, 65535, 1 << 30} {
			for _, at := range []int{-1, 0, 1, size - 1, size, size + 1} {
				if got, want := base.Add(at).InWindow(base, size), at >= 0 && at < size; got != want {
					t.Errorf("%d+%d in window of %d: %v", base, at, size, got)
				}
			}
		}
	}
}

// The acceptance test, against RFC 9293 §3.10.7.4 table 6 written out.
func TestAcceptable(t *testing.T) {
	r := recvSpace{nxt: 0xfffffffe}
	for _, wnd := range []int{0, 1, 5} {
		r.adv = r.nxt.Add(wnd)
		for at := -4; at < 9; at++ {
			for n := range 8 {
				in := func(x int) bool { return 0 <= x && x < wnd }
				want := n > 0 && wnd > 0 && (in(at) || in(at+n-1)) || n == 0 && (in(at) || wnd == 0 && at == 0)
				if got := r.acceptable(r.nxt.Add(at), n); got != want {
					t.Errorf("window %d, %d octets at %d: %v", wnd, n, at, got)
				}
			}
		}
	}
}

// RFC 9293 §3.10.7.4, fifth: an old segment does not set the window; one that is
// sent again but acknowledges something new does.
func TestWindowUpdateOrder(t *testing.T) {
	s := sendSpace{una: 60, wl1: 100, wl2: 50, wnd: 1000, maxWnd: 1000}
	rows := []struct {
		seq, ack Seq
		want     bool
	}{{99, 60, false}, {100, 49, false}, {100, 50, true}, {100, 51, true}, {101, 1, true}, {0x80000065, 60, false}, {99, 61, true}}
	for _, row := range rows {
		u := s
		if got := u.update(row.seq, row.ack, 2000); got != row.want || (u.wnd == 2000) != row.want {
			t.Errorf("SEG.SEQ %d, SEG.ACK %d: %v", row.seq, row.ack, got)
		}
	}
}
