package oracle

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// end is a host that connections are made from and to: the kernel in a
// namespace, or a stack of ours.
type end struct {
	listen func(addr string, control func(fd int)) (net.Listener, error)
	dial   func(addr string) (net.Conn, error)
}

// scenario is what two ends do. The client calls dial, which reaches a listener
// that the scenario has opened by listen.
type scenario struct {
	name string
	run  func(t *testing.T, listen func(control func(fd int)) net.Listener, dial func() (net.Conn, error))
}

var scenarios = []scenario{
	{"transfer", func(t *testing.T, listen func(func(int)) net.Listener, dial func() (net.Conn, error)) {
		meet(t, listen(nil), dial, func(c net.Conn) { exchange(t, c, 800_000) }, func(c net.Conn) { exchange(t, c, 800_000) })
	}},
	{"talk", func(t *testing.T, listen func(func(int)) net.Listener, dial func() (net.Conn, error)) {
		meet(t, listen(nil), dial, func(c net.Conn) {
			b := make([]byte, 5000)
			for i := range 40 {
				n := 1 + i*379%5000
				c.Write(b[:n])
				if _, err := io.ReadFull(c, b[:n]); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Duration(i%7*40) * time.Millisecond)
			}
		}, func(c net.Conn) { io.Copy(c, c) })
	}},
	{"zero window", func(t *testing.T, listen func(func(int)) net.Listener, dial func() (net.Conn, error)) {
		l := listen(func(fd int) { syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 20_000) })
		meet(t, l, dial, func(c net.Conn) {
			if _, err := c.Write(make([]byte, 1_000_000)); err != nil {
				t.Error(err)
			}
		}, func(c net.Conn) {
			time.Sleep(4 * time.Second) // four probes
			// A slow reader after that.
			b := make([]byte, 7000)
			for range 40 {
				if _, err := io.ReadFull(c, b); err != nil {
					t.Error(err)
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			io.Copy(io.Discard, c)
		})
	}},
	{"simultaneous close", func(t *testing.T, listen func(func(int)) net.Listener, dial func() (net.Conn, error)) {
		l := listen(nil)
		for range 5 {
			var now sync.WaitGroup
			now.Add(2)
			both := func(c net.Conn) {
				now.Done()
				now.Wait()
				c.Close()
			}
			meet(t, l, dial, both, both)
		}
	}},
	{"abort", func(t *testing.T, listen func(func(int)) net.Listener, dial func() (net.Conn, error)) {
		l := listen(nil)
		for i := range 4 {
			meetBriefly(t, l, dial, impatience, func(c net.Conn) {
				c.Write(make([]byte, 100_000))
				if i%2 == 0 {
					c.(interface{ SetLinger(int) error }).SetLinger(0)
				}
			}, func(c net.Conn) {
				io.CopyN(io.Discard, c, 50_000) // closed with unread data
			})
		}
		l.Close()
		if c, err := dial(); err == nil {
			c.Close()
		}
	}},
}

// patience is how long an end waits for the other, and impatience how long it
// does where what it waits for may have been lost: a RST comes once.
const (
	patience   = 60 * time.Second
	impatience = 4 * time.Second
)

// busy are the options for captures of the machine that runs the tests: its
// hosts are late whenever it has other work.
var busy = Options{Slack: time.Second}

// meet lets a client and a server run, and closes for both.
func meet(t *testing.T, l net.Listener, dial func() (net.Conn, error), client, server func(net.Conn)) {
	t.Helper()
	meetBriefly(t, l, dial, patience, client, server)
}

// meetBriefly is meet with a limit to how long each waits. If it is impatience,
// the server need not get to see the client.
func meetBriefly(t *testing.T, l net.Listener, dial func() (net.Conn, error), limit time.Duration, client, server func(net.Conn)) {
	t.Helper()
	var wg sync.WaitGroup
	l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Now().Add(limit))
	wg.Go(func() {
		c, err := l.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) && limit == impatience {
			return // the RST came first
		}
		if err != nil {
			t.Error(err)
			return
		}
		c.SetDeadline(time.Now().Add(limit))
		server(c)
		c.Close()
	})
	c, err := dial()
	if err != nil {
		t.Error(err)
		l.Close()
	} else {
		c.SetDeadline(time.Now().Add(limit))
		client(c)
		c.Close()
	}
	wg.Wait()
}

// sideBySide runs a subtest next to the others, however few processors there
// are: they mostly wait.
func sideBySide(t *testing.T, wg *sync.WaitGroup, name string, f func(t *testing.T)) {
	wg.Go(func() { t.Run(name, f) })
}

// everything runs all scenarios over both families, side by side.
func everything(t *testing.T, client, server end) {
	var wg sync.WaitGroup
	for i, sc := range scenarios {
		for _, host := range []string{"10.0.0.2", "fd00::2"} {
			addr := net.JoinHostPort(host, strconv.Itoa(7000+i))
			wg.Go(func() {
				sc.run(t, func(control func(int)) net.Listener {
					l, err := server.listen(addr, control)
					if err != nil {
						t.Error(err)
						runtime.Goexit()
					}
					t.Cleanup(func() { l.Close() })
					return l
				}, func() (net.Conn, error) { return client.dial(addr) })
			})
		}
	}
	wg.Wait()
	time.Sleep(time.Second) // for the last ACKs
}
