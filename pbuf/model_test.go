package pbuf

import (
	"bytes"
	"slices"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"pgregory.net/rapid"
)

// modelBlock is storage as the model sees it: its bytes, and nothing else.
type modelBlock struct {
	mem  []byte
	size int // charged to the pool
	typ  Type
}

// modelPart is one element of a chain: a range of a block.
type modelPart struct {
	blk    *modelBlock
	off, n int
}

func (p *modelPart) bytes() []byte { return p.blk.mem[p.off : p.off+p.n] }

// modelPacket is a packet that somebody holds: the real one and, element by
// element, what it must be. After Chain, the tail's parts are also the last
// ones of the other packet, and both are left alone but for Free and Dechain.
type modelPacket struct {
	buf    *Buf
	parts  []*modelPart
	owners int
	tail   *modelPacket // chained to our end
	head   *modelPacket // whose end we are chained to
}

func (k *modelPacket) bytes() []byte {
	var b []byte
	for _, p := range k.parts {
		b = append(b, p.bytes()...)
	}
	return b
}

func (k *modelPacket) free() bool { return k.tail == nil && k.head == nil && k.owners == 1 }

// machine is the state of the model test.
type machine struct {
	pool    *Pool
	packets []*modelPacket
	made    int // custom packets
	done    int // whose bytes came back
}

// writable says whether the part's block has one part in all packets.
func (m *machine) writable(p *modelPart) bool {
	seen := map[*modelPart]bool{}
	for _, k := range m.packets {
		for _, q := range k.parts {
			if q.blk == p.blk {
				seen[q] = true
			}
		}
	}
	return len(seen) == 1 && p.blk.typ != ROM && p.blk.typ != Reference
}

// canPut says whether bytes may be written to the range of the packet.
func (m *machine) canPut(k *modelPacket, off, n int) bool {
	if off < 0 || off+n > len(k.bytes()) {
		return false
	}
	for _, p := range k.parts {
		if off < p.n && n > 0 && off+n > 0 && !m.writable(p) {
			if from, to := max(off, 0), min(off+n, p.n); from < to {
				return false
			}
		}
		off -= p.n
	}
	return true
}

// put writes to the packet's model, byte by byte.
func put(k *modelPacket, off int, src []byte) {
	for i, c := range src {
		at := off + i
		for _, p := range k.parts {
			if at < p.n {
				p.bytes()[at] = c
				break
			}
			at -= p.n
		}
	}
}

// adopt makes the model of a packet just allocated.
func (m *machine) adopt(buf *Buf) *modelPacket {
	k := &modelPacket{buf: buf, owners: 1}
	for e := buf; e != nil; e = e.next {
		size := len(e.blk.data)
		if e.blk.class == classRef {
			size = 0
		}
		k.parts = append(k.parts, &modelPart{&modelBlock{slices.Clone(e.blk.data), size, e.typ}, int(e.off), int(e.n)})
	}
	m.packets = append(m.packets, k)
	return k
}

func (m *machine) remove(k *modelPacket) {
	m.packets = slices.DeleteFunc(m.packets, func(x *modelPacket) bool { return x == k })
}

// pick draws a packet, one that may be changed if so asked.
func (m *machine) pick(t *rapid.T, label string, free bool) *modelPacket {
	var from []*modelPacket
	for _, k := range m.packets {
		if !free || k.free() {
			from = append(from, k)
		}
	}
	if len(from) == 0 {
		t.Skip("no packet")
	}
	return rapid.SampledFrom(from).Draw(t, label)
}

// near draws a number around [0, n], now and then outside.
func near(t *rapid.T, n int, label string) int { return rapid.IntRange(-2, n+2).Draw(t, label) }

func content(t *rapid.T, n int) []byte {
	b := make([]byte, n)
	x := rapid.Uint32().Draw(t, "fill")
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

var lengths = rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 5000), rapid.IntRange(30000, MaxLen))

// check compares every packet, byte, total and counter with the model.
func (m *machine) check(t *rapid.T) {
	blocks := map[*modelBlock]bool{}
	size := 0
	for _, k := range m.packets {
		e := k.buf
		left := len(k.bytes())
		for i, p := range k.parts {
			if e == nil {
				t.Fatalf("chain ends after %d elements, want %d", i, len(k.parts))
			}
			if e.Len() != p.n || e.TotalLen() != left || int(e.off) != p.off {
				t.Fatalf("element %d: off %d, Len %d, TotalLen %d; want %d, %d, %d", i, e.off, e.Len(), e.TotalLen(), p.off, p.n, left)
			}
			if e.Writable() != m.writable(p) {
				t.Fatalf("element %d: Writable %v", i, e.Writable())
			}
			if !bytes.Equal(e.blk.data, p.blk.mem) {
				t.Fatalf("element %d: block's bytes changed", i)
			}
			if e.Flags.Has(HasSum) && e.Sum != checksum.Sum(e.Bytes()) {
				t.Fatalf("element %d: stale sum", i)
			}
			if !blocks[p.blk] {
				blocks[p.blk] = true
				size += p.blk.size
			}
			left -= p.n
			e = e.next
		}
		if e != nil || k.buf.Clen() != len(k.parts) {
			t.Fatalf("chain of %d elements, want %d", k.buf.Clen(), len(k.parts))
		}
	}
	s := m.pool.Stats()
	if s.BlocksInUse != len(blocks) || s.BytesInUse != size {
		t.Fatalf("%d blocks, %d bytes in use; want %d, %d", s.BlocksInUse, s.BytesInUse, len(blocks), size)
	}
	if s.PeakBytes < s.BytesInUse {
		t.Fatalf("peak %d below %d in use", s.PeakBytes, s.BytesInUse)
	}
	customs := 0
	for blk := range blocks {
		if blk.typ == Custom {
			customs++
		}
	}
	if m.made-m.done != customs {
		t.Fatalf("%d of %d customs done, %d held", m.done, m.made, customs)
	}
}

// freePacket frees one owner of k and checks the count against the model.
func (m *machine) freePacket(t *rapid.T, k *modelPacket) {
	want := 0
	k.owners--
	if k.owners == 0 {
		want = len(k.parts)
		if k.tail != nil {
			want -= len(k.tail.parts)
			k.tail.head = nil
		}
		if k.head != nil {
			want = 0
			k.head.tail = nil
		}
		m.remove(k)
	}
	if got := k.buf.Free(); got != want {
		t.Fatalf("Free returned %d, want %d", got, want)
	}
}

func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{pool: NewPool(Config{IdleBytes: 8192})}
		actions := map[string]func(*rapid.T){"": m.check}
		m.ownership(actions)
		m.headers(actions)
		m.chains(actions)
		m.copies(actions)
		t.Repeat(actions)
		for len(m.packets) > 0 {
			m.freePacket(t, m.packets[0])
			m.check(t)
		}
		if s := m.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 || s.BytesInUse != 0 {
			t.Fatalf("after all is freed: %+v", s)
		}
	})
}
