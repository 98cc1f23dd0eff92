package tcp

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRACKModel compares what detectLosses takes for lost, and for when it arms
// the timer, with RFC 8985's loop over every segment in flight.
//
// RFC 8985 §6.2, step 5.
func TestRACKModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const segs = 30
		r := sackRig(t, segs, Config{MinRTO: time.Hour})
		p := r.pcb
		p.rtt.srtt, p.rtt.min = 100*time.Millisecond, 80*time.Millisecond
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			r.pass(time.Duration(rapid.IntRange(0, 60).Draw(rt, "ms")) * time.Millisecond)
			i := rapid.IntRange(0, segs-1).Draw(rt, "segment")
			n := rapid.IntRange(1, 3).Draw(rt, "segments")
			if seq := 1 + 1000*i; r.iss.Add(seq).AtLeast(p.snd.una) {
				r.sack(p.snd.una.Sub(r.iss), [2]int{seq, min(seq+1000*n, 1+1000*segs)})
			}
			b := p.sendq.board
			if b == nil {
				continue
			}
			// A moment later, as far as RACK can know.
			now := p.t.q.Now().Add(time.Duration(rapid.IntRange(0, 30).Draw(rt, "later")) * time.Millisecond)
			p.t.q.Advance(now)
			r.now = now
			wnd := p.reoWnd()
			lost := map[Seq]bool{}
			wait := time.Duration(0)
			for s := p.sendq.head; s != p.sendq.unsent; s = s.next {
				if s.flags.has(segSacked) || b.rack.rtt == 0 {
					continue
				}
				if s.flags&(segLost|segFlying) == segLost {
					lost[s.seq] = true
				} else if sentAfter(b.rack.xmit, b.rack.end, s.sentAt, s.end()) {
					if left := s.sentAt.Add(b.rack.rtt + wnd).Sub(now); left <= 0 {
						lost[s.seq] = true
					} else {
						wait = max(wait, left)
					}
				}
			}
			p.detectLosses()
			for s := p.sendq.head; s != p.sendq.unsent; s = s.next {
				if got := s.flags&(segLost|segFlying|segSacked) == segLost; got != lost[s.seq] {
					rt.Fatalf("segment %d: lost %v, want %v", s.seq.Sub(r.iss), got, lost[s.seq])
				}
			}
			if b.rack.waits != (wait > 0) || wait > 0 && p.timers.at[tLoss] != now.Add(wait) {
				rt.Fatalf("timer armed %v for %v, want in %v", b.rack.waits, p.timers.at[tLoss], wait)
			}
			if err := p.queueInvariant(); err != nil {
				rt.Fatal(err)
			}
			p.t.markDirty(p)
			r.tcp.Flush()
		}
		r.end()
	})
}

// TestReorderingWindow: DSACKs widen the window once a round trip, sixteen
// recoveries without one narrow it again, and it is never more than SRTT.
//
// RFC 8985 §6.2, step 4.
func TestReorderingWindow(t *testing.T) {
	r := sackRig(t, 10, Config{})
	p := r.pcb
	p.openBoard()
	p.rtt.srtt, p.rtt.min = 100*time.Millisecond, 80*time.Millisecond
	p.rec.flags |= recReordered
	check := func(want time.Duration) {
		t.Helper()
		if got := p.reoWnd(); got != want {
			t.Errorf("window %v, want %v", got, want)
		}
	}
	check(20 * time.Millisecond)
	p.sendq.board.rack.dsack = true
	p.adaptReoWnd()
	check(40 * time.Millisecond)
	p.sendq.board.rack.dsack = true
	p.adaptReoWnd() // the same round trip
	check(40 * time.Millisecond)
	for range 9 {
		p.sendq.board.rack.inRound = false
		p.sendq.board.rack.dsack = true
		p.adaptReoWnd()
	}
	check(100 * time.Millisecond)
	for range 15 {
		p.reoRecovered()
	}
	check(100 * time.Millisecond)
	p.reoRecovered()
	check(20 * time.Millisecond)
	r.end()
}
