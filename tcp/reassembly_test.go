package tcp

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/pbuf"
)

var noLimit = limits{1 << 20, 1 << 30}

// piecewise is a reassembly beside a model: a map of bytes. Octet i of the stream
// has the value i, plus 100 for the second sender of the same place.
type piecewise struct {
	t    fataler
	pool *pbuf.Pool
	r    reassembly
	base Seq
	have map[int]byte
}

type fataler interface{ Fatalf(string, ...any) }

func newPiecewise(t fataler) *piecewise {
	return &piecewise{t: t, pool: pbuf.NewPool(pbuf.Config{}), base: 0xfffffff0, have: map[int]byte{}}
}

// insert adds octets [at, at+n), cut into elements of cut octets.
func (m *piecewise) insert(at, n, cut int, salt byte) outcome {
	var head *pbuf.Buf
	for i := 0; i < n; i += cut {
		e := m.pool.AllocBytes(0, min(cut, n-i))
		for j := range e.Bytes() {
			e.Bytes()[j] = byte(at+i+j) + salt
		}
		if head == nil {
			head = e
		} else {
			head.Cat(e)
		}
	}
	known := true
	for i := at; i < at+n; i++ {
		if _, ok := m.have[i]; !ok {
			known = false
		}
	}
	dup, twice := m.r.duplicate(m.base.Add(at), m.base.Add(at+n))
	first, last := m.duplicate(at, n)
	if twice != (first < last) || twice && (dup != sackBlock{m.base.Add(first), m.base.Add(last)}) {
		m.t.Fatalf("duplicate %d+%d: %v %v, want %d to %d", at, n, dup, twice, first, last)
	}
	got := m.r.insert(m.base.Add(at), n, head, noLimit)
	if got == pieceNoRoom || (got == pieceKnown) != known {
		m.t.Fatalf("insert %d+%d: %v, known %v", at, n, got, known)
	}
	// Which of two copies of an octet stays is not promised; that it is one is.
	for i := at; i < at+n; i++ {
		if _, ok := m.have[i]; !ok {
			m.have[i] = byte(i)
		}
	}
	if err := m.r.invariant(m.base.Add(-1)); err != nil {
		m.t.Fatalf("after %d+%d: %v", at, n, err)
	}
	return got
}

// duplicate returns the first contiguous part of octets [at, at+n) that the model
// has.
func (m *piecewise) duplicate(at, n int) (first, last int) {
	for first = at; first < at+n; first++ {
		if _, ok := m.have[first]; ok {
			break
		}
	}
	for last = first; last < at+n; last++ {
		if _, ok := m.have[last]; !ok {
			break
		}
	}
	return first, last
}

// take drains from nxt and compares with the model.
func (m *piecewise) take(nxt int) int {
	bufs, n := m.r.take(nil, m.base.Add(nxt))
	want := 0
	for _, ok := m.have[nxt]; ok; _, ok = m.have[nxt+want] {
		want++
	}
	if n != want {
		m.t.Fatalf("take from %d: %d octets, want %d", nxt, n, want)
	}
	at := nxt
	for _, b := range bufs {
		for _, c := range flat(b) {
			if c != byte(at) && c != byte(at)+100 {
				m.t.Fatalf("octet %d is %d", at, c)
			}
			at++
		}
		b.Free()
	}
	for i := range m.have {
		if i < nxt+n {
			delete(m.have, i)
		}
	}
	return n
}

func (m *piecewise) end() {
	m.r.clear()
	if s := m.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		m.t.Fatalf("%d blocks left", s.BlocksInUse)
	}
}

// Every overlap of three segments over seven octets.
func TestReassemblyOverlaps(t *testing.T) {
	type span struct{ at, n int }
	var spans []span
	for at := 1; at < 7; at++ {
		for n := 1; at+n <= 7; n++ {
			spans = append(spans, span{at, n})
		}
	}
	for _, a := range spans {
		for _, b := range spans {
			for _, c := range spans {
				m := newPiecewise(t)
				m.insert(a.at, a.n, 1+a.n/2, 0)
				m.insert(b.at, b.n, 7, 100)
				m.insert(c.at, c.n, 2, 0)
				m.take(0)
				m.take(1)
				m.end()
			}
		}
	}
}

// Every order of five segments arrives whole.
func TestReassemblyOrders(t *testing.T) {
	var permute func(done, left []int)
	permute = func(done, left []int) {
		if len(left) == 0 {
			m := newPiecewise(t)
			for _, i := range done {
				m.insert(i*30, 30, 30, 0)
			}
			if n := m.take(0); n != 150 || !m.r.empty() {
				t.Fatalf("order %v: %d octets", done, n)
			}
			m.end()
		}
		for i := range left {
			rest := append(append([]int(nil), left[:i]...), left[i+1:]...)
			permute(append(append([]int(nil), done...), left[i]), rest)
		}
	}
	permute(nil, []int{0, 1, 2, 3, 4})
}

func TestReassemblyModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newPiecewise(t)
		nxt := 0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 5).Draw(t, "what") == 0 {
				nxt += rapid.IntRange(0, 20).Draw(t, "forward")
				nxt += m.take(nxt)
				continue
			}
			at := nxt + rapid.IntRange(1, 1500).Draw(t, "at")
			n := rapid.IntRange(1, rapid.SampledFrom([]int{1, 10, 700}).Draw(t, "size")).Draw(t, "n")
			m.insert(at, n, rapid.IntRange(1, 700).Draw(t, "cut"), byte(rapid.IntRange(0, 1).Draw(t, "salt")*100))
		}
		m.end()
	})
}

// RFC 2018 §4: the first block is that of the newest arrival, the others were
// reported most recently and are not part of it.
func TestSACKBlockOrder(t *testing.T) {
	m := newPiecewise(t)
	want := func(spans ...int) {
		t.Helper()
		var dst [maxSACKBlocks]sackBlock
		n := m.r.blocks(dst[:])
		got := ""
		for _, b := range dst[:n] {
			got += fmt.Sprintf(" %d:%d", b.left.Sub(m.base), b.right.Sub(m.base))
		}
		s := ""
		for i := 0; i < len(spans); i += 2 {
			s += fmt.Sprintf(" %d:%d", spans[i], spans[i+1])
		}
		if got != s {
			t.Errorf("blocks%s, want%s", got, s)
		}
	}
	m.insert(100, 10, 10, 0)
	want(100, 110)
	m.insert(300, 10, 10, 0)
	want(300, 310, 100, 110)
	m.insert(200, 10, 10, 0)
	want(200, 210, 300, 310, 100, 110)
	for i := 1; i < 20; i++ { // a run of arrivals in one range forgets no other
		m.insert(200+10*i, 10, 10, 0)
		if i < 9 {
			want(200, 210+10*i, 300, 310, 100, 110)
		}
	}
	want(200, 400, 100, 110)
	m.insert(500, 10, 10, 0)
	m.insert(600, 10, 10, 0)
	m.insert(700, 10, 10, 0)
	want(700, 710, 600, 610, 500, 510, 200, 400)
	m.take(550)
	want(700, 710, 600, 610)
	m.end()
}

// The limits hold: on pieces, and on the storage that they pin.
func TestReassemblyLimits(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	var r reassembly
	add := func(at, n, block int, l limits) outcome {
		b := pool.AllocBytes(0, block)
		b.Realloc(n)
		return r.insert(Seq(at), n, b, l)
	}
	l := limits{3, 1 << 20}
	for i, want := range []outcome{pieceKept, pieceKept, pieceKept, pieceNoRoom} {
		if got := add(100*i, 10, 10, l); got != want {
			t.Errorf("piece %d: %v", i, got)
		}
	}
	if got := add(0, 10, 10, l); got != pieceKnown {
		t.Errorf("a known piece at the limit: %v", got)
	}
	if got := add(0, 250, 250, l); got != pieceKept || len(r.pieces) != 1 && len(r.pieces) != 2 {
		t.Errorf("one that covers others: %v", got)
	}
	r.clear()
	l = limits{100, 3 * pbuf.Standard}
	for i, want := range []outcome{pieceKept, pieceKept, pieceKept, pieceNoRoom} {
		if got := add(100*i, 1, 1400, l); got != want {
			t.Errorf("octet %d: %v", i, got)
		}
	}
	r.clear()
	for i := range 1000 { // a run of octets shares a block
		if got := add(5+i, 1, 1400, l); got != pieceKept {
			t.Fatalf("octet %d: %v", i, got)
		}
	}
	if r.mem > pbuf.Standard || len(r.pieces) != 1 {
		t.Errorf("%d bytes in %d pieces", r.mem, len(r.pieces))
	}
	r.clear()
	if s := pool.Stats(); s.BlocksInUse != 0 {
		t.Errorf("%d blocks left", s.BlocksInUse)
	}
}

// Tiny segments ahead of a gap pin what they hold, more or less, not a frame's
// block each.
func TestTinySegmentsPinLittle(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	for i := range 4000 {
		b := r.segment(ACK, 10+2*i, 1, 1000, nil, []byte{1})
		buf := r.pool.AllocBytes(0, 1500)
		buf.Realloc(len(b))
		copy(buf.Bytes(), b)
		r.input(packet{buf, r.info()})
		r.tcp.Flush()
		r.take()
	}
	if s := r.pool.Stats(); s.BytesInUse > 1024*pbuf.Small {
		t.Errorf("%d bytes pinned", s.BytesInUse)
	}
	if r.tcp.Stats().OutOfOrderFull == 0 {
		t.Error("no limit")
	}
	r.end()
}

// A FIN ahead of a gap waits like payload.
func TestFINOutOfOrder(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.send(FIN|ACK, 11, 1, 1, 2, 3)
	if r.pcb.State() != Established || r.up.eof != 0 {
		t.Fatal(r.pcb.State())
	}
	r.send(ACK, 1, 1, make([]byte, 10)...)
	if r.pcb.State() != CloseWait || r.up.eof != 1 || r.up.got.Len() != 13 {
		t.Fatalf("%v, %d octets", r.pcb.State(), r.up.got.Len())
	}
	r.end()
}
