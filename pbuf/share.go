package pbuf

import "github.com/golwip/lwip/internal/assert"

// freed is what a debug build leaves in the owner count of a released element,
// so that a second Free is told from a first.
const freed = -1 << 24

// Ref adds an owner to the chain that begins with b: one more Free is needed to
// release it. The owners share the view; for a view of its own use View.
//
// lwIP: pbuf_ref.
func (b *Buf) Ref() { b.refs.Add(1) }

// Free takes one owner from the chain that begins with b, and releases the
// elements that have none left, up to the first that has. It returns the number
// of elements released. b may be nil.
//
// lwIP: pbuf_free.
func (b *Buf) Free() int {
	var r releaser
	n := r.free(b)
	r.unlock()
	return n
}

// FreeAll frees each of bufs, as Free does, taking the pool's lock once, and
// clears the slice's elements. It returns the number of elements released.
func FreeAll(bufs []*Buf) int {
	var r releaser
	n := 0
	for i, b := range bufs {
		n += r.free(b)
		bufs[i] = nil
	}
	r.unlock()
	return n
}

// releaser releases elements, holding the lock of the pool that the last one
// came from.
type releaser struct{ locked *Pool }

func (r *releaser) unlock() {
	if r.locked != nil {
		r.locked.mu.Unlock()
		r.locked = nil
	}
}

func (r *releaser) lock(p *Pool) {
	if p != r.locked {
		r.unlock()
		p.mu.Lock()
		r.locked = p
	}
}

// free is Free, without the unlocking at the end.
func (r *releaser) free(b *Buf) (n int) {
	for ; b != nil; n++ {
		if b.refs.Load() != 0 {
			assert.That(b.refs.Load() > 0, "pbuf: freed twice")
			if b.refs.Add(-1) >= 0 {
				break
			}
			b.refs.Store(0)
		}
		next := b.next
		r.release(b)
		b = next
	}
	return n
}

// release gives back an element without owners, and its block if this was the
// last view. A view embedded in the block stays there.
func (r *releaser) release(b *Buf) {
	blk := b.blk
	p := blk.pool
	embedded := b == &blk.own || b == &blk.spare
	b.next = nil
	b.Flags, b.SegmentSize = 0, 0
	if assert.Enabled {
		b.refs.Store(freed)
	}
	last := blk.drop(b)
	if embedded && !last {
		return
	}
	r.lock(p)
	if !embedded {
		b.blk = nil
		p.putView(b)
	}
	if last {
		if done := p.putBlock(blk); done != nil {
			r.unlock()
			done()
		}
	}
}

// View returns a new chain of one element that looks at n bytes of b's payload
// from off on, sharing the block. Flags and sums are not taken over. It returns
// nil if the range is not within b or the pool is exhausted.
func (b *Buf) View(off, n int) *Buf {
	if off < 0 || n < 0 || n > int(b.n)-off {
		return nil
	}
	v := b.blk.view()
	if v == nil {
		return nil
	}
	v.off = b.off + int32(off)
	v.n, v.tot = int32(n), int32(n)
	v.typ = b.typ
	return v
}

// Share returns a chain of new views on the same bytes as the chain b, with the
// head's flags, or nil if the pool is exhausted.
func (b *Buf) Share() *Buf {
	var head *Buf
	last := &head
	for e := b; e != nil; e = e.next {
		v := e.blk.view()
		if v == nil {
			head.Free()
			return nil
		}
		v.off, v.n, v.tot = e.off, e.n, e.tot
		v.typ, v.Flags, v.Sum = e.typ, e.Flags, e.Sum
		*last = v
		last = &v.next
	}
	head.SegmentSize = b.SegmentSize
	return head
}
