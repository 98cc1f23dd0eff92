package ip6_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// tunnel is a link on which packets end.
type tunnel struct{}

func (tunnel) Properties() netif.Properties { return netif.Properties{Framing: netif.IP, MTU: 1400} }
func (tunnel) Attach(netif.Receiver) error  { return nil }
func (tunnel) Transmit(fs []*pbuf.Buf)      { pbuf.FreeAll(fs) }
func (tunnel) Detach() error                { return nil }

// printer is a transport that prints.
type printer struct{}

func (printer) Input(buf *pbuf.Buf, info *ip.Info) {
	fmt.Printf("%v → %v: %s\n", info.Src, info.Dst, buf.Bytes())
	buf.Free()
}
func (printer) Error(*pbuf.Buf, *ip.Error) {}

// A packet to an address of our own comes back.
func Example() {
	q, r, pool := new(timers.Queue), sysarch.NewSeededRand(1), pbuf.NewPool(pbuf.Config{})
	q.Advance(1)
	ifs := netif.New(q, r, pool)
	nd := nd6.New(ifs, q, r, pool, nd6.Config{})
	p := ip6.New(ifs, q, r, pool, nd, ip6.Config{})
	p.Handle(ip.UDP, printer{})

	ifc, err := ifs.Add(tunnel{}, netif.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ifc.SetUp(true)
	nd.Start(ifc, true)
	nd.AddAddress(ifc, netip.MustParsePrefix("2001:db8::1/64"))

	route, err := p.Route(netip.MustParseAddr("2001:db8::2"), netip.Addr{}, nil)
	fmt.Println(route.Src, route.MTU, err)

	buf := pool.Alloc(pbuf.Transport, 5, pbuf.RAM)
	copy(buf.Bytes(), "hello")
	p.Output(buf, ip.Header{Src: route.Src, Dst: route.Src, Proto: ip.UDP})
	q.Run()
	// Output:
	// 2001:db8::1 1400 <nil>
	// 2001:db8::1 → 2001:db8::1: hello
}
