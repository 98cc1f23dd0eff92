package checksum

import (
	"encoding/binary"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// slow is RFC 1071 §4.1 word by word.
func slow(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		w := uint32(b[i]) << 8
		if i+1 < len(b) {
			w |= uint32(b[i+1])
		}
		sum += w
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

// same treats the two representations of zero as equal: 0x0000 comes from
// all-zero data only, and both complement to the same meaning.
func same(a, b uint16) bool {
	return a == b || (a == 0 || a == 0xffff) && (b == 0 || b == 0xffff)
}

func TestSumAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "b")
		if rapid.Bool().Draw(t, "ones") {
			for i := range b {
				b[i] = 0xff
			}
		}
		if got, want := Sum(b), slow(b); got != want {
			t.Fatalf("Sum of %d bytes = %#04x, want %#04x", len(b), got, want)
		}
	})
}

func TestEveryLengthOfOnes(t *testing.T) {
	b := make([]byte, 300)
	for i := range b {
		b[i] = 0xff
	}
	for n := range b {
		if got, want := Sum(b[:n]), slow(b[:n]); got != want {
			t.Fatalf("Sum of %d ones = %#04x, want %#04x", n, got, want)
		}
	}
}

func TestCopyAddSwapUpdate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 2, 9000).Draw(t, "b")
		dst := make([]byte, len(b))
		if got := Copy(dst, b); !same(got, slow(b)) || string(dst) != string(b) {
			t.Fatalf("Copy = %#04x, want %#04x", got, slow(b))
		}
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		tail := Sum(b[cut:])
		if cut&1 == 1 {
			tail = Swap(tail)
		}
		if got := Add(Sum(b[:cut]), tail); !same(got, slow(b)) {
			t.Fatalf("parts at %d = %#04x, want %#04x", cut, got, slow(b))
		}
		if got := Sub(slow(b), tail); !same(got, slow(b[:cut])) {
			t.Fatalf("Sub = %#04x, want %#04x", got, slow(b[:cut]))
		}
		field := ^slow(b)
		old := binary.BigEndian.Uint16(b)
		b[0], b[1] = rapid.Byte().Draw(t, "x"), rapid.Byte().Draw(t, "y")
		if got := Update(field, old, binary.BigEndian.Uint16(b)); !same(got, ^slow(b)) {
			t.Fatalf("Update = %#04x, want %#04x", got, ^slow(b))
		}
	})
}

func BenchmarkCopy(b *testing.B) {
	for _, n := range []int{20, 1448, 16384} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src, dst := make([]byte, n), make([]byte, n)
			b.SetBytes(int64(n))
			for b.Loop() {
				Copy(dst, src)
			}
		})
	}
}

func BenchmarkSum(b *testing.B) {
	for _, n := range []int{20, 1448} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			src := make([]byte, n)
			b.SetBytes(int64(n))
			for b.Loop() {
				Sum(src)
			}
		})
	}
}

func Example() {
	header := []byte{0x45, 0, 0, 0x54, 0, 0, 0x40, 0, 0x40, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	binary.BigEndian.PutUint16(header[10:], ^Sum(header))
	fmt.Println(Sum(header) == 0xffff)
	// Output: true
}
