package oracle

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sys_arch"
)

// kernelProfiles are links for the kernel, 10 ms each way.
var kernelProfiles = []struct {
	name string
	p    impair.Profile
}{
	{"clean", impair.Profile{Delay: 10 * time.Millisecond}},
	{"loss", impair.Profile{Delay: 10 * time.Millisecond, Loss: 0.01, Seed: 1}},
	{"reorder", impair.Profile{Delay: 10 * time.Millisecond, Reorder: 0.03, ReorderDelay: 4 * time.Millisecond, Seed: 2}},
	{"duplicates", impair.Profile{Delay: 10 * time.Millisecond, Duplicate: 0.03, Seed: 3}},
	{"all", impair.Profile{Delay: 10 * time.Millisecond, Jitter: 3 * time.Millisecond, AllowReorder: true, Loss: 0.01, Duplicate: 0.01, Corrupt: 0.002, Rate: 30e6, QueuePackets: 50, Seed: 4}},
}

// vet reads a capture file and fails the test on any alarm. What is said of the
// vantage must be true.
func vet(t *testing.T, name string, file []byte, opts Options, near int) {
	t.Helper()
	list, r := judged(t, file, opts)
	a := alarms(list)
	if len(a) != 0 {
		t.Errorf("%s: %d alarms:\n%s", name, len(a), lines(a[:min(len(a), 20)]))
	}
	if t.Failed() {
		keep(t, name, bytes.NewBuffer(file))
	}
	told := 0
	for _, f := range r.Flows {
		for i, e := range []Endpoint{f.A, f.B} {
			if e.Near && i != near {
				t.Errorf("%s: taken next to the wrong end: %+v", name, f)
				keep(t, name, bytes.NewBuffer(file))
			}
			if e.Near {
				told++
			}
		}
	}
	if len(r.Flows) == 0 || r.TCP < 20 {
		t.Errorf("%s: %+v", name, r)
	}
	t.Logf("%s: %d packets, %d connections, %d of them seen from an end; %d findings of no weight", name, r.Packets, r.FlowCount, told, len(list)-len(a))
}

// TestKernel: two kernels talk over links of every kind; nothing is reported of
// them, from either end and from the middle.
func TestKernel(t *testing.T) {
	need(t)
	t.Parallel()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, pr := range kernelProfiles {
		if testing.Short() && pr.name != "all" {
			continue
		}
		sideBySide(t, &wg, pr.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), kernelTime)
			t.Cleanup(cancel)
			a, b := newNamespace(t, ctx), newNamespace(t, ctx)
			middle := bridge(t, a.tap(t), b.tap(t), pr.p)
			stopA, stopB := a.up(t, 1), b.up(t, 2)
			everything(t, end{a.listen, a.dial}, end{b.listen, b.dial})
			stopA()
			stopB()
			vet(t, "client", read(t, a.file), busy, 0)
			vet(t, "server", read(t, b.file), busy, 1)
			vet(t, "middle", middle(), busy, -1)
		})
	}
}

// TestKernelOffload: two kernels talk over a device that leaves checksums and
// segmentation to the other side. That is no fault, and said once of each host.
func TestKernelOffload(t *testing.T) {
	need(t)
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), kernelTime)
	t.Cleanup(cancel)
	a, b := newNamespace(t, ctx), newNamespace(t, ctx)
	a.run(t, "ip", "link", "add", a.dev, "type", "veth", "peer", "name", b.dev, "netns", b.name)
	stopA, stopB := a.up(t, 1), b.up(t, 2)
	everything(t, end{a.listen, a.dial}, end{b.listen, b.dial})
	stopA()
	stopB()
	for _, ns := range []*namespace{a, b} {
		// The two ends are equally near; the capture was taken next to both.
		vet(t, "found out", read(t, ns.file), busy, -1)
		list, _ := judged(t, read(t, ns.file), Options{At: hosts, Slack: busy.Slack})
		if a := alarms(list); len(a) != 0 {
			t.Errorf("%d alarms:\n%s", len(a), lines(a))
			keep(t, ns.name, bytes.NewBuffer(read(t, ns.file)))
		}
		told := 0
		for _, f := range list {
			if f.Rule == "checksum-offload" {
				told++
			}
		}
		if told != len(hosts) {
			t.Errorf("%d of %d hosts are said to leave checksums to the card", told, len(hosts))
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKernelAndUs: the kernel is the server, or the client, of a stack of ours.
func TestKernelAndUs(t *testing.T) {
	need(t)
	t.Parallel()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, pr := range kernelProfiles {
		if pr.name == "reorder" || pr.name == "duplicates" || testing.Short() {
			continue // "all" has both
		}
		for _, kernel := range []int{1, 2} {
			sideBySide(t, &wg, pr.name+map[int]string{1: "/kernel calls", 2: "/we call"}[kernel], func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), kernelTime)
				t.Cleanup(cancel)
				ns := newNamespace(t, ctx)
				near, far := memlink.New(memlink.Config{})
				middle := bridge(t, ns.tap(t), far, pr.p)
				stack, err := lwip.New(lwip.Config{Clock: sysarch.Real(), ND6: nd6.Config{DADAttempts: -1}})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { stack.Close() })
				_, err = stack.AddInterface(near, netif.Config{
					Addr4:  netip.MustParsePrefix(fmt.Sprintf("10.0.0.%d/24", 3-kernel)),
					Addrs6: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("fd00::%d/64", 3-kernel))},
				})
				if err != nil {
					t.Fatal(err)
				}
				stop := ns.up(t, kernel)
				ends := [2]end{
					{func(addr string, _ func(int)) (net.Listener, error) { return stack.Listen("tcp", addr) },
						func(addr string) (net.Conn, error) { return stack.DialContext(ctx, "tcp", addr) }},
					{ns.listen, ns.dial},
				}
				everything(t, ends[2-kernel], ends[kernel-1])
				stop()
				vet(t, "kernel", read(t, ns.file), busy, kernel-1)
				vet(t, "middle", middle(), busy, -1)
			})
		}
	}
}
