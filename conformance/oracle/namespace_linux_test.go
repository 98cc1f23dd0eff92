package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/netif/tuntap"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// kernelTime bounds one test with the kernel.
const kernelTime = 100 * time.Second

// need skips the test where it cannot run, or fails it if CI=true.
func need(t *testing.T) {
	t.Helper()
	missing := ""
	if os.Getuid() != 0 {
		missing = "root"
	} else if _, err := os.Stat("/dev/net/tun"); err != nil {
		missing = "/dev/net/tun"
	}
	for _, tool := range []string{"ip", "tcpdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing = tool
		}
	}
	switch {
	case missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("CI=true and %s is missing", missing)
	default:
		t.Skipf("%s is missing", missing)
	}
}

// namespace is a network namespace of the kernel, with one device.
type namespace struct {
	name, dev string
	ctx       context.Context
	file      string // its tcpdump's
}

var namespaces atomic.Int32

// sweep deletes the namespaces of test runs that were killed.
var sweep = sync.OnceFunc(func() {
	entries, err := os.ReadDir("/var/run/netns")
	if err != nil {
		return
	}
	for _, e := range entries {
		var pid, n int
		if _, err := fmt.Sscanf(e.Name(), "oracle-%d-%d", &pid, &n); err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			exec.Command("ip", "netns", "del", e.Name()).Run()
		}
	}
})

func newNamespace(t *testing.T, ctx context.Context) *namespace {
	t.Helper()
	sweep()
	ns := &namespace{name: fmt.Sprintf("oracle-%d-%d", os.Getpid(), namespaces.Add(1)), dev: "eth0", ctx: ctx}
	if out, err := exec.Command("ip", "netns", "add", ns.name).CombinedOutput(); err != nil {
		t.Fatalf("ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", ns.name).CombinedOutput(); err != nil {
			t.Errorf("ip netns del: %v: %s", err, out)
		}
	})
	return ns
}

// do runs f on a thread inside the namespace. Sockets that f opens stay in it.
func (ns *namespace) do(f func() error) error {
	res := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		fd, err := os.Open("/var/run/netns/" + ns.name)
		if err == nil {
			defer fd.Close()
			if err = unix.Setns(int(fd.Fd()), unix.CLONE_NEWNET); err == nil {
				err = f()
			}
		}
		res <- err
	}()
	return <-res
}

// run runs a program inside the namespace.
func (ns *namespace) run(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(ns.ctx, "ip", append([]string{"netns", "exec", ns.name}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// up gives the device its addresses and captures what passes it, until stop is
// called.
func (ns *namespace) up(t *testing.T, last int) (stop func()) {
	t.Helper()
	ns.run(t, "ip", "addr", "add", fmt.Sprintf("10.0.0.%d/24", last), "dev", ns.dev)
	ns.run(t, "ip", "addr", "add", fmt.Sprintf("fd00::%d/64", last), "dev", ns.dev, "nodad")
	ns.file = filepath.Join(t.TempDir(), "capture.pcap")
	var stderr lineWaiter
	stderr.seen = make(chan struct{})
	ns.run(t, "ip", "link", "set", ns.dev, "up")
	cmd := exec.CommandContext(ns.ctx, "ip", "netns", "exec", ns.name, "tcpdump", "-i", ns.dev, "-w", ns.file, "-U", "-B", "65536",
		"-Z", "root", "-s", "0", "--time-stamp-precision=nano")
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stderr.seen:
	case <-ns.ctx.Done():
		t.Fatal("tcpdump does not listen")
	}
	return func() {
		cmd.Process.Signal(syscall.SIGINT)
		cmd.Wait()
		if s := stderr.b.String(); !strings.Contains(s, "\n0 packets dropped by kernel") {
			t.Logf("tcpdump: %s", s)
		}
	}
}

// lineWaiter tells when tcpdump says that it listens.
type lineWaiter struct {
	b    bytes.Buffer
	seen chan struct{}
	told bool
}

func (w *lineWaiter) Write(b []byte) (int, error) {
	w.b.Write(b)
	if !w.told && strings.Contains(w.b.String(), "listening on") {
		w.told = true
		close(w.seen)
	}
	return len(b), nil
}

// listen opens a listener of the kernel inside the namespace.
func (ns *namespace) listen(addr string, control func(fd int)) (l net.Listener, err error) {
	err = ns.do(func() (err error) {
		lc := net.ListenConfig{Control: controlled(control), KeepAlive: -1}
		lc.SetMultipathTCP(false)
		l, err = lc.Listen(ns.ctx, "tcp", addr)
		return err
	})
	return l, err
}

// dial opens a connection of the kernel inside the namespace.
func (ns *namespace) dial(addr string) (c net.Conn, err error) {
	err = ns.do(func() (err error) {
		d := net.Dialer{KeepAlive: -1}
		d.SetMultipathTCP(false)
		c, err = d.DialContext(ns.ctx, "tcp", addr)
		return err
	})
	return c, err
}

func controlled(f func(fd int)) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		if f == nil {
			return nil
		}
		return c.Control(func(fd uintptr) { f(int(fd)) })
	}
}

// wire carries frames from one driver to the other, over a bad link.
type wire struct {
	pool *pbuf.Pool
	to   netif.Driver
}

func (w *wire) Deliver(frames []*pbuf.Buf) { w.to.Transmit(frames) }
func (w *wire) SetLink(bool)               {}
func (w *wire) Pool() *pbuf.Pool           { return w.pool }

// bridge joins two drivers by a link and records what passes half-way: the
// function it returns takes them apart and gives the file.
func bridge(t *testing.T, a, b netif.Driver, p impair.Profile) (middle func() []byte) {
	t.Helper()
	clock := sysarch.Real()
	pool := pbuf.NewPool(pbuf.Config{})
	p.Delay /= 2
	other := p
	other.Seed += 1000
	other.Rate = 0
	var file bytes.Buffer
	rec, err := pcapng.New(impair.New(a, clock, impair.Config{Out: p, In: p}), &file, clock, pcapng.Options{})
	if err != nil {
		t.Fatal(err)
	}
	back := impair.New(b, clock, impair.Config{Out: other, In: other})
	if err := errors.Join(back.Attach(&wire{pool, rec}), rec.Attach(&wire{pool, back})); err != nil {
		t.Fatal(err)
	}
	detach := sync.OnceFunc(func() { rec.Detach(); back.Detach() })
	t.Cleanup(detach)
	return func() []byte { detach(); return file.Bytes() }
}

// tap opens a TAP device inside the namespace.
func (ns *namespace) tap(t *testing.T) netif.Driver {
	t.Helper()
	var d *tuntap.Device
	err := ns.do(func() (err error) {
		d, err = tuntap.OpenTAP(ns.dev, tuntap.Config{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
