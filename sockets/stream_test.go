package sockets_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/sockets"
)

func TestStreamEcho(t *testing.T) {
	for _, at := range []string{"10.0.0.2:7", "[fd00::2]:7"} {
		inBubble(t, setup{}, func(w *world) {
			l := w.listener(w.b, at)
			c := w.socket(w.a, family(addr(at)), sockets.SOCK_STREAM, 0)
			w.ok(w.a.Connect(c, addr(at)))
			s, from, err := w.b.Accept(l)
			w.ok(err)
			local, err := w.a.Getsockname(c)
			w.ok(err)
			if text(local) != text(from) {
				t.Errorf("accept says %v, the client's name is %v", text(from), text(local))
			}
			peer, err := w.a.Getpeername(c)
			w.ok(err)
			if text(peer) != at {
				t.Errorf("peer %v, want %v", text(peer), at)
			}
			w.send(w.a, c, "hello")
			w.recv(w.b, s, 0, "hello")
			if n, err := w.b.Writev(s, [][]byte{[]byte("wor"), nil, []byte("ld")}); n != 5 || err != nil {
				t.Fatal(n, err)
			}
			x, y := make([]byte, 2), make([]byte, 10)
			if n, err := w.a.Readv(c, [][]byte{x, y[:1]}); n != 3 || err != nil || string(x)+string(y[:1]) != "wor" {
				t.Fatalf("%d, %v: %q %q", n, err, x, y)
			}
			w.recv(w.a, c, 0, "ld")
			n, from, err := w.a.Recvfrom(c, nil, sockets.MSG_DONTWAIT)
			if n != 0 || err != nil || text(from) != at {
				t.Errorf("an empty read: %d, %v, %v", n, text(from), err)
			}
			w.ok(w.b.Close(s))
			w.recv(w.a, c, 0, "") // the end
			w.recv(w.a, c, 0, "")
			w.ok(w.a.Close(c))
			w.want(w.a.Close(c), sockets.EBADF)
		})
	}
}

// text is an address as text.
func text(a sockets.SockAddr) string {
	if s, ok := a.(interface{ String() string }); ok {
		return s.String()
	}
	return "none"
}

func TestShutdown(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, s := w.pair()
		flags := func(want int) {
			t.Helper()
			if f, err := w.a.Fcntl(c, sockets.F_GETFL, 0); err != nil || f != want {
				t.Fatalf("F_GETFL %#x, %v; want %#x", f, err, want)
			}
		}
		flags(sockets.O_RDWR)
		w.want(w.a.Shutdown(c, 3), sockets.EINVAL)
		w.send(w.a, c, "last")
		w.ok(w.a.Shutdown(c, sockets.SHUT_WR))
		flags(sockets.O_RDONLY)
		_, err := w.a.Send(c, []byte("x"), sockets.MSG_NOSIGNAL)
		w.want(err, sockets.EPIPE)
		w.recv(w.b, s, 0, "last")
		w.recv(w.b, s, 0, "")
		w.send(w.b, s, "answer")
		w.recv(w.a, c, 0, "answer")
		w.ok(w.a.Shutdown(c, sockets.SHUT_RD))
		w.recv(w.a, c, 0, "")
		flags(0)
	})
}

func TestBacklogAndInheritance(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		l := w.listener(w.b, "10.0.0.2:80")
		w.nonblock(w.b, l)
		_, _, err := w.b.Accept(l)
		w.want(err, sockets.EAGAIN)
		w.ok(w.b.SetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1))
		w.ok(w.b.SetsockoptInt(l, sockets.IPPROTO_IP, sockets.IP_TTL, 7))
		w.ok(w.b.SetsockoptLinger(l, sockets.Linger{true, 0}))
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
		w.ok(w.a.Connect(c, addr("10.0.0.2:80")))
		s, _, err := w.b.Accept(l)
		w.ok(err)
		for _, o := range []struct{ level, name, want int }{
			{sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1}, {sockets.IPPROTO_IP, sockets.IP_TTL, 7},
		} {
			if v, err := w.b.GetsockoptInt(s, o.level, o.name); v != o.want || err != nil {
				t.Errorf("accepted socket's option %d is %d, %v; want %d", o.name, v, err, o.want)
			}
		}
		if f, _ := w.b.Fcntl(s, sockets.F_GETFL, 0); f&sockets.O_NONBLOCK != 0 {
			t.Error("O_NONBLOCK was inherited")
		}
		if v, _ := w.b.GetsockoptLinger(s); !v.On {
			t.Error("SO_LINGER was not inherited")
		}
		w.ok(w.b.Close(s)) // resets
		_, err = w.a.Recv(c, make([]byte, 1), 0)
		w.want(err, sockets.ECONNRESET)
	})
}

