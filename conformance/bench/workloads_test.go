package main

import (
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// tiny is long enough for every workload to make progress.
var tiny = timing{warmup: 5 * time.Millisecond, window: 50 * time.Millisecond, idleConns: 256}

// pairs are the stacks under test, gVisor's on every link that it can be
// measured on.
var pairs = []struct {
	name string
	make func(linkKind) (pair, error)
}{
	{"ours", newOursPair},
	{"gvisor-pipe", func(k linkKind) (pair, error) { return newGvisorPair(linkPipe, k) }},
	{"gvisor-ethernet", func(k linkKind) (pair, error) { return newGvisorPair(linkEthernet, k) }},
	{"gvisor-channel", func(k linkKind) (pair, error) { return newGvisorPair(linkChannel, k) }},
}

func TestWorkloads(t *testing.T) {
	for _, p := range pairs {
		for _, l := range workloads {
			t.Run(p.name+"/"+l.name, func(t *testing.T) {
				s, err := measureOnce(l, tiny, func() (pair, error) { return p.make(l.link) })
				if errors.Is(err, errNoTUN) && os.Getenv("CI") != "true" {
					t.Skip(err)
				}
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range results {
					if v := s[r.key]; r.load == l.name && !(v > 0) {
						t.Errorf("%s: got %v %s, want above 0", r.name, v, r.unit)
					}
				}
				if loss := s["loss-%"]; loss > 1 {
					t.Errorf("lost %.1f %% of the datagrams, want at most 1", loss)
				}
			})
		}
	}
}

func TestEveryResultHasItsWorkload(t *testing.T) {
	names := map[string]bool{}
	for _, l := range workloads {
		names[l.name] = true
	}
	for _, r := range results {
		if !names[r.load] {
			t.Errorf("%s: no workload %q", r.name, r.load)
		}
		if strings.TrimSpace(r.unit) == "" || r.bar <= 0 {
			t.Errorf("%s: got unit %q and bar %v, want both", r.name, r.unit, r.bar)
		}
	}
}

// lossyNet is a netstack whose datagrams cross a channel that loses every
// fourth.
type lossyNet struct {
	netstack
	wire chan []byte
}

func (n lossyNet) ListenPacket(_, _ string) (net.PacketConn, error) {
	return &lossyConn{wire: n.wire, closed: make(chan struct{})}, nil
}

func (lossyNet) Close() error { return nil }

type lossyConn struct {
	net.PacketConn
	wire   chan []byte
	closed chan struct{}
	once   sync.Once
	n      int
}

func (c *lossyConn) WriteTo(b []byte, _ net.Addr) (int, error) {
	if c.n++; c.n%4 != 0 {
		c.wire <- slices.Clone(b)
	}
	return len(b), nil
}

func (c *lossyConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.wire:
		return copy(b, d), nil, nil
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *lossyConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func TestDatagramsReportsLoss(t *testing.T) {
	n := lossyNet{wire: make(chan []byte, burst*(burstsAhead+1))}
	// Every burst loses its last datagram, so the sender waits for lossTimeout
	// over and over: within the window it sends few bursts, but some.
	long := timing{window: 20 * lossTimeout}
	s, err := datagrams(pair{n, n}, long, 64)
	if err != nil {
		t.Fatal(err)
	}
	if s["cpu"] < 0 || s["rate"] <= 0 {
		t.Errorf("got %v, want a rate", s)
	}
	if got := s["loss-%"]; got < 15 || got > 25 {
		t.Errorf("got a loss of %.1f %%, want 25 less what may be under way", got)
	}
}

func TestMeasure(t *testing.T) {
	t.Run("nothing happened", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var count atomic.Uint64
			if _, err := newCrew().measure(timing{window: time.Second}, &count); err == nil {
				t.Error("got no error")
			}
		})
	})
	t.Run("a goroutine failed", func(t *testing.T) {
		c, fault := newCrew(), errors.New("fault")
		c.start(func() error { return fault })
		var count atomic.Uint64
		if _, err := c.measure(timing{window: time.Hour}, &count); err != fault {
			t.Errorf("got %v, want %v", err, fault)
		}
	})
	t.Run("only the window counts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var count atomic.Uint64
			c := newCrew()
			c.start(func() error {
				tick := time.NewTicker(10 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-tick.C:
						count.Add(1)
					case <-c.done:
						return nil
					}
				}
			})
			u, err := c.measure(timing{warmup: 205 * time.Millisecond, window: time.Second}, &count)
			c.stop(func() {})
			if err != nil {
				t.Fatal(err)
			}
			if u.count != 100 || u.wall != time.Second {
				t.Errorf("got %d in %v, want 100 in 1s", u.count, u.wall)
			}
		})
	})
}
