package tcp

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// RFC 9293 §3.8.6.3 (SHLD-18, MUST-40, SHLD-19), RFC 5681 §4.2.
func TestDelayedACK(t *testing.T) {
	full := make([]byte, 1000)
	rows := []struct {
		name string
		play func(r *rig)
		want []float64 // when ACKs go out, in seconds
	}{
		{"one segment waits 40 ms", func(r *rig) { r.send(ACK, 1, 1, full...) }, []float64{0.04}},
		{"the second is acknowledged at once", func(r *rig) { r.send(ACK, 1, 1, full...); r.send(ACK, 1001, 1, full...) }, []float64{0}},
		{"third and fourth", func(r *rig) {
			for i := range 4 {
				r.send(ACK, 1+1000*i, 1, full...)
			}
		}, []float64{0, 0}},
		{"out of order, each", func(r *rig) { r.send(ACK, 1001, 1, full...); r.send(ACK, 2001, 1, full...) }, []float64{0, 0}},
		{"filling a gap", func(r *rig) { r.send(ACK, 1001, 1, full...); r.take(); r.send(ACK, 1, 1, full...) }, []float64{0}},
		{"filling part of a gap", func(r *rig) { r.send(ACK, 1001, 1, full...); r.take(); r.send(ACK, 1, 1, 7) }, []float64{0}},
		{"duplicate", func(r *rig) {
			r.send(ACK, 1, 1, full...)
			r.pass(50 * time.Millisecond)
			r.take()
			r.mark()
			r.send(ACK, 1, 1, full...)
		}, []float64{0}},
		{"FIN", func(r *rig) { r.send(FIN|ACK, 1, 1, full...) }, []float64{0}},
		{"beyond the window", func(r *rig) { r.send(ACK, 1+r.pcb.rcv.window()-10, 1, full...) }, []float64{0}},
		{"pure ACK", func(r *rig) { r.send(ACK, 1, 1) }, nil},
		{"rides on data", func(r *rig) { r.send(ACK, 1, 1, full...); r.pcb.Set(NoDelay); r.write(1) }, []float64{0}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.enter(Established)
			r.mark()
			row.play(r)
			r.pass(100 * time.Millisecond)
			wantTimes(t, "ACKs", times(r.take(), r, nil), row.want)
			r.end()
		})
	}
}

// A duplicate ACK carries no data, so that the peer's fast retransmit counts it,
// and its SACK blocks get through though we are sending too.
//
// RFC 5681 §2, RFC 2018 §4.
func TestDuplicateACKBesideData(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(optNOP, optNOP, optSACKOK, 2)
	r.pcb.Set(NoDelay)
	r.up.write(make([]byte, 10))
	r.send(ACK, 101, 1, 1, 2, 3)
	s := r.take()
	if len(s) != 2 || len(s[0].data) != 0 || s[0].opt.nsack != 1 || len(s[1].data) != 10 {
		t.Fatalf("sent %v", s)
	}
	if b := s[0].opt.sack[0]; b != (sackBlock{r.irs.Add(101), r.irs.Add(104)}) {
		t.Errorf("block %v", b)
	}
	r.end()
}

// RFC 2883 §4: the duplicate is the first block of the next ACK.
func TestDSACK(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(optNOP, optNOP, optSACKOK, 2)
	r.send(ACK, 1, 1, make([]byte, 100)...)
	r.send(ACK, 101, 1, make([]byte, 100)...)
	r.send(ACK, 301, 1, make([]byte, 100)...)
	r.take()
	block := func(name string, i int, left, right int) {
		t.Helper()
		s := r.take()
		if len(s) != 1 || int(s[0].opt.nsack) <= i {
			t.Fatalf("%s: sent %v", name, s)
		}
		if b := s[0].opt.sack[i]; b.left != r.irs.Add(left) || b.right != r.irs.Add(right) {
			t.Errorf("%s: block %d:%d, want %d:%d", name, b.left.Sub(r.irs), b.right.Sub(r.irs), left, right)
		}
	}
	r.send(ACK, 51, 1, make([]byte, 100)...)
	block("old segment", 0, 51, 151)
	r.send(ACK, 301, 1, make([]byte, 100)...)
	block("known segment ahead of a gap", 0, 301, 401)
	r.send(ACK, 311, 1, make([]byte, 10)...)
	block("part of it", 0, 311, 321)
	r.send(ACK, 501, 1, make([]byte, 100)...)
	s := r.take()
	if s[0].opt.nsack != 2 || s[0].opt.sack[0].left != r.irs.Add(501) {
		t.Errorf("after the duplicate was reported: %v", s[0].opt.sack[:s[0].opt.nsack])
	}
	r.end()
}

