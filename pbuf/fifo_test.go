package pbuf

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// A FIFO is held against the bytes it must contain.
func TestFIFOAgainstFlatBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool(Config{})
		var f FIFO
		var want []byte
		var others []*Buf // keep some of the blocks shared
		take := func(t *rapid.T, b *Buf) {
			got := flat(t, b)
			if len(got) > len(want) || !bytes.Equal(got, want[:len(got)]) {
				t.Fatalf("took % x, want the start of % x", got, want)
			}
			want = want[len(got):]
			b.Free()
		}
		t.Repeat(map[string]func(*rapid.T){
			"Append": func(t *rapid.T) {
				parts := drawParts(t)
				b := chainOf(t, p, parts...)
				if rapid.Bool().Draw(t, "shared") {
					others = append(others, b.Share())
				}
				f.Append(b)
				want = append(want, bytes.Join(parts, nil)...)
			},
			"Merge": func(t *rapid.T) {
				parts := drawParts(t)
				b := chainOf(t, p, parts...)
				room := 0
				if f.tail != nil {
					room = f.tail.Tailroom()
				}
				merged := f.Merge(b)
				if ok := f.tail != nil && room >= b.TotalLen(); merged != ok {
					t.Fatalf("Merge of %d bytes into %d: %v", b.TotalLen(), room, merged)
				}
				if merged {
					want = append(want, bytes.Join(parts, nil)...)
				}
				if !bytes.Equal(flat(t, b), bytes.Join(parts, nil)) {
					t.Fatal("Merge changed what it borrowed")
				}
				b.Free()
			},
			"Whole": func(t *rapid.T) {
				limit := near(t, len(want), "limit")
				b := f.Whole(limit)
				if b.Clen() > 0 && b.TotalLen() > limit {
					t.Fatalf("Whole(%d) took %d", limit, b.TotalLen())
				}
				take(t, b)
				if e := f.Front(); e != nil && e.Len() <= limit && b == nil {
					t.Fatalf("Whole(%d) left an element of %d", limit, e.Len())
				}
			},
			"Take": func(t *rapid.T) {
				n := near(t, len(want), "n")
				left := max(len(want)-max(n, 0), 0)
				take(t, f.Take(n))
				if len(want) != left {
					t.Fatalf("Take(%d) left %d bytes, want %d", n, len(want), left)
				}
			},
			"Drop": func(t *rapid.T) {
				if f.Front() == nil || f.Front().Len() < 2 {
					t.Skip("nothing to drop")
				}
				n := rapid.IntRange(0, f.Front().Len()-1).Draw(t, "n")
				f.Drop(n)
				want = want[n:]
			},
			"All": func(t *rapid.T) {
				take(t, f.All())
				if len(want) != 0 || f.Front() != nil {
					t.Fatalf("All left %d bytes", len(want))
				}
			},
			"": func(t *rapid.T) {
				if f.Len() != len(want) {
					t.Fatalf("Len %d, want %d", f.Len(), len(want))
				}
				var got []byte
				for e := f.Front(); e != nil; e = e.Next() {
					got = append(got, e.Bytes()...)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("contains % x, want % x", got, want)
				}
			},
		})
		f.All().Free()
		FreeAll(others)
		wantEmpty(t, p)
	})
}

// When the pool has no view for the cut, Take gives whole elements and loses
// nothing.
func TestFIFOTakeWithoutViews(t *testing.T) {
	p := NewPool(Config{MaxViews: 1})
	var f FIFO
	b := chainOf(t, p, []byte("ab"), []byte("cdef"))
	held := []*Buf{b.Next().View(0, 1), b.Next().View(0, 1)}
	f.Append(b)
	got := f.Take(4)
	if string(flat(t, got)) != "ab" || f.Len() != 4 || f.Take(2) != nil {
		t.Errorf("took %q, %d left", flat(t, got), f.Len())
	}
	got.Free()
	f.All().Free()
	FreeAll(held)
	wantEmpty(t, p)
}
