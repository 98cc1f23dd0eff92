package fuzz

import (
	"fmt"
	"testing"

	"github.com/golwip/lwip/tcp"
)

// A changed packet in the right state: a connection in ESTABLISHED gets a segment
// whose data offset takes payload for options, with a right checksum; the rest is
// payload of its place in the stream, so nothing wrong is received.
func Example() {
	w := newWorld(new(testing.T), 0)
	c, q := w.enter(tcp.Established, false)
	right := q.send(ack|psh, 100)
	for i, f := range fields(right, false) {
		if f.name == "ip4.tcp.offset" {
			w.deliver(mutate(right, false, 0, []mutation{{field: byte(i), kind: setField, value: 15}}))
		}
	}
	w.check()
	fmt.Println(c.got, "bytes received")
	w.deliver(right)
	fmt.Println(c.got, "bytes received,", w.s.Stats().TCP.BytesIn, "counted")
	w.close()
	// Output:
	// 72 bytes received
	// 100 bytes received, 100 counted
}
