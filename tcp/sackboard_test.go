package tcp

import (
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// sackOption is a SACK option of blocks relative to our ISS.
func sackOption(r *rig, blocks ...[2]int) []byte {
	b := []byte{optNOP, optNOP, optSACK, byte(2 + 8*len(blocks))}
	for _, x := range blocks {
		b = binary.BigEndian.AppendUint32(b, uint32(r.iss.Add(x[0])))
		b = binary.BigEndian.AppendUint32(b, uint32(r.iss.Add(x[1])))
	}
	return b
}

// sack sends an ACK with blocks.
func (r *rig) sack(ack int, blocks ...[2]int) {
	r.deliver(r.segment(ACK, 1, ack, int(r.wnd), sackOption(r, blocks...), nil))
}

// sackRig is a connection with SACK on which n segments of 1000 octets are in
// flight, none of which has been acknowledged.
func sackRig(t testing.TB, n int, cfg Config) *rig {
	cfg.MSS, cfg.InitialWindow, cfg.NoTimestamps = 1000, n, true
	r := newRig(t, cfg)
	r.establish(optMSS, 4, 1000>>8, 1000&255, optSACKOK, 2, optNOP, optNOP, optScale, 3, 7, optNOP)
	r.take()
	r.send(ACK, 1, 1) // the window is scaled now
	r.write(1000 * n)
	if got := len(r.take()); got != n {
		t.Fatalf("%d segments in flight, want %d", got, n)
	}
	return r
}

// TestScoreboardModel sends random blocks, good and bad, and random ACKs, and
// compares the marks with a model that remembers every block.
//
// RFC 2018 §4, §5.
func TestScoreboardModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const segs = 40
		r := sackRig(t, segs, Config{MinRTO: time.Hour})
		p := r.pcb
		una := 1
		var seen [][2]int // valid blocks
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			if rapid.IntRange(0, 4).Draw(rt, "advance") == 0 {
				una = min(una+1000*rapid.IntRange(0, 3).Draw(rt, "by"), 1+1000*segs)
			}
			var blocks [][2]int
			for range rapid.IntRange(0, 4).Draw(rt, "blocks") {
				left := rapid.IntRange(-2000, 1000*segs+3000).Draw(rt, "left")
				right := left + rapid.IntRange(-500, 6000).Draw(rt, "len")
				if rapid.Bool().Draw(rt, "aligned") {
					left, right = left/1000*1000+1, right/1000*1000+1
				}
				blocks = append(blocks, [2]int{left, right})
			}
			for i, b := range blocks {
				dup := i == 0 && b[0] < b[1] && (b[1] <= una ||
					len(blocks) > 1 && b[0] >= blocks[1][0] && b[1] <= blocks[1][1])
				if b[0] < b[1] && b[0] >= una && b[1] <= p.snd.nxt.Sub(r.iss) && !dup {
					seen = append(seen, b)
				}
			}
			if len(blocks) == 0 {
				r.send(ACK, 1, una)
			} else {
				r.sack(una, blocks...)
			}
			if err := p.invariant(); err != nil {
				rt.Fatal(err)
			}
			for s := p.sendq.head; s != p.sendq.unsent; s = s.next {
				from, to := s.seq.Sub(r.iss), s.end().Sub(r.iss)
				want := false
				for _, b := range seen {
					want = want || b[0] <= from && to <= b[1]
				}
				if got := s.flags.has(segSacked); got != want {
					rt.Fatalf("segment %d:%d: reported %v, want %v; blocks %v", from, to, got, want, blocks)
				}
			}
			r.pass(time.Duration(rapid.IntRange(0, 30).Draw(rt, "ms")) * time.Millisecond)
		}
		r.end()
	})
}

// TestScoreboardCost: a peer that reports every second segment, and then the same
// again and again, costs a search each time; there are never more ranges than
// segments, no segment is cut up, and the board goes when all is acknowledged.
//
// CVE-2019-11477, CVE-2019-11478.
func TestScoreboardCost(t *testing.T) {
	const segs = 2000
	r := sackRig(t, segs, Config{SendBuffer: 1000 * segs, MinRTO: time.Hour, InitialRTO: time.Hour})
	p := r.pcb
	p.rec.flags |= recReordered // nothing is taken for lost: all of it stays in flight
	p.rtt.srtt, p.rtt.min = time.Hour, time.Hour
	before := p.sendq.segs
	for i := 1; i+1 < segs; i += 2 {
		r.sack(1, [2]int{i*1000 + 1, i*1000 + 1001})
	}
	for i := range segs - 1 { // half segments: they say nothing
		r.sack(1, [2]int{i*1000 + 501, i*1000 + 1501})
	}
	b := p.sendq.board
	if p.sendq.segs != before || len(b.ranges) > segs/2 || b.segs != segs/2-1 {
		t.Errorf("%d segments (%d before), %d ranges, %d reported", p.sendq.segs, before, len(b.ranges), b.segs)
	}
	for range 10 {
		r.sack(1, [2]int{1001, 1000*segs + 1})
	}
	if len(b.ranges) != 1 || b.segs != segs-1 {
		t.Errorf("%d ranges, %d reported", len(b.ranges), b.segs)
	}
	if err := p.invariant(); err != nil {
		t.Error(err)
	}
	r.send(ACK, 1, 1000*segs+1)
	if p.sendq.board != nil || r.tcp.nboards != 1 {
		t.Error("the board was not given back")
	}
	r.end()
}

// TestReneging: what was reported and thrown away again is sent again.
//
// RFC 2018 §8.
func TestReneging(t *testing.T) {
	r := sackRig(t, 10, Config{})
	r.sack(1, [2]int{1001, 10001})
	r.take()
	r.send(ACK, 1, 1001) // and nothing of 1001:10001
	if r.pcb.sendq.sacked != 9000 {
		t.Fatalf("%d octets reported", r.pcb.sendq.sacked)
	}
	r.take()
	ack := 1001
	for i := 0; i < 30 && ack < 10001; i++ {
		r.pass(2 * time.Second)
		for _, e := range r.take() {
			if e.seq == ack {
				ack += len(e.data)
			}
		}
		r.send(ACK, 1, ack)
	}
	if st := r.tcp.Stats(); ack != 10001 || st.Reneged != 1 {
		t.Errorf("acknowledged up to %d; %d times thrown away", ack, st.Reneged)
	}
	r.end()
}
