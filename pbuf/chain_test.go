package pbuf

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// fataler is testing.TB or rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// chainOf makes a chain whose elements have the given bytes. It uses SetNext,
// so that the chain may be longer than MaxLen.
func chainOf(t fataler, p *Pool, parts ...[]byte) *Buf {
	t.Helper()
	var chain *Buf
	for i := len(parts) - 1; i >= 0; i-- {
		b := p.AllocBytes(0, len(parts[i]))
		if b == nil || !b.Take(parts[i]) {
			t.Fatalf("cannot make an element of %d bytes", len(parts[i]))
		}
		if chain != nil {
			b.SetNext(chain)
		}
		chain = b
	}
	return chain
}

// flat returns the chain's bytes after checking its totals.
func flat(t fataler, b *Buf) []byte {
	t.Helper()
	var all []byte
	for e := b; e != nil; e = e.Next() {
		all = append(all, e.Bytes()...)
	}
	left := len(all)
	for e := b; e != nil; e = e.Next() {
		if e.TotalLen() != left {
			t.Fatalf("TotalLen %d, want %d", e.TotalLen(), left)
		}
		left -= e.Len()
	}
	return all
}

// wantEmpty fails the test unless everything was given back to the pool.
func wantEmpty(t fataler, p *Pool) {
	t.Helper()
	if s := p.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 || s.BytesInUse != 0 {
		t.Errorf("not given back: %+v", s)
	}
}

// drawParts draws the elements of a chain, many of them short or empty.
func drawParts(t *rapid.T) [][]byte {
	part := rapid.OneOf(rapid.SliceOfN(rapid.ByteRange(0, 2), 0, 4), rapid.SliceOfN(rapid.Byte(), 0, 300))
	return rapid.SliceOfN(part, 1, 6).Draw(t, "parts")
}

func TestCatRefusesOverflow(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b int
		ok   bool
	}{
		{"just fits", MaxLen - 1, 1, true},
		{"one too many", MaxLen, 1, false},
		{"twice the most", MaxLen, MaxLen, false},
		{"nothing to add", MaxLen, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPool(Config{})
			a, b := p.Alloc(Raw, c.a, Pooled), p.Alloc(Raw, c.b, Pooled)
			elements := a.Clen()
			if got := a.Chain(b); got != c.ok {
				t.Fatalf("Chain: %v", got)
			}
			if !c.ok && (a.TotalLen() != c.a || a.Clen() != elements || b.TotalLen() != c.b) {
				t.Errorf("refused Chain changed something: %d, %d bytes", a.TotalLen(), b.TotalLen())
			}
			if got := b.Free(); c.ok == (got > 0) {
				t.Errorf("Free of the tail released %d", got)
			}
			a.Free()
			wantEmpty(t, p)
			a, b = p.Alloc(Raw, c.a, Pooled), p.Alloc(Raw, c.b, Pooled)
			if got := a.Cat(b); got != c.ok {
				t.Fatalf("Cat: %v", got)
			}
			if !c.ok {
				b.Free() // still ours
			}
			a.Free()
			wantEmpty(t, p)
		})
	}
}

func TestCatRefusesItself(t *testing.T) {
	p := NewPool(Config{})
	b := chainOf(t, p, []byte{1}, []byte{2}, []byte{3})
	for e := b; e != nil; e = e.Next() {
		if b.Cat(e) || b.Chain(e) {
			t.Fatal("made a ring")
		}
	}
	b.Free()
	wantEmpty(t, p)
}

func TestSplit64K(t *testing.T) {
	for _, c := range []struct {
		name  string
		sizes []int
		front int // elements that stay; 0: no split
	}{
		{"short chain", []int{10, 20}, 0},
		{"exactly the most", []int{MaxLen - 5, 5}, 0},
		{"one byte over", []int{MaxLen - 5, 5, 1}, 2},
		{"the second does not fit", []int{40000, 40000}, 1},
		{"empty elements stay in front", []int{MaxLen, 0, 0, 1}, 3},
		{"much longer", []int{30000, 30000, 30000, 30000, 30000}, 2},
		{"a single element", []int{MaxLen}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPool(Config{})
			var parts [][]byte
			for i, n := range c.sizes {
				parts = append(parts, bytes.Repeat([]byte{byte(i + 1)}, n))
			}
			b := chainOf(t, p, parts...)
			b.Flags |= FIN | Push
			whole := flat(t, b)
			rest := b.Split64K()
			if (rest != nil) != (c.front != 0) {
				t.Fatalf("rest: %v", rest)
			}
			front := flat(t, b)
			if len(front) > MaxLen {
				t.Errorf("front of %d bytes", len(front))
			}
			if rest == nil {
				if !b.Flags.Has(FIN | Push) {
					t.Error("flags lost")
				}
				b.Free()
				return
			}
			if b.Clen() != c.front {
				t.Errorf("%d elements in front, want %d", b.Clen(), c.front)
			}
			if !bytes.Equal(append(front, flat(t, rest)...), whole) {
				t.Error("bytes lost")
			}
			if b.Flags != Push || rest.Flags != FIN {
				t.Errorf("flags %b and %b", b.Flags, rest.Flags)
			}
			b.Free()
			rest.Free()
			wantEmpty(t, p)
		})
	}
}

func TestFreeHeaderKeepsFlags(t *testing.T) {
	p := NewPool(Config{})
	b := chainOf(t, p, []byte{1, 2}, []byte{3, 4})
	b.Flags, b.SegmentSize = FIN|LinkMulticast|HasSum, 1448
	b = b.FreeHeader(2)
	if b.Flags != FIN|LinkMulticast || b.SegmentSize != 1448 {
		t.Errorf("flags %b, SegmentSize %d", b.Flags, b.SegmentSize)
	}
	if got := b.FreeHeader(-1); got != b || b.TotalLen() != 2 {
		t.Error("a negative length freed something")
	}
	if b.FreeHeader(3) != nil {
		t.Error("more than everything left something")
	}
	wantEmpty(t, p)
}

// A released tail that has another owner lives on by itself.
func TestFreeStopsAtSharedTail(t *testing.T) {
	p := NewPool(Config{})
	tail := chainOf(t, p, []byte("tail"), []byte("end"))
	a, b := chainOf(t, p, []byte("a")), chainOf(t, p, []byte("b"), []byte("bb"))
	if !a.Chain(tail) || !b.Cat(tail) {
		t.Fatal("cannot chain")
	}
	if got := b.Free(); got != 2 {
		t.Errorf("freeing b released %d, want its own 2", got)
	}
	if got := string(flat(t, a)); got != "atailend" {
		t.Errorf("got %q", got)
	}
	if got := a.Free(); got != 3 {
		t.Errorf("freeing a released %d, want 3", got)
	}
	wantEmpty(t, p)
}

func TestFreeNil(t *testing.T) {
	var b *Buf
	if b.Free() != 0 || b.Clen() != 0 {
		t.Error("nil is not an empty chain")
	}
}