// RFC 9293 §3.7.4 (MUST-17, SHLD-7).
func TestNagle(t *testing.T) {
	r := newRig(t, Config{MSS: 1000})
	r.enter(Established)
	r.write(10)
	r.expect(ACK, 1, 1, 10) // nothing in flight
	r.write(10)
	r.write(20)
	r.silent() // something in flight
	r.write(990)
	r.expect(ACK, 11, 1, 1000) // a full segment; 20 octets wait
	r.send(ACK, 1, 1011)
	r.expect(ACK, 1011, 1, 20)
	r.write(5)
	r.silent()
	r.pcb.Set(NoDelay)
	r.tcp.Flush()
	r.expect(ACK, 1031, 1, 5)
	r.write(6)
	r.expect(ACK, 1036, 1, 6)
	r.pcb.Clear(NoDelay)
	r.up.write(make([]byte, 7))
	r.pcb.Close() // the FIN frees it
	r.tcp.Flush()
	r.expect(FIN|ACK, 1042, 1, 7)
	r.end()
}

// Cork holds a partial segment back even if nothing is in flight.
func TestCork(t *testing.T) {
	r := newRig(t, Config{MSS: 1000})
	r.enter(Established)
	r.pcb.Set(Cork | NoDelay)
	r.write(1500)
	r.expect(ACK, 1, 1, 1000)
	r.send(ACK, 1, 1001)
	r.silent()
	r.pcb.Clear(Cork)
	r.tcp.Flush()
	r.expect(ACK, 1001, 1, 500)
	r.end()
}

// The sender's side of silly-window avoidance.
//
// RFC 9293 §3.8.6.2.1 (MUST-38).
func TestSenderSillyWindow(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, MinRTO: time.Second})
	r.wnd = 3000
	r.enter(Established)
	r.write(6000)
	r.take()
	r.wnd = 100 // opens by crumbs
	r.send(ACK, 1, 3001)
	r.silent()
	r.wnd = 1000 // a full segment
	r.send(ACK, 1, 3001)
	r.expect(ACK, 3001, 1, 1000)
	r.wnd = 100
	r.send(ACK, 1, 4001)
	r.silent()
	r.pass(1100 * time.Millisecond) // the override time-out sends what fits
	r.expect(ACK, 4001, 1, 100)
	r.end()
}

// The receiver's side: the right edge moves by a segment or half the buffer, and
// never to the left.
//
// RFC 9293 §3.8.6.2.2 (MUST-39).
func TestReceiverSillyWindow(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, ReceiveBuffer: 4000})
	r.enter(Established)
	r.up.hold = true
	edge := 1 + 4000
	seq := 1
	for range 8 {
		r.send(ACK, seq, 1, make([]byte, 500)...)
		seq += 500
		r.pass(50 * time.Millisecond)
		for _, e := range r.take() {
			if e.ack+e.wnd < edge {
				t.Fatalf("the edge moved left to %d", e.ack+e.wnd)
			}
		}
	}
	r.pcb.Recved(900)
	r.tcp.Flush()
	r.silent()
	r.pcb.Recved(100)
	r.tcp.Flush()
	if e := r.expect(ACK, 1, 4001, 0); e.wnd != 1000 {
		t.Errorf("window %d, want 1000", e.wnd)
	}
	r.end()
}

