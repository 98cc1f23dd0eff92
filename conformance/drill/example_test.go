package drill_test

import (
	"fmt"

	"github.com/golwip/lwip/conformance/drill"
)

func Example() {
	r := drill.Run("handshake.pkt", `
		0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
		+0 bind(3, ..., ...) = 0
		+0 listen(3, 1) = 0
		+0 < S 0:0(0) win 1000 <mss 1000>
		+0 > S. 0:0(0) ack 2 <mss 1460>
	`, nil)
	fmt.Println(r.Err)
	// Output:
	// handshake.pkt:6: error handling packet: live packet field tcp_ack_seq: expected: 2 (0x2) vs actual: 1 (0x1)
	// script packet:  0.000000 S. 0:0(0) ack 2 <mss 1460>
	// actual packet:  0.000000 S. 0:0(0) ack 1 win 65535 <mss 1460>
}
