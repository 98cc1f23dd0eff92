package lwip_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/tcp"
)

// A tun2socks in a few lines: whatever the tunnel's hosts connect to, wherever it
// is, dial opens instead. A host that cannot be reached is told so before the
// handshake is complete.
func ExampleStack_ForwardTCP() {
	tunnel := func(driver netif.Driver, dial func(network, address string) (net.Conn, error)) error {
		stack, err := lwip.New(lwip.Config{})
		if err != nil {
			return err
		}
		ifc, err := stack.AddInterface(driver, netif.Config{}) // needs no address
		if err != nil {
			return err
		}
		splice := func(a, b net.Conn) {
			defer a.Close()
			defer b.Close()
			var both sync.WaitGroup
			both.Go(func() { relay(a, b) })
			both.Go(func() { relay(b, a) })
			both.Wait()
		}
		if _, err = stack.ForwardTCP(ifc, tcp.ForwardConfig{}, func(r *api.TCPRequest) {
			out, err := dial("tcp", r.Local().String())
			if err != nil {
				r.Unreachable(ip.HostUnreachable)
				return
			}
			if in, err := r.Accept(context.Background()); err == nil {
				splice(in, out)
			}
		}); err != nil {
			return err
		}
		_, err = stack.ForwardUDP(ifc, api.ForwardUDPConfig{}, func(in *api.UDPConn) {
			if out, err := dial("udp", in.LocalAddr().String()); err == nil {
				splice(in, out)
			}
			in.Close()
		})
		return err
	}

	host, driver := newTunnelHost() // the kernel and a TUN, in earnest
	if err := tunnel(driver, fakeProxy); err != nil {
		fmt.Println(err)
		return
	}
	c, err := host.Dial("tcp", "192.0.2.80:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.RemoteAddr())
	answer, _ := io.ReadAll(c)
	fmt.Println(string(answer))
	c.Close()
	// Output:
	// 192.0.2.80:80
	// the proxy opened tcp 192.0.2.80:80
}

// relay copies one direction and passes its end on.
func relay(to, from net.Conn) {
	io.Copy(to, from)
	if c, ok := to.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	} else {
		to.Close()
	}
}

// newTunnelHost makes a host that sends everything into a tunnel, and the driver
// of the tunnel's other end.
func newTunnelHost() (*lwip.Stack, netif.Driver) {
	near, far := memlink.New(memlink.Config{Framing: netif.IP})
	host, err := lwip.New(lwip.Config{})
	if err != nil {
		panic(err)
	}
	if _, err := host.AddInterface(near, netif.Config{Addr4: netip.MustParsePrefix("10.0.0.2/24")}); err != nil {
		panic(err)
	}
	return host, far
}

// fakeProxy stands for the far end of a proxy.
func fakeProxy(network, address string) (net.Conn, error) {
	a, b := net.Pipe()
	go func() {
		fmt.Fprintf(b, "the proxy opened %s %s", network, address)
		b.Close()
	}()
	return a, nil
}
