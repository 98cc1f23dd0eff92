package sockets_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/sockets"
)

func TestWaitAll(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name  string
		cfg   sockets.Config
		flags int
		peer  func(w *world, s int) // after the call has begun, "ab" waiting
		want  string
		err   error
		after time.Duration
		prep  func(w *world, c int)
	}{
		{name: "waits until the buffer is full", flags: sockets.MSG_WAITALL, want: "abcdef",
			peer: func(w *world, s int) { w.send(w.b, s, "cd"); w.send(w.b, s, "efg") }},
		{name: "or the stream ends", flags: sockets.MSG_WAITALL, want: "abc",
			peer: func(w *world, s int) { w.send(w.b, s, "c"); w.ok(w.b.Close(s)) }},
		{name: "or breaks: the error is the next call's", flags: sockets.MSG_WAITALL, want: "ab",
			peer: func(w *world, s int) { w.ok(w.b.SetsockoptLinger(s, sockets.Linger{true, 0})); w.ok(w.b.Close(s)) }},
		{name: "or time is over", flags: sockets.MSG_WAITALL, want: "abc", after: 50 * ms,
			prep: func(w *world, c int) { w.ok(w.a.SetsockoptTimeout(c, sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, 50*ms)) },
			peer: func(w *world, s int) { <-time.After(30 * ms); w.send(w.b, s, "c") }},
		{name: "or reading is shut down", flags: sockets.MSG_WAITALL, want: "ab",
			peer: func(w *world, s int) { w.ok(w.a.Shutdown(1, sockets.SHUT_RD)) }},
		{name: "peeks until there is enough", flags: sockets.MSG_WAITALL | sockets.MSG_PEEK, want: "abcdef",
			peer: func(w *world, s int) { w.send(w.b, s, "cd"); w.send(w.b, s, "efg") }},
		{name: "peeks until the end", flags: sockets.MSG_WAITALL | sockets.MSG_PEEK, want: "abcd",
			peer: func(w *world, s int) { w.send(w.b, s, "cd"); w.ok(w.b.Close(s)) }},
		{name: "not without the flag", want: "ab"},
		{name: "not with DONTWAIT", flags: sockets.MSG_WAITALL | sockets.MSG_DONTWAIT, want: "ab"},
		{name: "not if non-blocking", flags: sockets.MSG_WAITALL, want: "ab", prep: func(w *world, c int) { w.nonblock(w.a, c) }},
		{name: "not as in lwIP", flags: sockets.MSG_WAITALL, want: "ab", cfg: sockets.Config{IgnoreWaitAll: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, setup{cfg: lwip.Config{Sockets: c.cfg}}, func(w *world) {
				w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0) // so that the connection is 1
				fd, s := w.pair()
				w.ok(w.b.SetsockoptInt(s, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1))
				if c.prep != nil {
					c.prep(w, fd)
				}
				w.send(w.b, s, "ab")
				b := make([]byte, 6)
				start := time.Now()
				done := async(func() (int, error) { return w.a.Recv(fd, b, c.flags) })
				synctest.Wait()
				if r, ok := returned(done); ok != (c.peer == nil) {
					t.Fatalf("returned at once: %v, %v", ok, r)
				} else if ok {
					done = async(func() (int, error) { return r.n, r.err })
				}
				if c.peer != nil {
					c.peer(w, s)
				}
				r := <-done
				if string(b[:r.n]) != c.want || r.err != c.err {
					t.Errorf("%q, %v; want %q", b[:r.n], r.err, c.want)
				}
				if d := time.Since(start); d != c.after {
					t.Errorf("it took %v, want %v", d, c.after)
				}
				if c.flags&sockets.MSG_PEEK != 0 {
					w.recv(w.a, fd, 0, map[bool]string{true: "abcdefg", false: "abcd"}[c.want == "abcdef"])
				}
			})
		})
	}
}

// Peeking sees all that waits, however many segments it came in.
func TestPeek(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, s := w.pair()
		w.ok(w.b.SetsockoptInt(s, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1))
		_, err := w.a.Recv(c, make([]byte, 9), sockets.MSG_PEEK|sockets.MSG_DONTWAIT)
		w.want(err, sockets.EAGAIN)
		for _, x := range []string{"one", "two", "three"} {
			w.send(w.b, s, x)
		}
		w.recv(w.a, c, sockets.MSG_PEEK, "onetwothree")
		m := sockets.Msg{Iov: [][]byte{make([]byte, 4), make([]byte, 4)}}
		n, err := w.a.Recvmsg(c, &m, sockets.MSG_PEEK)
		if n != 8 || err != nil || string(m.Iov[0])+string(m.Iov[1]) != "onetwoth" || text(m.Name) != "10.0.0.2:80" {
			t.Fatal(n, err, m)
		}
		w.recv(w.a, c, 0, "onetwothree")
	})
}

// MSG_MORE holds a partial segment's PSH back, and loses nothing.
func TestMore(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, s := w.pair()
		for _, x := range []string{"a", "b"} {
			if n, err := w.a.Send(c, []byte(x), sockets.MSG_MORE); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		// A connection ignores the address of sendto.
		if n, err := w.a.Sendto(c, []byte("c"), 0, addr("192.0.2.1:9")); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		b := make([]byte, 3)
		if n, err := w.b.Recv(s, b, sockets.MSG_WAITALL); n != 3 || err != nil || string(b) != "abc" {
			t.Fatal(n, err, string(b))
		}
	})
}

func TestReceiveTimeout(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		c, _ := w.pair()
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		l := w.listener(w.a, "0.0.0.0:99")
		for _, fd := range []int{c, u, l} {
			w.ok(w.a.SetsockoptTimeout(fd, sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, 70*time.Millisecond))
			start := time.Now()
			var err error
			if fd == l {
				_, _, err = w.a.Accept(fd)
			} else {
				_, err = w.a.Recv(fd, make([]byte, 1), 0)
			}
			w.want(err, sockets.EAGAIN)
			if d := time.Since(start); d != 70*time.Millisecond {
				t.Errorf("it took %v", d)
			}
		}
	})
}
