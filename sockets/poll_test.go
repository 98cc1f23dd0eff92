package sockets_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// poll polls one descriptor and returns what happened to it.
func (w *world) poll(p *sockets.Protocol, fd int, events int16, timeout time.Duration) int16 {
	w.t.Helper()
	fds := []sockets.PollFd{{Fd: fd, Events: events}}
	n, err := p.Poll(fds, timeout)
	w.ok(err)
	if (n == 1) != (fds[0].Revents != 0) {
		w.t.Errorf("Poll returned %d, revents %#x", n, fds[0].Revents)
	}
	return fds[0].Revents
}

const inOut = sockets.POLLIN | sockets.POLLOUT

// What poll says of sockets in each state.
func TestPollStates(t *testing.T) {
	for _, c := range []struct {
		name  string
		delay time.Duration
		want  int16
		make  func(w *world) (fd int)
	}{
		{"a UDP socket is writable", 0, sockets.POLLOUT, func(w *world) int { return w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0) }},
		{"with a datagram it is readable", 0, inOut, func(w *world) int {
			ua, ub := w.udpPair()
			w.send(w.b, ub, "x")
			return ua
		}},
		{"an empty datagram is one", 0, inOut, func(w *world) int {
			ua, ub := w.udpPair()
			w.send(w.b, ub, "")
			return ua
		}},
		{"an ICMP error is one", 0, inOut | sockets.POLLERR, func(w *world) int {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.ok(w.a.Connect(c, addr("10.0.0.2:81")))
			w.send(w.a, c, "x")
			return c
		}},
		{"a connection is writable", 0, sockets.POLLOUT, func(w *world) int { c, _ := w.pair(); return c }},
		{"with bytes it is readable", 0, inOut, func(w *world) int {
			c, s := w.pair()
			w.send(w.b, s, "x")
			return c
		}},
		{"at its end it is readable", 0, inOut, func(w *world) int {
			c, s := w.pair()
			w.ok(w.b.Shutdown(s, sockets.SHUT_WR))
			return c
		}},
		{"shut down for reading it is readable", 0, inOut, func(w *world) int {
			c, _ := w.pair()
			w.ok(w.a.Shutdown(c, sockets.SHUT_RD))
			return c
		}},
		{"shut down for writing it is writable", 0, sockets.POLLOUT, func(w *world) int {
			c, _ := w.pair()
			w.ok(w.a.Shutdown(c, sockets.SHUT_WR))
			return c
		}},
		{"with a full send buffer it is not writable", 0, 0, func(w *world) int {
			c, _ := w.pair()
			for b := make([]byte, 1<<16); ; {
				if _, err := w.a.Send(c, b, sockets.MSG_DONTWAIT); err != nil {
					return c
				}
			}
		}},
		{"reset it is everything", 0, inOut | sockets.POLLERR, func(w *world) int {
			c, s := w.pair()
			w.ok(w.b.SetsockoptLinger(s, sockets.Linger{true, 0}))
			w.ok(w.b.Close(s))
			return c
		}},
		{"connecting it is nothing", time.Hour, 0, func(w *world) int {
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.nonblock(w.a, c)
			w.want(w.a.Connect(c, addr("10.0.0.2:80")), sockets.EINPROGRESS)
			return c
		}},
		{"a listener waits", 0, 0, func(w *world) int { return w.listener(w.a, "0.0.0.0:80") }},
		{"a connection to accept", 0, sockets.POLLIN, func(w *world) int {
			l := w.listener(w.a, "10.0.0.1:80")
			w.ok(w.b.Connect(w.socket(w.b, sockets.AF_INET, sockets.SOCK_STREAM, 0), addr("10.0.0.1:80")))
			return l
		}},
		{"not a descriptor", 0, sockets.POLLNVAL, func(w *world) int { return 99 }},
		{"negative", 0, 0, func(w *world) int { return -99 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, setup{delay: c.delay}, func(w *world) {
				fd := c.make(w)
				synctest.Wait()
				if got := w.poll(w.a, fd, inOut, 0); got != c.want {
					t.Errorf("poll says %#x, want %#x", got, c.want)
				}
				// select says the same.
				var r, x, e sockets.FDSet
				r.Set(fd)
				x.Set(fd)
				e.Set(fd)
				n, err := w.a.Select(max(fd+1, 0), &r, &x, &e, 0)
				if c.want == sockets.POLLNVAL {
					w.want(err, sockets.EBADF)
					if n != -1 || !r.IsSet(fd) {
						t.Error("an error changed the sets")
					}
					return
				}
				w.ok(err)
				bits := 0
				for _, s := range []struct {
					set *sockets.FDSet
					bit int16
				}{{&r, sockets.POLLIN}, {&x, sockets.POLLOUT}, {&e, sockets.POLLERR}} {
					if s.set.IsSet(fd) != (c.want&s.bit != 0) {
						t.Errorf("select says %v for %#x", s.set.IsSet(fd), s.bit)
					}
					if s.set.IsSet(fd) {
						bits++
					}
				}
				if n != bits {
					t.Errorf("select returned %d for %d bits", n, bits)
				}
			})
		})
	}
}

