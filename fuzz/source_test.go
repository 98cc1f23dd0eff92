package fuzz

import "encoding/binary"

// source reads a fuzzer's bytes; zeros follow the last.
type source []byte

func (s *source) byte() byte {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b
}

func (s *source) int(n int) int { return int(s.byte()) % n }
func (s *source) uint16() int   { return int(s.byte())<<8 | int(s.byte()) }
func (s *source) uint32() uint32 {
	return uint32(s.uint16())<<16 | uint32(s.uint16())
}

// take returns the next n bytes, fewer at the end.
func (s *source) take(n int) []byte {
	n = min(n, len(*s))
	b := (*s)[:n:n]
	*s = (*s)[n:]
	return b
}

// record appends bytes with their length in front, as seeds have them.
func record(b []byte, op byte, payload []byte) []byte {
	b = append(b, op)
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	return append(b, payload...)
}
