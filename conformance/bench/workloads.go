package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// sample is what one run of a workload measured, by key. Keys that no result
// names are reported as further information.
type sample map[string]float64

// workload measures one pair of fresh stacks.
type workload struct {
	name string
	link linkKind
	run  func(p pair, t timing) (sample, error)
}

// workloads in the order in which they run.
var workloads = []workload{
	{"bulk", linkKind{}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"bulk100", linkKind{}, func(p pair, t timing) (sample, error) { return bulk(p, t, 100) }},
	{"bulk9000", linkKind{mtu: 9000}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"gso", linkKind{large: true}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"tun-up", linkKind{tun: tunUp}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"tun-down", linkKind{tun: tunDown}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"tun-gso-up", linkKind{tun: tunUp, large: true}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"tun-gso-down", linkKind{tun: tunDown, large: true}, func(p pair, t timing) (sample, error) { return bulk(p, t, 1) }},
	{"rr", linkKind{}, roundTrips},
	{"conn", linkKind{}, openClose},
	{"udp64", linkKind{}, func(p pair, t timing) (sample, error) { return datagrams(p, t, 64) }},
	{"udp1400", linkKind{}, func(p pair, t timing) (sample, error) { return datagrams(p, t, 1400) }},
	{"idle", linkKind{}, idle},
}

// bulkChunk is the size of a write and of a reader's buffer.
const bulkChunk = 64 << 10

// bulk sends one way on conns connections at once, for as long as it takes.
// Both ends have a goroutine for each connection.
func bulk(p pair, t timing, conns int) (sample, error) {
	l, err := p.server.Listen("tcp", ":80")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	var (
		c        = newCrew()
		received atomic.Uint64
		open     []net.Conn
	)
	defer c.stop(func() { closeAll(open) })
	for range conns {
		from, to, err := dialPair(p, l, serverAddr+":80")
		if err != nil {
			return nil, err
		}
		open = append(open, from, to)
	}
	for i := range conns {
		from, to := open[2*i], open[2*i+1]
		c.start(func() error {
			chunk := make([]byte, bulkChunk)
			for !c.stopping.Load() {
				if _, err := from.Write(chunk); err != nil {
					return fmt.Errorf("write: %w", err)
				}
			}
			return nil
		})
		c.start(func() error {
			chunk := make([]byte, bulkChunk)
			for {
				n, err := to.Read(chunk)
				received.Add(uint64(n))
				if err != nil {
					return fmt.Errorf("read: %w", err)
				}
			}
		})
	}
	u, err := c.measure(t, &received)
	if err != nil {
		return nil, err
	}
	return sample{"cpu": u.perGiB(), "rate": u.perSecond()}, nil
}

// roundTrips sends one byte there and back on one connection, again and again.
func roundTrips(p pair, t timing) (sample, error) {
	l, err := p.server.Listen("tcp", ":7")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	from, to, err := dialPair(p, l, serverAddr+":7")
	if err != nil {
		return nil, err
	}
	var trips atomic.Uint64
	c := newCrew()
	defer c.stop(func() { closeAll([]net.Conn{from, to}) })
	c.start(func() error {
		var b [1]byte
		for {
			if _, err := to.Read(b[:]); err != nil {
				return fmt.Errorf("echo read: %w", err)
			}
			if _, err := to.Write(b[:]); err != nil {
				return fmt.Errorf("echo write: %w", err)
			}
		}
	})
	c.start(func() error {
		var b [1]byte
		for !c.stopping.Load() {
			if _, err := from.Write(b[:]); err != nil {
				return fmt.Errorf("write: %w", err)
			}
			if _, err := from.Read(b[:]); err != nil {
				return fmt.Errorf("read: %w", err)
			}
			trips.Add(1)
		}
		return nil
	})
	u, err := c.measure(t, &trips)
	if err != nil {
		return nil, err
	}
	return sample{"rate": u.perSecond(), "cpu-us": u.microsEach()}, nil
}

const (
	// listenPorts is how many ports the connections of openClose and idle are
	// spread over, so that neither the ephemeral ports towards one of them run
	// out nor those in TIME-WAIT are met again within a run.
	listenPorts = 16
	firstPort   = 8000
	// connsAhead is how many connections openClose may have that the server has
	// not yet closed. It is below the shortest default backlog, gonet's 10, so
	// that no SYN is dropped.
	connsAhead = 8
)

// openClose opens connections one after another and closes each at once: the
// client first, which keeps TIME-WAIT on its side, then the server when it has
// read the end.
func openClose(p pair, t timing) (sample, error) {
	var (
		c         = newCrew()
		listeners []net.Listener
		ahead     = make(chan struct{}, connsAhead)
		closed    atomic.Uint64
	)
	defer c.stop(func() {
		for _, l := range listeners {
			l.Close()
		}
	})
	for port := firstPort; port < firstPort+listenPorts; port++ {
		l, err := p.server.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
		c.start(func() error {
			var b [1]byte
			for {
				conn, err := l.Accept()
				if err != nil {
					return fmt.Errorf("accept: %w", err)
				}
				_, err = conn.Read(b[:])
				conn.Close()
				if err != io.EOF {
					return fmt.Errorf("read: got %v, want the end", err)
				}
				closed.Add(1)
				select {
				case <-ahead:
				case <-c.done:
				}
			}
		})
	}
	c.start(func() error {
		var addresses [listenPorts]string
		for i := range addresses {
			addresses[i] = fmt.Sprintf("%s:%d", serverAddr, firstPort+i)
		}
		for i := 0; !c.stopping.Load(); i++ {
			select {
			case ahead <- struct{}{}:
			case <-c.done:
				return nil
			}
			conn, err := p.client.Dial(context.Background(), "tcp", addresses[i%listenPorts])
			if err != nil {
				return fmt.Errorf("dial: %w", err)
			}
			if err := conn.Close(); err != nil {
				return fmt.Errorf("close: %w", err)
			}
		}
		return nil
	})
	u, err := c.measure(t, &closed)
	if err != nil {
		return nil, err
	}
	return sample{"rate": u.perSecond(), "cpu-us": u.microsEach()}, nil
}

