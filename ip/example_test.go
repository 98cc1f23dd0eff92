package ip_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
)

// The checksum of a UDP datagram: the sum of its bytes and of the pseudo-header.
func ExamplePseudoSum() {
	src, dst := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	datagram := []byte{0x04, 0x00, 0x00, 0x35, 0x00, 0x0a, 0x00, 0x00, 'h', 'i'}
	sum := checksum.Add(ip.PseudoSum(src, dst, ip.UDP, len(datagram)), checksum.Sum(datagram))
	binary.BigEndian.PutUint16(datagram[6:], ^sum)

	sum = checksum.Add(ip.PseudoSum(src, dst, ip.UDP, len(datagram)), checksum.Sum(datagram))
	fmt.Println("valid:", sum == 0xffff)
	// Output: valid: true
}
