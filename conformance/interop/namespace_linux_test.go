package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testTime bounds one test, and so every command and wait in it.
const testTime = 4 * time.Minute

// tools are the programs that the tests run.
var tools = []string{"ip", "ethtool", "curl", "ping", "tcpdump", "tshark"}

// need skips the test where it cannot run, or fails it if CI=true.
func need(t *testing.T) {
	t.Helper()
	missing := ""
	if os.Getuid() != 0 {
		missing = "root"
	} else if _, err := os.Stat("/dev/net/tun"); err != nil {
		missing = "/dev/net/tun"
	}
	for _, tool := range tools {
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

// namespace is a network namespace of the kernel.
type namespace struct {
	name string
	ctx  context.Context
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
		if _, err := fmt.Sscanf(e.Name(), "lwip-%d-%d", &pid, &n); err != nil {
			continue
		}
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			exec.Command("ip", "netns", "del", e.Name()).Run()
		}
	}
})

// newNamespace makes a namespace that is deleted when the test ends.
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	sweep()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	ns := &namespace{name: fmt.Sprintf("lwip-%d-%d", os.Getpid(), namespaces.Add(1)), ctx: ctx}
	if out, err := exec.CommandContext(ctx, "ip", "netns", "add", ns.name).CombinedOutput(); err != nil {
		cancel()
		t.Fatalf("ip netns add: %v: %s", err, out)
	}
	t.Cleanup(func() {
		cancel()
		if out, err := exec.Command("ip", "netns", "del", ns.name).CombinedOutput(); err != nil {
			t.Errorf("ip netns del: %v: %s", err, out)
		}
	})
	return ns
}

// do runs f on a thread inside the namespace. Sockets that f opens stay in it;
// goroutines that f starts do not.
func (ns *namespace) do(f func() error) error {
	res := make(chan error, 1)
	go func() {
		// The thread is never unlocked: it ends with this goroutine.
		runtime.LockOSThread()
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

// command prepares a program to run inside the namespace, in a process group
// that is killed when the test's time is over.
func (ns *namespace) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ns.ctx, "ip", append([]string{"netns", "exec", ns.name, name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// run runs a program inside the namespace and returns what it wrote; it must
// succeed.
func (ns *namespace) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := ns.command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// pipe runs a program inside the namespace with its output going to w.
func (ns *namespace) pipe(w io.Writer, name string, args ...string) error {
	var stderr bytes.Buffer
	cmd := ns.command(name, args...)
	cmd.Stdout, cmd.Stderr = w, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, stderr.String())
	}
	return nil
}
