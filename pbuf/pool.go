package pbuf

import (
	"sync"
	"sync/atomic"
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

// Config bounds a Pool.
type Config struct {
	// MaxBytes is the most memory that blocks in use may take. Default 256 MiB.
	// It stands for lwIP's MEM_SIZE and PBUF_POOL_SIZE.
	MaxBytes int
	// IdleBytes is how much free memory of each block size is kept for reuse;
	// the rest is left to the garbage collector. Default 4 MiB.
	IdleBytes int
}

func (c Config) withDefaults() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 256 << 20
	}
	if c.IdleBytes == 0 {
		c.IdleBytes = 4 << 20
	}
	return c
}

// Stats describes a Pool.
type Stats struct {
	// BytesInUse is the size of the blocks that somebody holds.
	BytesInUse int
	// PeakBytes is the highest BytesInUse so far.
	PeakBytes int
	// BlocksInUse and ViewsInUse count blocks, and views other than a block's
	// first. References to the caller's bytes count as blocks of size zero.
	BlocksInUse, ViewsInUse int
	// Exhausted counts allocations refused because of MaxBytes.
	Exhausted uint64
}

// Pool is one stack's packet memory. All methods may be called from any
// goroutine.
type Pool struct {
	cfg   Config
	mu    sync.Mutex
	free  [len(classSize)]freeList
	refs  freeList // blocks without storage, for ROM, Reference and Custom
	views *Buf     // linked by next
	nview int      // in views
	stats Stats
}

// freeList is a stack of unused blocks.
type freeList struct {
	top *block
	n   int
}

// block is the storage that views look at. own is its first view, embedded so
// that the common case is one object.
type block struct {
	data  []byte
	pool  *Pool
	refs  atomic.Int32 // views
	class int8         // index in classSize; -1: the caller's bytes; -2: odd size
	idle  *block       // next in a free list
	done  func()       // Custom: called when the last view is gone
	own   Buf
}

const (
	classRef = -1
	classOdd = -2
)

// viewsKept bounds the idle views.
const viewsKept = 16384

// NewPool returns an empty pool; blocks are made when first needed.
func NewPool(cfg Config) *Pool { return &Pool{cfg: cfg.withDefaults()} }

// Stats returns a copy of the counters.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Alloc returns a packet of n payload bytes, contents undefined, with the
// headroom of layer l, or nil if the pool is exhausted or n is not in
// [0, MaxLen]. For RAM it is one element; for Pooled, a chain of standard
// blocks of which only the first has headroom.
//
// lwIP: pbuf_alloc.
func (p *Pool) Alloc(l Layer, n int, t Type) *Buf {
	if n < 0 || n > MaxLen || t != RAM && t != Pooled {
		return nil
	}
	if t == RAM {
		return p.alloc(l.Room(), n, RAM)
	}
	return p.allocChain(l.Room(), n)
}

// AllocBytes returns a packet of one element with n payload bytes, contents
// undefined, and exactly room bytes of headroom, or nil if the pool is
// exhausted.
func (p *Pool) AllocBytes(room, n int) *Buf { return p.alloc(room, n, RAM) }

func (p *Pool) alloc(room, n int, t Type) *Buf {
	size, class := room+n, int8(classOdd)
	for i, s := range classSize {
		if size <= s {
			size, class = s, int8(i)
			break
		}
	}
	p.mu.Lock()
	if p.stats.BytesInUse+size > p.cfg.MaxBytes {
		p.stats.Exhausted++
		p.mu.Unlock()
		return nil
	}
	p.stats.BytesInUse += size
	p.stats.PeakBytes = max(p.stats.PeakBytes, p.stats.BytesInUse)
	p.stats.BlocksInUse++
	var blk *block
	if class >= 0 {
		blk = p.free[class].pop()
	}
	p.mu.Unlock()
	if blk == nil {
		blk = &block{data: make([]byte, size), pool: p, class: class}
	}
	return blk.init(room, n, t)
}

