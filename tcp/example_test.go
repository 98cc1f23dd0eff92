package tcp_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// wire is a network layer that shows what it is given.
type wire struct{ netip.Addr }

func (w wire) Output(buf *pbuf.Buf, h ip.Header) error {
	seg, _ := tcp.ParseHeader(buf.Bytes())
	fmt.Printf("%v to %v:%d, %d bytes of options\n", seg.Flags(), h.Dst, seg.DstPort(), len(seg.Options()))
	buf.Free()
	return nil
}
func (w wire) Route(_, _ netip.Addr, _ *netif.Interface) (ip.Route, error) {
	return ip.Route{Src: w.Addr, MTU: 1500}, nil
}
func (w wire) Unreachable(*pbuf.Buf, *ip.Info, ip.Reason) {}
func (w wire) Reachable(*netif.Interface, netip.Addr)     {}
func (w wire) Owner(netip.Addr) *netif.Interface          { return nil }
func (w wire) HeaderLen() int                             { return 20 }

// client is the owner of a connection.
type client struct{}

func (client) Connected(*tcp.PCB)                 { fmt.Println("connected") }
func (client) Received(_ *tcp.PCB, buf *pbuf.Buf) { buf.Free() }
func (client) PeerClosed(p *tcp.PCB)              { p.Close() }
func (client) Sent(*tcp.PCB, int)                 {}
func (client) Closed(_ *tcp.PCB, err error)       { fmt.Println("closed:", err) }
func (client) SoftError(*tcp.PCB, error)          {}

// A connection is opened: its SYN goes out when the batch is flushed. Nobody
// answers, so it is given up.
func Example() {
	q, pool, rand := new(timers.Queue), pbuf.NewPool(pbuf.Config{}), sysarch.NewSeededRand(1)
	ifs := netif.New(q, rand, pool)
	t := tcp.New(pool, q, rand, wire{netip.MustParseAddr("192.0.2.1")}, nil, ifs, tcp.Config{MaxSYNRetransmits: 2})

	p, err := t.NewPCB()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := p.Connect(netip.MustParseAddrPort("192.0.2.7:80"), client{}); err != nil {
		fmt.Println(err)
		return
	}
	t.Flush()
	for q.Next() != timers.Never {
		q.Advance(q.Next())
		q.Run()
		t.Flush()
	}
	// Output:
	// SYN to 192.0.2.7:80, 20 bytes of options
	// SYN to 192.0.2.7:80, 20 bytes of options
	// SYN to 192.0.2.7:80, 20 bytes of options
	// closed: tcp: connection timed out
}
