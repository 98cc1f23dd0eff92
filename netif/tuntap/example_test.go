//go:build linux

package tuntap_test

import (
	"fmt"

	"github.com/golwip/lwip/netif/tuntap"
)

// Opening a TAP device takes root, or one that root made for this user with
// `ip tuntap add dev lwip0 mode tap user me`.
func ExampleOpenTAP() {
	dev, err := tuntap.OpenTAP("lwip0", tuntap.Config{MTU: 9})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	// stack.AddInterface(dev, netif.Config{Addr4: …}) attaches it.
	fmt.Println(dev.Name(), dev.Properties().MTU)
	// Output: tuntap: invalid configuration: mtu 9 not in [68, 65521]
}
