package ethernet_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/netif/ethernet"
)

func Example() {
	frame := make([]byte, ethernet.HeaderLen)
	group := ethernet.Multicast(netip.MustParseAddr("ff02::1"))
	ethernet.Put(frame, group, ethernet.Addr{2, 0, 0, 0, 0, 1}, ethernet.IPv6)

	h, ok := ethernet.ParseHeader(frame)
	fmt.Println(h.Dst(), h.Src(), h.Dst().IsMulticast(), ok)
	// Output: 33:33:00:00:00:01 02:00:00:00:00:01 true true
}
