package tcp

import (
	"bytes"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
)

// batch injects segments of the peer's, flushes, and returns how many of them were
// merged.
func (r *rig) batch(segs ...[]byte) uint64 {
	before := r.tcp.Stats().Merged
	for _, b := range segs {
		r.inject(b)
	}
	r.tcp.Flush()
	return r.tcp.Stats().Merged - before
}

func bytesOf(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((from + i) * 7)
	}
	return b
}

// TestMerge: payload in order of one batch is merged where nothing differs that
// processing looks at, and arrives whole in any case.
func TestMerge(t *testing.T) {
	ts := func(val byte) []byte { return []byte{optNOP, optNOP, optTimestamp, 10, 0, 0, 1, val, 0, 0, 0, 0} }
	type piece struct {
		f        Flags
		seq, n   int
		ack, wnd int
		opts     []byte
	}
	plain := func(seq int) piece { return piece{f: ACK, seq: seq, n: 100, ack: 1, wnd: 60000} }
	with := func(p piece, f func(*piece)) piece { f(&p); return p }
	tests := []struct {
		name   string
		pieces []piece
		merged uint64
		ack    int // of the last segment sent; 0: none
	}{
		{"in order", []piece{plain(1), plain(101), plain(201), plain(301)}, 3, 401},
		{"one alone", []piece{plain(1)}, 0, 0},
		{"push ends it", []piece{plain(1), with(plain(101), func(p *piece) { p.f |= PSH }), plain(201), plain(301)}, 2, 401},
		{"other acknowledgement", []piece{plain(1), with(plain(101), func(p *piece) { p.ack = 0 })}, 0, 201},
		{"other window", []piece{plain(1), with(plain(101), func(p *piece) { p.wnd = 50000 })}, 0, 201},
		{"congestion was met", []piece{plain(1), with(plain(101), func(p *piece) { p.f |= ECE })}, 0, 201},
		{"a gap", []piece{plain(1), plain(201), plain(101)}, 0, 301},
		{"the same again", []piece{plain(1), plain(1), plain(101)}, 0, 201},
		{"overlap", []piece{plain(1), plain(51)}, 0, 151},
		{"FIN", []piece{plain(1), with(plain(101), func(p *piece) { p.f |= FIN })}, 0, 202},
		{"no payload", []piece{plain(1), with(plain(101), func(p *piece) { p.n = 0 }), plain(101)}, 0, 201},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.establish(optMSS, 4, 1460>>8, 1460&255)
			var segs [][]byte
			end := 1
			for _, p := range tt.pieces {
				segs = append(segs, r.segment(p.f, p.seq, p.ack, p.wnd, p.opts, bytesOf(p.seq, p.n)))
				end = max(end, p.seq+p.n)
			}
			if got := r.batch(segs...); got != tt.merged {
				t.Errorf("%d segments merged, want %d", got, tt.merged)
			}
			if want := bytesOf(1, end-1); !bytes.Equal(r.up.got.Bytes(), want) {
				t.Errorf("%d bytes arrived, want %d, or they differ", r.up.got.Len(), len(want))
			}
			sent := r.take()
			switch {
			case tt.ack == 0 && len(sent) != 0:
				t.Errorf("sent %v, want nothing yet", sent)
			case tt.ack != 0 && (len(sent) == 0 || sent[len(sent)-1].ack != tt.ack):
				t.Errorf("sent %v, want an acknowledgement of %d", sent, tt.ack)
			}
			r.end()
		})
	}
	t.Run("timestamps", func(t *testing.T) {
		r := newRig(t, Config{})
		r.establish(append([]byte{optMSS, 4, 1460 >> 8, 1460 & 255}, ts(1)...)...)
		seg := func(seq int, val byte) []byte { return r.segment(ACK, seq, 1, 60000, ts(val), bytesOf(seq, 100)) }
		if got := r.batch(seg(1, 2), seg(101, 2), seg(201, 3), seg(301, 3)); got != 2 {
			t.Errorf("%d segments merged, want 2: one of each timestamp", got)
		}
		if r.pcb.rcv.tsRecent != 0x102 { // that of the segment at Last.ACK.sent
			t.Errorf("TS.Recent %#x", r.pcb.rcv.tsRecent)
		}
		r.take()
		r.end()
	})
	t.Run("ECN marks", func(t *testing.T) {
		r := newRig(t, Config{})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		for i, tos := range []uint8{2, 3, 3} {
			buf := r.pool.AllocBytes(0, 120)
			copy(buf.Bytes(), r.segment(ACK, 1+100*i, 1, 60000, nil, bytesOf(1+100*i, 100)))
			info := r.info()
			info.TOS = tos
			r.input(packet{buf, info})
		}
		r.tcp.Flush()
		if got := r.tcp.Stats().Merged; got != 1 {
			t.Errorf("%d segments merged, want the two that are marked", got)
		}
		r.take()
		r.end()
	})
	t.Run("beyond the window", func(t *testing.T) {
		r := newRig(t, Config{ReceiveBuffer: 4000, NoWindowScale: true})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		r.up.hold = true
		var segs [][]byte
		for seq := 1; seq < 6000; seq += 1000 {
			segs = append(segs, r.segment(ACK, seq, 1, 60000, nil, bytesOf(seq, 1000)))
		}
		if got := r.batch(segs...); got != 3 {
			t.Errorf("%d segments merged, want those within the window", got)
		}
		if r.up.got.Len() != 4000 {
			t.Errorf("%d bytes taken, want 4000", r.up.got.Len())
		}
		r.take()
		r.end()
	})
	t.Run("another connection", func(t *testing.T) {
		r := newRig(t, Config{})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		first := r.segment(ACK, 1, 1, 60000, nil, bytesOf(1, 100))
		r.port++
		other := r.segment(ACK, 101, 1, 60000, nil, bytesOf(101, 100))
		if got := r.batch(first, other); got != 0 || r.up.got.Len() != 100 {
			t.Errorf("%d segments merged, %d bytes arrived", got, r.up.got.Len())
		}
		r.port--
		r.take()
		r.end()
	})
	t.Run("ended meanwhile", func(t *testing.T) {
		r := newRig(t, Config{})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		r.inject(r.segment(ACK, 1, 1, 60000, nil, bytesOf(1, 100)))
		r.pcb.Abort()
		r.tcp.Flush()
		if r.up.got.Len() != 0 {
			t.Error("an aborted connection got data")
		}
		r.take()
		r.end()
	})
	t.Run("an ICMP error after it", func(t *testing.T) {
		r := newRig(t, Config{})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		r.inject(r.segment(ACK, 1, 1, 60000, nil, bytesOf(1, 100)))
		r.icmp(ip.NetUnreachable, 1, 0)
		if r.up.got.Len() != 100 {
			t.Error("the segment before it was not processed first")
		}
		r.end()
	})
}

