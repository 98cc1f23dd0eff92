package arp_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// A packet waits for the answer to the question who has its next hop.
func Example() {
	q, pool, rand := new(timers.Queue), pbuf.NewPool(pbuf.Config{}), sysarch.NewSeededRand(1)
	ifs := netif.New(q, rand, pool)
	p := arp.New(ifs, q, rand, arp.Config{})
	ifc, _ := ifs.Add(new(link), netif.Config{})
	ifc.SetUp(true)
	ifc.SetAddr4(netip.MustParsePrefix("192.0.2.1/24"), netip.Addr{})

	router := netip.MustParseAddr("192.0.2.254")
	p.Output(ifc, pool.Alloc(pbuf.Link, 20, pbuf.RAM), router)
	fmt.Println(p.Entries()[0].State)

	reply := pool.Alloc(pbuf.Raw, arp.PacketLen, pbuf.RAM)
	arp.Packet{
		Op: arp.Reply, SenderHW: ethernet.Addr{2, 0, 0, 0, 0, 9}, Sender: 0xc00002fe,
		TargetHW: ifc.HWAddr(), Target: 0xc0000201,
	}.Put(reply.Bytes())
	p.Input(ifc, reply)
	fmt.Println(p.Find(ifc, router))
	// Output:
	// PENDING
	// 02:00:00:00:00:09 true
}
