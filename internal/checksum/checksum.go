// Package checksum computes the Internet checksum (RFC 1071) and its
// incremental forms (RFC 1624).
//
// A sum is the one's complement sum of big-endian 16-bit words, folded to 16
// bits and not complemented, so sums of parts add up with [Add]. What goes into
// a header is the complement of the final sum.
package checksum

import (
	"encoding/binary"
	"math/bits"
)

// Sum returns the one's complement sum of b. An odd last byte counts as the
// high byte of a word whose low byte is zero.
//
// RFC 1071 §1–2: the sum is byte-order independent, so it is taken over native
// 64-bit words in two independent carry chains and swapped once at the end.
func Sum(b []byte) uint16 {
	var s0, s1, c0, c1 uint64
	for len(b) >= 64 {
		s0, c0 = bits.Add64(s0, binary.LittleEndian.Uint64(b[0:8]), c0)
		s0, c0 = bits.Add64(s0, binary.LittleEndian.Uint64(b[8:16]), c0)
		s0, c0 = bits.Add64(s0, binary.LittleEndian.Uint64(b[16:24]), c0)
		s0, c0 = bits.Add64(s0, binary.LittleEndian.Uint64(b[24:32]), c0)
		s0 += c0
		c0 = 0
		s1, c1 = bits.Add64(s1, binary.LittleEndian.Uint64(b[32:40]), c1)
		s1, c1 = bits.Add64(s1, binary.LittleEndian.Uint64(b[40:48]), c1)
		s1, c1 = bits.Add64(s1, binary.LittleEndian.Uint64(b[48:56]), c1)
		s1, c1 = bits.Add64(s1, binary.LittleEndian.Uint64(b[56:64]), c1)
		s1 += c1
		c1 = 0
		b = b[64:]
	}
	s0, c0 = bits.Add64(s0, s1, 0)
	s0 += c0
	return fold(s0, b)
}

// fold adds the fewer than 64 bytes of b to s and folds the total to 16 bits.
func fold(s uint64, b []byte) uint16 {
	var c uint64
	for len(b) >= 8 {
		s, c = bits.Add64(s, binary.LittleEndian.Uint64(b), 0)
		s += c
		b = b[8:]
	}
	var tail uint64
	if len(b) >= 4 {
		tail = uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		tail += uint64(binary.LittleEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		tail += uint64(b[0])
	}
	s, c = bits.Add64(s, tail, 0)
	s += c
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	w := uint32(s)
	w = w>>16 + w&0xffff
	w = w>>16 + w&0xffff
	return bits.ReverseBytes16(uint16(w))
}

// Copy copies src to dst, which must be at least as long, and returns the sum
// of the bytes. It works in blocks that stay in the first-level cache, so that
// the bytes are fetched from memory once.
func Copy(dst, src []byte) uint16 {
	const stride = 4096
	var sum uint16
	for len(src) > stride {
		copy(dst[:stride], src[:stride])
		sum = Add(sum, Sum(dst[:stride]))
		dst, src = dst[stride:], src[stride:]
	}
	n := copy(dst, src)
	return Add(sum, Sum(dst[:n]))
}

// Add returns the one's complement sum of two sums. b must start at an even
// offset from a; for an odd offset, pass Swap(b).
func Add(a, b uint16) uint16 {
	s, c := bits.Add32(uint32(a)<<16, uint32(b)<<16, 0)
	return uint16(s>>16) + uint16(c)
}

// Sub returns the sum that, added to b, gives a: it takes the words summed in b
// out of a.
func Sub(a, b uint16) uint16 { return Add(a, ^b) }

// Swap returns the sum of the same bytes when they start at an odd offset.
//
// RFC 1071 §2 (B).
func Swap(s uint16) uint16 { return bits.ReverseBytes16(s) }

// Update returns the header checksum field after one 16-bit word of the summed
// data changed from old to new.
//
// RFC 1624 §3, equation 3.
func Update(field, old, new uint16) uint16 {
	return ^Add(Add(^field, ^old), new)
}
