package sockets_test

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/sys_arch"
)

// world is two stacks on a wire: a is 10.0.0.1 and fd00::1, b is 10.0.0.2 and
// fd00::2.
type world struct {
	t        testing.TB
	sa, sb   *lwip.Stack
	a, b     *sockets.Protocol
	ifa, ifb *netif.Interface
}

// setup says how a world is. The zero value is two modern hosts.
type setup struct {
	clock sysarch.Clock
	delay time.Duration // one way
	cfg   lwip.Config   // of both
	tx    int           // netif.Config.TxQueue
}

func newWorld(t testing.TB, s setup) *world {
	t.Helper()
	if s.clock == nil {
		s.clock = sysarch.Real()
	}
	w := &world{t: t}
	la, lb := memlink.New(memlink.Config{})
	for i, d := range []netif.Driver{la, lb} {
		if s.delay != 0 {
			d = impair.New(d, s.clock, impair.Config{Out: impair.Profile{Delay: s.delay}})
		}
		c := s.cfg
		c.Clock = s.clock
		c.Rand = sysarch.NewSeededRand(uint64(i) + 1)
		c.ND6.DADAttempts = -1
		st, err := lwip.New(c)
		if err != nil {
			t.Fatal(err)
		}
		ifc, err := st.AddInterface(d, netif.Config{
			Name: "en", TxQueue: s.tx,
			Addr4:  netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24),
			Addrs6: []netip.Prefix{netip.MustParsePrefix([]string{"fd00::1/64", "fd00::2/64"}[i])},
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			w.sa, w.a, w.ifa = st, st.Sockets(), ifc
		} else {
			w.sb, w.b, w.ifb = st, st.Sockets(), ifc
		}
	}
	t.Cleanup(func() {
		for _, st := range []*lwip.Stack{w.sa, w.sb} {
			st.Close()
			if n := st.Sockets().Stats().Open; n != 0 {
				t.Errorf("%d descriptors are open after Close", n)
			}
		}
		for i, st := range []*lwip.Stack{w.sa, w.sb} {
			if p := st.Pool().Stats(); p.BlocksInUse != 0 || p.ViewsInUse != 0 {
				t.Errorf("stack %d: %d blocks and %d views are still in use", i, p.BlocksInUse, p.ViewsInUse)
			}
		}
	})
	return w
}

// inBubble runs a test in virtual time. It fails if a goroutine is left.
func inBubble(t *testing.T, s setup, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(newWorld(t, s)) })
}

// addr returns the address that s says.
func addr(s string) sockets.SockAddr { return sockets.Inet(netip.MustParseAddrPort(s)) }

// family returns the domain of an address.
func family(a sockets.SockAddr) int { return a.Family() }

// ok fails the test on an error.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// want fails the test unless the error is the one wanted.
func (w *world) want(got error, want error) {
	w.t.Helper()
	if got != want {
		w.t.Fatalf("got %v (%v), want %v (%v)", name(got), got, name(want), want)
	}
}

func name(err error) string {
	var e sockets.Errno
	if errors.As(err, &e) {
		return e.Name()
	}
	return "no errno"
}

// socket makes a socket.
func (w *world) socket(p *sockets.Protocol, domain, typ, proto int) int {
	w.t.Helper()
	fd, err := p.Socket(domain, typ, proto)
	w.ok(err)
	return fd
}

// bound makes a socket of the address's family and binds it.
func (w *world) bound(p *sockets.Protocol, typ int, at string) int {
	w.t.Helper()
	a := addr(at)
	fd := w.socket(p, family(a), typ, 0)
	w.ok(p.Bind(fd, a))
	return fd
}

// listener makes a listening socket.
func (w *world) listener(p *sockets.Protocol, at string) int {
	w.t.Helper()
	fd := w.bound(p, sockets.SOCK_STREAM, at)
	w.ok(p.Listen(fd, 16))
	return fd
}

// pair makes a connection from a to b.
func (w *world) pair() (client, server int) {
	w.t.Helper()
	l := w.listener(w.b, "10.0.0.2:80")
	client = w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
	w.ok(w.a.Connect(client, addr("10.0.0.2:80")))
	server, _, err := w.b.Accept(l)
	w.ok(err)
	w.ok(w.b.Close(l))
	return client, server
}

// udpPair makes UDP sockets 10.0.0.1:1000 and 10.0.0.2:2000 that are connected.
func (w *world) udpPair() (ua, ub int) {
	w.t.Helper()
	ua, ub = w.bound(w.a, sockets.SOCK_DGRAM, "10.0.0.1:1000"), w.bound(w.b, sockets.SOCK_DGRAM, "10.0.0.2:2000")
	w.ok(w.a.Connect(ua, addr("10.0.0.2:2000")))
	w.ok(w.b.Connect(ub, addr("10.0.0.1:1000")))
	return ua, ub
}

// send sends all of s.
func (w *world) send(p *sockets.Protocol, fd int, s string) {
	w.t.Helper()
	if n, err := p.Send(fd, []byte(s), 0); n != len(s) || err != nil {
		w.t.Fatalf("sent %d of %d, %v", n, len(s), err)
	}
}

// recv receives once and compares.
func (w *world) recv(p *sockets.Protocol, fd, flags int, want string) {
	w.t.Helper()
	b := make([]byte, 1<<16)
	n, err := p.Recv(fd, b, flags)
	if err != nil || string(b[:n]) != want {
		w.t.Fatalf("received %q, %v; want %q", b[:n], err, want)
	}
}

// nonblock makes a socket non-blocking.
func (w *world) nonblock(p *sockets.Protocol, fd int) {
	w.t.Helper()
	_, err := p.Fcntl(fd, sockets.F_SETFL, sockets.O_NONBLOCK)
	w.ok(err)
}

// result is what a call in a goroutine of its own returned.
type result struct {
	n   int
	err error
}

// async makes a call in a goroutine of its own.
func async(f func() (int, error)) <-chan result {
	c := make(chan result, 1)
	go func() {
		n, err := f()
		c <- result{n, err}
	}()
	return c
}

// returned reports whether the call has returned.
func returned(c <-chan result) (r result, ok bool) {
	select {
	case r = <-c:
		return r, true
	default:
		return r, false
	}
}
