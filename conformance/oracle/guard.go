package oracle

import (
	"encoding/binary"
	"errors"
	"io"
)

var errBlock = errors.New("a pcapng block contradicts itself")

// guard passes pcapng blocks on, each checked first: the reader behind it
// believes lengths, and would allocate what they say.
//
//	┌──────┬────────┬─────────────────────────┬────────┐
//	│ type │ length │ body, padded to 4       │ length │   all 32 bits
//	└──────┴────────┴─────────────────────────┴────────┘
type guard struct {
	r     io.Reader
	order binary.ByteOrder
	snap  uint32 // of the section's first interface; 0: none
	ifcs  int
	block []byte // what is left of the block read last
	store []byte
	err   error
}

// Block types (draft-ietf-opsawg-pcapng §4) and the longest block believed.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockEnhanced  = 6
	maxBlock       = 16 << 20
)

// Read implements io.Reader.
func (g *guard) Read(b []byte) (int, error) {
	for len(g.block) == 0 {
		if g.err != nil {
			return 0, g.err
		}
		g.next()
	}
	n := copy(b, g.block)
	g.block = g.block[n:]
	return n, nil
}

// next reads one block. Of one that the file ends within, what there is is
// passed on.
func (g *guard) next() {
	var head [12]byte
	n, err := io.ReadFull(g.r, head[:])
	if err != nil {
		g.block, g.err = append(g.store[:0], head[:n]...), err
		return
	}
	if binary.LittleEndian.Uint32(head[:]) == blockSection {
		g.order, g.ifcs, g.snap = binary.LittleEndian, 0, 0
		if binary.BigEndian.Uint32(head[8:]) == 0x1a2b3c4d {
			g.order = binary.BigEndian
		}
	}
	if g.order == nil {
		g.err = errBlock
		return
	}
	size := g.order.Uint32(head[4:])
	if size < 12 || size > maxBlock || size%4 != 0 {
		g.err = errBlock
		return
	}
	if cap(g.store) < int(size) {
		g.store = make([]byte, max(int(size), 4096))
	}
	g.block = g.store[:size]
	copy(g.block, head[:])
	n, err = io.ReadFull(g.r, g.block[12:])
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if size == 12 {
		err = nil
	}
	whole := g.block
	g.block, g.err = g.block[:12+n], err
	if err == nil && !g.sound(whole) {
		g.block, g.err = nil, errBlock
	}
}

// sound checks what a block says of the packet in it, and holds the longest
// packet that an interface announces to what is believed.
func (g *guard) sound(b []byte) bool {
	switch g.order.Uint32(b) {
	case blockInterface:
		if len(b) < 20 {
			return false
		}
		snap := min(g.order.Uint32(b[12:]), maxCaptured)
		g.order.PutUint32(b[12:], snap)
		if g.ifcs == 0 {
			g.snap = snap
		}
		g.ifcs++
	case blockEnhanced, blockOldPacket:
		return len(b) >= 32 && g.order.Uint32(b[20:]) <= min(uint32(len(b)-32), maxCaptured)
	case blockSimple:
		if len(b) < 16 {
			return false
		}
		n := g.order.Uint32(b[8:])
		if g.snap != 0 {
			n = min(n, g.snap)
		}
		return n <= min(uint32(len(b)-16), maxCaptured)
	}
	return true
}
