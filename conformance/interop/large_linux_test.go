package interop

import (
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// watch captures what passes a device of a namespace into a file until the
// returned function is called.
func watch(t *testing.T, ns *namespace, dev string) (path string, stop func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), dev+".pcap")
	cmd := ns.command("tcpdump", "-i", dev, "-w", path, "-U", "-Z", "root", "-c", "20000", "tcp")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 256); ; { // "listening on"
		n, err := stderr.Read(b)
		if err != nil {
			t.Fatal("tcpdump ended")
		}
		if strings.Contains(string(b[:n]), "listening") {
			break
		}
	}
	drained := make(chan struct{})
	go func() {
		for b := make([]byte, 256); ; {
			if _, err := stderr.Read(b); err != nil {
				close(drained)
				return
			}
		}
	}()
	return path, func() {
		cmd.Cancel()
		<-drained
		cmd.Wait()
	}
}

// longest returns the length of the longest packet from an address in a capture.
func longest(t *testing.T, path string, from netip.Addr) (n int) {
	t.Helper()
	field := "ip.src"
	if from.Is6() {
		field = "ipv6.src"
	}
	out, err := exec.Command("tshark", "-n", "-r", path, "-Y", fmt.Sprintf("%s==%v", field, from), "-T", "fields", "-e", "frame.len").Output()
	if _, cut := err.(*exec.ExitError); err != nil && !cut { // a capture may end within a packet
		t.Fatal(err)
	}
	for _, s := range strings.Fields(string(out)) {
		k, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		n = max(n, k)
	}
	return n
}

// TestLarge: large segments pass both ways between the kernel and us, as the
// kernel's own capture shows, and the content is what was sent.
func TestLarge(t *testing.T) {
	for _, l := range []link{largeTUN, largeTAP} {
		t.Run(l.name, func(t *testing.T) {
			each(t, func(t *testing.T, f family) {
				r := newRig(t, l)
				path, stop := watch(t, r.namespace, devName)
				up(t, r, f, r.namespace, bulk()/4)
				down(t, r, f, bulk()/4)
				stop()
				for _, from := range []netip.Addr{f.ours, f.kernel} {
					if n := longest(t, path, from); n < 20000 {
						t.Errorf("the longest packet from %v in the kernel's capture has %d bytes", from, n)
					}
				}
				d, s := r.dev.Stats(), r.stack.Stats().TCP
				if d.RxLarge == 0 || d.TxLarge == 0 || s.LargeIn == 0 || s.LargeOut == 0 || s.BadChecksum != 0 {
					t.Errorf("device %+v\nTCP %+v", d, s)
				}
			})
		})
	}
}

// up has curl, in the namespace ns, fetch n bytes from us.
func up(t *testing.T, r *rig, f family, ns *namespace, n int64) {
	t.Helper()
	at := netip.AddrPortFrom(f.ours, 80)
	ln, err := r.stack.Listen(f.tcp, at.String())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, ln, serveContent)
	got := newSink()
	start := time.Now()
	if err := ns.pipe(got, "curl", "-sS", "--fail", "--noproxy", "*", "-m", "200", url(at, n)); err != nil {
		t.Fatalf("%v\n%+v", err, r.stack.Stats().TCP)
	}
	logSpeed(t, r, n, time.Since(start))
	if err := got.check(n); err != nil {
		t.Error(err)
	}
}

// down has us fetch n bytes from a server on the kernel's stack.
func down(t *testing.T, r *rig, f family, n int64) {
	t.Helper()
	ln := r.listen(t, f)
	serve(t, ln, serveContent)
	got := newSink()
	start := time.Now()
	fetch(t, r, ln, n, got)
	logSpeed(t, r, n, time.Since(start))
	if err := got.check(n); err != nil {
		t.Error(err)
	}
}

// TestLargeForwarded: the kernel forwards our large segments to a link that takes
// none. The pieces that it cuts are right, checksums and all.
func TestLargeForwarded(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		r := newRig(t, largeTUN)
		far := newNamespace(t)
		near := map[bool][2]string{
			false: {"10.78.0.1/24", "10.78.0.2/24"}, true: {"fd78::1/64", "fd78::2/64"},
		}[f.ours.Is6()]
		r.run(t, "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", far.name)
		r.run(t, "ip", "addr", "add", near[0], "dev", "v0", "nodad")
		far.run(t, "ip", "addr", "add", near[1], "dev", "v1", "nodad")
		for _, end := range []struct {
			ns  *namespace
			dev string
		}{{r.namespace, "v0"}, {far, "v1"}} {
			end.ns.run(t, "ethtool", "-K", end.dev, "tx", "off", "tso", "off", "gso", "off")
			end.ns.run(t, "ip", "link", "set", end.dev, "up")
		}
		r.run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
		via, _, _ := strings.Cut(near[0], "/")
		far.run(t, "ip", "route", "add", netip.PrefixFrom(f.ours, f.bits).Masked().String(), "via", via)
		path, stop := watch(t, far, "v1")
		up(t, r, f, far, bulk()/16)
		stop()
		if n := longest(t, path, f.ours); n > 1514 || n < 1500 {
			t.Errorf("the longest packet behind the kernel has %d bytes", n)
		}
		judge(t, path)
		if d := r.dev.Stats(); d.TxLarge == 0 {
			t.Errorf("device %+v", d)
		}
	})
}
