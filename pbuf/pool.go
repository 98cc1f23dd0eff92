package pbuf

import "sync"

// Config bounds a Pool.
type Config struct {
	// MaxBytes is the most memory in bytes that blocks in use may take. Default
	// 256 MiB. It stands for lwIP's MEM_SIZE and PBUF_POOL_SIZE.
	MaxBytes int
	// MaxViews is the most views that may be in use, besides the two that every
	// block carries, and likewise the most references to callers' bytes. Default
	// 1 Mi, which is 48 MiB of views. It stands for lwIP's MEMP_NUM_PBUF.
	MaxViews int
	// IdleBytes is how much free memory in bytes of each block size is kept for
	// reuse, besides as much as is in use; the rest is left to the garbage
	// collector. Default 4 MiB.
	IdleBytes int
}

func (c Config) withDefaults() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 256 << 20
	}
	if c.MaxViews == 0 {
		c.MaxViews = 1 << 20
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
	// BlocksInUse counts blocks that somebody has a view of. References to the
	// caller's bytes count as blocks of size zero.
	// ViewsInUse counts views besides the two that every block carries.
	BlocksInUse, ViewsInUse int
	// Exhausted counts allocations refused because of MaxBytes or MaxViews.
	Exhausted uint64
}

// Pool is one stack's packet memory. All methods may be called from any
// goroutine.
type Pool struct {
	cfg       Config
	mu        sync.Mutex
	free      [len(classSize)]freeList
	refs      freeList // blocks without storage, for ROM, Reference and Custom
	refsInUse int
	views     *Buf // unused, linked by next
	idleViews int  // in views
	stats     Stats
}

// NewPool returns an empty pool; blocks are made when first needed.
func NewPool(cfg Config) *Pool { return &Pool{cfg: cfg.withDefaults()} }

// Stats returns a copy of the counters.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Left returns how many bytes of MaxBytes are not in use.
func (p *Pool) Left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.cfg.MaxBytes-p.stats.BytesInUse, 0)
}

// Alloc returns a packet of n payload bytes, contents undefined, with the
// headroom of layer l, or nil if the pool is exhausted or n is not in
// [0, MaxLen]. For RAM it is one element; for Pooled, a chain of blocks no
// larger than Standard, of which only the first has headroom.
//
// lwIP: pbuf_alloc.
func (p *Pool) Alloc(l Layer, n int, t Type) *Buf {
	if uint(n) > MaxLen {
		return nil
	}
	return p.allocAny(l, n, t)
}

// allocAny is Alloc for any length.
func (p *Pool) allocAny(l Layer, n int, t Type) *Buf {
	switch t {
	case RAM:
		return p.alloc(l.Room(), n, RAM)
	case Pooled:
		return p.allocChain(l.Room(), n)
	case ROM, Reference, Custom:
	}
	return nil
}

// AllocBytes returns a packet of one element with n payload bytes, contents
// undefined, and exactly room bytes of headroom, or nil if the pool is
// exhausted or one of them is not in [0, MaxFrame].
func (p *Pool) AllocBytes(room, n int) *Buf {
	if uint(room) > MaxFrame || uint(n) > MaxFrame {
		return nil
	}
	return p.alloc(room, n, RAM)
}

func (p *Pool) alloc(room, n int, t Type) *Buf {
	class, size := classFor(room + n)
	p.mu.Lock()
	if p.reserve(class, size, 1) == 0 {
		p.mu.Unlock()
		return nil
	}
	blk := p.getBlock(class)
	p.mu.Unlock()
	if blk == nil {
		blk = p.newBlock(class, size)
	}
	return blk.init(room, n, t)
}

// The last sixteenth of MaxBytes, at most 1 MiB, is for blocks of size Small:
// what fills a pool is payload that waits to be acknowledged, and it goes only
// if there is room for the headers to send it with.
const (
	headerShare    = 16
	maxHeaderShare = 1 << 20
)

// reserve charges up to n blocks of the given class and size and returns how many.
// The caller holds p.mu.
func (p *Pool) reserve(class int8, size, n int) int {
	free := p.cfg.MaxBytes - p.stats.BytesInUse
	if size > Small {
		free -= min(p.cfg.MaxBytes/headerShare, maxHeaderShare)
	}
	if int64(n)*int64(size) > int64(free) {
		p.stats.Exhausted++
		n = max(free/size, 0)
	}
	p.stats.BytesInUse += n * size
	p.stats.PeakBytes = max(p.stats.PeakBytes, p.stats.BytesInUse)
	p.stats.BlocksInUse += n
	if class >= 0 {
		p.free[class].used += n
	}
	return n
}

// AllocN fills dst with packets as AllocBytes makes them, taking the pool's
// lock once, and returns how many it made: fewer than len(dst) if the pool is
// exhausted. The rest of dst is left as it was.
func (p *Pool) AllocN(dst []*Buf, room, n int) int {
	if uint(room) > MaxFrame || uint(n) > MaxFrame || len(dst) == 0 {
		return 0
	}
	class, size := classFor(room + n)
	p.mu.Lock()
	dst = dst[:p.reserve(class, size, len(dst))]
	made := 0
	for ; made < len(dst); made++ {
		blk := p.getBlock(class)
		if blk == nil {
			break
		}
		dst[made] = &blk.own
	}
	p.mu.Unlock()
	for i := range dst {
		if i < made {
			dst[i].blk.init(room, n, RAM)
		} else {
			dst[i] = p.newBlock(class, size).init(room, n, RAM)
		}
	}
	return len(dst)
}

// allocChain returns a chain of blocks up to Standard size with n bytes.
func (p *Pool) allocChain(room, n int) *Buf {
	var head *Buf
	last := &head
	for left := n; ; {
		take := min(left, Standard-room)
		b := p.alloc(room, take, Pooled)
		if b == nil {
			head.Free()
			return nil
		}
		b.tot = int32(left)
		*last = b
		last = &b.next
		if left -= take; left == 0 {
			return head
		}
		room = 0
	}
}

// AllocReference returns a packet of one element that refers to the caller's
// bytes, type ROM or Reference, or nil if there are more than MaxLen or the
// pool is exhausted. The bytes must stay valid until it is freed.
//
// lwIP: pbuf_alloc_reference.
func (p *Pool) AllocReference(bytes []byte, t Type) *Buf {
	if len(bytes) > MaxLen || t != ROM && t != Reference {
		return nil
	}
	return p.refer(bytes, 0, len(bytes), t, nil)
}

// AllocCustom returns a packet of one element over the caller's bytes, with
// room bytes of headroom at their start. done is called, from whatever
// goroutine frees it last, when nobody looks at the bytes any more. It returns
// nil, and does not call done, if room+n does not fit into bytes, n is above
// MaxFrame, or the pool is exhausted.
//
// lwIP: pbuf_alloced_custom.
func (p *Pool) AllocCustom(bytes []byte, room, n int, done func()) *Buf {
	if room < 0 || uint(n) > MaxFrame || room > len(bytes)-n {
		return nil
	}
	return p.refer(bytes, room, n, Custom, done)
}

func (p *Pool) refer(bytes []byte, room, n int, t Type, done func()) *Buf {
	p.mu.Lock()
	if p.refsInUse >= p.cfg.MaxViews {
		p.stats.Exhausted++
		p.mu.Unlock()
		return nil
	}
	p.refsInUse++
	p.stats.BlocksInUse++
	blk := p.refs.pop()
	p.mu.Unlock()
	if blk == nil {
		blk = &block{pool: p, class: classRef}
	}
	blk.data, blk.done = bytes, done
	return blk.init(room, n, t)
}
