package siphash

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"
)

// testKey is bytes 0 to 15, as in the paper's appendix A.
var testKey = Key{0x0706050403020100, 0x0f0e0d0c0b0a0908}

// vectors are the published outputs for the inputs of 0 to 63 bytes 00 01 02 …,
// as little-endian bytes.
var vectors = [64]string{
	"310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785",
	"b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab",
	"6224939a79f5f593", "b0e4a90bdf82009e", "f3b9dd94c5bb5d7a", "a7ad6b22462fb3f4",
	"fbe50e86bc8f1e75", "903d84c02756ea14", "eef27a8e90ca23f7", "e545be4961ca29a1",
	"db9bc2577fcc2a3f", "9447be2cf5e99a69", "9cd38d96f0b3c14b", "bd6179a71dc96dbb",
	"98eea21af25cd6be", "c7673b2eb0cbf2d0", "883ea3e395675393", "c8ce5ccd8c030ca8",
	"94af49f6c650adb8", "eab8858ade92e1bc", "f315bb5bb835d817", "adcf6b0763612e2f",
	"a5c91da7acaa4dde", "716595876650a2a6", "28ef495c53a387ad", "42c341d8fa92d832",
	"ce7cf2722f512771", "e37859f94623f3a7", "381205bb1ab0e012", "ae97a10fd434e015",
	"b4a31508beff4d31", "81396229f0907902", "4d0cf49ee5d4dcca", "5c73336a76d8bf9a",
	"d0a704536ba93e0e", "925958fcd6420cad", "a915c29bc8067318", "952b79f3bc0aa6d4",
	"f21df2e41d4535f9", "87577519048f53a9", "10a56cf5dfcd9adb", "eb75095ccd986cd0",
	"51a9cb9ecba312e6", "96afadfc2ce666c7", "72fe52975a4364ee", "5a1645b276d592a1",
	"b274cb8ebf87870a", "6f9bb4203de7b381", "eaecb2a30b22a87f", "9924a43cc1315724",
	"bd838d3aafbf8db7", "0b1a2a3265d51aea", "135079a3231ce660", "932b2846e4d70666",
	"e1915f5cb1eca46c", "f325965ca16d629f", "575ff28e60381be5", "724506eb4c328a95",
}

func vector(t *testing.T, n int) uint64 {
	t.Helper()
	b, err := hex.DecodeString(vectors[n])
	if err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.Uint64(b)
}

func input(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestBytesPublishedVectors(t *testing.T) {
	for n := range vectors {
		if got, want := Bytes(testKey, input(n)), vector(t, n); got != want {
			t.Errorf("Bytes of %d = %#016x, want %#016x", n, got, want)
		}
	}
}

func TestHasherPublishedVectors(t *testing.T) {
	b := input(64)
	h := New(testKey)
	for n := 0; n < 64; n += 8 {
		if got, want := h.Sum(), vector(t, n); got != want {
			t.Errorf("Sum of %d bytes = %#016x, want %#016x", n, got, want)
		}
		h.Word(binary.LittleEndian.Uint64(b[n:]))
	}
}

// The length in the last block is modulo 256: 32 words and more must agree with
// the byte form, too.
func TestHasherAgreesWithBytes(t *testing.T) {
	b := input(255*8 + 80)
	h := New(Key{1, 2})
	for n := 0; n+8 <= len(b); n += 8 {
		if got, want := h.Sum(), Bytes(Key{1, 2}, b[:n]); got != want {
			t.Fatalf("Sum of %d bytes = %#x, want %#x", n, got, want)
		}
		h.Word(binary.LittleEndian.Uint64(b[n:]))
	}
}

func TestHasherIsValue(t *testing.T) {
	h := New(testKey)
	h.Word(7)
	g := h
	g.Word(8)
	want := New(testKey)
	want.Word(7)
	if h.Sum() != want.Sum() {
		t.Error("a copy's words changed the original")
	}
	if g.Sum() == h.Sum() {
		t.Error("the copy did not go on")
	}
}

// fiveWords is the shape of a flow's hash: two addresses and the ports.
func fiveWords(k Key, a, b, c, d, e uint64) uint64 {
	h := New(k)
	h.Word(a)
	h.Word(b)
	h.Word(c)
	h.Word(d)
	h.Word(e)
	return h.Sum()
}

func TestZeroAlloc(t *testing.T) {
	b := input(63)
	if n := testing.AllocsPerRun(100, func() {
		fiveWords(testKey, 1, 2, 3, 4, 5)
		Bytes(testKey, b)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkFiveWords(b *testing.B) {
	for b.Loop() {
		fiveWords(testKey, 1, 2, 3, 4, 5)
	}
}

func Example() {
	key := Key{0x0706050403020100, 0x0f0e0d0c0b0a0908}
	h := New(key)
	h.Word(0x0706050403020100)
	fmt.Printf("%#x\n", h.Sum())
	fmt.Println(h.Sum() == Bytes(key, []byte{0, 1, 2, 3, 4, 5, 6, 7}))
	// Output:
	// 0x93f5f5799a932462
	// true
}
