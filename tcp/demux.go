package tcp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// tuple identifies a connection.
type tuple struct {
	local, remote netip.Addr
	lport, rport  uint16
}

// table finds connections by their tuple: a chained hash table, keyed so that
// nobody outside can aim at one chain.
type table struct {
	key   [2]uint64
	slots []*PCB // length a power of two
	n     int
}

const minSlots = 16

// hash mixes the tuple with the table's key.
func (b *table) hash(id *tuple) uint32 {
	ports := uint64(id.lport)<<16 | uint64(id.rport)
	if id.local.Is4() {
		l, r := id.local.As4(), id.remote.As4()
		addrs := uint64(binary.BigEndian.Uint32(l[:]))<<32 | uint64(binary.BigEndian.Uint32(r[:]))
		return b.mix(addrs^b.key[0], ports^b.key[1])
	}
	l, r := id.local.As16(), id.remote.As16()
	h := b.mix64(binary.BigEndian.Uint64(l[:8])^b.key[0], binary.BigEndian.Uint64(l[8:])^b.key[1])
	h = b.mix64(h^binary.BigEndian.Uint64(r[:8]), b.key[0]^binary.BigEndian.Uint64(r[8:]))
	return b.mix(h, ports^b.key[1])
}

func (b *table) mix(x, y uint64) uint32 {
	h := b.mix64(x, y)
	return uint32(b.mix64(h^b.key[1], 0x9e3779b97f4a7c15) >> 16)
}

func (b *table) mix64(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x|1, y|1)
	return hi ^ lo ^ bits.RotateLeft64(x, 17) ^ y
}

// find returns the connection with the tuple, or nil.
func (b *table) find(id *tuple) *PCB {
	if b.n == 0 {
		return nil
	}
	h := b.hash(id)
	for p := b.slots[int(h)&(len(b.slots)-1)]; p != nil; p = p.chain {
		if p.hash == h && p.id == *id {
			return p
		}
	}
	return nil
}

// insert adds a connection whose tuple is not in the table.
func (b *table) insert(p *PCB) {
	if b.n >= len(b.slots) {
		b.resize(max(minSlots, 2*len(b.slots)))
	}
	p.hash = b.hash(&p.id)
	slot := &b.slots[int(p.hash)&(len(b.slots)-1)]
	p.chain = *slot
	*slot = p
	b.n++
}

// remove takes a connection out.
func (b *table) remove(p *PCB) {
	for at := &b.slots[int(p.hash)&(len(b.slots)-1)]; *at != nil; at = &(*at).chain {
		if *at == p {
			*at = p.chain
			p.chain = nil
			b.n--
			break
		}
	}
	if len(b.slots) > minSlots && b.n < len(b.slots)/8 {
		b.resize(len(b.slots) / 4)
	}
}

func (b *table) resize(size int) {
	old := b.slots
	b.slots = make([]*PCB, max(size, minSlots))
	for _, p := range old {
		for p != nil {
			next := p.chain
			slot := &b.slots[int(p.hash)&(len(b.slots)-1)]
			p.chain = *slot
			*slot = p
			p = next
		}
	}
}

// each calls f for every connection; f may remove the one it is given.
func (b *table) each(f func(*PCB)) {
	var all []*PCB
	for _, p := range b.slots {
		for ; p != nil; p = p.chain {
			all = append(all, p)
		}
	}
	for _, p := range all {
		f(p)
	}
}

// portCounts counts connections by local port, in pages made when needed.
type portCounts struct{ pages [256]*[256]uint32 }

func (c *portCounts) add(port uint16, n int) {
	page := &c.pages[port>>8]
	if *page == nil {
		*page = new([256]uint32)
	}
	(*page)[port&255] += uint32(n)
}

func (c *portCounts) get(port uint16) int {
	if page := c.pages[port>>8]; page != nil {
		return int(page[port&255])
	}
	return 0
}
