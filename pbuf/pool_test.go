package pbuf

import (
	"math"
	"testing"
)

func TestLayerRoom(t *testing.T) {
	for _, c := range []struct {
		layer Layer
		need  int // Ethernet header and VLAN tag, IPv6 header, TCP header
	}{{Raw, 0}, {RawTX, RawTXRoom}, {Link, RawTXRoom + 18}, {IP, RawTXRoom + 18 + 40}, {Transport, RawTXRoom + 18 + 40 + 20}} {
		if got := c.layer.Room(); got < c.need {
			t.Errorf("layer %d leaves %d bytes, want at least %d", c.layer, got, c.need)
		}
	}
}

func TestAllocRefusesBadArguments(t *testing.T) {
	p := NewPool(Config{})
	long := make([]byte, MaxFrame+1)
	for name, b := range map[string]*Buf{
		"Alloc(-1)":             p.Alloc(Raw, -1, RAM),
		"Alloc(MaxLen+1)":       p.Alloc(Raw, MaxLen+1, RAM),
		"chain of MaxLen+1":     p.Alloc(Raw, MaxLen+1, Pooled),
		"chain of -1":           p.Alloc(Raw, -1, Pooled),
		"Alloc ROM":             p.Alloc(Raw, 1, ROM),
		"Alloc Custom":          p.Alloc(Raw, 1, Custom),
		"AllocBytes(-1, 1)":     p.AllocBytes(-1, 1),
		"AllocBytes(0, max)":    p.AllocBytes(0, math.MaxInt),
		"AllocBytes(max, max)":  p.AllocBytes(math.MaxInt, math.MaxInt),
		"AllocBytes(1, min)":    p.AllocBytes(1, math.MinInt),
		"AllocReference RAM":    p.AllocReference(nil, RAM),
		"AllocReference long":   p.AllocReference(long, ROM),
		"AllocCustom(-1, 1)":    p.AllocCustom(long, -1, 1, nil),
		"AllocCustom(1, -1)":    p.AllocCustom(long, 1, -1, nil),
		"AllocCustom(max, 2)":   p.AllocCustom(long, math.MaxInt, 2, nil),
		"AllocCustom too short": p.AllocCustom(long[:10], 6, 5, nil),
		"AllocCustom too long":  p.AllocCustom(long, 0, MaxFrame+1, nil),
	} {
		if b != nil {
			t.Errorf("%s gave a packet", name)
		}
	}
	var dst [1]*Buf
	if p.AllocN(dst[:], -1, 1) != 0 || p.AllocN(dst[:], 1, math.MaxInt) != 0 || p.AllocN(nil, 1, 1) != 0 || dst[0] != nil {
		t.Error("AllocN gave a packet")
	}
	wantEmpty(t, p)
	if got := p.Stats().Exhausted; got != 0 {
		t.Errorf("Exhausted counts %d bad arguments", got)
	}
}

func TestAllocLargest(t *testing.T) {
	p := NewPool(Config{})
	for _, b := range []*Buf{p.Alloc(Transport, MaxLen, RAM), p.Alloc(Transport, MaxLen, Pooled), p.AllocBytes(MaxFrame, MaxFrame)} {
		if b == nil || b.TotalLen() < MaxLen {
			t.Fatalf("got %v", b)
		}
		b.Free()
	}
	frame := p.AllocBytes(0, MaxFrame)
	if c := p.Clone(frame, Raw, Pooled); c == nil || c.TotalLen() != MaxFrame {
		t.Errorf("cannot clone the longest frame")
	} else {
		c.Free()
	}
	frame.Free()
	wantEmpty(t, p)
}

