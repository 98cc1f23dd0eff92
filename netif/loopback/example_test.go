package loopback_test

import (
	"fmt"

	"github.com/golwip/lwip/netif/loopback"
	"github.com/golwip/lwip/pbuf"
)

// printer is the smallest Receiver.
type printer struct{ pool *pbuf.Pool }

func (p printer) Pool() *pbuf.Pool { return p.pool }
func (p printer) SetLink(bool)     {}
func (p printer) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		fmt.Printf("came back: %q\n", f.Bytes())
		f.Free()
	}
}

func Example() {
	pool := pbuf.NewPool(pbuf.Config{})
	lo := loopback.New(loopback.Config{})
	if err := lo.Attach(printer{pool}); err != nil {
		panic(err)
	}
	frame := pool.Alloc(pbuf.Raw, 4, pbuf.RAM)
	copy(frame.Bytes(), "echo")
	lo.Transmit([]*pbuf.Buf{frame})
	// Output: came back: "echo"
}
