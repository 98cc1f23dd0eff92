package pbuf

import "github.com/golwip/lwip/internal/assert"

// Cat makes the chain t the continuation of the chain b and takes it over. It
// reports false, and changes nothing, if together they are longer than MaxLen
// or t is part of b: then both stay the caller's.
//
// lwIP: pbuf_cat.
func (b *Buf) Cat(t *Buf) bool {
	if b.tot+t.tot > MaxLen {
		return false
	}
	last := b
	for e := b; e != nil; e = e.next {
		if e == t {
			return false
		}
		last = e
	}
	for e := b; e != nil; e = e.next {
		e.tot += t.tot
	}
	last.next = t
	b.check()
	return true
}

// Chain makes the chain t the continuation of the chain b and adds an owner to
// it: the caller keeps t, and must free it. It reports false, and changes
// nothing, where Cat does.
//
// lwIP: pbuf_chain.
func (b *Buf) Chain(t *Buf) bool {
	if !b.Cat(t) {
		return false
	}
	t.Ref()
	return true
}

// Dechain cuts off what follows the element b and takes one owner, which was b,
// from it. It returns the rest of the chain, or nil if that had no other owner
// and was released.
//
// lwIP: pbuf_dechain.
func (b *Buf) Dechain() *Buf {
	rest := b.next
	b.next = nil
	b.tot = b.n
	if rest == nil || rest.Free() > 0 {
		return nil
	}
	return rest
}

// Realloc shortens the chain to n bytes and frees the elements that it does not
// need any more; the first always stays. It reports false, and changes nothing,
// if n is not in [0, TotalLen]: a chain does not grow.
//
// lwIP: pbuf_realloc.
func (b *Buf) Realloc(n int) bool {
	if n < 0 || n > int(b.tot) {
		return false
	}
	left := int32(n)
	e := b
	for ; left > e.n; e = e.next {
		e.tot = left
		left -= e.n
	}
	if left != e.n {
		e.Flags &^= HasSum
	}
	e.n, e.tot = left, left
	rest := e.next
	e.next = nil
	rest.Free()
	b.check()
	return true
}

// Clen returns the number of elements of the chain; b may be nil.
//
// lwIP: pbuf_clen.
func (b *Buf) Clen() int {
	n := 0
	for ; b != nil; b = b.next {
		n++
	}
	return n
}

// Split64K cuts the chain b between two elements so that b has at most MaxLen
// bytes, and returns the rest, or nil if b was short enough. A FIN flag moves
// to the rest. It is for chains built with SetNext, which holds no total to
// MaxLen; no element is longer than that.
//
// lwIP: pbuf_split_64k.
func (b *Buf) Split64K() *Buf {
	if b.tot <= MaxLen {
		return nil
	}
	last, front := b, b.n
	for last.next != nil && front+last.next.n <= MaxLen {
		last = last.next
		front += last.n
	}
	rest := last.next
	if rest == nil {
		return nil
	}
	last.next = nil
	for e := b; e != nil; e = e.next {
		e.tot -= rest.tot
	}
	rest.Flags |= b.Flags & FIN
	b.Flags &^= FIN
	b.check()
	return rest
}

// FreeHeader frees the first n bytes of the chain, elements that become empty
// with them, and returns what is left, or nil if that is nothing. The head's
// flags pass on to the new head, but for its sum. It consumes b.
//
// lwIP: pbuf_free_header, which loses the flags.
func (b *Buf) FreeHeader(n int) *Buf {
	for b != nil && n > 0 {
		if n < int(b.n) {
			b.RemoveHeader(n)
			return b
		}
		n -= int(b.n)
		next := b.next
		if next != nil {
			next.Flags |= b.Flags &^ HasSum
			next.SegmentSize = b.SegmentSize
		}
		b.next = nil
		b.tot = b.n
		b.Free()
		b = next
	}
	return b
}

// check panics in a debug build unless the totals of the chain are right.
func (b *Buf) check() {
	for e := b; assert.Enabled && e != nil; e = e.next {
		tot := e.n
		if e.next != nil {
			tot += e.next.tot
		}
		assert.That(e.tot == tot, "pbuf: total length of a chain")
		assert.That(e.n >= 0 && e.off >= 0 && int(e.off+e.n) <= len(e.blk.data), "pbuf: element outside its block")
	}
}
