package gate

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// receiver calls its functions.
type receiver struct {
	deliver func([]*pbuf.Buf)
	link    func(bool)
}

func (r receiver) Deliver(frames []*pbuf.Buf) { r.deliver(frames) }
func (r receiver) SetLink(up bool)            { r.link(up) }
func (r receiver) Pool() *pbuf.Pool           { return nil }

var one = []*pbuf.Buf{nil} // the gate does not look at the frames

func open(t *testing.T, g *Gate, deliver func()) {
	t.Helper()
	r := receiver{func([]*pbuf.Buf) { deliver() }, func(bool) { deliver() }}
	if err := g.Open(r); err != nil {
		t.Fatal(err)
	}
}

func TestClosedGateLetsNothingThrough(t *testing.T) {
	var g Gate
	n := 0
	if g.Deliver(one) || g.IsOpen() || g.Pool() != nil {
		t.Error("the zero gate is open")
	}
	open(t, &g, func() { n++ })
	if !g.Deliver(one) || !g.Deliver(nil) || n != 1 {
		t.Errorf("open gate: %d calls, want 1: none for an empty batch", n)
	}
	g.SetLink(true)
	if n != 2 {
		t.Error("SetLink did not get through")
	}
	if err := g.Open(receiver{}); !errors.Is(err, netif.ErrAttached) {
		t.Errorf("second Open: %v, want ErrAttached", err)
	}
	g.Close()
	g.SetLink(true)
	if g.Deliver(one) || n != 2 {
		t.Error("a call got through a closed gate")
	}
	g.Close()
	open(t, &g, func() { n++ })
	if !g.Deliver(one) || n != 3 {
		t.Error("the gate does not open again")
	}
}

func TestCloseWaitsForCallsOfOtherGoroutines(t *testing.T) {
	for _, link := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var g Gate
			release := make(chan struct{})
			open(t, &g, func() { <-release })
			for range 3 {
				go func() {
					if link {
						g.SetLink(true)
					} else {
						g.Deliver(one)
					}
				}()
			}
			synctest.Wait()
			var done atomic.Bool
			go func() { g.Close(); done.Store(true) }()
			for range 3 {
				synctest.Wait()
				if done.Load() {
					t.Fatal("Close returned during a call")
				}
				release <- struct{}{}
			}
			synctest.Wait()
			if !done.Load() {
				t.Fatal("Close did not return after the last call")
			}
		})
	}
}

func TestCloseWithinCallsDoesNotWaitForItself(t *testing.T) {
	var a, b Gate
	depth := 0
	open(t, &b, func() {
		if depth++; depth < 100 { // deeper than one batch of program counters
			a.Deliver(one)
			return
		}
		b.Close()
		a.Close()
	})
	open(t, &a, func() { b.Deliver(one) })
	a.Deliver(one)
	if a.IsOpen() || b.IsOpen() || depth != 100 {
		t.Errorf("not closed from within, depth %d", depth)
	}
}

func TestCloseWithinCallWaitsForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Gate
		release, inner := make(chan struct{}), false
		var done atomic.Bool
		open(t, &g, func() {
			if inner {
				inner = false
				g.Close()
				done.Store(true)
				return
			}
			<-release
		})
		go g.Deliver(one)
		synctest.Wait()
		inner = true
		go g.Deliver(one)
		synctest.Wait()
		if done.Load() {
			t.Fatal("Close did not wait for the other goroutine's call")
		}
		close(release)
		synctest.Wait()
		if !done.Load() {
			t.Fatal("Close did not return")
		}
	})
}

// TestNoCallBeginsAfterClose looks for the race between a delivery that has
// seen the Receiver and a Close.
func TestNoCallBeginsAfterClose(t *testing.T) {
	for range 300 {
		var g Gate
		var closed atomic.Bool
		var late atomic.Int32
		open(t, &g, func() {
			if closed.Load() {
				late.Add(1)
			}
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for g.Deliver(one) {
				}
			})
		}
		g.Close()
		closed.Store(true)
		wg.Wait()
		if late.Load() != 0 {
			t.Fatal("a call began after Close returned")
		}
	}
}

func TestZeroAllocDeliver(t *testing.T) {
	var g Gate
	open(t, &g, func() {})
	if n := testing.AllocsPerRun(100, func() { g.Deliver(one) }); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func BenchmarkDeliver(b *testing.B) {
	var g Gate
	g.Open(receiver{deliver: func([]*pbuf.Buf) {}})
	for b.Loop() {
		g.Deliver(one)
	}
}

// TestLateDelivery is that race in slow motion: the gate closes between a
// delivery's look at the Receiver and its call.
func TestLateDelivery(t *testing.T) {
	var g Gate
	n := 0
	open(t, &g, func() { n++ })
	seen := g.cur.Load()
	g.Close()
	g.cur.Store(seen)
	g.SetLink(true)
	if g.Deliver(one) || n != 0 {
		t.Error("a call began after Close returned")
	}
}
