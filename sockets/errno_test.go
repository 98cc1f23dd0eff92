package sockets_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/tcp"
)

// Each error number that the guide promises, provoked.
func TestErrno(t *testing.T) {
	small := lwip.Config{Sockets: sockets.Config{MaxSockets: 3, MaxWaiters: 1, MaxMemberships: 1}}
	for _, c := range []struct {
		name  string
		want  error
		setup setup
		call  func(w *world) error
	}{
		{name: "TCP connect to a closed port", want: sockets.ECONNREFUSED, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.2:81"))
		}},
		{name: "UDP port unreachable", want: sockets.ECONNREFUSED, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.ok(w.a.Connect(c, addr("10.0.0.2:81")))
			w.send(w.a, c, "x")
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "two TCP sockets on a port", want: sockets.EADDRINUSE, call: func(w *world) error {
			w.listener(w.a, "10.0.0.1:80")
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("0.0.0.0:80"))
		}},
		{name: "two UDP sockets on a port", want: sockets.EADDRINUSE, call: func(w *world) error {
			w.bound(w.a, sockets.SOCK_DGRAM, "10.0.0.1:80")
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), addr("10.0.0.1:80"))
		}},
		{name: "the interface's address changes", want: sockets.ECONNABORTED, call: func(w *world) error {
			c, _ := w.pair()
			w.sa.Lock()
			w.ifa.SetAddr4(netip.MustParsePrefix("10.0.0.77/24"), netip.Addr{})
			w.sa.Unlock()
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "TCP without a route", want: sockets.ENETUNREACH, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("192.0.2.1:80"))
		}},
		{name: "UDP without a route", want: sockets.ENETUNREACH, call: func(w *world) error {
			_, err := w.a.Sendto(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), nil, 0, addr("192.0.2.1:80"))
			return err
		}},
		{name: "UDP through an interface that is down", want: sockets.ENETDOWN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.down()
			_, err := w.a.Sendto(c, []byte("x"), 0, addr("10.0.0.2:80"))
			return err
		}},
		{name: "TCP through an interface that is down", want: sockets.ENETDOWN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.down()
			return w.a.Connect(c, addr("10.0.0.2:80"))
		}},
		{name: "bound to an interface that is down", want: sockets.ENETDOWN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.ok(w.a.SetsockoptDevice(c, w.ifa.Name()))
			w.down()
			_, err := w.a.Sendto(c, []byte("x"), 0, addr("192.0.2.1:80"))
			return err
		}},
		{name: "nobody answers a SYN", want: sockets.ETIMEDOUT, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.99:80"))
		}},
		{name: "TCP_USER_TIMEOUT", want: sockets.ETIMEDOUT, call: func(w *world) error {
			c, _ := w.pair()
			w.ok(w.a.SetsockoptInt(c, sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 3000))
			w.sb.Lock()
			w.ifb.SetUp(false)
			w.sb.Unlock()
			w.send(w.a, c, "x")
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "nobody answers ARP", want: sockets.EHOSTDOWN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.ok(w.a.Connect(c, addr("10.0.0.99:80")))
			w.send(w.a, c, "x")
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "nobody answers a solicitation", want: sockets.EHOSTDOWN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
			w.ok(w.a.Connect(c, addr("[fd00::99]:80")))
			w.send(w.a, c, "x")
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "ICMP host unreachable", want: sockets.EHOSTUNREACH, call: func(w *world) error {
			ua, _ := w.udpPair()
			w.send(w.a, ua, "x")
			w.unreachable(1)
			_, err := w.a.Send(ua, []byte("x"), 0)
			return err
		}},
		{name: "ICMP net unreachable", want: sockets.ENETUNREACH, call: func(w *world) error {
			ua, _ := w.udpPair()
			w.unreachable(0)
			_, err := w.a.Recv(ua, make([]byte, 1), 0)
			return err
		}},
		{name: "non-blocking connect", want: sockets.EINPROGRESS, setup: setup{delay: time.Millisecond}, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.nonblock(w.a, c)
			return w.a.Connect(c, addr("10.0.0.2:80"))
		}},
		{name: "and again", want: sockets.EALREADY, setup: setup{delay: time.Millisecond}, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.nonblock(w.a, c)
			w.a.Connect(c, addr("10.0.0.2:80"))
			return w.a.Connect(c, addr("10.0.0.2:80"))
		}},
		{name: "its peer, meanwhile", want: sockets.ENOTCONN, setup: setup{delay: time.Millisecond}, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.nonblock(w.a, c)
			w.a.Connect(c, addr("10.0.0.2:80"))
			_, err := w.a.Getpeername(c)
			return err
		}},
		{name: "its peer when nobody listened", want: sockets.ENOTCONN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.a.Connect(c, addr("10.0.0.2:80"))
			_, err := w.a.Getpeername(c)
			return err
		}},
		{name: "bind again when connecting failed", want: sockets.EINVAL, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.ok(w.a.Bind(c, addr("0.0.0.0:81")))
			w.a.Connect(c, addr("10.0.0.2:80"))
			return w.a.Bind(c, addr("0.0.0.0:82"))
		}},
		{name: "connect when connected", want: sockets.EISCONN, call: func(w *world) error {
			c, _ := w.pair()
			return w.a.Connect(c, addr("10.0.0.2:80"))
		}},
		{name: "connect of a listener", want: sockets.EISCONN, call: func(w *world) error {
			return w.a.Connect(w.listener(w.a, "0.0.0.0:80"), addr("10.0.0.2:80"))
		}},
		{name: "send to nowhere", want: sockets.EDESTADDRREQ, call: func(w *world) error {
			_, err := w.a.Send(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), nil, 0)
			return err
		}},
		{name: "UDP-Lite", want: sockets.EPROTONOSUPPORT, call: func(w *world) error {
			_, err := w.a.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, sockets.IPPROTO_UDPLITE)
			return err
		}},
		{name: "TCP as datagrams", want: sockets.EPROTONOSUPPORT, call: func(w *world) error {
			_, err := w.a.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, sockets.IPPROTO_TCP)
			return err
		}},
		{name: "an unknown family", want: sockets.EAFNOSUPPORT, call: func(w *world) error {
			_, err := w.a.Socket(1, sockets.SOCK_DGRAM, 0)
			return err
		}},
		{name: "an unknown type", want: sockets.EINVAL, call: func(w *world) error {
			_, err := w.a.Socket(sockets.AF_INET, 4, 0)
			return err
		}},
		{name: "IPv6 address, IPv4 socket", want: sockets.EAFNOSUPPORT, call: func(w *world) error {
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), addr("[::]:0"))
		}},
		{name: "a family that is switched off", want: sockets.EAFNOSUPPORT, setup: setup{cfg: lwip.Config{NoIPv6: true}}, call: func(w *world) error {
			_, err := w.a.Socket(sockets.AF_INET6, sockets.SOCK_STREAM, 0)
			return err
		}},
		{name: "an address of somebody else", want: sockets.EADDRNOTAVAIL, call: func(w *world) error {
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.2:80"))
		}},
		{name: "no address", want: sockets.EFAULT, call: func(w *world) error {
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), nil)
		}},
		{name: "no descriptor", want: sockets.EBADF, call: func(w *world) error {
			_, err := w.a.Send(7, nil, 0)
			return err
		}},
		{name: "a negative descriptor", want: sockets.EBADF, call: func(w *world) error { return w.a.Close(-1) }},
		{name: "no more descriptors", want: sockets.ENFILE, setup: setup{cfg: small}, call: func(w *world) error {
			for range 3 {
				w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			}
			_, err := w.a.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			return err
		}},
		{name: "no more descriptors for accept", want: sockets.ENFILE, setup: setup{cfg: small}, call: func(w *world) error {
			l := w.listener(w.b, "10.0.0.2:80")
			w.socket(w.b, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.socket(w.b, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.ok(w.a.Connect(c, addr("10.0.0.2:80")))
			_, _, err := w.b.Accept(l)
			w.recv(w.a, c, 0, "") // the connection is closed
			return err
		}},
		{name: "no more PCBs", want: sockets.ENOBUFS, setup: setup{cfg: lwip.Config{TCP: tcp.Config{MaxPCBs: 1}}}, call: func(w *world) error {
			w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			_, err := w.a.Socket(sockets.AF_INET, sockets.SOCK_STREAM, 0)
			return err
		}},
		{name: "transmit queue full", want: sockets.ENOMEM, setup: setup{tx: 4}, call: func(w *world) error {
			ua, ub := w.udpPair()
			w.send(w.a, ua, "who has")
			w.recv(w.b, ub, 0, "who has")
			_, err := w.a.Send(ua, make([]byte, 60000), 0)
			return err
		}},
		{name: "too many waiters", want: sockets.EBUSY, setup: setup{cfg: small}, call: func(w *world) error {
			u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			c := async(func() (int, error) {
				return w.a.Poll([]sockets.PollFd{{Fd: u, Events: sockets.POLLIN}}, sockets.Forever)
			})
			synctest.Wait()
			_, err := w.a.Poll([]sockets.PollFd{{Fd: u, Events: sockets.POLLIN}}, sockets.Forever)
			w.ok(w.a.Close(u))
			<-c
			return err
		}},
		{name: "broadcast without SO_BROADCAST", want: sockets.EACCES, call: func(w *world) error {
			_, err := w.a.Sendto(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), nil, 0, addr("255.255.255.255:68"))
			return err
		}},
		{name: "too long a datagram", want: sockets.EMSGSIZE, call: func(w *world) error {
			ua, _ := w.udpPair()
			_, err := w.a.Send(ua, make([]byte, 65508), 0)
			return err
		}},
		{name: "listen of UDP", want: sockets.EOPNOTSUPP, call: func(w *world) error {
			return w.a.Listen(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), 1)
		}},
		{name: "accept of UDP", want: sockets.EOPNOTSUPP, call: func(w *world) error {
			_, _, err := w.a.Accept(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0))
			return err
		}},
		{name: "accept without listen", want: sockets.EINVAL, call: func(w *world) error {
			_, _, err := w.a.Accept(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0))
			return err
		}},
		{name: "listen of a connection", want: sockets.EINVAL, call: func(w *world) error {
			c, _ := w.pair()
			return w.a.Listen(c, 1)
		}},
		{name: "bind twice", want: sockets.EINVAL, call: func(w *world) error {
			return w.a.Bind(w.bound(w.a, sockets.SOCK_STREAM, "10.0.0.1:80"), addr("10.0.0.1:81"))
		}},
		{name: "shutdown of UDP", want: sockets.EOPNOTSUPP, call: func(w *world) error {
			return w.a.Shutdown(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), sockets.SHUT_RD)
		}},
		{name: "shutdown without connection", want: sockets.ENOTCONN, call: func(w *world) error {
			return w.a.Shutdown(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), sockets.SHUT_RD)
		}},
		{name: "peer without connection", want: sockets.ENOTCONN, call: func(w *world) error {
			_, err := w.a.Getpeername(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0))
			return err
		}},
		{name: "receive without connection", want: sockets.ENOTCONN, call: func(w *world) error {
			_, err := w.a.Recv(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), make([]byte, 1), 0)
			return err
		}},
		{name: "receive from a listener", want: sockets.ENOTCONN, call: func(w *world) error {
			_, err := w.a.Recv(w.listener(w.a, "0.0.0.0:80"), make([]byte, 1), 0)
			return err
		}},
		{name: "send without connection", want: sockets.ENOTCONN, call: func(w *world) error {
			_, err := w.a.Send(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), make([]byte, 1), 0)
			return err
		}},
		{name: "receive after a refused connect", want: sockets.ENOTCONN, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.want(w.a.Connect(c, addr("10.0.0.2:81")), sockets.ECONNREFUSED)
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "disconnect of TCP", want: sockets.EINVAL, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), &sockets.SockAddrUnspec{})
		}},
		{name: "an unknown interface", want: sockets.ENODEV, call: func(w *world) error {
			return w.a.SetsockoptDevice(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), "wlan7")
		}},
		{name: "a name of no interface", want: sockets.ENXIO, call: func(w *world) error {
			_, err := w.a.IfNametoindex("wlan7")
			return err
		}},
		{name: "an index of no interface", want: sockets.ENXIO, call: func(w *world) error {
			_, err := w.a.IfIndextoname(77)
			return err
		}},
		{name: "a context that is done", want: sockets.EINTR, call: func(w *world) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := w.a.PollContext(ctx, []sockets.PollFd{{Fd: w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), Events: sockets.POLLIN}})
			return err
		}},
		{name: "the stack is closed", want: sockets.EBADF, call: func(w *world) error {
			w.a.CloseAll()
			_, err := w.a.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, c.setup, func(w *world) { w.want(c.call(w), c.want) })
		})
	}
}

