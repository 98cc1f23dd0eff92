package pbuf

// FIFO is a stream of bytes, kept as the elements it arrived in: a receive
// mailbox. The zero value is empty.
//
// Appending is constant-time, whatever waits already. For that, the TotalLen of
// an element in a FIFO means nothing; chains that come out of it are in order.
// A FIFO is used by one goroutine at a time.
type FIFO struct {
	head, tail *Buf
	n          int
	pinned     int
}

// Len returns the bytes that wait.
func (f *FIFO) Len() int { return f.n }

// Pinned returns the storage in bytes that the elements pin. Neighbours that
// look at the same block count it once.
func (f *FIFO) Pinned() int { return f.pinned }

// Pins returns the storage in bytes that Append of the chain b would add.
func (f *FIFO) Pins(b *Buf) int {
	n := 0
	for prev := f.tail; b != nil; prev, b = b, b.next {
		if prev == nil || prev.blk != b.blk {
			n += b.BlockSize()
		}
	}
	return n
}

// Front returns the first element, or nil. It stays in the FIFO.
func (f *FIFO) Front() *Buf { return f.head }

// Append puts the chain b at the end. It consumes b.
func (f *FIFO) Append(b *Buf) {
	f.n += b.TotalLen()
	f.pinned += f.Pins(b)
	if f.tail == nil {
		f.head = b
	} else {
		f.tail.next = b
	}
	for b.next != nil {
		b = b.next
	}
	f.tail = b
}

// Merge copies the chain b behind the last element's payload, into the same
// block, and reports whether there was room and nobody else looks at it. It
// borrows b.
func (f *FIFO) Merge(b *Buf) bool {
	n := b.TotalLen()
	if f.tail == nil || f.tail.Tailroom() < n {
		return false
	}
	dst := f.tail.Extend(n)
	for e := b; e != nil; e = e.next {
		dst = dst[copy(dst, e.Bytes()):]
	}
	f.n += n
	return true
}

// Whole takes elements from the front, as many as fit into limit bytes, and
// returns them as a chain; nil if the first does not fit or there is none.
func (f *FIFO) Whole(limit int) *Buf {
	n := 0
	var last *Buf
	for e := f.head; e != nil && n+int(e.n) <= limit; e = e.next {
		n += int(e.n)
		last = e
	}
	return f.cut(last, n)
}

// cut takes the elements up to last, of n bytes together, from the front.
func (f *FIFO) cut(last *Buf, n int) *Buf {
	if last == nil {
		return nil
	}
	b := f.head
	f.head = last.next
	if f.head == nil {
		f.tail = nil
	}
	last.next = nil
	f.n -= n
	after := f.head
	for e := b; e != nil; e = e.next {
		e.tot = int32(n)
		n -= int(e.n)
		if e.next != nil && e.next.blk != e.blk || e.next == nil && (after == nil || after.blk != e.blk) {
			f.pinned -= e.BlockSize()
		}
	}
	return b
}

// Take takes the first n bytes, or all if there are fewer, and returns them as a
// chain. An element that lies across the cut is shared by a view on either side;
// if the pool has no view for that, the chain ends before it. It returns nil if
// that leaves nothing.
func (f *FIFO) Take(n int) *Buf {
	b := f.Whole(n)
	part := n
	if b != nil {
		part -= b.TotalLen()
	}
	if part <= 0 || f.head == nil {
		return b
	}
	v := f.head.View(0, part)
	if v == nil {
		return b
	}
	f.Drop(part)
	if b == nil {
		return v
	}
	for e := b; ; e = e.next {
		e.tot += int32(part)
		if e.next == nil {
			e.next = v
			return b
		}
	}
}

// Drop removes the first n bytes of the first element, which has more.
func (f *FIFO) Drop(n int) {
	f.head.RemoveHeader(n)
	f.n -= n
}

// All takes everything and returns it as a chain, or nil. The chain may be
// longer than MaxLen.
func (f *FIFO) All() *Buf { return f.cut(f.tail, f.n) }