const (
	// burst is how many datagrams the receiver counts before it tells the
	// sender: the workload's own cost is one channel operation for each burst.
	burst = 16
	// burstsAhead bounds what is under way to 32 datagrams, which fit every
	// default receive queue.
	burstsAhead = 2
	// lossTimeout is when the sender gives up on an answer and goes on.
	lossTimeout = 20 * time.Millisecond
)

// datagrams sends datagrams of size bytes one way. Each begins with its number.
// The sender stays at most burstsAhead bursts ahead of the receiver, and counts
// what does not arrive as lost.
func datagrams(p pair, t timing, size int) (sample, error) {
	to, err := p.server.ListenPacket("udp", ":9")
	if err != nil {
		return nil, err
	}
	defer to.Close()
	from, err := p.client.ListenPacket("udp", ":9")
	if err != nil {
		return nil, err
	}
	defer from.Close()
	dst, err := net.ResolveUDPAddr("udp4", serverAddr+":9")
	if err != nil {
		return nil, err
	}
	var (
		c              = newCrew()
		sent, received atomic.Uint64
		bursts         = make(chan uint64, burstsAhead+1) // bursts seen to their end
	)
	c.start(func() error {
		b := make([]byte, size+1)
		var done uint64
		for {
			n, _, err := to.ReadFrom(b)
			if err != nil {
				return fmt.Errorf("receive: %w", err)
			}
			if n != size {
				return fmt.Errorf("receive: %d bytes, want %d", n, size)
			}
			received.Add(1)
			if at := (binary.BigEndian.Uint64(b) + 1) / burst; at > done {
				done = at
				select {
				case bursts <- done:
				default: // the sender has given up waiting; a later one tells as much
				}
			}
		}
	})
	c.start(func() error {
		b := make([]byte, size)
		timer := time.NewTimer(lossTimeout)
		defer timer.Stop()
		var done uint64
		for n := uint64(0); !c.stopping.Load(); n++ {
			for n/burst >= done+burstsAhead {
				timer.Reset(lossTimeout)
				select {
				case done = <-bursts:
				case <-timer.C:
					done = n / burst
				}
			}
			binary.BigEndian.PutUint64(b, n)
			if _, err := from.WriteTo(b, dst); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			sent.Add(1)
		}
		return nil
	})
	u, err := c.measure(t, &received)
	c.stop(func() { to.Close(); from.Close() })
	if err != nil {
		return nil, err
	}
	// What was under way when the sockets were closed is not lost.
	lost := max(0, int64(sent.Load()-received.Load())-burst*burstsAhead)
	return sample{
		"cpu":    u.microsEach(),
		"rate":   u.perSecond(),
		"loss-%": 100 * float64(lost) / float64(sent.Load()),
	}, nil
}

// idle opens connections that never carry a byte, keeps both ends, and measures
// the heap before and after.
func idle(p pair, t timing) (s sample, err error) {
	// What the workload itself holds is allocated before the first reading.
	conns := make([]net.Conn, 0, 2*t.idleConns)
	var listeners [listenPorts]net.Listener
	var addresses [listenPorts]string
	for i := range listeners {
		l, err := p.server.Listen("tcp", fmt.Sprintf(":%d", firstPort+i))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		listeners[i] = l
		addresses[i] = fmt.Sprintf("%s:%d", serverAddr, firstPort+i)
	}
	defer func() { closeAll(conns) }()
	// One connection first, so that what a stack makes once is not counted.
	first, second, err := dialPair(p, listeners[0], addresses[0])
	if err != nil {
		return nil, err
	}
	defer closeAll([]net.Conn{first, second})

	before := settledMemory()
	for i := range t.idleConns {
		a, b, err := dialPair(p, listeners[i%listenPorts], addresses[i%listenPorts])
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
		conns = append(conns, a, b)
	}
	after := settledMemory()
	if len(conns) == 0 {
		return nil, errors.New("no connections")
	}
	return sample{
		"heap":        perItem(before.heapAlloc, after.heapAlloc, t.idleConns),
		"heap-inuse":  perItem(before.heapInuse, after.heapInuse, t.idleConns),
		"stack-inuse": perItem(before.stackInuse, after.stackInuse, t.idleConns),
	}, nil
}

// closeAll closes conns. Errors do not matter any more.
func closeAll(conns []net.Conn) {
	for _, c := range conns {
		c.Close()
	}
}
