package interop

import (
	"testing"

	"github.com/golwip/lwip/netif"
)

// TestDeviceDeleted: the interface's link goes down when the kernel loses the
// device.
func TestDeviceDeleted(t *testing.T) {
	r := newRig(t, tap)
	down := make(chan struct{}, 1)
	r.stack.Lock()
	r.stack.Interfaces().Listen(func(ev netif.Event) {
		if ev.Kind == netif.LinkChanged && ev.Ifc == r.ifc && !r.ifc.Ready() {
			down <- struct{}{}
		}
	})
	r.stack.Unlock()
	r.run(t, "ip", "link", "del", devName)
	select {
	case <-down:
	case <-r.ctx.Done():
		t.Fatal("the link stayed up")
	}
}
