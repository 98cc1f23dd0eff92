package sockets

import (
	"math/bits"
	"sync/atomic"
)

// table maps descriptors to sockets. Looking up takes no lock; the rest is
// guarded by Protocol.mu.
//
// The lowest free descriptor is given, as POSIX wants. One that is being closed
// is not free until every call on it has returned, so that nobody mistakes its
// successor for it.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[socket]]
	used  []uint64 // one bit for each slot
	first int      // all words of used before this one are full
}

// lookup returns the socket of slot i, or nil.
func (t *table) lookup(i int) *socket {
	slots := t.slots.Load()
	if slots == nil || i < 0 || i >= len(*slots) {
		return nil
	}
	return (*slots)[i].Load()
}

// reserve takes the lowest free slot below most; false if there is none.
func (t *table) reserve(most int) (int, bool) {
	for w := t.first; ; w++ {
		if w == len(t.used) {
			if w*64 >= most {
				return 0, false
			}
			t.used = append(t.used, 0)
		}
		free := ^t.used[w]
		if free == 0 {
			t.first = w + 1
			continue
		}
		t.first = w
		i := w*64 + bits.TrailingZeros64(free)
		if i >= most {
			return 0, false
		}
		t.used[w] |= 1 << (i % 64)
		t.grow(i + 1)
		return i, true
	}
}

// grow makes at least n slots.
func (t *table) grow(n int) {
	old := t.slots.Load()
	if old != nil && len(*old) >= n {
		return
	}
	size := 8
	for size < n {
		size *= 2
	}
	slots := make([]atomic.Pointer[socket], size)
	if old != nil {
		for i := range *old {
			slots[i].Store((*old)[i].Load())
		}
	}
	t.slots.Store(&slots)
}

// put stores a socket, or nil, in a slot that is reserved.
func (t *table) put(i int, s *socket) { (*t.slots.Load())[i].Store(s) }

// release frees a slot.
func (t *table) release(i int) {
	t.put(i, nil)
	t.used[i/64] &^= 1 << (i % 64)
	t.first = min(t.first, i/64)
}

// list returns the sockets.
func (t *table) list() (all []*socket) {
	if slots := t.slots.Load(); slots != nil {
		for i := range *slots {
			if s := (*slots)[i].Load(); s != nil {
				all = append(all, s)
			}
		}
	}
	return all
}
