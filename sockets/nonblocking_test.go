package sockets_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/sockets"
)

// soError reads SO_ERROR.
func (w *world) soError(p *sockets.Protocol, fd int) sockets.Errno {
	w.t.Helper()
	v, err := p.GetsockoptInt(fd, sockets.SOL_SOCKET, sockets.SO_ERROR)
	w.ok(err)
	return sockets.Errno(v)
}

// The life of a non-blocking connect: in progress, already, writable, done.
func TestNonblockingConnect(t *testing.T) {
	inBubble(t, setup{delay: 10 * time.Millisecond}, func(w *world) {
		l := w.listener(w.b, "10.0.0.2:80")
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
		<-time.After(time.Second) // until nothing else is on the wire
		one := 1
		w.ok(w.a.Ioctl(c, sockets.FIONBIO, &one))
		w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EINPROGRESS)
		w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EALREADY)
		_, err := w.a.Send(c, []byte("x"), 0)
		w.want(err, sockets.EAGAIN)
		_, err = w.a.Recv(c, make([]byte, 1), 0)
		w.want(err, sockets.EAGAIN)
		if e := w.soError(w.a, c); e != 0 {
			t.Errorf("SO_ERROR is %v", e.Name())
		}
		var wr sockets.FDSet
		wr.Set(c)
		start := time.Now()
		if n, err := w.a.Select(c+1, nil, &wr, nil, time.Second); n != 1 || err != nil || !wr.IsSet(c) {
			t.Fatal(n, err)
		}
		// ARP and the handshake, a round trip each.
		if d := time.Since(start); d != 40*time.Millisecond {
			t.Errorf("writable after %v", d)
		}
		if e := w.soError(w.a, c); e != 0 {
			t.Errorf("SO_ERROR is %v", e.Name())
		}
		w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EISCONN)
		w.send(w.a, c, "x")
		s, _, err := w.b.Accept(l)
		w.ok(err)
		w.recv(w.b, s, 0, "x")
	})
}

// A non-blocking connect that fails tells so once, by SO_ERROR or by the next
// connect, and the socket can try again.
func TestNonblockingConnectFails(t *testing.T) {
	for _, how := range []string{"SO_ERROR", "connect"} {
		t.Run(how, func(t *testing.T) {
			inBubble(t, setup{delay: 10 * time.Millisecond}, func(w *world) {
				c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
				w.nonblock(w.a, c)
				w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EINPROGRESS)
				if got := w.poll(w.a, c, sockets.POLLOUT, time.Second); got != sockets.POLLOUT|sockets.POLLERR {
					t.Errorf("poll says %#x", got)
				}
				if how == "connect" {
					w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.ECONNREFUSED)
				} else if e := w.soError(w.a, c); e != sockets.ECONNREFUSED {
					t.Errorf("SO_ERROR is %v", e.Name())
				}
				if e := w.soError(w.a, c); e != 0 {
					t.Errorf("SO_ERROR the second time is %v", e.Name())
				}
				_, err := w.a.Recv(c, make([]byte, 1), 0)
				w.want(err, sockets.ENOTCONN)
				w.listener(w.b, "10.0.0.2:80")
				w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EINPROGRESS)
				if got := w.poll(w.a, c, sockets.POLLOUT, time.Second); got != sockets.POLLOUT {
					t.Errorf("poll says %#x", got)
				}
				w.send(w.a, c, "x")
			})
		})
	}
}

// An error of the network that does not end a connection is told by SO_ERROR,
// and is no event of poll (RFC 1122 §4.2.3.9).
func TestSoftError(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
		w.nonblock(w.a, c)
		w.want(w.a.Connect(c, addr("10.0.0.99:80")), sockets.EINPROGRESS)
		if got := w.poll(w.a, c, sockets.POLLOUT, 30*time.Second); got != 0 {
			t.Errorf("poll says %#x", got)
		}
		if e := w.soError(w.a, c); e != sockets.EHOSTDOWN {
			t.Errorf("SO_ERROR is %v", e.Name())
		}
		if got := w.poll(w.a, c, sockets.POLLOUT, sockets.Forever); got != sockets.POLLOUT|sockets.POLLERR {
			t.Errorf("poll says %#x", got)
		}
		if e := w.soError(w.a, c); e != sockets.ETIMEDOUT {
			t.Errorf("SO_ERROR is %v", e.Name())
		}
	})
}

