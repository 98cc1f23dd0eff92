package arp

import (
	"github.com/golwip/lwip/netif"
)

// table finds entries by interface and address, in constant time, and takes
// places away in lwIP's order. A bucket is chosen by a keyed hash, so a host on
// the link cannot fill one.
type table struct {
	key     uint64
	shift   uint8 // 64 minus the bits of a bucket number
	count   int
	buckets []*entry
	free    *entry

	stable, static order
	asked, queued  order // Pending without and with waiting packets
}

// firstBuckets is the size, a power of two, that the table begins with.
const (
	firstBuckets     = 8
	firstBucketsBits = 3
)

func (t *table) init(key uint64) {
	t.key = key | 1
	t.shift = 64 - firstBucketsBits
	t.buckets = make([]*entry, firstBuckets)
}

func (t *table) bucket(ifc *netif.Interface, addr uint32) **entry {
	h := (uint64(addr) | uint64(ifc.Index())<<32) * t.key
	h ^= h >> 29
	h *= 0x9e3779b97f4a7c15
	return &t.buckets[h>>t.shift]
}

// find returns the entry of addr on ifc, or nil.
func (t *table) find(ifc *netif.Interface, addr uint32) *entry {
	for e := *t.bucket(ifc, addr); e != nil; e = e.next {
		if e.addr == addr && e.ifc == ifc {
			return e
		}
	}
	return nil
}

// grow doubles the buckets.
func (t *table) grow() {
	old := t.buckets
	t.buckets = make([]*entry, 2*len(old))
	t.shift--
	for _, e := range old {
		for e != nil {
			next := e.next
			b := t.bucket(e.ifc, e.addr)
			e.next = *b
			*b = e
			e = next
		}
	}
}

// insert returns a new entry for addr on ifc, which must have none, in no
// state and no order yet; nil if every place is taken by a static one.
//
// When the table is full the place is that of the oldest stable entry, else of
// the oldest pending one for which no packet waits, else of the oldest pending
// one. lwIP: etharp_find_entry.
func (p *Protocol) insert(ifc *netif.Interface, addr uint32) *entry {
	t := &p.table
	if t.count >= p.cfg.Table {
		victim := t.stable.oldest
		if victim == nil {
			victim = t.asked.oldest
		}
		if victim == nil {
			victim = t.queued.oldest
		}
		if victim == nil {
			return nil
		}
		p.stats.Recycled++
		p.remove(victim)
	}
	if t.count >= len(t.buckets) {
		t.grow()
	}
	e := t.free
	if e == nil {
		e = new(entry)
		e.timer.Init(func() { p.onRetry(e) })
	} else {
		t.free = e.next
	}
	e.ifc, e.addr = ifc, addr
	b := t.bucket(ifc, addr)
	e.next = *b
	*b = e
	t.count++
	return e
}

// remove takes e out of the table, with the packets that wait for it.
func (p *Protocol) remove(e *entry) {
	p.stats.FlushedDropped += uint64(len(e.queue))
	p.freeQueue(e)
	t := &p.table
	b := t.bucket(e.ifc, e.addr)
	for *b != e {
		b = &(*b).next
	}
	*b = e.next
	t.count--
	e.class.remove(e)
	p.timers.Remove(&e.timer)
	e.state, e.ifc = Empty, nil
	e.next = t.free
	t.free = e
}

// freeQueue frees the packets that wait for e.
func (p *Protocol) freeQueue(e *entry) {
	for i, buf := range e.queue {
		buf.Free()
		e.queue[i] = nil
	}
	p.queuedTotal -= len(e.queue)
	e.queue = e.queue[:0]
}