// RFC 5681 §3.2, RFC 6582 §3.2, RFC 3042.
func TestFastRetransmitNewReno(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, MinRTO: time.Second, NewController: cc.NewReno})
	r.enter(Established)
	r.write(20000)
	if n := len(r.take()); n != 10 {
		t.Fatalf("initial window %d segments", n)
	}
	r.send(ACK, 1, 1)
	r.expect(ACK, 10001, 1, 1000) // limited transmit
	r.send(ACK, 1, 1)
	r.expect(ACK, 11001, 1, 1000)
	r.send(ACK, 1, 1)
	r.expect(ACK, 1, 1, 1000) // third duplicate
	if i := r.pcb.Info(); i.Ssthresh != 5000 || i.Cwnd != 5000 {
		t.Errorf("ssthresh %d, cwnd %d: what limited transmit added must not count", i.Ssthresh, i.Cwnd)
	}
	for range 6 {
		r.send(ACK, 1, 1)
	}
	r.take()
	r.send(ACK, 1, 3001) // partial: 3001 is the next hole
	if s := r.take(); len(s) == 0 || s[0].seq != 3001 {
		t.Errorf("after a partial ACK: %v", s)
	}
	r.pass(100 * time.Millisecond)
	end := r.pcb.snd.nxt.Sub(r.iss)
	r.send(ACK, 1, end)
	if i := r.pcb.Info(); i.Cwnd != 5000 || r.pcb.rec.mode != recNone {
		t.Errorf("after recovery: cwnd %d", i.Cwnd)
	}
	if s := r.tcp.Stats(); s.FastRetransmits != 1 || s.Timeouts != 0 {
		t.Errorf("%+v", s)
	}
	r.end()
}

// recover follows SND.UNA, so that fast retransmit still works after two
// gigabytes without loss.
//
// RFC 6582 §3.2 step 1.
func TestRecoverDoesNotWrap(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	p.transfer(c, s, 100000, time.Minute)
	q := c.pcb
	if q.rec.recover != q.snd.una.Add(-1) {
		t.Errorf("recover is %d behind SND.UNA, want 1", q.snd.una.Sub(q.rec.recover))
	}
	p.end()
}

// A batch of ACKs grows the window as if each had come alone: the flag that the
// window was the limit outlives the first.
func TestBatchOfACKsGrowsWindow(t *testing.T) {
	r := newRig(t, Config{MSS: 1000})
	r.enter(Established)
	r.write(60000)
	r.take()
	for i := 1; i <= 5; i++ { // no flush between
		r.inject(r.segment(ACK, 1, 1+2000*i, 60000, nil, nil))
	}
	r.tcp.Flush()
	if w := r.pcb.Info().Cwnd; w != 20000 {
		t.Errorf("cwnd %d, want 20000", w)
	}
	r.end()
}

// timestamps of the peer's, relative to a base near the wrap.
func tsOption(val, ecr uint32) []byte {
	b := make([]byte, 12)
	putTimestamp(b, val, ecr)
	return b
}

// RFC 7323 §5.3, §4.3.
func TestPAWSAndEcho(t *testing.T) {
	base := uint32(0xfffffff0) // the clock wraps on the way
	r := newRig(t, Config{})
	r.establish(tsOption(base, 0)...)
	step := func(name string, ts uint32, seq int, n int, echo uint32, accepted bool) {
		t.Helper()
		got := r.up.got.Len()
		r.opts = tsOption(ts, 0)
		r.send(ACK, seq, 1, make([]byte, n)...)
		r.pass(50 * time.Millisecond)
		s := r.take()
		if len(s) != 1 || s[0].opt.tsecr != echo {
			t.Errorf("%s: sent %v echoing %#x, want %#x", name, s, s[0].opt.tsecr, echo)
		}
		if (r.up.got.Len() > got) != accepted {
			t.Errorf("%s: accepted %v", name, !accepted)
		}
	}
	step("newer", base+8, 1, 10, base+8, true)
	step("over the wrap", base+32, 11, 10, base+32, true)
	step("older", base+31, 21, 10, base+32, false)
	step("ahead of a gap: the last in order is echoed", base+40, 31, 10, base+32, false)
	step("fills the gap", base+38, 21, 10, base+38, true)
	step("duplicate is answered, not taken", base+50, 21, 10, base+38, false)
	if n := r.tcp.Stats().PAWS; n != 1 {
		t.Errorf("PAWS %d", n)
	}
	// After 24 days of silence the stored timestamp proves nothing.
	r.pass(25 * 24 * time.Hour)
	step("after 24 days", base-1000, 41, 10, base-1000, true)
	// A RST is not subject to PAWS and does not touch the timestamp.
	r.opts = tsOption(1, 0)
	r.send(RST, 50+10000, 0)
	if r.pcb.rcv.tsRecent != base-1000 {
		t.Error("a RST changed TS.Recent")
	}
	r.take()
	r.send(RST, 51, 0)
	if r.up.err != ErrReset {
		t.Error("a RST with an old timestamp was ignored")
	}
	r.end()
}