// What wakes a call of poll that waits for everything.
func TestPollWakes(t *testing.T) {
	for _, c := range []struct {
		name   string
		events int16
		want   int16
		make   func(w *world) (fd int, cause func())
	}{
		{"a datagram", sockets.POLLIN, sockets.POLLIN, func(w *world) (int, func()) {
			ua, ub := w.udpPair()
			return ua, func() { w.send(w.b, ub, "x") }
		}},
		{"bytes", sockets.POLLIN | sockets.POLLRDNORM, sockets.POLLIN | sockets.POLLRDNORM, func(w *world) (int, func()) {
			c, s := w.pair()
			return c, func() { w.send(w.b, s, "x") }
		}},
		{"the end", sockets.POLLIN, sockets.POLLIN, func(w *world) (int, func()) {
			c, s := w.pair()
			return c, func() { w.ok(w.b.Close(s)) }
		}},
		{"a reset", 0, sockets.POLLERR, func(w *world) (int, func()) {
			c, s := w.pair()
			w.ok(w.b.SetsockoptLinger(s, sockets.Linger{true, 0}))
			return c, func() { w.ok(w.b.Close(s)) }
		}},
		{"bytes for an accepted socket", sockets.POLLIN, sockets.POLLIN, func(w *world) (int, func()) {
			l := w.listener(w.a, "10.0.0.1:80")
			c := w.socket(w.b, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.ok(w.b.Connect(c, addr("10.0.0.1:80")))
			s, _, err := w.a.Accept(l)
			w.ok(err)
			return s, func() { w.send(w.b, c, "x") }
		}},
		{"a connection", sockets.POLLIN, sockets.POLLIN, func(w *world) (int, func()) {
			l := w.listener(w.a, "10.0.0.1:80")
			c := w.socket(w.b, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			return l, func() { w.ok(w.b.Connect(c, addr("10.0.0.1:80"))) }
		}},
		{"send space", sockets.POLLOUT, sockets.POLLOUT, func(w *world) (int, func()) {
			c, s := w.pair()
			b := make([]byte, 1<<16)
			for n := 1; n > 0; {
				n, _ = w.a.Send(c, b, sockets.MSG_DONTWAIT)
			}
			return c, func() {
				for n := 1; n > 0; {
					n, _ = w.b.Recv(s, b, sockets.MSG_DONTWAIT)
				}
			}
		}},
		{"shutdown from here", sockets.POLLIN, sockets.POLLIN, func(w *world) (int, func()) {
			c, _ := w.pair()
			return c, func() { w.ok(w.a.Shutdown(c, sockets.SHUT_RD)) }
		}},
		{"close from here", sockets.POLLIN, sockets.POLLNVAL, func(w *world) (int, func()) {
			c, _ := w.pair()
			return c, func() { w.ok(w.a.Close(c)) }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, setup{delay: time.Millisecond}, func(w *world) {
				fd, cause := c.make(w)
				synctest.Wait()
				fds := []sockets.PollFd{{Fd: -1}, {Fd: fd, Events: c.events}}
				done := async(func() (int, error) { return w.a.Poll(fds, time.Minute) })
				synctest.Wait()
				if r, ok := returned(done); ok {
					t.Fatalf("Poll returned %v at once", r)
				}
				start := time.Now()
				cause()
				r := <-done
				if r.n != 1 || r.err != nil || fds[1].Revents != c.want {
					t.Errorf("Poll: %v, revents %#x, want %#x", r, fds[1].Revents, c.want)
				}
				if d := time.Since(start); d > time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestPollTimeout(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		for _, c := range []struct{ timeout, want time.Duration }{
			{0, 0}, {1, time.Millisecond}, {1500 * time.Microsecond, 2 * time.Millisecond}, {time.Hour, time.Hour},
		} {
			start := time.Now()
			if got := w.poll(w.a, u, sockets.POLLIN, c.timeout); got != 0 {
				t.Errorf("revents %#x", got)
			}
			if d := time.Since(start); d != c.want {
				t.Errorf("a timeout of %v took %v", c.timeout, d)
			}
			start = time.Now()
			var r sockets.FDSet
			r.Set(u)
			n, err := w.a.Select(u+1, &r, nil, nil, c.timeout)
			if d := time.Since(start); d != c.want || n != 0 || err != nil || r.IsSet(u) {
				t.Errorf("select: %d, %v after %v", n, err, d)
			}
		}
		// Nothing to wait for is a sleep.
		start := time.Now()
		if n, err := w.a.Poll(nil, time.Second); n != 0 || err != nil || time.Since(start) != time.Second {
			t.Errorf("%d, %v after %v", n, err, time.Since(start))
		}
		if s := w.a.Stats(); s.Waits == 0 || s.Wakeups != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestSelectArguments(t *testing.T) {
	inBubble(t, setup{cfg: lwip.Config{Sockets: sockets.Config{MaxSockets: 4, Offset: 60}}}, func(w *world) {
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		if u != 60 {
			t.Errorf("the first descriptor is %d", u)
		}
		for _, c := range []struct {
			nfds    int
			timeout time.Duration
			want    error
		}{{-1, 0, sockets.EINVAL}, {65, 0, sockets.EINVAL}, {64, -2, sockets.EINVAL}, {64, 0, nil}, {0, 0, nil}} {
			_, err := w.a.Select(c.nfds, nil, nil, nil, c.timeout)
			w.want(err, c.want)
		}
		var r sockets.FDSet
		r.Set(3) // below the offset
		_, err := w.a.Select(64, &r, nil, nil, 0)
		w.want(err, sockets.EBADF)
		r.Zero()
		r.Set(63) // not below nfds
		n, err := w.a.Select(63, &r, nil, nil, 0)
		if n != 0 || err != nil {
			t.Error(n, err)
		}
		var s sockets.FDSet
		s.Set(-1)
		s.Set(64)
		s.Clear(64)
		s.Clear(1000)
		if s.IsSet(-1) || s.IsSet(64) || (*sockets.FDSet)(nil).IsSet(0) {
			t.Error("FDSet")
		}
	})
}

// Who waits may be called away, and leaves nothing behind.
func TestContext(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		ua, ub := w.udpPair()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var r sockets.FDSet
		r.Set(ua)
		_, err := w.a.SelectContext(ctx, ua+1, &r, nil, nil)
		w.want(err, sockets.EINTR)
		if !r.IsSet(ua) {
			t.Error("an error changed the set")
		}
		w.send(w.b, ub, "x")
		fds := []sockets.PollFd{{Fd: ua, Events: sockets.POLLIN}}
		if n, err := w.a.PollContext(ctx, fds); n != 1 || err != nil {
			t.Errorf("ready, and the context done: %d, %v", n, err)
		}
	})
}

// A descriptor that is closed while others wait: EBADF from select, POLLNVAL
// from poll. The number that it had may be another socket's by then.
func TestCloseWakesPoll(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		other := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		var r sockets.FDSet
		r.Set(u)
		sel := async(func() (int, error) { return w.a.Select(u+1, &r, nil, nil, sockets.Forever) })
		var fds [3][]sockets.PollFd
		var polls [3]<-chan result
		for i := range polls {
			fds[i] = []sockets.PollFd{{Fd: u, Events: sockets.POLLIN}, {Fd: other, Events: sockets.POLLIN}, {Fd: u, Events: sockets.POLLIN}}
			polls[i] = async(func() (int, error) { return w.a.Poll(fds[i], time.Hour) })
		}
		synctest.Wait()
		start := time.Now()
		w.ok(w.a.Close(u))
		if again := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0); again != u {
			t.Errorf("the lowest descriptor is %d, not %d", u, again)
		}
		w.want((<-sel).err, sockets.EBADF)
		for i := range polls {
			if x := <-polls[i]; x.n != 2 || x.err != nil || fds[i][0].Revents != sockets.POLLNVAL || fds[i][1].Revents != 0 {
				t.Errorf("%v %v", x, fds[i])
			}
		}
		if time.Since(start) != 0 {
			t.Error("the waiters woke late")
		}
	})
}

// Poll runs on a manual clock: its time-out is a timer of the stack.
func TestManualClock(t *testing.T) {
	clock := sysarch.NewManual()
	w := newWorld(t, setup{clock: clock})
	u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	w.ok(w.a.SetsockoptTimeout(u, sockets.SOL_SOCKET, sockets.SO_RCVTIMEO, time.Minute))
	clock.Advance(time.Hour) // until the stacks have nothing to do
	if clock.Next() != timers.Never {
		t.Fatal("the stacks are not idle")
	}
	for _, call := range []func() (int, error){
		func() (int, error) { return w.a.Poll([]sockets.PollFd{{Fd: u, Events: sockets.POLLIN}}, time.Minute) },
		func() (int, error) { return w.a.Recv(u, make([]byte, 1), 0) },
	} {
		start := clock.Now()
		done := async(call)
		var r result
		for ok := false; !ok; r, ok = returned(done) {
			clock.Step() // does nothing until the call has set its timer
			runtime.Gosched()
		}
		if d := clock.Now().Sub(start); d != time.Minute || r.n != 0 || r.err != nil && r.err != sockets.EAGAIN {
			t.Errorf("%v after %v", r, d)
		}
	}
}

// Datagrams to and fro, with calls of poll that wait, allocate nothing.
func TestZeroAllocPoll(t *testing.T) {
	w := newWorld(t, setup{clock: sysarch.NewManual()})
	ua, ub := w.udpPair()
	echo := func(p *sockets.Protocol, fd int, fds []sockets.PollFd, b []byte) (int, error) {
		if n, err := p.Poll(fds, time.Hour); n != 1 || err != nil {
			return n, err
		}
		return p.Recv(fd, b, 0)
	}
	done := async(func() (int, error) {
		fds, b := []sockets.PollFd{{Fd: ub, Events: sockets.POLLIN}}, make([]byte, 100)
		for {
			n, err := echo(w.b, ub, fds, b)
			if err == nil {
				_, err = w.b.Send(ub, b[:n], 0)
			}
			if err != nil {
				return n, err
			}
		}
	})
	fds, b, c := []sockets.PollFd{{Fd: ua, Events: sockets.POLLIN}}, []byte("datagram"), make([]byte, 100)
	n := testing.AllocsPerRun(500, func() {
		if _, err := w.a.Send(ua, b, 0); err != nil {
			t.Fatal(err)
		}
		if n, err := echo(w.a, ua, fds, c); n != len(b) || err != nil {
			t.Fatal(n, err)
		}
	})
	if n != 0 && !raceEnabled {
		t.Errorf("%v allocations for a round trip", n)
	}
	if w.b.Stats().Waits == 0 {
		t.Error("poll did not wait")
	}
	w.ok(w.b.Close(ub))
	if r := <-done; r.err != sockets.EBADF && r.err != nil {
		t.Error(r)
	}
}
