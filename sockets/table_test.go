package sockets

import (
	"testing"

	"pgregory.net/rapid"
)

// The table gives the lowest free number, as the obvious list does.
func TestTableAgainstList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 300).Draw(t, "most")
		var x table
		model := make([]*socket, most)
		free := func() int {
			for i, s := range model {
				if s == nil {
					return i
				}
			}
			return -1
		}
		add := func(t *rapid.T) bool {
			i, ok := x.reserve(most)
			if want := free(); ok != (want >= 0) || ok && i != want {
				t.Fatalf("got %d, %v; want %d", i, ok, want)
			}
			if ok {
				model[i] = new(socket)
				x.put(i, model[i])
			}
			return ok
		}
		t.Repeat(map[string]func(*rapid.T){
			"one": func(t *rapid.T) { add(t) },
			"many": func(t *rapid.T) {
				for range rapid.IntRange(0, 100).Draw(t, "n") {
					add(t)
				}
			},
			"release": func(t *rapid.T) {
				i := rapid.IntRange(0, most-1).Draw(t, "i")
				if model[i] != nil {
					x.release(i)
					model[i] = nil
				}
			},
			"": func(t *rapid.T) {
				n := 0
				for i, want := range model {
					if got := x.lookup(i); got != want {
						t.Fatalf("slot %d has another socket", i)
					}
					if want != nil {
						n++
					}
				}
				if x.lookup(-1) != nil || x.lookup(1<<20) != nil || len(x.list()) != n {
					t.Fatal("more sockets than there are")
				}
			},
		})
	})
}

// No row hides another, and every error number has one of the host.
func TestMeanings(t *testing.T) {
	for _, m := range posixMeanings {
		if got := posix(m.err); got != m.errno {
			t.Errorf("%v is %v, want %v", m.err, got.Name(), m.errno.Name())
		}
	}
	for _, m := range lwipMeanings {
		if got := lwipErr(m.err); got != m.code {
			t.Errorf("%v is %v, want %v", m.err, got, m.code)
		}
	}
	seen := map[Errno]bool{}
	for _, e := range errnos {
		if seen[e.errno] || e.name == "" || e.text == "" || fromHost(e.host) != e.errno {
			t.Errorf("row %v", e)
		}
		seen[e.errno] = true
	}
}

// No option has two rows, and each can be got or set.
func TestOptionsTable(t *testing.T) {
	type key struct{ level, name int }
	seen := map[key]bool{}
	for _, o := range options {
		k := key{o.level, o.name}
		if seen[k] || o.get == nil && o.set == nil || o.on&onAll == 0 {
			t.Errorf("level %#x, option %#x", o.level, o.name)
		}
		seen[k] = true
	}
}

// Whatever the bytes of an option's value are, parsing them ends, and what is
// got can be set again.
func FuzzOptionValue(f *testing.F) {
	for k := integer; k <= info; k++ {
		f.Add(uint8(k), []byte("0123456789abcdef0123"))
		f.Add(uint8(k), []byte{})
	}
	f.Fuzz(func(t *testing.T, kind8 uint8, b []byte) {
		k := kind(kind8 % uint8(info+1))
		v, err := k.parse(b)
		if err != nil {
			return
		}
		var out [128]byte
		n, err := k.put(out[:], &v)
		if err != nil || k == interface4 || k == info {
			return
		}
		again, err := k.parse(out[:n])
		if err != nil || again != v {
			t.Errorf("%+v becomes %+v, %v", v, again, err)
		}
		for i := range n {
			if _, err := k.put(out[:i], &v); err == nil && k != octet {
				t.Errorf("%d bytes hold a value of %d", i, n)
			}
		}
	})
}
