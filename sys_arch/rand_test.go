package sysarch

import (
	"bytes"
	"testing"
)

func TestSeededRandRepeats(t *testing.T) {
	draw := func(r *Rand) []uint64 {
		b := make([]byte, 5)
		r.Read(b)
		return []uint64{r.Uint64(), uint64(r.Uint32()), uint64(r.Uint16()), uint64(r.IntN(1000)), uint64(r.Float64() * 1e9), uint64(b[0]), uint64(b[4])}
	}
	a, b, c := draw(NewSeededRand(7)), draw(NewSeededRand(7)), draw(NewSeededRand(8))
	same := 0
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("draw %d: %d and %d from the same seed", i, a[i], b[i])
		}
		if a[i] == c[i] {
			same++
		}
	}
	if same == len(a) {
		t.Error("another seed gives the same draws")
	}
}

func TestNewRandDiffers(t *testing.T) {
	if a, b := NewRand(), NewRand(); a.Uint64() == b.Uint64() {
		t.Error("two generators start alike")
	}
}

// Every value of a small range comes about equally often: with 8000 draws of 8,
// a count outside 1000±200 is seven standard deviations off.
func TestRandIsUniform(t *testing.T) {
	r := NewSeededRand(1)
	for name, draw := range map[string]func() int{
		"IntN":    func() int { return r.IntN(8) },
		"Uint64":  func() int { return int(r.Uint64() >> 61) },
		"Uint32":  func() int { return int(r.Uint32() >> 29) },
		"Uint16":  func() int { return int(r.Uint16() & 7) },
		"Float64": func() int { return int(r.Float64() * 8) },
		"Read":    func() int { var b [1]byte; r.Read(b[:]); return int(b[0] & 7) },
	} {
		var counts [8]int
		for range 8000 {
			counts[draw()]++
		}
		for v, n := range counts {
			if n < 800 || n > 1200 {
				t.Errorf("%s gave %d %d times of 8000", name, v, n)
			}
		}
	}
}

func TestReadFills(t *testing.T) {
	r := NewSeededRand(2)
	b := make([]byte, 1000)
	r.Read(b)
	if bytes.Contains(b, make([]byte, 8)) {
		t.Error("eight zero bytes in a row")
	}
}

func TestIntNPanicsBelowOne(t *testing.T) {
	for _, n := range []int{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("IntN(%d) returned", n)
				}
			}()
			NewSeededRand(3).IntN(n)
		}()
	}
}

func TestZeroAllocRand(t *testing.T) {
	r := NewSeededRand(4)
	b := make([]byte, 6)
	if n := testing.AllocsPerRun(100, func() {
		r.Uint64()
		r.Uint32()
		r.Uint16()
		r.IntN(1000)
		r.Float64()
		r.Read(b)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