// RFC 2883 §4: what PAWS dropped before it was ever received is no duplicate.
func TestPAWSReportsNoDuplicate(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(append(tsOption(100, 0), optNOP, optNOP, optSACKOK, 2)...)
	for _, c := range []struct {
		name   string
		seq    int
		blocks uint8
	}{{"old timestamp on new data", 11, 0}, {"old timestamp on old data", 1, 1}} {
		r.opts = tsOption(110, 0)
		if c.blocks == 0 {
			r.send(ACK, 1, 1, make([]byte, 10)...)
		}
		r.pass(50 * time.Millisecond)
		r.take()
		r.opts = tsOption(105, 0)
		r.send(ACK, c.seq, 1, make([]byte, 10)...)
		if s := r.take(); len(s) != 1 || s[0].opt.nsack != c.blocks {
			t.Errorf("%s: sent %v", c.name, s)
		}
	}
	r.end()
}

// Deviation from RFC 7323 §3.2: a segment without the option is accepted.
func TestMissingTimestamp(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(tsOption(5, 0)...)
	r.send(ACK, 1, 1, 1, 2, 3)
	if r.up.got.Len() != 3 {
		t.Error("not accepted")
	}
	r.pass(time.Second)
	if s := r.take(); len(s) != 1 || !s[0].opt.has(hasTimestamp) || s[0].opt.tsecr != 5 {
		t.Errorf("sent %v", s)
	}
	r.end()
}

// An echo of days ago is no round-trip time.
func TestTimestampLie(t *testing.T) {
	r := newRig(t, Config{MinRTO: time.Second})
	r.establish(tsOption(5, 0)...)
	r.write(10)
	r.pass(1500 * time.Millisecond) // sent twice
	val := r.take()[0].opt.tsval
	rtt := r.pcb.Info().RTT
	r.opts = tsOption(6, val-3600*1000)
	r.send(ACK, 1, 11)
	if got := r.pcb.Info().RTT; got != rtt {
		t.Errorf("RTT %v", got)
	}
	r.end()
}

// What SYN and SYN,ACK agree on: every combination of what both ends can.
//
// RFC 9293 §3.7.1, RFC 7323 §2.2, §3.2, RFC 2018 §2.
func TestNegotiation(t *testing.T) {
	for bits := range 1 << 6 {
		for _, active := range []bool{false, true} {
			bit := func(i int) bool { return bits>>i&1 != 0 }
			cfg := Config{NoWindowScale: bit(0), NoTimestamps: bit(1), NoSACK: bit(2)}
			var opts []byte
			opts = append(opts, optMSS, 4, 2, 188) // 700
			if bit(3) {
				opts = append(opts, optNOP, optScale, 3, 5)
			}
			if bit(4) {
				opts = append(opts, tsOption(77, 0)...)
			}
			if bit(5) {
				opts = append(opts, optNOP, optNOP, optSACKOK, 2)
			}
			name := fmt.Sprintf("bits %06b active %v", bits, active)
			r := newRig(t, cfg)
			var syn emitted
			if active {
				r.dial()
				syn = r.take()[0]
				if syn.opt.has(hasScale) == bit(0) || syn.opt.has(hasTimestamp) == bit(1) || syn.opt.has(hasSACKOK) == bit(2) {
					t.Errorf("%s: SYN offers %b", name, syn.opt.set)
				}
				r.deliver(r.segment(SYN|ACK, 0, 1, 1000, opts, nil))
			} else {
				r.enter(Listen)
				r.deliver(r.segment(SYN, 0, 0, 1000, opts, nil))
				syn = r.take()[0]
				if syn.opt.has(hasScale) != (bit(3) && !bit(0)) || syn.opt.has(hasTimestamp) != (bit(4) && !bit(1)) ||
					syn.opt.has(hasSACKOK) != (bit(5) && !bit(2)) {
					t.Errorf("%s: SYN,ACK offers %b", name, syn.opt.set)
				}
				r.deliver(r.segment(ACK, 1, 1, 1000, nil, nil))
				r.pcb = r.only()
			}
			if syn.opt.mss != 1460 {
				t.Errorf("%s: our MSS %d", name, syn.opt.mss)
			}
			i := r.pcb.Info()
			if i.WindowScale != (bit(3) && !bit(0)) || i.Timestamps != (bit(4) && !bit(1)) || i.SACK != (bit(5) && !bit(2)) {
				t.Errorf("%s: agreed on %+v", name, i)
			}
			mss, wnd := 700, 1000
			if i.Timestamps {
				mss -= 12
			}
			if i.WindowScale && !active {
				wnd <<= 5 // the handshake's ACK is scaled, a SYN,ACK is not
			}
			if i.MSS != mss || i.SendWindow != wnd {
				t.Errorf("%s: MSS %d window %d, want %d and %d", name, i.MSS, i.SendWindow, mss, wnd)
			}
			r.end()
		}
	}
}