func TestExhaustedBytes(t *testing.T) {
	const most = 3*Standard*headerShare/(headerShare-1) + 1 // three blocks and the headers' share
	p := NewPool(Config{MaxBytes: most})
	var bufs [5]*Buf
	if got := p.AllocN(bufs[:], 0, Standard); got != 3 || bufs[3] != nil || bufs[2] == nil {
		t.Fatalf("AllocN made %d, want 3", got)
	}
	if got := p.Stats(); got.Exhausted != 1 || got.BytesInUse != 3*Standard || got.PeakBytes != 3*Standard || got.BlocksInUse != 3 {
		t.Errorf("stats %+v", got)
	}
	header := p.Alloc(Transport, 60, RAM)
	if header == nil {
		t.Fatal("payload leaves no room for a header")
	}
	if p.Alloc(Raw, 1, RAM) != nil || p.Alloc(Raw, 1, Pooled) != nil || p.AllocN(bufs[3:], 0, 1) != 0 {
		t.Error("more than MaxBytes")
	}
	if got := p.Stats().Exhausted; got != 4 {
		t.Errorf("Exhausted %d, want 4", got)
	}
	header.Free()
	bufs[0].Free()
	if p.Alloc(Raw, 2*Standard, Pooled) != nil {
		t.Error("a chain of two blocks where one fits")
	}
	if got := p.Stats().BlocksInUse; got != 2 {
		t.Errorf("%d blocks in use after the chain was refused, want 2", got)
	}
	if got := p.Coalesce(chainOf(t, NewPool(Config{}), []byte{1}, make([]byte, 2*Standard)), Raw); got.Clen() != 2 {
		t.Error("Coalesce without memory must leave the chain")
	}
	FreeAll(bufs[1:3])
	wantEmpty(t, p)
	if got := p.Stats().PeakBytes; got != 3*Standard+Small {
		t.Errorf("peak %d", got)
	}
}

func TestExhaustedViews(t *testing.T) {
	p := NewPool(Config{MaxViews: 2})
	b := chainOf(t, p, []byte("ab"), []byte("cd"))
	var views []*Buf
	for range 3 { // the spare, then the two of the pool
		views = append(views, b.View(0, 1))
	}
	if views[2] == nil || b.View(0, 1) != nil {
		t.Fatalf("want three views and no more")
	}
	if b.Share() != nil {
		t.Error("Share beyond MaxViews")
	}
	if s := p.Stats(); s.ViewsInUse != 2 || s.Exhausted != 2 {
		t.Errorf("stats %+v", s)
	}
	if !b.Next().Writable() {
		t.Error("a refused Share kept a view")
	}
	for _, v := range views {
		v.Free()
	}
	b.Free()

	rom, custom := p.AllocReference(nil, ROM), p.AllocCustom(nil, 0, 0, nil)
	refused := func() { t.Error("done called for a refused packet") }
	if p.AllocReference(nil, ROM) != nil || p.AllocCustom(nil, 0, 0, refused) != nil {
		t.Error("references beyond MaxViews")
	}
	rom.Free()
	custom.Free()
	wantEmpty(t, p)
}

// IdleBytes bounds what a pool keeps: a burst does not stay.
func TestIdleBytes(t *testing.T) {
	p := NewPool(Config{IdleBytes: 2 * Standard})
	bufs := make([]*Buf, 10)
	p.AllocN(bufs, 0, 1460)
	blocks := make(map[*block]bool)
	for _, b := range bufs {
		blocks[b.blk] = true
	}
	FreeAll(bufs)
	p.AllocN(bufs, 0, 1460)
	again := 0
	for _, b := range bufs {
		if blocks[b.blk] {
			again++
		}
	}
	if again != 2 {
		t.Errorf("%d of 10 blocks were kept, want 2", again)
	}
	FreeAll(bufs)
	wantEmpty(t, p)
}

// What is free is kept up to as much as is in use: a busy pool that swings by half
// needs no new blocks.
func TestIdleFollowsUse(t *testing.T) {
	p := NewPool(Config{IdleBytes: 2 * Standard})
	bufs := make([]*Buf, 100)
	p.AllocN(bufs, 0, 1460)
	blocks := make(map[*block]bool)
	for _, b := range bufs {
		blocks[b.blk] = true
	}
	FreeAll(bufs[:50])
	p.AllocN(bufs[:50], 0, 1460)
	for i, b := range bufs {
		if !blocks[b.blk] {
			t.Fatalf("block %d of 100 is new", i)
		}
	}
	FreeAll(bufs)
	if n := p.free[1].n; n != 2 {
		t.Errorf("%d blocks are kept when none is in use, want 2", n)
	}
	wantEmpty(t, p)
}

