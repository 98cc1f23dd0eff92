package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// The addresses of the two stacks of a pair, and what they share.
const (
	clientAddr = "10.0.0.1"
	serverAddr = "10.0.0.2"
	prefixBits = 24
	linkMTU    = 1500
)

// linkKind is what the link of a workload is like.
type linkKind struct {
	mtu   int  // 0: linkMTU
	large bool // the link takes large segments of up to 64 KiB as they are
	tun   tunWay
}

// errNoTUN says that this system has no TUN device for us.
var errNoTUN = errors.New("no TUN device: it takes root on Linux")

// tunWay says which way data goes over a TUN device whose other end is the
// kernel's stack.
type tunWay uint8

const (
	noTUN   tunWay = iota
	tunUp          // to the kernel
	tunDown        // from the kernel
)

func (k linkKind) linkMTU() int {
	if k.mtu != 0 {
		return k.mtu
	}
	return linkMTU
}

// netstack is what a workload sees of a stack. network is "tcp" or "udp", an
// address has an IPv4 host and a port; a listening address may omit the host.
type netstack interface {
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	Listen(network, address string) (net.Listener, error)
	ListenPacket(network, address string) (net.PacketConn, error)
	Close() error
}

// pair is two stacks on one link.
type pair struct{ client, server netstack }

// close closes both stacks.
func (p pair) close() error { return errors.Join(p.client.Close(), p.server.Close()) }

// timing is how long a workload runs and how many things it makes.
type timing struct {
	warmup, window time.Duration
	idleConns      int
}

// setupTimeout bounds a dial and what is accepted for it: on an in-memory link
// only a fault takes as long.
const setupTimeout = 10 * time.Second

// dialPair opens a connection from p.client to l at address and returns both
// its ends.
func dialPair(p pair, l net.Listener, address string) (client, server net.Conn, err error) {
	type accepted struct {
		c   net.Conn
		err error
	}
	ch := make(chan accepted, 1)
	go func() {
		c, err := l.Accept()
		ch <- accepted{c, err}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
	defer cancel()
	client, err = p.client.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("dial %s: %w", address, err)
	}
	select {
	case a := <-ch:
		if a.err != nil {
			client.Close()
			return nil, nil, fmt.Errorf("accept: %w", a.err)
		}
		return client, a.c, nil
	case <-ctx.Done():
		client.Close()
		return nil, nil, fmt.Errorf("accept: %w", ctx.Err())
	}
}

// crew runs a workload's goroutines. They end when stopping is set, done is
// closed, and what else they block on is closed too.
type crew struct {
	stopping atomic.Bool
	done     chan struct{}
	wg       sync.WaitGroup
	errs     chan error
}

// newCrew returns a crew with nobody in it.
func newCrew() *crew { return &crew{done: make(chan struct{}), errs: make(chan error, 1)} }

// start runs f in a goroutine. Its error counts unless the crew is stopping.
func (c *crew) start(f func() error) {
	c.wg.Go(func() {
		if err := f(); err != nil && !c.stopping.Load() {
			select {
			case c.errs <- err:
			default: // an earlier error explains this one
			}
		}
	})
}

// stop asks all goroutines to end, calls unblock to close what they may be
// blocked on, and waits for them. It is called once.
func (c *crew) stop(unblock func()) {
	c.stopping.Store(true)
	close(c.done)
	unblock()
	c.wg.Wait()
}

// usage is what happened within a window.
type usage struct {
	count     uint64
	cpu, wall time.Duration
}

// measure lets the crew warm up, collects garbage, and returns by how much
// count grew within the window, and the processor time of the whole process
// meanwhile. The window is repeated while nothing at all happens in it, as in a
// very short one that falls between a loss and its retransmission; if that
// lasts for setupTimeout, it is an error.
func (c *crew) measure(t timing, count *atomic.Uint64) (usage, error) {
	if err := c.wait(t.warmup); err != nil {
		return usage{}, err
	}
	runtime.GC()
	n0, t0 := count.Load(), time.Now()
	cpu0, err := cpuTime()
	if err != nil {
		return usage{}, err
	}
	for {
		if err := c.wait(t.window); err != nil {
			return usage{}, err
		}
		if count.Load() != n0 {
			break
		}
		if time.Since(t0) > setupTimeout {
			return usage{}, errors.New("nothing happens")
		}
	}
	cpu1, err := cpuTime()
	if err != nil {
		return usage{}, err
	}
	return usage{count: count.Load() - n0, cpu: cpu1 - cpu0, wall: time.Since(t0)}, nil
}

// wait returns after d, or earlier with a goroutine's error.
func (c *crew) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-c.errs:
		return err
	case <-timer.C:
		return nil
	}
}

// perGiB returns the seconds of processor time for 2^30 of what was counted.
func (u usage) perGiB() float64 { return u.cpu.Seconds() / float64(u.count) * (1 << 30) }

// microsEach returns the microseconds of processor time for each.
func (u usage) microsEach() float64 { return u.cpu.Seconds() * 1e6 / float64(u.count) }

// perSecond returns how many there were a second.
func (u usage) perSecond() float64 { return float64(u.count) / u.wall.Seconds() }
