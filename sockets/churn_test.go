package sockets_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/sockets"
)

// Many goroutines use, poll and close the same few descriptors at once. Nothing
// blocks for ever, and every error is one that this may give.
func TestChurn(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWorld(t, setup{cfg: lwip.Config{Sockets: sockets.Config{MaxSockets: 8}}})
	l := w.listener(w.b, "10.0.0.2:80")
	accepted := async(func() (int, error) {
		for {
			fd, _, err := w.b.Accept(l)
			if err == sockets.EBADF {
				return 0, nil
			}
			if err == nil {
				err = w.b.Close(fd)
			}
			if err != nil {
				return 0, err
			}
		}
	})
	fine := map[error]bool{
		nil: true, sockets.EBADF: true, sockets.ENFILE: true, sockets.EAGAIN: true, sockets.ENOTCONN: true,
		sockets.EDESTADDRREQ: true, sockets.EISCONN: true, sockets.EALREADY: true, sockets.EINVAL: true,
		sockets.EOPNOTSUPP: true, sockets.EPIPE: true, sockets.ECONNRESET: true, sockets.ECONNREFUSED: true,
	}
	step := func(r *rand.Rand) error {
		fd := r.IntN(9)
		b := make([]byte, 10)
		var err error
		switch r.IntN(10) {
		case 0, 1:
			_, err = w.a.Socket(sockets.AF_INET, 1+r.IntN(2), 0)
		case 2:
			err = w.a.Close(fd)
		case 3:
			err = w.a.Connect(fd, addr("10.0.0.2:80"))
		case 4:
			_, err = w.a.Send(fd, b, sockets.MSG_DONTWAIT)
		case 5:
			_, err = w.a.Recv(fd, b, sockets.MSG_DONTWAIT)
		case 6:
			_, err = w.a.Poll([]sockets.PollFd{{Fd: fd, Events: inOut}, {Fd: r.IntN(9), Events: inOut}}, 1)
		case 7:
			var set sockets.FDSet
			set.Set(fd)
			_, err = w.a.Select(9, &set, nil, &set, 1)
		case 8:
			_, err = w.a.GetsockoptInt(fd, sockets.SOL_SOCKET, sockets.SO_ERROR)
		case 9:
			err = w.a.Shutdown(fd, r.IntN(3))
		}
		return err
	}
	var done [6]<-chan result
	for i := range done {
		done[i] = async(func() (int, error) {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for range 2000 {
				if err := step(r); !fine[err] {
					return 0, err
				}
			}
			return 0, nil
		})
	}
	for i := range done {
		if r := <-done[i]; r.err != nil {
			t.Errorf("goroutine %d: %v", i, name(r.err))
		}
	}
	w.ok(w.b.Close(l))
	if r := <-accepted; r.err != nil {
		t.Errorf("accept: %v", name(r.err))
	}
	w.ok(w.sa.Close())
	w.ok(w.sb.Close())
	for range 1000 { // those that have returned may need a moment to end
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines are left", n-before)
	}
}
