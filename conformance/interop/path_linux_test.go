package interop

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/tuntap"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// pathBuffer is the socket buffer of every host on a path: several times what
// the path and its queue hold, so that no window is the limit.
const pathBuffer = 4 << 20

// path is the kernel at the near end of an impaired link, and at its far end,
// behind the same impairment, another kernel or a stack of ours:
//
//	kernel ── device ── impair ── device ── kernel
//	kernel ── device ── impair ── stack
type path struct {
	near  *namespace
	far   *namespace  // the other kernel, or nil
	stack *lwip.Stack // our stack, or nil
	link  *impair.Driver
}

// newPath makes a path with the kernel at the far end, or with us.
func newPath(t *testing.T, l link, ours bool) *path {
	t.Helper()
	clock := sysarch.Real()
	p := &path{near: newNamespace(t)}
	p.link = impair.New(p.near.host(t, l, false), clock, impair.Config{
		// Something, so that it is not taken for a link that changes nothing.
		Out: impair.Profile{Delay: 1}, In: impair.Profile{Delay: 1},
	})
	if !ours {
		p.far = newNamespace(t)
		dev := p.far.host(t, l, true)
		pool := pbuf.NewPool(pbuf.Config{})
		if err := dev.Attach(wire{pool, p.link}); err != nil {
			t.Fatal(err)
		}
		if err := p.link.Attach(wire{pool, dev}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sync.OnceFunc(func() {
			p.link.Detach()
			dev.Detach()
		}))
		return p
	}
	var err error
	p.stack, err = lwip.New(lwip.Config{
		Clock: clock, ND6: nd6.Config{StartDelay: -1},
		TCP: tcp.Config{SendBuffer: pathBuffer, ReceiveBuffer: pathBuffer, MaxOutOfOrder: pathBuffer / 1024},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stack.Close(); err != nil {
			t.Errorf("close the stack: %v", err)
		}
		if s := p.stack.Pool().Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leak: %d blocks and %d views in use after Close", s.BlocksInUse, s.ViewsInUse)
		}
	})
	v4, v6 := families[0], families[1]
	r := &rig{namespace: p.near, stack: p.stack}
	r.ifc, err = p.stack.AddInterface(p.link, netif.Config{
		Addr4: netip.PrefixFrom(v4.ours, v4.bits), Addrs6: []netip.Prefix{netip.PrefixFrom(v6.ours, v6.bits)},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.waitReady(t)
	return p
}

// host makes the namespace one end of a path: a device with addresses, and windows
// that are no limit.
func (ns *namespace) host(t *testing.T, l link, far bool) (dev netif.Driver) {
	t.Helper()
	err := ns.do(func() (err error) {
		for name, value := range map[string]string{
			"tcp_rmem":            fmt.Sprintf("4096 131072 %d", 2*pathBuffer), // the kernel counts
			"tcp_wmem":            fmt.Sprintf("4096 131072 %d", 2*pathBuffer), // its overhead, too
			"tcp_no_metrics_save": "1",
		} {
			if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0); err != nil {
				return err
			}
		}
		dev, err = l.open(devName, tuntap.Config{NoOffload: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		addr := f.kernel
		if far {
			addr = f.ours
		}
		args := []string{"addr", "add", netip.PrefixFrom(addr, f.bits).String(), "dev", devName}
		if addr.Is6() {
			args = append(args, "nodad")
		}
		ns.run(t, "ip", args...)
	}
	ns.run(t, "ip", "link", "set", devName, "up")
	return dev
}

// wire carries frames on to the other driver.
type wire struct {
	pool *pbuf.Pool
	to   netif.Driver
}

func (w wire) Deliver(frames []*pbuf.Buf) { w.to.Transmit(frames) }
func (w wire) SetLink(bool)               {}
func (w wire) Pool() *pbuf.Pool           { return w.pool }

// connect opens a connection of family f from the sender to the receiver: from
// the near end to the far one, or the other way.
func (p *path) connect(ctx context.Context, f family, fromNear bool) (send, recv net.Conn, err error) {
	to := f.kernel
	if fromNear {
		to = f.ours
	}
	l, err := p.listen(ctx, fromNear, f.tcp, netip.AddrPortFrom(to, 0).String())
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	accepted := make(chan error, 1)
	go func() {
		var err error
		recv, err = l.Accept()
		accepted <- err
	}()
	send, err = p.dial(ctx, fromNear, f.tcp, l.Addr().String())
	if err != nil {
		l.Close()
		<-accepted
		return nil, nil, err
	}
	if err = <-accepted; err != nil {
		send.Close()
		return nil, nil, err
	}
	return send, recv, nil
}

// listen opens the listener at the end that fromNear is not about.
func (p *path) listen(ctx context.Context, fromNear bool, network, addr string) (l net.Listener, err error) {
	ns := p.near
	if fromNear {
		if p.stack != nil {
			return p.stack.Listen(network, strings.Replace(addr, ":0", ":5001", 1))
		}
		ns = p.far
	}
	err = ns.do(func() (err error) {
		lc := net.ListenConfig{Control: cubic}
		lc.SetMultipathTCP(false)
		l, err = lc.Listen(ctx, network, addr)
		return err
	})
	return l, err
}

// dial opens the connection at the end that fromNear is about.
func (p *path) dial(ctx context.Context, fromNear bool, network, addr string) (c net.Conn, err error) {
	ns := p.near
	if !fromNear {
		if p.stack != nil {
			return p.stack.DialContext(ctx, network, addr)
		}
		ns = p.far
	}
	err = ns.do(func() (err error) {
		d := net.Dialer{Control: cubic}
		d.SetMultipathTCP(false)
		c, err = d.DialContext(ctx, network, addr)
		return err
	})
	return c, err
}

// cubic has the kernel's socket use CUBIC, which a namespace may not have as its
// default.
func cubic(_, _ string, c syscall.RawConn) (err error) {
	return errors.Join(c.Control(func(fd uintptr) {
		err = unix.SetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION, "cubic")
	}), err)
}
