package fuzz

import (
	"bytes"
	"fmt"
)

// mutation changes one field of a frame.
type mutation struct {
	field byte // index in fields, modulo their number
	kind  byte
	value uint32
}

// Kinds of mutations.
const (
	setField = iota
	addField
	xorField
	edgeField // one of the values that break things
	cutFrame  // at the field
	insertBytes
	deleteBytes
	copyField // from another one
	mutations
)

// edges are the values that edgeField chooses from.
var edges = [...]uint32{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 20, 28, 39, 40, 41, 60, 63, 64, 65, 127, 128, 255, 256, 511, 512, 536,
	575, 576, 1279, 1280, 1460, 1499, 1500, 1501, 32767, 32768, 65534, 65535, 65536, 1<<24 - 1, 1 << 24, 1<<31 - 1, 1 << 31, 1<<31 + 1, 1<<32 - 2, 1<<32 - 1}

// how says what becomes of lengths and checksums after mutations.
type how byte

func (h how) keepChecksums() bool { return h&1 != 0 }
func (h how) mendLengths() bool   { return h&2 != 0 }

// mutate returns a changed copy of frame.
func mutate(frame []byte, ip bool, h how, list []mutation) []byte {
	b := bytes.Clone(frame)
	for _, m := range list {
		fs := fields(b, ip)
		if len(fs) == 0 {
			break
		}
		b = m.apply(b, fs)
	}
	if h.keepChecksums() {
		return b
	}
	return mend(b, ip, h.mendLengths())
}

func (m mutation) apply(b []byte, fs []field) []byte {
	f := fs[int(m.field)%len(fs)]
	switch m.kind % mutations {
	case setField:
		f.set(b, m.value)
	case addField:
		f.set(b, f.get(b)+uint32(int32(int16(m.value))))
	case xorField:
		f.set(b, f.get(b)^m.value)
	case edgeField:
		f.set(b, edges[int(m.value)%len(edges)])
	case cutFrame:
		return b[:min(f.off+int(m.value%8), len(b))]
	case insertBytes:
		n := int(m.value>>24)%40 + 1
		at := f.off + f.size
		more := make([]byte, 0, len(b)+n)
		more = append(more, b[:at]...)
		for i := range n {
			more = append(more, byte(m.value>>(8*(i%3))))
		}
		return append(more, b[at:]...)
	case deleteBytes:
		n := min(int(m.value%60)+1, len(b)-f.off)
		return append(b[:f.off:f.off], b[f.off+n:]...)
	case copyField:
		f.set(b, fs[int(m.value)%len(fs)].get(b))
	}
	return b
}

// String tells of a mutation of frame, for messages.
func (m mutation) String() string {
	names := [mutations]string{"set", "add", "xor", "edge", "cut", "insert", "delete", "copy"}
	return fmt.Sprintf("%s field %d with %#x", names[m.kind%mutations], m.field, m.value)
}

// mutation reads one.
func (s *source) mutation() mutation {
	return mutation{s.byte(), s.byte(), s.uint32()}
}
