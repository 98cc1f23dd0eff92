package pbuf

// Skip returns the element that holds the byte at offset off of the chain, and
// the byte's offset in that element. If the chain is not longer than off, it
// returns nil and how far beyond the end off is.
//
// lwIP: pbuf_skip.
func (b *Buf) Skip(off int) (*Buf, int) {
	if off < 0 {
		return nil, off
	}
	e := b
	for ; e != nil && off >= int(e.n); e = e.next {
		off -= int(e.n)
	}
	return e, off
}

// CopyPartial copies bytes of the chain, from offset off on, to dst and returns
// how many: the lesser of len(dst) and what the chain has there, which is
// nothing when off is out of range.
//
// lwIP: pbuf_copy_partial.
func (b *Buf) CopyPartial(dst []byte, off int) int {
	e, at := b.Skip(off)
	n := 0
	for ; e != nil && n < len(dst); e = e.next {
		n += copy(dst[n:], e.Bytes()[at:])
		at = 0
	}
	return n
}

// Copy copies the whole chain src to the start of the chain dst. It reports
// false, and copies nothing, if dst is shorter or not writable there.
//
// lwIP: pbuf_copy.
func Copy(dst, src *Buf) bool { return CopyPartialBuf(dst, src, src.TotalLen(), 0) }

// CopyPartialBuf copies the first n bytes of the chain src to the chain dst at
// offset off. It reports false, and copies nothing, if src has fewer bytes, dst
// has no room for them, or they would go to an element that is not Writable.
//
// lwIP: pbuf_copy_partial_pbuf.
func CopyPartialBuf(dst, src *Buf, n, off int) bool {
	if n < 0 || n > src.TotalLen() || !dst.canPut(off, n) {
		return false
	}
	for e := src; n > 0; e = e.next {
		part := e.Bytes()[:min(n, int(e.n))]
		dst.put(part, off)
		off += len(part)
		n -= len(part)
	}
	return true
}

// Take copies src to the start of the chain. It reports false, and copies
// nothing, if the chain is shorter than src or not writable there.
//
// lwIP: pbuf_take.
func (b *Buf) Take(src []byte) bool { return b.TakeAt(src, 0) }

// TakeAt copies src to the chain at offset off. It reports false, and copies
// nothing, if src would go beyond the end or to an element that is not
// Writable.
//
// lwIP: pbuf_take_at.
func (b *Buf) TakeAt(src []byte, off int) bool {
	if !b.canPut(off, len(src)) {
		return false
	}
	b.put(src, off)
	return true
}

// canPut reports whether the chain has n bytes at offset off, all in elements
// that are writable.
func (b *Buf) canPut(off, n int) bool {
	if off < 0 || off > int(b.tot) || n > int(b.tot)-off {
		return false
	}
	e, at := b.Skip(off)
	for ; e != nil && n > 0; e = e.next {
		if take := min(n, int(e.n)-at); take > 0 {
			if !e.Writable() {
				return false
			}
			n -= take
		}
		at = 0
	}
	return true
}

// put copies src to the chain at offset off, where canPut said it can.
func (b *Buf) put(src []byte, off int) {
	e, at := b.Skip(off)
	for ; len(src) > 0; e = e.next {
		src = src[copy(e.Bytes()[at:], src):]
		e.Flags &^= HasSum
		at = 0
	}
}

// Clone returns a packet of the pool's with the bytes of the chain b, which it
// borrows, and the headroom and type that Alloc gives; nil if the pool is
// exhausted. What the flags and SegmentSize say of the packet is taken over,
// the sum is not.
//
// lwIP: pbuf_clone, which clears the flags.
func (p *Pool) Clone(b *Buf, l Layer, t Type) *Buf {
	c := p.allocAny(l, b.TotalLen(), t)
	if c == nil {
		return nil
	}
	Copy(c, b)
	c.Flags = b.Flags &^ HasSum
	c.SegmentSize = b.SegmentSize
	return c
}

// Coalesce returns the packet b as one element, with the headroom of layer l if
// it had to be copied. It consumes b, unless the pool is exhausted: then it
// returns b as it was, as a chain.
//
// lwIP: pbuf_coalesce.
func (p *Pool) Coalesce(b *Buf, l Layer) *Buf {
	if b.next == nil {
		return b
	}
	c := p.Clone(b, l, RAM)
	if c == nil {
		return b
	}
	b.Free()
	return c
}

// GetContiguous returns n bytes of the chain from offset off on: if they lie in
// one element, those very bytes; otherwise a copy in scratch. It returns nil if
// the range is not within the chain or scratch is needed and too short.
//
// lwIP: pbuf_get_contiguous.
func (b *Buf) GetContiguous(scratch []byte, n, off int) []byte {
	if n < 0 || off < 0 || n > int(b.tot)-off {
		return nil
	}
	e, at := b.Skip(off)
	if e == nil { // nothing, at the end
		return scratch[:0]
	}
	if n <= int(e.n)-at {
		return e.Bytes()[at : at+n]
	}
	if len(scratch) < n {
		return nil
	}
	b.CopyPartial(scratch[:n], off)
	return scratch[:n]
}
