package pbuf

import (
	"sync/atomic"

	"github.com/golwip/lwip/internal/assert"
)

// Block sizes in bytes. Small holds the headers of one packet, Standard a frame
// of a 1500-byte link with room for every header, Jumbo one of 9000, Large a
// whole IP datagram.
const (
	Small    = 256
	Standard = 2048
	Jumbo    = 10240
	Large    = 66560
)

var classSize = [...]int{Small, Standard, Jumbo, Large}

const (
	classRef = -1 // the caller's bytes
	classOdd = -2 // larger than Large: not kept
)

// classFor returns the class of block that holds n bytes and its size.
func classFor(n int) (class int8, size int) {
	switch {
	case n <= Small:
		return 0, Small
	case n <= Standard:
		return 1, Standard
	case n <= Jumbo:
		return 2, Jumbo
	case n <= Large:
		return 3, Large
	}
	return classOdd, n
}

// block is the storage that views look at, with two views embedded: its first,
// so that the common case is one object, and a spare one, so that sending what
// a queue holds on to takes no lock.
type block struct {
	data  []byte
	pool  *Pool
	state atomic.Int32
	class int8   // index in classSize, or classRef, classOdd
	idle  *block // next in a free list
	done  func() // Custom: called when the last view is gone
	own   Buf
	spare Buf
}

// A block's state is twice the number of its views besides one, plus one if
// the spare is among them: below oneView there is one view, or none. It starts
// as zero, so that the usual life of a block never writes it.
const (
	oneView   = 2
	spareView = oneView + 1
)

// single reports whether the block has one view.
func (blk *block) single() bool { return blk.state.Load() < oneView }

// view returns a further view of the block for somebody who has one; nil if the
// pool has none left. It has one owner and no next, flags or sum.
func (blk *block) view() *Buf {
	if s := blk.state.Load(); s&1 == 0 && blk.state.CompareAndSwap(s, s+spareView) {
		v := &blk.spare
		v.blk = blk
		if assert.Enabled {
			v.refs.Store(0)
		}
		return v
	}
	p := blk.pool
	p.mu.Lock()
	v := p.getView()
	p.mu.Unlock()
	if v != nil {
		v.blk = blk
		blk.state.Add(oneView)
	}
	return v
}

// drop gives up the view b, whose fields have been cleared, and reports whether
// it was the last. If not, the block belongs to the others, and so does b if it
// is an embedded view: the caller touches neither any more.
func (blk *block) drop(b *Buf) (last bool) {
	s := blk.state.Load()
	if s >= oneView {
		gone := int32(oneView)
		if b == &blk.spare {
			gone = spareView
		}
		s = blk.state.Add(-gone)
		if s >= 0 {
			return false
		}
	}
	if s != 0 {
		blk.state.Store(0)
	}
	return true
}

// init gives the block its first view.
func (blk *block) init(room, n int, t Type) *Buf {
	b := &blk.own
	b.blk = blk
	b.off, b.n, b.tot = int32(room), int32(n), int32(n)
	b.typ = t
	if assert.Enabled {
		blk.checkPoison()
		b.refs.Store(0)
	}
	return b
}

// poison is what a debug build fills a released block with.
const poison = 0xdb

// poison overwrites the block's bytes, so that who still looks at them sees it.
func (blk *block) poison() {
	for i := range blk.data {
		blk.data[i] = poison
	}
}

// checkPoison panics if somebody wrote to the block while it was idle. A new
// block, all zero, has not been.
func (blk *block) checkPoison() {
	if blk.class < 0 || blk.data[0] == 0 && blk.data[len(blk.data)-1] == 0 {
		return
	}
	for _, c := range blk.data {
		assert.That(c == poison, "pbuf: block written to after its release")
	}
}

// freeList is a stack of unused blocks.
type freeList struct {
	top  *block
	n    int
	used int // blocks of the size that are in use
}

func (f *freeList) push(blk *block) {
	blk.idle = f.top
	f.top = blk
	f.n++
}

func (f *freeList) pop() *block {
	blk := f.top
	if blk != nil {
		f.top = blk.idle
		blk.idle = nil
		f.n--
	}
	return blk
}

// idleKept bounds the unused views, and the unused blocks without storage.
const idleKept = 16384

// getBlock takes an unused block of the class from its free list, or returns
// nil: the caller must make one. The caller holds p.mu and has reserved the
// size.
func (p *Pool) getBlock(class int8) *block {
	if class < 0 {
		return nil
	}
	return p.free[class].pop()
}

// newBlock makes a block with storage.
func (p *Pool) newBlock(class int8, size int) *block {
	return &block{data: make([]byte, size), pool: p, class: class}
}

// putBlock returns a block that nobody looks at to its free list, and what to
// call then. The caller holds p.mu.
func (p *Pool) putBlock(blk *block) (done func()) {
	p.stats.BlocksInUse--
	if blk.class == classRef {
		p.refsInUse--
		done = blk.done
		blk.data, blk.done = nil, nil
		if p.refs.n < idleKept {
			p.refs.push(blk)
		}
		return done
	}
	if assert.Enabled {
		blk.poison()
	}
	p.stats.BytesInUse -= len(blk.data)
	if blk.class >= 0 {
		p.keep(blk)
	}
	return nil
}

// keep puts a block on its free list and shortens the list to what may be idle:
// Config.IdleBytes, and as much as is in use, so that who returns half of a lot
// and takes it again needs no new memory. As the use falls, so does the list.
func (p *Pool) keep(blk *block) {
	f := &p.free[blk.class]
	f.used--
	f.push(blk)
	limit := f.used + (p.cfg.IdleBytes+len(blk.data)-1)/len(blk.data)
	for f.n > limit {
		f.pop()
	}
}

// getView returns an unused view with one owner and no next, or nil if too many
// are in use. The caller holds p.mu.
func (p *Pool) getView() *Buf {
	if p.stats.ViewsInUse >= p.cfg.MaxViews {
		p.stats.Exhausted++
		return nil
	}
	p.stats.ViewsInUse++
	v := p.views
	if v == nil {
		return new(Buf)
	}
	p.views = v.next
	p.idleViews--
	v.next = nil
	if assert.Enabled {
		v.refs.Store(0)
	}
	return v
}

// putView keeps an unused view. The caller holds p.mu.
func (p *Pool) putView(v *Buf) {
	p.stats.ViewsInUse--
	if p.idleViews < idleKept {
		v.next = p.views
		p.views = v
		p.idleViews++
	}
}
