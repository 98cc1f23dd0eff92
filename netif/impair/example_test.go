package impair_test

import (
	"fmt"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// watcher tells when frames arrive.
type watcher struct {
	pool  *pbuf.Pool
	clock sysarch.Clock
}

func (w watcher) Pool() *pbuf.Pool { return w.pool }
func (w watcher) SetLink(bool)     {}
func (w watcher) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		fmt.Printf("%v: %d bytes\n", w.clock.Now(), f.TotalLen())
		f.Free()
	}
}

// A wire of 1 Mbit/s and 20 ms, which loses a fifth of the frames.
func Example() {
	clock := sysarch.NewManual()
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{Framing: netif.IP})
	link := impair.New(a, clock, impair.Config{
		Out: impair.Profile{Rate: 1e6, Delay: 20 * time.Millisecond, Loss: 0.2, Seed: 4},
	})
	for _, d := range []netif.Driver{link, b} {
		if err := d.Attach(watcher{pool, clock}); err != nil {
			panic(err)
		}
	}

	for range 5 {
		link.Transmit([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 1250, pbuf.RAM)})
	}
	clock.Advance(time.Second)
	fmt.Println("lost:", link.Stats().Out.Lost)
	// Output:
	// 1.03s: 1250 bytes
	// 1.05s: 1250 bytes
	// 1.06s: 1250 bytes
	// 1.07s: 1250 bytes
	// lost: 1
}
