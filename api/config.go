package api

import (
	"context"
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// Config configures the sequential API. The zero value is a modern host.
type Config struct {
	// ReceiveBytes bounds the payload in bytes that waits in a UDP or raw
	// endpoint; what comes beyond it is dropped. The memory that it pins may be
	// twice as much. Default 212992. lwIP SO_RCVBUF, RECV_BUFSIZE_DEFAULT.
	ReceiveBytes int
	// ReceiveCount bounds the datagrams that wait in a UDP or raw endpoint.
	// Default 1024. lwIP DEFAULT_UDP_RECVMBOX_SIZE, DEFAULT_RAW_RECVMBOX_SIZE
	// (6); ESP-IDF LWIP_UDP_RECVMBOX_SIZE.
	ReceiveCount int
	// Backlog is that of listeners which do not choose one: the connections that
	// wait for Accept; tcp.Config.SynQueue bounds those being opened. Default
	// 4096. lwIP
	// TCP_DEFAULT_LISTEN_BACKLOG (255), DEFAULT_ACCEPTMBOX_SIZE (6).
	Backlog int
	// WriteBatch is how many bytes a writer copies before it takes the core lock
	// to queue them. Default 65536, range 1 to 65535 or one segment, whichever
	// is more.
	WriteBatch int
	// ReadYields is how often a reader that finds nothing lets other goroutines
	// run before it sleeps. 1 spares the sleeping and waking where the answer
	// comes from another goroutine of the same program, a fifth of a round trip
	// in memory; but on a processor that is busy with other work the reader gets
	// its turn later than one that was woken. Default: once, on a connection
	// that was written to since the last time, while it is seen to pay. Negative:
	// never.
	ReadYields int
	// Resolver finds addresses and ports by name. Default: literal addresses,
	// port numbers and "localhost" only.
	Resolver Resolver
	// Groups joins multicast groups. Default: joining fails with ErrNoGroups.
	Groups Groups
}

// Resolver finds addresses and ports by name, as net.Resolver does.
type Resolver interface {
	// LookupNetIP returns the addresses of host; network is "ip", "ip4" or
	// "ip6".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	// LookupPort returns the port number of a service; network is "tcp", "udp".
	LookupPort(ctx context.Context, network, service string) (int, error)
}

// Groups joins and leaves multicast groups. Its methods are called inside the
// core lock. A nil interface is for the group module to choose.
type Groups interface {
	Join(ifc *netif.Interface, group netip.Addr) error
	Leave(ifc *netif.Interface, group netip.Addr) error
}

func (c Config) withDefaults() Config {
	set(&c.ReceiveBytes, 212992)
	set(&c.ReceiveCount, 1024)
	set(&c.Backlog, 4096)
	set(&c.WriteBatch, 65536)
	return c
}

func set(field *int, def int) {
	if *field <= 0 {
		*field = def
	}
}
