// Package siphash is SipHash-2-4, a keyed hash of short inputs: who does not
// know the key can neither predict a value nor find inputs that collide. It
// picks hash-table buckets for flows, ephemeral ports and initial sequence
// numbers.
//
// J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF"
// (2012). RFC 6528 §3 and RFC 6056 §3.3.4 ask for such a function.
//
// Files: siphash.go.
//
// All functions are pure and allocate nothing.
package siphash
