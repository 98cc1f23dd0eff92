package siphash

import (
	"encoding/binary"
	"math/bits"
)

// Key is the secret: 128 random bits.
type Key [2]uint64

// Hasher hashes a sequence of 64-bit words. It is a value: a copy continues on
// its own, so that a common prefix need be hashed only once.
type Hasher struct {
	v0, v1, v2, v3 uint64
	n              uint8 // words so far
}

// New returns a Hasher that has hashed nothing.
func New(k Key) Hasher {
	return Hasher{
		v0: k[0] ^ 0x736f6d6570736575,
		v1: k[1] ^ 0x646f72616e646f6d,
		v2: k[0] ^ 0x6c7967656e657261,
		v3: k[1] ^ 0x7465646279746573,
	}
}

// Word hashes eight bytes: those of w in little-endian order.
func (h *Hasher) Word(w uint64) {
	v0, v1, v2, v3 := h.v0, h.v1, h.v2, h.v3^w
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	h.v0, h.v1, h.v2, h.v3 = v0^w, v1, v2, v3
	h.n++
}

// Sum returns the hash of the words so far. h does not change.
func (h *Hasher) Sum() uint64 { return h.finish(uint64(h.n) << 59) }

// Bytes returns the hash of b.
func Bytes(k Key, b []byte) uint64 {
	h := New(k)
	last := uint64(len(b)) << 56
	for ; len(b) >= 8; b = b[8:] {
		h.Word(binary.LittleEndian.Uint64(b))
	}
	for i, c := range b {
		last |= uint64(c) << (8 * i)
	}
	return h.finish(last)
}

// finish hashes the last block, whose top byte is the length in bytes modulo
// 256, and mixes the state down to the result. h does not change.
func (h *Hasher) finish(last uint64) uint64 {
	v0, v1, v2, v3 := h.v0, h.v1, h.v2, h.v3^last
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0 ^= last
	v2 ^= 0xff
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	v0, v1, v2, v3 = round(v0, v1, v2, v3)
	return v0 ^ v1 ^ v2 ^ v3
}

// round is SipRound.
func round(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v2 += v3
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 = bits.RotateLeft64(v0, 32) + v3
	v2 += v1
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	return v0, v1, bits.RotateLeft64(v2, 32), v3
}
