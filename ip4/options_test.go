package ip4

import (
	"bytes"
	"testing"
)

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		b    []byte
		want options
	}{
		{"none", nil, options{}},
		{"end hides the rest", []byte{0, 131, 1, 255}, options{}},
		{"no-operations", []byte{1, 1, 1, 1}, options{}},
		{"router alert", routerAlert[:], options{}},
		{"loose source route", []byte{131, 7, 4, 10, 0, 0, 1, 0}, options{sourceRoute: true}},
		{"strict source route after a no-operation", []byte{1, 137, 3, 4}, options{sourceRoute: true}},
		{"length 0", []byte{7, 0, 0, 0}, options{malformed: true}},
		{"length 1", []byte{7, 1, 0, 0}, options{malformed: true}},
		{"beyond the header", []byte{7, 5, 4, 0}, options{malformed: true}},
		{"type in the last byte", []byte{1, 1, 1, 7}, options{malformed: true}},
	} {
		if got := parseOptions(c.b); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestCopiedOptions(t *testing.T) {
	record := []byte{7, 7, 4, 0, 0, 0, 0}
	security := []byte{130, 3, 9}
	all := append(append(append([]byte{1}, record...), security...), 0)
	var dst [40]byte
	if got, want := dst[:copiedOptions(dst[:], all)], []byte{130, 3, 9, 0}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	if n := copiedOptions(dst[:], record); n != 0 {
		t.Errorf("%d bytes of an option that is not copied", n)
	}
}

// What is copied is well formed, and copied again as it is.
func FuzzOptions(f *testing.F) {
	f.Add([]byte{1, 130, 3, 9, 148, 4, 0, 0, 0})
	f.Add([]byte{131, 39, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 40 {
			b = b[:40]
		}
		var dst, again [40]byte
		n := copiedOptions(dst[:], b[:len(b)&^3])
		if n%4 != 0 || n > len(b) {
			t.Fatalf("%d bytes from %d", n, len(b))
		}
		if parseOptions(dst[:n]).malformed {
			t.Errorf("% x is malformed", dst[:n])
		}
		if m := copiedOptions(again[:], dst[:n]); !bytes.Equal(again[:m], dst[:n]) {
			t.Errorf("% x copied again: % x", dst[:n], again[:m])
		}
	})
}
