package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/tcp"
)

// millionPerPort is how many connections one server port takes: a client has
// fewer ephemeral ports than 65536 for one address and port of a server.
const millionPerPort = 16000

// million holds n established connections between two stacks of this process, as
// net.Conn on both sides, and writes what they cost, how long it took, and whether
// they are alive: the last, the first and some in between carry a byte each way.
func million(n int, w io.Writer) error {
	// What this function itself holds is allocated before the first reading.
	ours, theirs := make([]net.Conn, 0, n), make([]net.Conn, 0, n)
	client, server, err := millionPair()
	if err != nil {
		return err
	}
	defer server.Close()
	defer client.Close()
	if err := hold(client, server, &ours, &theirs, 1); err != nil {
		return err
	}
	before := settledMemory()
	begun := time.Now()
	if err := hold(client, server, &ours, &theirs, n); err != nil {
		return err
	}
	took := time.Since(begun)
	after := settledMemory()
	each := perItem(before.heapAlloc, after.heapAlloc, n-1)
	fmt.Fprintf(w, "%d connections, both ends: %.0f bytes of heap each, %.0f in use with the allocator's waste; %.0f opened a second\n",
		n, each, perItem(before.heapInuse, after.heapInuse, n-1), float64(n-1)/took.Seconds())

	for i := 0; i < n; i += max(n/1000, 1) {
		if err := touch(ours[i], theirs[i]); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	if err := touch(ours[n-1], theirs[n-1]); err != nil {
		return err
	}
	time.Sleep(time.Second) // delayed ACKs
	woken := client.Stats().Wakeups + server.Stats().Wakeups
	time.Sleep(time.Second)
	woken = client.Stats().Wakeups + server.Stats().Wakeups - woken
	fmt.Fprintf(w, "alive; the stacks woke up %d times in an idle second\n", woken)
	runtime.KeepAlive(ours)
	return nil
}

// millionPair makes two stacks on an in-memory wire that hold that many.
func millionPair() (client, server *lwip.Stack, err error) {
	a, b := memlink.New(memlink.Config{Framing: netif.IP})
	var stacks [2]*lwip.Stack
	for i, d := range []netif.Driver{a, b} {
		s, err := lwip.New(lwip.Config{TCP: tcp.Config{MaxPCBs: 1 << 24}})
		if err != nil {
			return nil, nil, err
		}
		addr := netip.PrefixFrom(netip.MustParseAddr([]string{clientAddr, serverAddr}[i]), prefixBits)
		if _, err := s.AddInterface(d, netif.Config{Addr4: addr}); err != nil {
			return nil, nil, err
		}
		stacks[i] = s
	}
	return stacks[0], stacks[1], nil
}

// hold opens connections until there are n, on as many ports as it takes.
func hold(client, server *lwip.Stack, ours, theirs *[]net.Conn, n int) error {
	for len(*ours) < n {
		port := 10000 + len(*ours)/millionPerPort
		l, err := server.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		for len(*ours) < n && len(*ours)/millionPerPort == port-10000 {
			c, err := client.Dial("tcp", fmt.Sprintf("%s:%d", serverAddr, port))
			if err != nil {
				return fmt.Errorf("connection %d: %w", len(*ours), err)
			}
			s, err := l.Accept()
			if err != nil {
				return err
			}
			*ours, *theirs = append(*ours, c), append(*theirs, s)
		}
		l.Close()
	}
	return nil
}

// touch sends a byte each way.
func touch(a, b net.Conn) error {
	var x [1]byte
	for _, c := range [][2]net.Conn{{a, b}, {b, a}} {
		if _, err := c[0].Write([]byte{7}); err != nil {
			return err
		}
		if _, err := io.ReadFull(c[1], x[:]); err != nil || x[0] != 7 {
			return fmt.Errorf("got %d, %v", x[0], err)
		}
	}
	return nil
}
