package lwip_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// pass lets d go by on the bubble's clock.
func pass(d time.Duration) { <-time.After(d) }

// connections lists how many connections a stack has in which states; nothing
// if none.
func connections(s *lwip.Stack) (list string) {
	s.Lock()
	defer s.Unlock()
	for state := tcp.Closed; state <= tcp.TimeWait; state++ {
		if n := s.TCP().Count(state); n != 0 {
			list += fmt.Sprintf(" %d %v", n, state)
		}
	}
	return list
}

// heap returns the bytes that live objects take.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// bubbled returns how many goroutines are in a synctest bubble. Those outside,
// of the runtime and the testing package, come and go.
func bubbled() int {
	b := make([]byte, 1<<20)
	return bytes.Count(b[:runtime.Stack(b, true)], []byte(", synctest bubble "))
}

// TestChurn opens and closes 10,000 connections, eight at a time, and finds
// everything as it was before: goroutines, packet memory, connections, and the
// heap within 64 bytes a connection.
func TestChurn(t *testing.T) {
	const margin = 640_000
	conns := 10_000
	if testing.Short() {
		conns = 1000
	}
	synctest.Test(t, func(t *testing.T) {
		a, b := twoStacks(t, func(int) lwip.Config {
			return lwip.Config{Pbuf: pbuf.Config{IdleBytes: 16 << 10}}
		}, nil)
		l, err := a.Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		var served sync.WaitGroup
		served.Go(func() { serveEcho(t, l, &served) })

		settle := func() {
			pass(3 * time.Minute) // TIME-WAIT
			synctest.Wait()
		}
		churn(t, b, conns) // tables and free lists have their size then
		settle()
		goroutines, before := bubbled(), heap()
		if goroutines < 2 {
			t.Fatalf("%d goroutines in the bubble", goroutines)
		}
		churn(t, b, conns)
		settle()
		if got := bubbled(); got != goroutines {
			t.Errorf("%d goroutines, %d before", got, goroutines)
		}
		if grown := heap() - before; grown > margin {
			t.Errorf("the heap grew by %d bytes, more than %d", grown, margin)
		}
		if got := connections(a); got != " 1 LISTEN" {
			t.Errorf("server's connections:%s", got)
		}
		if got := connections(b); got != "" {
			t.Errorf("client's connections:%s", got)
		}
		for i, s := range []*lwip.Stack{a, b} {
			if st := s.Stats(); st.Pbuf.BlocksInUse != 0 || st.Pbuf.ViewsInUse != 0 {
				t.Errorf("stack %d: packet memory in use: %+v", i, st.Pbuf)
			}
		}
		l.Close()
		served.Wait()
	})
}

// churn opens, uses and closes n connections from s to the echo server, four
// over either family at a time.
func churn(t *testing.T, s *lwip.Stack, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range 8 {
		addr := []string{"10.0.0.1:7", "[fd00::1]:7"}[i%2]
		wg.Go(func() {
			var reply [16]byte
			for range n / 8 {
				c, err := s.Dial("tcp", addr)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Write([]byte("sixteen letters.")); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(c, reply[:]); err != nil || string(reply[:]) != "sixteen letters." {
					t.Errorf("%q, %v", reply[:], err)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// serveEcho echoes what comes on connections accepted by l, until l is closed.
// Its goroutines are counted in wg.
func serveEcho(t *testing.T, l net.Listener, wg *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			return
		}
		wg.Go(func() {
			io.Copy(c, c)
			c.Close()
		})
	}
}

// TestCloseBusyStack closes a stack in the middle of everything: connections
// that send both ways, some stuck at a full window, one being opened, one
// waited for, datagrams. Every call returns, and no goroutine, timer or buffer
// is left.
func TestCloseBusyStack(t *testing.T) {
	t.Run("in virtual time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			link := impair.Profile{Delay: 10 * time.Millisecond, Loss: 0.02, Seed: 3}
			closeBusyStack(t, impaired(sysarch.Real(), link))
		})
	})
	t.Run("at full speed", func(t *testing.T) {
		for range 3 {
			closeBusyStack(t, nil)
		}
	})
}

func closeBusyStack(t *testing.T, wrap func(i int, d netif.Driver) netif.Driver) {
	t.Helper()
	a, b := twoStacks(t, nil, wrap)
	l, err := a.Listen("tcp", ":9")
	if err != nil {
		t.Fatal(err)
	}
	var all, going sync.WaitGroup
	going.Add(8)
	all.Go(func() { // accepts until the stack is closed
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { io.Copy(io.Discard, c) })
			all.Go(func() { writeUntilError(c, nil) })
		}
	})
	for i := range 8 {
		c, err := b.Dial("tcp", []string{"10.0.0.1:9", "[fd00::1]:9"}[i%2])
		if err != nil {
			t.Fatal(err)
		}
		if i < 4 { // the others do not read, so the window fills
			all.Go(func() { io.Copy(io.Discard, c) })
		}
		all.Go(func() { writeUntilError(c, &going) })
	}
	for _, s := range []*lwip.Stack{a, b} {
		all.Go(func() { // nobody is there
			if c, err := s.Dial("tcp", "10.0.0.99:1"); err == nil {
				t.Error("connected to", c.RemoteAddr())
			}
		})
		u, err := s.ListenPacket("udp", ":5")
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			var buf [100]byte
			for {
				if _, _, err := u.ReadFrom(buf[:]); err != nil {
					return
				}
			}
		})
		all.Go(func() {
			for _, addr := range []string{"10.0.0.1:5", "10.0.0.2:5", "10.0.0.98:5"} {
				u.WriteTo(make([]byte, 50), net.UDPAddrFromAddrPort(mustAddrPort(addr)))
			}
		})
	}
	going.Wait()
	for _, s := range []*lwip.Stack{a, b} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); !errors.Is(err, lwip.ErrClosed) {
			t.Error("second Close:", err)
		}
	}
	all.Wait()
	checkEmpty(t, a, b)
}

// writeUntilError writes to c; started, if not nil, hears of the 20th success.
func writeUntilError(c net.Conn, started *sync.WaitGroup) {
	b := make([]byte, 10_000)
	for i := 0; ; i++ {
		if _, err := c.Write(b); err != nil {
			return
		}
		if i == 20 && started != nil {
			started.Done()
		}
	}
}

// TestCloseLeavesNoAlarm closes two stacks on a virtual clock while timers of
// every kind run: nothing is set on the clock afterwards.
func TestCloseLeavesNoAlarm(t *testing.T) {
	clock := sysarch.NewManual()
	a, b := twoStacks(t, func(i int) lwip.Config {
		c := lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i))}
		c.ND6.DADAttempts = 3
		return c
	}, impaired(clock, impair.Profile{Delay: time.Second, Loss: 0.1}))
	echo := listenCallback(t, a, 7)
	var conns []*client
	for range 20 {
		conns = append(conns, dialCallback(t, b, "10.0.0.1:7"))
	}
	dialCallback(t, b, "10.0.0.77:7")
	clock.Advance(4 * time.Second)
	for _, c := range conns {
		b.Lock()
		c.write(10_000)
		b.Unlock()
	}
	clock.Advance(1500 * time.Millisecond)
	if clock.Next() == timers.Never || echo.accepted == 0 {
		t.Fatal("nothing is going on")
	}
	a.Close()
	b.Close()
	if next := clock.Next(); next != timers.Never {
		t.Errorf("an alarm is left, due in %v", next.Sub(clock.Now()))
	}
	checkEmpty(t, a, b)
}