// down takes the first stack's interface down.
func (w *world) down() {
	w.sa.Lock()
	w.ifa.SetUp(false)
	w.sa.Unlock()
}

// unreachable makes the second stack send an ICMP message, destination
// unreachable, about a datagram from 10.0.0.1:1000 to 10.0.0.2:2000.
func (w *world) unreachable(code byte) {
	w.t.Helper()
	m := make([]byte, 8+20+8)
	m[0], m[1] = 3, code
	h := m[8:]
	h[0], h[3], h[8], h[9] = 0x45, 28, 64, sockets.IPPROTO_UDP
	copy(h[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(h[10:], ^checksum.Sum(h[:20]))
	binary.BigEndian.PutUint16(h[20:], 1000)
	binary.BigEndian.PutUint16(h[22:], 2000)
	h[25] = 8
	binary.BigEndian.PutUint16(m[2:], ^checksum.Sum(m))
	r := w.socket(w.b, sockets.AF_INET, sockets.SOCK_RAW, sockets.IPPROTO_ICMP)
	_, err := w.b.Sendto(r, m, 0, addr("10.0.0.1:0"))
	w.ok(err)
	w.ok(w.b.Close(r))
}

// lwIP's own numbers.
func TestLwIPErrno(t *testing.T) {
	cfg := lwip.Config{Sockets: sockets.Config{LwIPErrno: true}}
	for _, c := range []struct {
		name  string
		want  error
		delay time.Duration
		call  func(w *world) error
	}{
		{name: "refused", want: sockets.ECONNRESET, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.2:81"))
		}},
		{name: "SYN time-out", want: sockets.ECONNABORTED, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.99:80"))
		}},
		{name: "no route", want: sockets.EHOSTUNREACH, call: func(w *world) error {
			return w.a.Connect(w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("192.0.2.1:80"))
		}},
		{name: "write after shutdown", want: sockets.ENOTCONN, call: func(w *world) error {
			c, _ := w.pair()
			w.ok(w.a.Shutdown(c, sockets.SHUT_WR))
			_, err := w.a.Send(c, []byte("x"), 0)
			return err
		}},
		{name: "receive time-out", want: sockets.EWOULDBLOCK, call: func(w *world) error {
			c, _ := w.pair()
			w.ok(w.a.SetsockoptTimeout(c, sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, time.Second))
			_, err := w.a.Recv(c, make([]byte, 1), 0)
			return err
		}},
		{name: "IPv6 address, IPv4 socket", want: sockets.EINVAL, call: func(w *world) error {
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), addr("[::]:0"))
		}},
		{name: "send while connecting", want: sockets.EINPROGRESS, delay: time.Millisecond, call: func(w *world) error {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.nonblock(w.a, c)
			w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EINPROGRESS)
			_, err := w.a.Send(c, []byte("x"), 0)
			return err
		}},
		{name: "in use", want: sockets.EADDRINUSE, call: func(w *world) error {
			w.bound(w.a, sockets.SOCK_DGRAM, "10.0.0.1:80")
			return w.a.Bind(w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0), addr("10.0.0.1:80"))
		}},
		{name: "poll of a bad descriptor", want: sockets.EBADF, call: func(w *world) error {
			fds := []sockets.PollFd{{Fd: 77, Events: sockets.POLLIN}}
			n, err := w.a.Poll(fds, sockets.Forever)
			if n != -1 || fds[0].Revents != sockets.POLLNVAL {
				w.t.Errorf("%d, revents %#x", n, fds[0].Revents)
			}
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, setup{cfg: cfg, delay: c.delay}, func(w *world) { w.want(c.call(w), c.want) })
		})
	}
}

