package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/netif/tuntap"
	"github.com/golwip/lwip/sys_arch"
)

// deviceOptions are the flags of a stack on a TAP or TUN device.
type deviceOptions struct {
	tap, tun     string
	addr4, addr6 cidr
	gw, gw6      addr
	mtu          int
	pcap         string
}

func (o *deviceOptions) define(fs *flag.FlagSet) {
	o.addr6.six = true
	fs.StringVar(&o.tap, "tap", "", "use the TAP device called `name`; it is made if it is not there")
	fs.StringVar(&o.tun, "tun", "", "use the TUN device called `name`")
	fs.Var(&o.addr4, "addr", "this stack's IPv4 address, as `address/bits`")
	fs.Var(&o.addr6, "addr6", "this stack's IPv6 address, as `address/bits`")
	fs.Var(&o.gw, "gw", "IPv4 default `router`, usually the host's address on the device")
	fs.Var(&o.gw6, "gw6", "IPv6 default `router`")
	fs.IntVar(&o.mtu, "mtu", 0, "largest IP packet in `bytes`; 0 leaves the device's")
	fs.StringVar(&o.pcap, "pcap", "", "write a capture to this `file`")
}

// given reports whether a device is named.
func (o *deviceOptions) given() bool { return o.tap != "" || o.tun != "" }

// check returns a message about flags that do not go together, or "".
func (o *deviceOptions) check() string {
	switch {
	case o.tap != "" && o.tun != "":
		return "-tap and -tun exclude each other"
	case !o.given():
		return "-tap or -tun must name a device"
	case !o.addr4.IsValid() && !o.addr6.IsValid():
		return "-addr or -addr6 must give this stack an address"
	case o.gw.IsValid() && !o.gw.Is4():
		return "-gw must be an IPv4 address"
	case o.gw6.IsValid() && !o.gw6.Is6():
		return "-gw6 must be an IPv6 address"
	}
	return ""
}

// device is a stack on a TAP or TUN device.
type device struct {
	stack   *lwip.Stack
	dev     *tuntap.Device
	capture io.Closer // nil: none
}

// open opens the device and makes a stack on it.
func (o *deviceOptions) open() (d *device, err error) {
	open, name := tuntap.OpenTAP, o.tap
	if o.tun != "" {
		open, name = tuntap.OpenTUN, o.tun
	}
	dev, err := open(name, tuntap.Config{MTU: o.mtu})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			dev.Close()
		}
	}()
	d = &device{dev: dev}
	clock := sysarch.Real()
	var drv netif.Driver = dev
	if o.pcap != "" {
		f, err := os.Create(o.pcap)
		if err != nil {
			return nil, err
		}
		d.capture = f
		if drv, err = pcapng.New(dev, f, clock, pcapng.Options{Name: dev.Name(), Unbuffered: true}); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if d.stack, err = lwip.New(lwip.Config{Clock: clock}); err != nil {
		return nil, errors.Join(err, d.closeCapture())
	}
	cfg := netif.Config{Addr4: o.addr4.Prefix, Gateway4: o.gw.Addr, Gateway6: o.gw6.Addr}
	if o.addr6.IsValid() {
		cfg.Addrs6 = []netip.Prefix{o.addr6.Prefix}
	}
	if _, err = d.stack.AddInterface(drv, cfg); err != nil {
		return nil, errors.Join(err, d.stack.Close(), d.closeCapture())
	}
	return d, nil
}

func (d *device) Close() error { return errors.Join(d.stack.Close(), d.closeCapture()) }

func (d *device) closeCapture() error {
	if d.capture == nil {
		return nil
	}
	return d.capture.Close()
}

// advise prints the commands that configure the host's end of the device.
func (o *deviceOptions) advise(w io.Writer, name string) {
	fmt.Fprintf(w, "On the host, as root:\n")
	for _, c := range []struct {
		own  netip.Prefix
		host netip.Addr
	}{{o.addr4.Prefix, o.gw.Addr}, {o.addr6.Prefix, o.gw6.Addr}} {
		if !c.own.IsValid() {
			continue
		}
		host := c.host
		if !host.IsValid() || !c.own.Contains(host) {
			host = neighbour(c.own)
		}
		if host.IsValid() {
			fmt.Fprintf(w, "  ip addr add %v dev %s\n", netip.PrefixFrom(host, c.own.Bits()), name)
		} else {
			fmt.Fprintf(w, "  ip route add %v dev %s\n", c.own.Masked(), name)
		}
	}
	fmt.Fprintf(w, "  ip link set %s up\n", name)
}

// neighbour returns an address of p's network that is not p's own, the first
// that a host may have; invalid if there is none.
func neighbour(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr()
	if p.Bits() < p.Addr().BitLen()-1 { // the first is the network's own
		a = a.Next()
	}
	if a == p.Addr() {
		a = a.Next()
	}
	if !p.Contains(a) {
		return netip.Addr{}
	}
	return a
}
