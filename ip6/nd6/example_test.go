package nd6_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// silence is a link on which nobody answers.
type silence struct{}

func (silence) Properties() netif.Properties {
	return netif.Properties{HWAddr: ethernet.Addr{2, 0, 0, 0, 0, 1}}
}
func (silence) Attach(netif.Receiver) error { return nil }
func (silence) Transmit(fs []*pbuf.Buf)     { pbuf.FreeAll(fs) }
func (silence) Detach() error               { return nil }

// An interface gets its link-local address once nobody claims it.
func Example() {
	q, r, pool := new(timers.Queue), sysarch.NewSeededRand(1), pbuf.NewPool(pbuf.Config{})
	ifs := netif.New(q, r, pool)
	nd := nd6.New(ifs, q, r, pool, nd6.Config{})

	ifc, err := ifs.Add(silence{}, netif.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ifs.Listen(func(ev netif.Event) {
		if ev.Kind == netif.Addr6Changed || ev.Kind == netif.Addr6State {
			fmt.Println(ev.NewAddr, ifc.Addrs6()[ev.Slot].State)
		}
	})
	ifc.SetUp(true)
	nd.Start(ifc, true)
	nd.SetDefaultRouter(ifc, netip.MustParseAddr("fe80::1"))
	for q.Next() != timers.Never {
		q.Advance(q.Next())
		q.Run()
	}
	d := nd.Lookup(netip.MustParseAddr("2001:db8::1"), nil)
	fmt.Println("by", d.NextHop)
	// Output:
	// fe80::ff:fe00:1 tentative
	// fe80::ff:fe00:1 preferred
	// by fe80::1
}
