package fuzz

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// TestMain makes the garbage collector rarer: a run leaves little behind.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}

// TestEnter checks that each state is entered by each kind of stack.
func TestEnter(t *testing.T) {
	for k := range 256 {
		if testing.Short() && k%7 != 0 {
			continue
		}
		for s := tcp.Listen; s <= tcp.TimeWait; s++ {
			t.Run(fmt.Sprintf("%02x/%v", k, s), func(t *testing.T) {
				w := newWorld(t, kind(k))
				c, _ := w.enter(s, k&1 == 0 && s == tcp.CloseWait)
				w.check()
				w.s.Lock()
				if n := w.s.TCP().Count(s); n != 1 && s != tcp.Listen {
					t.Errorf("%d connections in %v", n, s)
				}
				w.s.Unlock()
				if c != nil && c.state != s && s != tcp.LastAck && s != tcp.TimeWait && s != tcp.FinWait1 && s != tcp.Closing {
					t.Errorf("in %v", c.state)
				}
				w.pass(10 * time.Second)
				w.check()
				w.close()
			})
		}
	}
}

func BenchmarkWorld(b *testing.B) {
	for b.Loop() {
		w := newWorld(b, 0)
		w.enter(tcp.Established, true)
		w.check()
		w.close()
	}
}