// Close waits for the calls in progress, each of which returns an error.
func TestCloseWhileBlocked(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(w *world, c, u, l, full int) (fd int, call func() (int, error))
	}{
		{"recv of a stream", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			return c, func() (int, error) { return w.a.Recv(c, make([]byte, 1), 0) }
		}},
		{"recv with WAITALL", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			return c, func() (int, error) { return w.a.Recv(c, make([]byte, 10), sockets.MSG_WAITALL) }
		}},
		{"send", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			return full, func() (int, error) { return w.a.Send(full, make([]byte, 10), 0) }
		}},
		{"recvmsg of datagrams", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			return u, func() (int, error) { return w.a.Recvmsg(u, &sockets.Msg{Iov: [][]byte{make([]byte, 1)}}, 0) }
		}},
		{"accept", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			return l, func() (int, error) { _, _, err := w.a.Accept(l); return 0, err }
		}},
		{"connect", func(w *world, c, u, l, full int) (int, func() (int, error)) {
			n := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			return n, func() (int, error) { return 0, w.a.Connect(n, addr("10.0.0.99:80")) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, setup{}, func(w *world) {
				l := w.listener(w.a, "10.0.0.1:99")
				u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
				conn, _ := w.pair()
				full := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
				lb := w.listener(w.b, "10.0.0.2:81")
				w.ok(w.a.Connect(full, addr("10.0.0.2:81")))
				w.b.Accept(lb)
				for n := 1; n > 0; {
					n, _ = w.a.Send(full, make([]byte, 1<<16), sockets.MSG_DONTWAIT)
				}
				fd, call := c.call(w, conn, u, l, full)
				var calls [3]<-chan result
				n := len(calls)
				if c.name == "connect" {
					n = 1
				}
				for i := range n {
					calls[i] = async(call)
				}
				synctest.Wait()
				for i := range n {
					if r, ok := returned(calls[i]); ok {
						t.Fatalf("the call did not block: %v", r)
					}
				}
				w.ok(w.a.Close(fd))
				for i := range n {
					r, ok := returned(calls[i])
					synctest.Wait() // its goroutine may be about to say so
					if !ok {
						r, ok = returned(calls[i])
					}
					if !ok || r.err != sockets.EBADF {
						t.Errorf("%v, %v; want EBADF", ok, r)
					}
				}
				w.want(w.a.Close(fd), sockets.EBADF)
			})
		})
	}
}

// Two at once: one closes.
func TestCloseTwiceAtOnce(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		var calls [4]<-chan result
		for i := range calls {
			calls[i] = async(func() (int, error) { return 0, w.a.Close(u) })
		}
		good := 0
		for i := range calls {
			switch r := <-calls[i]; r.err {
			case nil:
				good++
			case sockets.EBADF:
			default:
				t.Error(r.err)
			}
		}
		if good != 1 {
			t.Errorf("%d calls closed it", good)
		}
	})
}

// The stack's Close ends what waits.
func TestStackClose(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, _ := w.pair()
		w.ok(w.a.SetsockoptLinger(c, sockets.Linger{true, 100}))
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		fds := []sockets.PollFd{{Fd: u, Events: sockets.POLLIN}}
		poll := async(func() (int, error) { return w.a.Poll(fds, sockets.Forever) })
		recv := async(func() (int, error) { return w.a.Recv(c, make([]byte, 1), 0) })
		synctest.Wait()
		start := time.Now()
		w.ok(w.sa.Close())
		if r := <-poll; r.n != 1 || fds[0].Revents != sockets.POLLNVAL {
			t.Error(r, fds)
		}
		if r := <-recv; r.err != sockets.EBADF {
			t.Error(r)
		}
		if time.Since(start) != 0 {
			t.Error("Close lingered")
		}
	})
}

func TestFcntlIoctl(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		c, s := w.pair()
		l := w.listener(w.a, "0.0.0.0:99")
		for _, fd := range []int{u, c, l} {
			for _, step := range []struct{ cmd, arg, want int }{
				{sockets.F_GETFL, 0, sockets.O_RDWR}, {sockets.F_SETFL, sockets.O_NDELAY, 0}, {sockets.F_GETFL, 0, sockets.O_RDWR | sockets.O_NONBLOCK},
				{sockets.F_SETFL, sockets.O_RDONLY, 0}, {sockets.F_GETFL, 0, sockets.O_RDWR},
			} {
				if n, err := w.a.Fcntl(fd, step.cmd, step.arg); n != step.want || err != nil {
					t.Errorf("fcntl(%d, %#x): %#x, %v; want %#x", step.cmd, step.arg, n, err, step.want)
				}
			}
		}
		_, err := w.a.Fcntl(u, sockets.F_SETFL, 0x800)
		w.want(err, sockets.ENOSYS)
		_, err = w.a.Fcntl(u, 2, 0)
		w.want(err, sockets.ENOSYS)
		_, err = w.a.Fcntl(77, sockets.F_GETFL, 0)
		w.want(err, sockets.EBADF)

		w.want(w.a.Ioctl(u, sockets.FIONREAD, nil), sockets.EINVAL)
		w.want(w.a.Ioctl(u, 0x1234, nil), sockets.ENOSYS)
		w.want(w.a.Ioctl(77, sockets.FIONBIO, nil), sockets.EBADF)
		n := 1
		w.ok(w.a.Ioctl(u, sockets.FIONBIO, &n))
		_, err = w.a.Recv(u, make([]byte, 1), 0)
		w.want(err, sockets.EAGAIN)
		w.ok(w.a.Ioctl(u, sockets.FIONBIO, nil))
		if f, _ := w.a.Fcntl(u, sockets.F_GETFL, 0); f != sockets.O_RDWR {
			t.Errorf("flags %#x", f)
		}
		w.ok(w.b.SetsockoptInt(s, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1))
		w.send(w.b, s, "four")
		w.send(w.b, s, "five!")
		w.ok(w.a.Ioctl(c, sockets.FIONREAD, &n))
		if n != 9 {
			t.Errorf("FIONREAD %d, want 9", n)
		}
		// Reset by the peer, it is open in no direction.
		w.ok(w.b.SetsockoptLinger(s, sockets.Linger{true, 0}))
		w.ok(w.b.Close(s))
		if f, err := w.a.Fcntl(c, sockets.F_GETFL, 0); f != 0 || err != nil {
			t.Errorf("flags of a broken connection: %#x, %v", f, err)
		}
	})
}
