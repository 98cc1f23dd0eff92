package lwip_test

import (
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// TestIdle leaves 1,000 established connections alone, over IPv4 and IPv6, with
// neighbours known on both sides: in ten minutes neither stack wakes up, and in
// the end nothing is set on the clock.
func TestIdle(t *testing.T) {
	const conns = 1000
	clock := sysarch.NewManual()
	link := impair.Profile{Delay: 5 * time.Millisecond}
	a, b := twoStacks(t, func(i int) lwip.Config {
		return lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i))}
	}, impaired(clock, link))
	echo := listenCallback(t, a, 7)
	var all []*client
	for i := range conns {
		all = append(all, dialCallback(t, b, []string{"10.0.0.1:7", "[fd00::1]:7"}[i%2]))
	}
	clock.Advance(time.Second)
	for _, c := range all {
		b.Lock()
		c.write(1 + 100)
		b.Unlock()
	}
	clock.Advance(time.Minute) // addresses are announced, routers asked for, entries settle
	check := func(arpEntries int) {
		t.Helper()
		for i, s := range []*lwip.Stack{a, b} {
			s.Lock()
			if got := s.TCP().Count(tcp.Established); got != conns {
				t.Fatalf("stack %d: %d connections established", i, got)
			}
			if got := len(s.ARP().Entries()); got != arpEntries {
				t.Errorf("stack %d: %d ARP entries, want %d", i, got, arpEntries)
			}
			if n := neighbors(s); n == 0 {
				t.Errorf("stack %d: no IPv6 neighbour", i)
			}
			s.Unlock()
		}
	}
	check(1)
	before := [2]lwip.Stats{a.Stats(), b.Stats()}
	clock.Advance(10 * time.Minute)
	for i, s := range []*lwip.Stack{a, b} {
		st := s.Stats()
		if n := st.Wakeups - before[i].Wakeups; n != 0 {
			t.Errorf("stack %d: woke up %d times in ten idle minutes", i, n)
		}
		if n := st.Timers.Fired - before[i].Timers.Fired; n != 0 {
			t.Errorf("stack %d: %d timers fired", i, n)
		}
	}
	check(0) // entries are good for five minutes, which nobody has to count
	for _, c := range all {
		if c.sent != 101 || c.received != c.sent || c.bad || c.ended {
			t.Fatalf("a connection: %+v", c)
		}
	}
	if echo.accepted != conns {
		t.Errorf("%d connections accepted", echo.accepted)
	}
	if !clock.RunUntil(func() bool { return clock.Next() == timers.Never }) {
		t.Error("the clock never comes to rest")
	}
	// They are still alive.
	for _, c := range all {
		b.Lock()
		c.write(10)
		b.Unlock()
	}
	clock.Advance(time.Minute)
	for _, c := range all {
		if c.received != 111 || c.bad {
			t.Fatalf("a connection after the rest: %+v", c)
		}
	}
}

// neighbors returns how many IPv6 neighbours a stack knows.
func neighbors(s *lwip.Stack) (n int) {
	s.ND6().Neighbors(func(nd6.Neighbor) bool {
		n++
		return true
	})
	return n
}

// TestIdleStack checks that a stack with interfaces and nothing to do sets no
// alarm, once its addresses have been probed and no router has answered.
func TestIdleStack(t *testing.T) {
	clock := sysarch.NewManual()
	for _, c := range []struct {
		name string
		cfg  lwip.Config
	}{
		{"both families", lwip.Config{}},
		{"IPv4", lwip.Config{NoIPv6: true}},
		{"IPv6", lwip.Config{NoIPv4: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := twoStacks(t, func(i int) lwip.Config {
				cfg := c.cfg
				cfg.Clock, cfg.Rand = clock, sysarch.NewSeededRand(uint64(i))
				cfg.ND6.DADAttempts = 1
				return cfg
			}, func(i int, d netif.Driver) netif.Driver { return d })
			clock.Advance(time.Minute)
			if next := clock.Next(); next != timers.Never {
				t.Errorf("an alarm is due in %v", next.Sub(clock.Now()))
			}
			before := a.Stats().Wakeups + b.Stats().Wakeups
			clock.Advance(24 * time.Hour)
			if got := a.Stats().Wakeups + b.Stats().Wakeups; got != before {
				t.Errorf("woke up %d times in a day", got-before)
			}
		})
	}
}