// A peer that names no MSS gets 536; one that names a tiny one gets no less than
// 64 octets less the options (CVE-2019-11479).
//
// RFC 9293 §3.7.1 (MUST-15).
func TestPeerMSS(t *testing.T) {
	for said, want := range map[int]int{-1: 536, 0: 64, 1: 64, 8: 64, 63: 64, 65: 65, 1000: 1000, 1460: 1460, 9000: 1460, 65535: 1460} {
		r := newRig(t, Config{})
		var opts []byte
		if said >= 0 {
			opts = binary.BigEndian.AppendUint16([]byte{optMSS, 4}, uint16(said))
		}
		if said < 0 {
			opts = []byte{optNOP, optNOP, optNOP, optNOP}
		}
		r.establish(opts...)
		if got := r.pcb.SegmentPayload(); got != want {
			t.Errorf("MSS %d: got %d, want %d", said, got, want)
		}
		r.end()
	}
}

// The header may be spread over pbufs in any way.
func TestOddSplits(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5}
	for cut := 1; cut < HeaderLen+12+len(data); cut++ {
		for _, second := range []int{0, 1, 7} {
			r := newRig(t, Config{})
			r.establish(tsOption(5, 0)...)
			b := r.segment(ACK, 1, 1, 1000, tsOption(6, 0), data)
			if second == 0 || cut+second >= len(b) {
				r.deliver(b, cut)
			} else {
				r.deliver(b, cut, cut+second)
			}
			if r.up.got.Len() != len(data) {
				t.Fatalf("cut at %d and %d: %d octets arrived; %+v", cut, second, r.up.got.Len(), r.tcp.Stats())
			}
			r.end()
		}
	}
}

// Every truncation and every corrupt byte ends in a counter.
func TestDamagedSegments(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(tsOption(5, 0)...)
	good := r.segment(ACK, 1, 1, 1000, tsOption(6, 0), []byte{1, 2, 3, 4, 5})
	for n := range len(good) {
		before := r.tcp.Stats()
		r.deliver(good[:n])
		after := r.tcp.Stats()
		if after.BadHeader+after.BadChecksum != before.BadHeader+before.BadChecksum+1 {
			t.Fatalf("%d bytes of the segment: not counted", n)
		}
	}
	for i := range good {
		for _, bit := range []byte{1, 0x80, 0xff} {
			b := append([]byte(nil), good...)
			b[i] ^= bit
			before := r.tcp.Stats()
			r.deliver(b)
			after := r.tcp.Stats()
			if after.BadHeader+after.BadChecksum != before.BadHeader+before.BadChecksum+1 {
				t.Fatalf("byte %d: not counted", i)
			}
			r.seal(b) // the same with a checksum that is right
			r.deliver(b)
			r.checkAll()
		}
	}
	r.end()
}

// A window that is not used does not grow.
//
// RFC 5681 §3.1, RFC 7661 §1.
func TestUnusedWindowDoesNotGrow(t *testing.T) {
	r := newRig(t, Config{MSS: 1000})
	r.enter(Established)
	r.write(12000)
	r.send(ACK, 1, 10001)
	grown := r.pcb.Info().Cwnd
	r.send(ACK, 1, 12001)
	for i := range 20 {
		r.write(1000)
		r.send(ACK, 1, 12001+1000*(i+1))
	}
	if w := r.pcb.Info().Cwnd; grown != 20000 || w != grown {
		t.Errorf("cwnd %d, then %d", grown, w)
	}
	r.end()
}

// A duplicate is reported though data is sent at the same time.
//
// RFC 2883 §4.
func TestDSACKBesideData(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(optNOP, optNOP, optSACKOK, 2)
	r.send(ACK, 1, 1, make([]byte, 100)...)
	r.take()
	r.up.write(make([]byte, 10))
	r.send(ACK, 1, 1, make([]byte, 100)...)
	if s := r.take(); len(s) != 2 || s[0].opt.nsack != 1 || len(s[0].data) != 0 || len(s[1].data) != 10 {
		t.Errorf("sent %v", s)
	}
	r.end()
}
