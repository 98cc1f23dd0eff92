package assert_test

import (
	"fmt"
	"testing"

	"github.com/golwip/lwip/internal/assert"
)

func panics(f func()) (msg any) {
	defer func() { msg = recover() }()
	f()
	return nil
}

func TestThat(t *testing.T) {
	if got := panics(func() { assert.That(true, "never") }); got != nil {
		t.Errorf("That(true) panics: %v", got)
	}
	var want any
	if assert.Enabled {
		want = "assertion failed: pbuf: negative length"
	}
	if got := panics(func() { assert.That(false, "pbuf: negative length") }); got != want {
		t.Errorf("That(false): got %v, want %v", got, want)
	}
}

func TestZeroAlloc(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { assert.That(true, "never") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func Example() {
	lengths, total := []int{14, 20, 8}, 42
	if assert.Enabled {
		sum := 0
		for _, n := range lengths {
			sum += n
		}
		assert.That(sum == total, "example: total length")
	}
	fmt.Println(total)
	// Output: 42
}
