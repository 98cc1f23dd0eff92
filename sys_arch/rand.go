package sysarch

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// Rand is a stack's randomness: sequence numbers, ports, identifiers, jitter.
// It is the ChaCha8 generator, which an observer of its output cannot predict.
// A Rand is not safe for concurrent use; the core lock guards a stack's.
type Rand struct{ src *rand.ChaCha8 }

// NewRand returns a generator seeded from the host's entropy.
func NewRand() *Rand {
	var seed [32]byte
	crand.Read(seed[:]) // never fails: crypto/rand aborts the program instead
	return &Rand{rand.NewChaCha8(seed)}
}

// NewSeededRand returns a generator whose output repeats for the same seed, for
// simulations and traces. An attacker who learns the seed predicts it.
func NewSeededRand(seed uint64) *Rand {
	var s [32]byte
	binary.LittleEndian.PutUint64(s[:], seed)
	return &Rand{rand.NewChaCha8(s)}
}

// Uint64 returns 64 random bits.
func (r *Rand) Uint64() uint64 { return r.src.Uint64() }

// Uint32 returns 32 random bits.
func (r *Rand) Uint32() uint32 { return uint32(r.src.Uint64() >> 32) }

// Uint16 returns 16 random bits.
func (r *Rand) Uint16() uint16 { return uint16(r.src.Uint64() >> 48) }

// IntN returns a number in [0, n), uniformly. It panics if n is not positive.
func (r *Rand) IntN(n int) int { return rand.New(r.src).IntN(n) }

// Float64 returns a number in [0, 1).
func (r *Rand) Float64() float64 { return float64(r.src.Uint64()>>11) / (1 << 53) }

// Read fills b.
func (r *Rand) Read(b []byte) { r.src.Read(b) }