// An error of a connection is told once, by whichever call comes first.
func TestErrorIsToldOnce(t *testing.T) {
	for _, first := range []string{"recv", "send", "SO_ERROR"} {
		inBubble(t, setup{}, func(w *world) {
			c, s := w.pair()
			w.ok(w.b.SetsockoptLinger(s, sockets.Linger{true, 0}))
			w.ok(w.b.Close(s))
			var err error
			switch first {
			case "recv":
				_, err = w.a.Recv(c, make([]byte, 1), 0)
			case "send":
				_, err = w.a.Send(c, []byte("x"), 0)
			case "SO_ERROR":
				var v int
				v, err = w.a.GetsockoptInt(c, sockets.SOL_SOCKET, sockets.SO_ERROR)
				w.ok(err)
				err = sockets.Errno(v)
			}
			w.want(err, sockets.ECONNRESET)
			v, err := w.a.GetsockoptInt(c, sockets.SOL_SOCKET, sockets.SO_ERROR)
			if v != 0 || err != nil {
				t.Errorf("SO_ERROR after %s: %d, %v", first, v, err)
			}
			w.recv(w.a, c, 0, "")
			_, err = w.a.Send(c, []byte("x"), 0)
			w.want(err, sockets.EPIPE)
		})
	}
}

func TestBlockingSendSendsAll(t *testing.T) {
	inBubble(t, setup{delay: time.Millisecond}, func(w *world) {
		c, s := w.pair()
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
		sent := async(func() (int, error) { return w.a.Write(c, big) })
		got := make([]byte, len(big))
		n, err := w.b.Recv(s, got, sockets.MSG_WAITALL)
		if n != len(big) || err != nil || !bytes.Equal(got, big) {
			t.Fatalf("received %d of %d, %v", n, len(big), err)
		}
		if r := <-sent; r.n != len(big) || r.err != nil {
			t.Fatalf("sent %d, %v", r.n, r.err)
		}
	})
}

func TestNonblockingSendIsPartial(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, s := w.pair()
		big := make([]byte, 4<<20)
		n, err := w.a.Send(c, big, sockets.MSG_DONTWAIT)
		if n <= 0 || n >= len(big) || err != nil {
			t.Fatalf("sent %d, %v", n, err)
		}
		more, err := w.a.Send(c, big, sockets.MSG_DONTWAIT)
		for ; err == nil; more, err = w.a.Send(c, big, sockets.MSG_DONTWAIT) {
			n += more
		}
		w.want(err, sockets.EAGAIN)
		w.ok(w.a.SetsockoptTimeout(c, sockets.SOL_SOCKET, sockets.SO_SNDTIMEO, 50*time.Millisecond))
		start := time.Now()
		_, err = w.a.Send(c, big, 0)
		w.want(err, sockets.EAGAIN)
		if d := time.Since(start); d != 50*time.Millisecond {
			t.Errorf("SO_SNDTIMEO took %v", d)
		}
		w.ok(w.a.Shutdown(c, sockets.SHUT_WR))
		got, b := 0, make([]byte, 1<<16)
		for {
			k, err := w.b.Read(s, b)
			w.ok(err)
			if k == 0 {
				break
			}
			got += k
		}
		if got != n {
			t.Errorf("received %d, sent %d", got, n)
		}
	})
}

// Several readers share a stream without losing or doubling a byte.
func TestManyReadersAndWriters(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, s := w.pair()
		const writers, each = 4, 1 << 16
		var done [writers]<-chan result
		for i := range done {
			done[i] = async(func() (int, error) { return w.a.Send(c, bytes.Repeat([]byte{byte(i)}, each), 0) })
		}
		var counts [writers]<-chan [writers]int
		for i := range counts {
			ch := make(chan [writers]int, 1)
			counts[i] = ch
			go func() {
				var n [writers]int
				b := make([]byte, 1000)
				for {
					k, err := w.b.Recv(s, b, 0)
					if k == 0 || err != nil {
						ch <- n
						return
					}
					for _, x := range b[:k] {
						n[x]++
					}
				}
			}()
		}
		for i := range done {
			if r := <-done[i]; r.n != each || r.err != nil {
				t.Errorf("writer %d: %d, %v", i, r.n, r.err)
			}
		}
		w.ok(w.a.Shutdown(c, sockets.SHUT_WR))
		var total [writers]int
		for i := range counts {
			for j, k := range <-counts[i] {
				total[j] += k
			}
		}
		for i, n := range total {
			if n != each {
				t.Errorf("%d bytes of writer %d arrived, want %d", n, i, each)
			}
		}
	})
}

func TestLinger(t *testing.T) {
	inBubble(t, setup{delay: 10 * time.Millisecond}, func(w *world) {
		c, s := w.pair()
		w.ok(w.a.SetsockoptLinger(c, sockets.Linger{true, 5}))
		w.send(w.a, c, "bye")
		closed := async(func() (int, error) { return 0, w.a.Close(c) })
		synctest.Wait()
		if _, ok := returned(closed); ok {
			t.Error("Close returned before the peer had acknowledged")
		}
		w.recv(w.b, s, 0, "bye")
		w.ok(w.b.Close(s))
		start := time.Now()
		if r := <-closed; r.err != nil {
			t.Error(r.err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("Close lingered for %v", d)
		}
	})
}
