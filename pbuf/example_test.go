package pbuf_test

import (
	"fmt"

	"github.com/golwip/lwip/pbuf"
)

// A sender keeps its payload and lends a view of it to the driver.
func Example() {
	pool := pbuf.NewPool(pbuf.Config{})

	payload := pool.Alloc(pbuf.Raw, 5, pbuf.RAM)
	payload.Take([]byte("hello"))

	packet := pool.Alloc(pbuf.Link, 0, pbuf.RAM)
	packet.SetNext(payload.View(0, 5))
	copy(packet.AddHeader(4), "IP: ")

	wire := make([]byte, packet.TotalLen())
	packet.CopyPartial(wire, 0)
	fmt.Printf("%q\n", wire)

	packet.Free() // the driver is done; the payload can still be sent again
	fmt.Printf("%q\n", payload.Bytes())
	payload.Free()
	fmt.Println(pool.Stats().BlocksInUse, "blocks in use")
	// Output:
	// "IP: hello"
	// "hello"
	// 0 blocks in use
}

// Received frames may come in pieces: a header that spans two of them is read
// through a scratch buffer.
func ExampleBuf_GetContiguous() {
	pool := pbuf.NewPool(pbuf.Config{})
	frame, rest := pool.AllocBytes(0, 3), pool.AllocBytes(0, 3)
	frame.Take([]byte("abc"))
	rest.Take([]byte("def"))
	frame.Cat(rest)

	var scratch [4]byte
	fmt.Printf("%s\n", frame.GetContiguous(scratch[:], 4, 1))
	fmt.Println(frame.GetContiguous(scratch[:], 9, 0) == nil)
	fmt.Println(frame.Strstr("cd"), frame.Strstr("dc"))
	frame.Free()
	// Output:
	// bcde
	// true
	// 2 -1
}