// TestLargeSegmentIsAcknowledged: a large segment counts as the segments that it
// stands for (RFC 5681 §4.2: an ACK for every second one).
func TestLargeSegmentIsAcknowledged(t *testing.T) {
	for _, c := range []struct {
		n, size, want int
	}{{1000, 1000, 0}, {1001, 1000, 1}, {20000, 1460, 1}, {1460, 0, 0}} {
		r := newRig(t, Config{})
		r.establish(optMSS, 4, 1460>>8, 1460&255)
		b := r.segment(ACK, 1, 1, 60000, nil, bytesOf(1, c.n))
		buf := r.pool.AllocBytes(0, len(b))
		copy(buf.Bytes(), b)
		buf.SegmentSize = uint16(c.size)
		r.input(packet{buf, r.info()})
		r.tcp.Flush()
		if got := len(r.take()); got != c.want {
			t.Errorf("%d bytes in segments of %d: %d ACKs at once, want %d", c.n, c.size, got, c.want)
		}
		r.pass(time.Second)
		if got := len(r.take()); got != 1-c.want {
			t.Errorf("%d bytes in segments of %d: %d ACKs later, want %d", c.n, c.size, got, 1-c.want)
		}
		r.end()
	}
}

func TestZeroAllocMerge(t *testing.T) {
	p, move := steady(t)
	move(4 << 20)
	before := p.b.tcp.Stats().Merged
	if n := testing.AllocsPerRun(100, func() { move(256 << 10) }); n != 0 {
		t.Errorf("%v allocations for 256 KiB, want 0", n)
	}
	if p.b.tcp.Stats().Merged == before {
		t.Error("nothing was merged")
	}
}