func TestErrnoIsTheHosts(t *testing.T) {
	for _, c := range []struct {
		e    sockets.Errno
		host syscall.Errno
		name string
	}{
		{sockets.ECONNREFUSED, syscall.ECONNREFUSED, "ECONNREFUSED"}, {sockets.EAGAIN, syscall.EWOULDBLOCK, "EAGAIN"},
		{sockets.EHOSTDOWN, syscall.EHOSTDOWN, "EHOSTDOWN"}, {sockets.ENOPROTOOPT, syscall.ENOPROTOOPT, "ENOPROTOOPT"},
	} {
		if !errors.Is(c.e, c.host) || c.e.Name() != c.name || c.e.Error() == "" {
			t.Errorf("%s is not %v", c.e.Name(), c.host)
		}
	}
	if errors.Is(sockets.ECONNREFUSED, syscall.ECONNRESET) || errors.Is(sockets.ECONNREFUSED, syscall.Errno(0)) {
		t.Error("errors.Is is too generous")
	}
	if !errors.Is(sockets.EBADF, net.ErrClosed) {
		t.Error("EBADF is not net.ErrClosed")
	}
	if !sockets.EAGAIN.Timeout() || !sockets.ENOMEM.Temporary() || sockets.EINVAL.Temporary() {
		t.Error("Timeout, Temporary")
	}
	if got := sockets.Strerror(0) + "; " + sockets.Strerror(9999); got != "success; unknown error 9999" {
		t.Error(got)
	}
}

func TestErr(t *testing.T) {
	for _, c := range []struct {
		e     sockets.Err
		text  string
		errno sockets.Errno
	}{
		{sockets.ERR_OK, "Ok.", 0}, {sockets.ERR_TIMEOUT, "Timeout.", sockets.EWOULDBLOCK}, {sockets.ERR_IF, "Low-level netif error.", -1},
		{sockets.ERR_CLSD, "Connection closed.", sockets.ENOTCONN}, {sockets.ERR_ARG, "Illegal argument.", sockets.EIO},
		{-17, "Unknown error -17.", sockets.EIO}, {1, "Unknown error 1.", sockets.EIO},
	} {
		if c.e.String() != c.text || c.e.Errno() != c.errno {
			t.Errorf("%d: %q, %v", c.e, c.e, c.e.Errno())
		}
	}
}
