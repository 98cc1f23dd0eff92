package pbuf

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"pgregory.net/rapid"
)

// Every reading function is held against the same on the chain's bytes laid
// out flat.
func TestReadingAgainstFlatBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool(Config{})
		parts := drawParts(t)
		all := bytes.Join(parts, nil)
		b := chainOf(t, p, parts...)
		off := near(t, len(all), "off")
		in := off >= 0 && off < len(all)

		if c, ok := b.TryGetAt(off); ok != in || in && c != all[off] {
			t.Fatalf("TryGetAt(%d) = %d, %v", off, c, ok)
		}
		if c := b.GetAt(off); in && c != all[off] || !in && c != 0 {
			t.Fatalf("GetAt(%d) = %d", off, c)
		}
		if e, at := b.Skip(off); (e != nil) != in {
			t.Fatalf("Skip(%d) = %v, %d", off, e, at)
		} else if in && e.Bytes()[at] != all[off] {
			t.Fatalf("Skip(%d) is at %d", off, e.Bytes()[at])
		} else if off >= len(all) && at != off-len(all) {
			t.Fatalf("Skip(%d) is %d beyond the end", off, at)
		}

		dst := make([]byte, max(near(t, len(all), "n"), 0))
		want := []byte(nil)
		if in {
			want = all[off:min(off+len(dst), len(all))]
		}
		if n := b.CopyPartial(dst, off); n != len(want) || !bytes.Equal(dst[:n], want) {
			t.Fatalf("CopyPartial at %d = % x, want % x", off, dst[:n], want)
		}

		n := near(t, len(all)-off, "length")
		scratch := make([]byte, max(near(t, n, "scratch"), 0))
		got := b.GetContiguous(scratch, n, off)
		switch {
		case off < 0 || n < 0 || off+n > len(all):
			if got != nil {
				t.Fatalf("GetContiguous(%d, %d) out of range", n, off)
			}
		case got == nil:
			if e, at := b.Skip(off); n <= len(scratch) || at+n <= e.Len() {
				t.Fatalf("GetContiguous(%d, %d) is nil", n, off)
			}
		case !bytes.Equal(got, all[off:off+n]):
			t.Fatalf("GetContiguous(%d, %d) = % x", n, off, got)
		}
		if b.Free() != len(parts) {
			t.Fatal("elements left")
		}
	})
}

func TestSearchAgainstFlatBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewPool(Config{})
		parts := drawParts(t)
		all := bytes.Join(parts, nil)
		b := chainOf(t, p, parts...)
		needle := rapid.SliceOfN(rapid.ByteRange(0, 2), 0, 5).Draw(t, "needle")
		if from := rapid.IntRange(0, len(all)).Draw(t, "from"); rapid.Bool().Draw(t, "present") {
			needle = all[from:min(from+len(needle), len(all))]
		}
		start := near(t, len(all), "start")

		want := NotFound
		if start >= 0 && start <= len(all) {
			if i := bytes.Index(all[start:], needle); i >= 0 {
				want = start + i
			}
		}
		if got := b.Memfind(needle, start); got != want {
			t.Fatalf("Memfind(% x, %d) in % x = %d, want %d", needle, start, all, got, want)
		}

		want = bytes.Index(all, needle)
		if len(needle) == 0 {
			want = NotFound
		}
		if got := b.Strstr(string(needle)); got != want {
			t.Fatalf("Strstr(% x) in % x = %d, want %d", needle, all, got, want)
		}

		want = NotFound
		if start >= 0 && start+len(needle) <= len(all) {
			want = 0
			for i, c := range needle {
				if all[start+i] != c {
					want = i + 1
					break
				}
			}
		}
		if got := b.Memcmp(start, needle); got != want {
			t.Fatalf("Memcmp(%d, % x) in % x = %d, want %d", start, needle, all, got, want)
		}
		b.Free()
		wantEmpty(t, p)
	})
}

// Offsets and lengths at the ends of int must not overflow into the range.
func TestExtremeOffsets(t *testing.T) {
	p := NewPool(Config{})
	b := chainOf(t, p, []byte("abc"), []byte("def"))
	one := []byte{1}
	for _, off := range []int{math.MinInt, math.MinInt + 1, -1, 7, math.MaxInt - 1, math.MaxInt} {
		if b.GetAt(off) != 0 || b.PutAt(off, 1) || b.TakeAt(one, off) || b.CopyPartial(one, off) != 0 ||
			b.Memcmp(off, one) != NotFound || b.Memfind(one, off) != NotFound || b.GetContiguous(nil, 1, off) != nil ||
			CopyPartialBuf(b, b, 1, off) || b.Realloc(off) || b.AddHeader(off) != nil || b.AddHeaderForce(off) != nil ||
			b.RemoveHeader(off) || b.Extend(off) != nil || b.View(off, 1) != nil || off != -1 && (b.Header(off) || b.HeaderForce(off)) {
			t.Errorf("offset %d was accepted", off)
		}
		if _, ok := b.FillSum(one, off, 0); ok {
			t.Errorf("FillSum at %d was accepted", off)
		}
	}
	for _, n := range []int{math.MinInt, -1, math.MaxInt} {
		if b.View(1, n) != nil || b.GetContiguous(nil, n, 1) != nil || CopyPartialBuf(b, b, n, 0) {
			t.Errorf("length %d was accepted", n)
		}
	}
	if got := string(flat(t, b)); got != "abcdef" {
		t.Errorf("something changed: %q", got)
	}
}

// Nothing writes to storage that somebody else looks at, or to the caller's
// read-only bytes; refused writes are refused as a whole.
func TestWritesRefuseSharedAndReadOnly(t *testing.T) {
	p := NewPool(Config{})
	rom := p.AllocReference([]byte("rom"), ROM)
	ref := p.AllocReference([]byte("ref"), Reference)
	shared := chainOf(t, p, []byte("own"))
	view := shared.View(1, 1)
	for _, tail := range []*Buf{rom, ref, shared, view} {
		head := chainOf(t, p, []byte("head"))
		before := string(tail.Bytes())
		if !head.Chain(tail) {
			t.Fatal("cannot chain")
		}
		if head.TakeAt([]byte("xx"), 3) || head.PutAt(4, 'x') || tail.AddHeader(1) != nil || tail.Extend(1) != nil ||
			Copy(head, head) || tail.Headroom() != 0 || tail.Tailroom() != 0 {
			t.Errorf("%q was written to", before)
		}
		if got := string(flat(t, head)); got != "head"+before {
			t.Errorf("got %q after refused writes", got)
		}
		if !head.TakeAt([]byte("HEAD"), 0) || !head.PutAt(0, 'h') || !head.TakeAt(nil, 4) {
			t.Error("the head is writable")
		}
		head.Free()
	}
	view.Free()
	if !shared.Take([]byte("OWN")) {
		t.Error("not writable after the other view is gone")
	}
	FreeAll([]*Buf{rom, ref, shared})
	wantEmpty(t, p)
}

func TestFillSumMakesPacketSum(t *testing.T) {
	p := NewPool(Config{})
	text := []byte(strings.Repeat("sum while copying ", 20))
	b := p.AllocBytes(0, len(text))
	sum, ok := uint16(0), true
	for off := 0; off < len(text); off += 7 {
		if sum, ok = b.FillSum(text[off:min(off+7, len(text))], off, sum); !ok {
			t.Fatalf("refused at %d", off)
		}
	}
	if want := checksum.Sum(text); sum != want || !bytes.Equal(b.Bytes(), text) {
		t.Errorf("sum %#04x, want %#04x", sum, want)
	}
}
