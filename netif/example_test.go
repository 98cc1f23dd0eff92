package netif_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

func Example() {
	ifs := netif.New(new(timers.Queue), sysarch.NewSeededRand(1), pbuf.NewPool(pbuf.Config{}))
	ifs.Listen(func(ev netif.Event) {
		if ev.Kind == netif.Addr4Changed {
			fmt.Println(ev.Ifc.Name(), "is", ev.NewAddr)
		}
	})

	wire, _ := memlink.New(memlink.Config{})
	ifc, err := ifs.Add(wire, netif.Config{})
	if err != nil {
		panic(err)
	}
	ifc.SetUp(true)
	ifc.SetAddr4(netip.MustParsePrefix("192.0.2.1/24"), netip.Addr{})
	fmt.Println(ifs.Default().HWAddr(), ifc.IsBroadcast(netip.MustParseAddr("192.0.2.255")))
	// Output:
	// en0 is 192.0.2.1
	// 02:00:00:00:00:01 true
}