// init gives the block its first view.
func (blk *block) init(room, n int, t Type) *Buf {
	blk.refs.Store(1)
	b := &blk.own
	b.blk = blk
	b.off, b.n, b.tot = int32(room), int32(n), int32(n)
	b.typ = t
	b.refs.Store(1)
	return b
}

func (p *Pool) allocChain(room, n int) *Buf {
	var head, last *Buf
	left := n
	for {
		take := min(left, Standard-room)
		b := p.alloc(room, take, Pooled)
		if b == nil {
			head.Free()
			return nil
		}
		b.tot = int32(left)
		if last == nil {
			head = b
		} else {
			last.next = b
		}
		last = b
		if left -= take; left == 0 {
			return head
		}
		room = 0
	}
}

// AllocReference returns a packet of one element that refers to the caller's
// bytes, type ROM or Reference, or nil if there are more than MaxLen. The bytes
// must stay valid until it is freed.
//
// lwIP: pbuf_alloc_reference.
func (p *Pool) AllocReference(bytes []byte, t Type) *Buf {
	if len(bytes) > MaxLen || t != ROM && t != Reference {
		return nil
	}
	return p.refer(bytes, 0, t, nil)
}

// AllocCustom returns a packet of one element over the caller's bytes, with
// room bytes of headroom at their start. done is called, from whatever
// goroutine frees it last, when nobody looks at the bytes any more. It returns
// nil if room+n does not fit into bytes.
//
// lwIP: pbuf_alloced_custom.
func (p *Pool) AllocCustom(bytes []byte, room, n int, done func()) *Buf {
	if room < 0 || n < 0 || n > MaxLen || room+n > len(bytes) {
		return nil
	}
	b := p.refer(bytes, room, Custom, done)
	b.n, b.tot = int32(n), int32(n)
	return b
}

func (p *Pool) refer(bytes []byte, room int, t Type, done func()) *Buf {
	p.mu.Lock()
	p.stats.BlocksInUse++
	blk := p.refs.pop()
	p.mu.Unlock()
	if blk == nil {
		blk = &block{pool: p, class: classRef}
	}
	blk.data, blk.done = bytes, done
	return blk.init(room, len(bytes)-room, t)
}

// view returns an unused view.
func (p *Pool) view() *Buf {
	p.mu.Lock()
	p.stats.ViewsInUse++
	v := p.views
	if v != nil {
		p.views = v.next
		p.nview--
	}
	p.mu.Unlock()
	if v == nil {
		v = new(Buf)
	}
	v.next = nil
	v.refs.Store(1)
	return v
}

// release gives back one view, and its block if it was the last.
func (b *Buf) release() {
	blk := b.blk
	p := blk.pool
	own := b == &blk.own
	b.next = nil
	b.Flags, b.SegmentSize = 0, 0
	if !own {
		b.blk = nil
	}
	last := blk.refs.Add(-1) == 0
	if own && !last {
		return
	}
	var done func()
	p.mu.Lock()
	if !own {
		p.stats.ViewsInUse--
		if p.nview < viewsKept {
			b.next = p.views
			p.views = b
			p.nview++
		}
	}
	if last {
		done = p.put(blk)
	}
	p.mu.Unlock()
	if done != nil {
		done()
	}
}

// put returns a block that nobody looks at to its free list, and what to call
// then. The caller holds p.mu.
func (p *Pool) put(blk *block) (done func()) {
	p.stats.BlocksInUse--
	if blk.class == classRef {
		done = blk.done
		blk.data, blk.done = nil, nil
		if p.refs.n < viewsKept {
			p.refs.push(blk)
		}
		return done
	}
	p.stats.BytesInUse -= len(blk.data)
	if blk.class >= 0 && p.free[blk.class].n*len(blk.data) < p.cfg.IdleBytes {
		p.free[blk.class].push(blk)
	}
	return nil
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
