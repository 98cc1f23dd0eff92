package ip4_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// printer is a transport that prints what arrives.
type printer struct{}

func (printer) Input(buf *pbuf.Buf, info *ip.Info) {
	fmt.Printf("%v → %v: %q\n", info.Src, info.Dst, buf.Bytes())
	buf.Free()
}

func (printer) Error(buf *pbuf.Buf, e *ip.Error) { fmt.Println("error", e.Kind) }

// A transport sends a packet to its own host, and gets it when the event ends.
func Example() {
	q, pool, rand := new(timers.Queue), pbuf.NewPool(pbuf.Config{}), sysarch.NewSeededRand(1)
	q.Advance(1)
	ifs := netif.New(q, rand, pool)
	p := ip4.New(ifs, q, rand, pool, nil, ip4.Config{})
	p.Handle(253, printer{})

	ifc, _ := ifs.Add(&link{props: netif.Properties{Framing: netif.IP}}, netif.Config{})
	ifc.SetUp(true)
	ifc.SetAddr4(netip.MustParsePrefix("192.0.2.1/24"), netip.Addr{})

	buf := pool.Alloc(pbuf.IP, 5, pbuf.RAM)
	copy(buf.Bytes(), "hello")
	err := p.Output(buf, ip.Header{Dst: netip.MustParseAddr("192.0.2.1"), Proto: 253})
	fmt.Println(err)
	q.Run()
	// Output:
	// <nil>
	// 192.0.2.1 → 192.0.2.1: "hello"
}
