package interop

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/netif/tuntap"
	"github.com/golwip/lwip/sys_arch"
)

// devName is the device's name in its namespace.
const devName = "lwip0"

// captureGood and captureBad bound a capture in bytes. Over a bad link, which is
// slow, it holds every packet; the rest of a large transfer over a good link is
// more of the same.
const (
	captureGood = 4 << 20
	captureBad  = 40 << 20
)

// family is one address family's addresses on the link.
type family struct {
	name         string
	ours, kernel netip.Addr
	bits         int
	tcp, udp     string // network names
}

var families = []family{
	{"ipv4", netip.MustParseAddr("10.77.0.2"), netip.MustParseAddr("10.77.0.1"), 24, "tcp4", "udp4"},
	{"ipv6", netip.MustParseAddr("fd77::2"), netip.MustParseAddr("fd77::1"), 64, "tcp6", "udp6"},
}

// link is a kind of device and what the way to it does to packets.
type link struct {
	name   string
	open   func(name string, cfg tuntap.Config) (*tuntap.Device, error)
	impair impair.Config
	large  bool // large segments and partial checksums both ways
}

var (
	tap = link{name: "tap", open: tuntap.OpenTAP}
	tun = link{name: "tun", open: tuntap.OpenTUN}
	// The same with large segments, which go up to 64 KiB at once.
	largeTAP = link{name: "large tap", open: tuntap.OpenTAP, large: true}
	largeTUN = link{name: "large tun", open: tuntap.OpenTUN, large: true}
	// badTAP delays by 5 ms, loses 0.5 % and holds 1 % back by another 2 ms, in
	// each direction.
	badTAP = link{name: "bad", open: tuntap.OpenTAP, impair: impair.Config{Out: bad, In: bad}}
	bad    = impair.Profile{Delay: 5 * time.Millisecond, Loss: 0.005, Reorder: 0.01, ReorderDelay: 2 * time.Millisecond, Seed: 1}
)

// bad reports whether the link does anything to packets.
func (l link) bad() bool { return l.impair != (impair.Config{}) }

// rig is the kernel and a stack of ours at the two ends of a device.
type rig struct {
	*namespace
	stack *lwip.Stack
	ifc   *netif.Interface
	dev   *tuntap.Device

	capture *pcapng.Driver
	path    string // of the capture
}

// newRig makes a rig. When the test ends, the stack is closed and must have
// given back all memory, and neither tshark nor the oracle may find anything
// wrong with the capture.
func newRig(t *testing.T, l link) *rig {
	t.Helper()
	need(t)
	r := &rig{namespace: newNamespace(t)}
	err := r.do(func() (err error) {
		r.dev, err = l.open(devName, tuntap.Config{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		addr := netip.PrefixFrom(f.kernel, f.bits).String()
		if f.kernel.Is6() {
			r.run(t, "ip", "addr", "add", addr, "dev", devName, "nodad")
		} else {
			r.run(t, "ip", "addr", "add", addr, "dev", devName)
		}
	}
	if !l.large { // the kernel must fill in its checksums, for the capture's sake
		r.run(t, "ethtool", "-K", devName, "tx", "off")
	}
	r.run(t, "ip", "link", "set", "lo", "up")
	r.run(t, "ip", "link", "set", devName, "up")

	r.path = filepath.Join(t.TempDir(), "capture.pcapng")
	file, err := os.Create(r.path)
	if err != nil {
		t.Fatal(err)
	}
	limit := captureGood
	if l.bad() {
		limit = captureBad
	}
	clock := sysarch.Real()
	r.capture, err = pcapng.New(r.dev, &limited{file, limit}, clock, pcapng.Options{Name: devName})
	if err != nil {
		t.Fatal(err)
	}
	r.stack, err = lwip.New(lwip.Config{Clock: clock, ND6: nd6.Config{StartDelay: -1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := badChecksums(r.stack.Stats()); n != 0 {
			t.Errorf("the stack found %d wrong checksums", n)
		}
		if err := r.stack.Close(); err != nil {
			t.Errorf("close the stack: %v", err)
		}
		if s := r.stack.Pool().Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leak: %d blocks and %d views in use after Close", s.BlocksInUse, s.ViewsInUse)
		}
		if err := errors.Join(r.capture.Flush(), file.Close()); err != nil {
			t.Errorf("capture: %v", err)
		}
		if r.capture.Writer().Stats().Packets == 0 {
			t.Error("nothing was captured")
		}
		if !l.large {
			judge(t, r.path)
		}
		judgeByRFC(t, r.path, vantage(l))
	})
	var drv netif.Driver = r.capture
	if l.bad() {
		drv = impair.New(r.capture, clock, l.impair)
	}
	cfg := netif.Config{}
	for _, f := range families {
		if f.ours.Is4() {
			cfg.Addr4, cfg.Gateway4 = netip.PrefixFrom(f.ours, f.bits), f.kernel
		} else {
			cfg.Addrs6, cfg.Gateway6 = []netip.Prefix{netip.PrefixFrom(f.ours, f.bits)}, f.kernel
		}
	}
	if r.ifc, err = r.stack.AddInterface(drv, cfg); err != nil {
		t.Fatal(err)
	}
	r.waitReady(t)
	return r
}

// badChecksums returns how many packets the stack dropped for their checksum.
func badChecksums(s lwip.Stats) uint64 {
	return s.IP4.BadChecksum + s.TCP.BadChecksum + s.UDP.BadChecksum
}

// waitReady waits until the stack's IPv6 addresses are its own, after duplicate
// address detection.
func (r *rig) waitReady(t *testing.T) {
	t.Helper()
	ready := make(chan struct{})
	done := false
	check := func() {
		if !done && r.ifc.Owns(families[1].ours) {
			done = true
			close(ready)
		}
	}
	r.stack.Lock()
	r.stack.Interfaces().Listen(func(netif.Event) { check() })
	check()
	r.stack.Unlock()
	select {
	case <-ready:
	case <-r.ctx.Done():
		t.Fatal("the IPv6 address did not become ours")
	}
}

// listen opens a TCP listener of the kernel inside the namespace.
func (r *rig) listen(t *testing.T, f family) net.Listener {
	t.Helper()
	var l net.Listener
	err := r.do(func() (err error) {
		var lc net.ListenConfig
		lc.SetMultipathTCP(false)
		l, err = lc.Listen(r.ctx, f.tcp, netip.AddrPortFrom(f.kernel, 0).String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// dial opens a connection of the kernel's to the stack, inside the namespace.
func (r *rig) dial(network string, to netip.AddrPort) (net.Conn, error) {
	var c net.Conn
	err := r.do(func() (err error) {
		var d net.Dialer
		d.SetMultipathTCP(false)
		c, err = d.DialContext(r.ctx, network, to.String())
		return err
	})
	return c, err
}

// each runs f for both families.
func each(t *testing.T, f func(t *testing.T, fam family)) {
	for _, fam := range families {
		t.Run(fam.name, func(t *testing.T) { f(t, fam) })
	}
}

// limited passes on writes until limit bytes have passed, and swallows the rest.
// The capture writes whole blocks, so what there is stays readable.
type limited struct {
	w     *os.File
	limit int
}

func (l *limited) Write(b []byte) (int, error) {
	if l.limit <= 0 {
		return len(b), nil
	}
	l.limit -= len(b)
	return l.w.Write(b)
}
