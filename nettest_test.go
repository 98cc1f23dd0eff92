package lwip_test

import (
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/sys_arch"
)

// connPair is nettest's pipe over two stacks.
func connPair(t testing.TB, wrap func(i int, d netif.Driver) netif.Driver) nettest.MakePipe {
	return func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := twoStacks(t, func(int) lwip.Config { return lwip.Config{} }, wrap)
		l, err := a.Listen("tcp", "10.0.0.1:80")
		if err != nil {
			return nil, nil, nil, err
		}
		defer l.Close()
		if c1, err = b.Dial("tcp", "10.0.0.1:80"); err != nil {
			return nil, nil, nil, err
		}
		if c2, err = l.Accept(); err != nil {
			return nil, nil, nil, err
		}
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	}
}

func TestConn(t *testing.T) { nettest.TestConn(t, connPair(t, nil)) }

func TestConnImpaired(t *testing.T) {
	nettest.TestConn(t, connPair(t, func(i int, d netif.Driver) netif.Driver {
		p := impair.Profile{Delay: time.Millisecond, Loss: 0.01, Reorder: 0.01, ReorderDelay: 2 * time.Millisecond, Duplicate: 0.01, Seed: uint64(i + 1)}
		return impair.New(d, sysarch.Real(), impair.Config{Out: p})
	}))
}