// A custom packet's done runs after the last view is gone, outside the pool's
// lock: it may use the pool.
func TestCustomDoneMayUsePool(t *testing.T) {
	p := NewPool(Config{})
	calls := 0
	var next *Buf
	b := p.AllocCustom([]byte("....data"), 4, 4, func() {
		calls++
		next = p.Alloc(Raw, 1, RAM)
	})
	tail := chainOf(t, p, []byte("tail"))
	b.Cat(tail)
	v := b.View(1, 2)
	if b.Free() != 2 || calls != 0 {
		t.Fatalf("done called %d times while a view is left", calls)
	}
	if string(v.Bytes()) != "at" {
		t.Errorf("view of % x", v.Bytes())
	}
	v.Free()
	if calls != 1 || next == nil {
		t.Fatalf("done called %d times, want once", calls)
	}
	next.Free()
	wantEmpty(t, p)
}

func TestChainOverTwoPools(t *testing.T) {
	a, b := NewPool(Config{}), NewPool(Config{})
	chain := chainOf(t, a, []byte("a"))
	for i, p := range []*Pool{b, b, a, b} {
		chain.Cat(chainOf(t, p, []byte{byte(i)}))
	}
	s := chain.Share()
	if chain.Free() != 5 || s.Free() != 5 {
		t.Error("not all elements released")
	}
	wantEmpty(t, a)
	wantEmpty(t, b)
}

func TestBlockSize(t *testing.T) {
	p := NewPool(Config{})
	for _, c := range []struct{ n, want int }{{0, Small}, {Small, Small}, {Small + 1, Standard}, {Standard + 1, Jumbo}, {Jumbo + 1, Large}, {Large - 1, Large}} {
		room := max(0, c.n-MaxLen)
		b := p.AllocBytes(room, c.n-room)
		if got := b.BlockSize(); got != c.want || p.Stats().BytesInUse != c.want {
			t.Errorf("%d bytes pin %d, want %d", c.n, got, c.want)
		}
		b.Free()
	}
	b := p.AllocBytes(MaxFrame, 5000)
	if got := b.BlockSize(); got != MaxFrame+5000 {
		t.Errorf("an odd block of %d bytes", got)
	}
	b.Free()
	wantEmpty(t, p)
}

func TestZeroAlloc(t *testing.T) {
	p := NewPool(Config{})
	payload := p.AllocBytes(0, 1448)
	bufs := make([]*Buf, 8)
	done := func() {}
	bytes := make([]byte, 100)
	for name, f := range map[string]func(){
		"Alloc":  func() { p.Alloc(Transport, 1460, RAM).Free() },
		"Pooled": func() { p.Alloc(Link, 9000, Pooled).Free() },
		"View":   func() { payload.View(0, 100).Free() },
		"views": func() {
			a, b := payload.View(0, 100), payload.View(100, 200)
			a.Free()
			b.Free()
		},
		"Segment": func() {
			head := p.Alloc(IP, 32, RAM)
			head.SetNext(payload.View(0, 1448))
			s := head.Share()
			head.Free()
			s.Free()
		},
		"AllocN":         func() { p.AllocN(bufs, 64, 1448); FreeAll(bufs) },
		"AllocReference": func() { p.AllocReference(bytes, ROM).Free() },
		"AllocCustom":    func() { p.AllocCustom(bytes, 0, 100, done).Free() },
		"Coalesce":       func() { p.Coalesce(p.Alloc(Raw, 4000, Pooled), IP).Free() },
		"Strstr":         func() { payload.Strstr("never there") },
	} {
		f() // fill the free lists
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	payload.Free()
	wantEmpty(t, p)
}
