package tcp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestZeroAllocLoss: losses allocate nothing once there was one.
func TestZeroAllocLoss(t *testing.T) {
	p, move := steady(t)
	out, n := p.a.out, 0
	p.a.out = func(k packet) {
		if n++; n%50 == 0 {
			k.buf.Free()
			return
		}
		out(k)
	}
	for range 64 {
		move(64 << 10)
	}
	if n := testing.AllocsPerRun(50, func() { move(64 << 10) }); n != 0 {
		t.Errorf("%v allocations for 64 KiB, want 0", n)
	}
	if st := p.a.tcp.Stats(); st.RACKLosses < 50 {
		t.Errorf("%d losses", st.RACKLosses)
	}
}

// TestBoardGoesBack: an idle connection holds no board, also after losses.
func TestBoardGoesBack(t *testing.T) {
	p := newPair(t, Config{})
	p.check = true
	n := 0
	p.pass = func(from *host, h Header, _ int) bool {
		if from == p.a {
			n++
		}
		return from != p.a || n%20 != 0
	}
	c, s := p.establish()
	p.transfer(c, s, 1<<20, time.Minute)
	p.pass = nil
	p.run(time.Minute)
	if c.pcb.sendq.board != nil || p.a.tcp.nboards == 0 || c.pcb.timers.armed != 0 {
		t.Errorf("board %v, %d free, timers %b", c.pcb.sendq.board, p.a.tcp.nboards, c.pcb.timers.armed)
	}
	p.end()
}

// TestWire loses, reorders and duplicates at random: everything arrives, nothing
// stalls, and the connection's books agree after each step.
func TestWire(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPair(t, Config{NoTimestamps: rapid.Bool().Draw(rt, "no timestamps"), NoSACK: rapid.IntRange(0, 3).Draw(rt, "no SACK") == 0})
		p.check = true
		loss := rapid.IntRange(0, 10).Draw(rt, "loss")
		late := rapid.IntRange(0, 10).Draw(rt, "late")
		twice := rapid.IntRange(0, 5).Draw(rt, "twice")
		state := rapid.Uint64().Draw(rt, "seed")
		dice := func() int {
			state = state*6364136223846793005 + 1442695040888963407
			return int(state >> 33 % 100)
		}
		c, s := p.establish()
		for _, h := range []*host{p.a, p.b} {
			out := h.out
			h.out = func(k packet) {
				d := dice()
				delay := p.delay
				switch {
				case d < loss:
					k.buf.Free()
					return
				case d < loss+late:
					p.delay += 3 * time.Millisecond
				case d < loss+late+twice:
					if v := k.buf.View(0, k.buf.Len()); v != nil && k.buf.Next() == nil {
						out(packet{v, k.Info})
					} else if v != nil {
						v.Free()
					}
				}
				out(k)
				p.delay = delay
				// The wire is in order of arrival.
				for i := len(p.wire) - 1; i > 0 && p.wire[i].at < p.wire[i-1].at; i-- {
					p.wire[i], p.wire[i-1] = p.wire[i-1], p.wire[i]
				}
			}
		}
		p.transfer(c, s, rapid.IntRange(1, 300_000).Draw(rt, "bytes"), 10*time.Minute)
		p.end()
	})
}

// TestPAWSReordered: while there is a gap, payload a little older than what was
// sent again and filled another is taken; older, or without a gap, it is not.
func TestPAWSReordered(t *testing.T) {
	for _, row := range []struct {
		name string
		age  uint32
		gap  bool
		want int // RCV.NXT
	}{
		{"a little older", 100, true, 4},
		{"too old", 250, true, 2},
		{"no gap", 100, false, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, Config{})
			stamp := func(v uint32) []byte {
				b := make([]byte, lenTimestamp)
				putTimestamp(b, v, 0)
				return b
			}
			r.establish(append([]byte{optMSS, 4, 5, 180, optSACKOK, 2}, stamp(1000)[2:]...)...)
			if row.gap {
				r.deliver(r.segment(ACK, 3, 1, 60000, stamp(1100), []byte{'c'}))
			}
			r.deliver(r.segment(ACK, 1, 1, 60000, stamp(1300), []byte{'a'})) // sent again
			r.deliver(r.segment(ACK, 2, 1, 60000, stamp(1300-row.age), []byte{'b'}))
			if got := r.pcb.rcv.nxt.Sub(r.irs); got != row.want {
				t.Errorf("RCV.NXT %d, want %d", got, row.want)
			}
			if r.pcb.rcv.tsRecent != 1300 {
				t.Errorf("TS.Recent %d", r.pcb.rcv.tsRecent)
			}
			r.tcp.Close()
		})
	}
}
