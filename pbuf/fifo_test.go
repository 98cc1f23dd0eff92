package pbuf

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestFIFOModel holds a FIFO against a plain byte slice.
func TestFIFOModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool(Config{})
		var f FIFO
		var model []byte
		next := byte(0)
		chain := func(sizes []int) *Buf {
			var head *Buf
			for _, n := range sizes {
				e := p.AllocBytes(0, n)
				for i := range e.Bytes() {
					e.Bytes()[i] = next
					next++
				}
				if head == nil {
					head = e
				} else {
					head.Cat(e)
				}
			}
			return head
		}
		content := func(b *Buf) []byte {
			var out []byte
			for e := b; e != nil; e = e.Next() {
				if e.TotalLen() != e.Len()+e.Next().total() {
					t.Fatalf("an element of %d bytes has total %d, its next %d", e.Len(), e.TotalLen(), e.Next().total())
				}
				out = append(out, e.Bytes()...)
			}
			return out
		}
		take := func(what string, b *Buf, n int) {
			got := content(b)
			if len(got) > len(model) || !bytes.Equal(got, model[:len(got)]) || len(got) != n {
				t.Fatalf("%s: got %d bytes, want %d of %d", what, len(got), n, len(model))
			}
			model = model[len(got):]
			b.Free()
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				b := chain(rapid.SliceOfN(rapid.IntRange(1, 600), 1, 4).Draw(t, "sizes"))
				model = append(model, content(b)...)
				f.Append(b)
			},
			"append views of one block": func(t *rapid.T) {
				b := chain([]int{1000})
				v := b.View(0, 400)
				v.SetNext(b.View(400, 600))
				model = append(model, content(v)...)
				b.Free()
				f.Append(v)
			},
			"merge": func(t *rapid.T) {
				b := chain(rapid.SliceOfN(rapid.IntRange(1, 100), 1, 3).Draw(t, "sizes"))
				if f.Merge(b) {
					model = append(model, content(b)...)
				}
				b.Free()
			},
			"whole": func(t *rapid.T) {
				n := rapid.IntRange(0, 2000).Draw(t, "n")
				fits := 0
				for e := f.Front(); e != nil && fits+e.Len() <= n; e = e.Next() {
					fits += e.Len()
				}
				take("Whole", f.Whole(n), fits)
			},
			"take": func(t *rapid.T) {
				n := rapid.IntRange(0, 2000).Draw(t, "n")
				take("Take", f.Take(n), min(n, len(model)))
			},
			"drop": func(t *rapid.T) {
				if f.Len() == 0 || f.Front().Len() < 2 {
					return
				}
				n := rapid.IntRange(1, f.Front().Len()-1).Draw(t, "n")
				f.Drop(n)
				model = model[n:]
			},
			"": func(t *rapid.T) {
				if f.Len() != len(model) {
					t.Fatalf("length %d, want %d", f.Len(), len(model))
				}
				pinned := 0
				var prev *Buf
				for e := f.Front(); e != nil; prev, e = e, e.Next() {
					if prev == nil || prev.blk != e.blk {
						pinned += e.BlockSize()
					}
				}
				if f.Pinned() != pinned {
					t.Fatalf("pinned %d, want %d", f.Pinned(), pinned)
				}
			},
		})
		take("All", f.All(), len(model))
		if f.Pinned() != 0 || f.Len() != 0 {
			t.Fatalf("an empty FIFO has %d bytes and pins %d", f.Len(), f.Pinned())
		}
		if s := p.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Fatalf("%d blocks and %d views are left", s.BlocksInUse, s.ViewsInUse)
		}
	})
}

// total is TotalLen, 0 for nil.
func (b *Buf) total() int {
	if b == nil {
		return 0
	}
	return b.TotalLen()
}
