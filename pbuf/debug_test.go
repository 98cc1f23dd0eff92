//go:build lwipdebug

package pbuf

import "testing"

func wantPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != "assertion failed: "+want {
			t.Errorf("got %v, want %q", got, want)
		}
	}()
	f()
}

func TestDebugFreedTwice(t *testing.T) {
	p := NewPool(Config{})
	for name, b := range map[string]*Buf{
		"first view": p.AllocBytes(0, 10),
		"spare view": p.AllocBytes(0, 10).View(0, 1),
	} {
		t.Run(name, func(t *testing.T) {
			b.Free()
			wantPanic(t, "pbuf: freed twice", func() { b.Free() })
		})
	}
}

func TestDebugPoison(t *testing.T) {
	p := NewPool(Config{})
	b := p.AllocBytes(0, 10)
	bytes := b.Bytes()
	b.Free()
	if bytes[0] != poison || bytes[9] != poison {
		t.Errorf("freed bytes % x", bytes)
	}
	bytes[3] = 0
	wantPanic(t, "pbuf: block written to after its release", func() { p.AllocBytes(0, 10) })
}

func TestDebugSetNextTwice(t *testing.T) {
	p := NewPool(Config{})
	b := chainOf(t, p, []byte{1}, []byte{2})
	wantPanic(t, "pbuf: SetNext on an element that has a next", func() { b.SetNext(p.AllocBytes(0, 1)) })
}
