package memlink_test

import (
	"fmt"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
)

// printer is the smallest Receiver.
type printer struct{ pool *pbuf.Pool }

func (p printer) Pool() *pbuf.Pool { return p.pool }
func (p printer) SetLink(up bool)  { fmt.Println("link up:", up) }
func (p printer) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		fmt.Printf("received %q\n", f.Bytes())
		f.Free()
	}
}

func Example() {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{Framing: netif.IP})
	if err := b.Attach(printer{pool}); err != nil {
		panic(err)
	}

	frame := pool.Alloc(pbuf.Raw, 5, pbuf.RAM)
	copy(frame.Bytes(), "hello")
	a.Transmit([]*pbuf.Buf{frame})

	a.SetLink(false)
	if err := b.Detach(); err != nil {
		panic(err)
	}
	// Output:
	// received "hello"
	// link up: false
}
