package drill

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// IPVersion says over what a script runs.
type IPVersion uint8

const (
	// IPv4 is AF_INET sockets over IPv4: --ip_version=ipv4.
	IPv4 IPVersion = iota
	// IPv4Mapped is AF_INET6 sockets over IPv4: ipv4-mapped-ipv6.
	IPv4Mapped
	// IPv6 is AF_INET6 sockets over IPv6: ipv6.
	IPv6
)

// String returns the name that --ip_version takes.
func (v IPVersion) String() string { return [...]string{"ipv4", "ipv4-mapped-ipv6", "ipv6"}[v] }

// ParseIPVersion reads a value of --ip_version.
func ParseIPVersion(s string) (IPVersion, error) {
	switch strings.ReplaceAll(s, "_", "-") {
	case "ipv4":
		return IPv4, nil
	case "ipv4-mapped-ipv6":
		return IPv4Mapped, nil
	case "ipv6":
		return IPv6, nil
	}
	return 0, fmt.Errorf("bad --ip_version: %s", s)
}

// Versions returns the versions that a script can run over: the one of its
// --ip_version, or all.
func (s *Script) Versions() []IPVersion {
	for _, o := range s.Options {
		if o.Name != "ip_version" {
			continue
		}
		if v, err := ParseIPVersion(o.Value); err == nil {
			return []IPVersion{v}
		}
	}
	return []IPVersion{IPv4, IPv4Mapped, IPv6}
}

// Over returns the options that make a script run over a version. As packetdrill's
// own runner does, a script that says neither version nor MTU gets 20 bytes more
// over IPv6, so that segments are as long as over IPv4.
func (s *Script) Over(v IPVersion) Overrides {
	list := Overrides{{Name: "ip_version", Value: v.String()}}
	if v != IPv6 {
		return list
	}
	for _, o := range s.Options {
		if o.Name == "ip_version" || o.Name == "mtu" {
			return list
		}
	}
	return append(list, Option{Name: "mtu", Value: "1520"})
}

// config is what option lines set.
type config struct {
	profile     Profile
	version     IPVersion
	tolerance   time.Duration
	percent     float64       // of --tolerance_percent
	tick        time.Duration // of --tcp_ts_tick_usecs; 0: timestamps are not checked
	mtu         int
	strict      bool
	connectPort uint16
	bindPort    uint16
	local       netip.Addr
	remote      netip.Addr
	gateway     netip.Addr
	bits        int
	defines     map[string]string
	nonFatal    map[string]bool
	init        []string // --init_scripts
}

// defaultConfig is packetdrill's.
func defaultConfig() config {
	return config{
		tolerance: 4 * time.Millisecond, mtu: 1500, connectPort: 8080, bindPort: 8080,
		defines: make(map[string]string), nonFatal: make(map[string]bool),
	}
}

// set applies one option. An option that changes nothing here returns a remark.
func (c *config) set(o Option) (note string, err error) {
	number := func(lo, hi int) int {
		n, e := strconv.Atoi(o.Value)
		if e != nil || n < lo || n > hi {
			err = fmt.Errorf("bad value '%s' of --%s", o.Value, o.Name)
		}
		return n
	}
	addr := func() netip.Addr {
		s, _, _ := strings.Cut(o.Value, "/")
		a, e := netip.ParseAddr(s)
		if e != nil {
			err = fmt.Errorf("bad value '%s' of --%s", o.Value, o.Name)
		}
		return a
	}
	switch o.Name {
	case "profile":
		c.profile, err = ParseProfile(o.Value)
	case "ip_version":
		c.version, err = ParseIPVersion(o.Value)
	case "tolerance_usecs":
		c.tolerance = time.Duration(number(0, 1e9)) * time.Microsecond
	case "tolerance_percent":
		var e error
		if c.percent, e = strconv.ParseFloat(o.Value, 64); e != nil || c.percent < 0 || c.percent > 100 {
			err = fmt.Errorf("bad value '%s' of --%s", o.Value, o.Name)
		}
	case "tcp_ts_tick_usecs":
		c.tick = time.Duration(number(0, 1e6)) * time.Microsecond
	case "mtu":
		c.mtu = number(68, 65535)
	case "strict_segments":
		c.strict = o.Value != "false" && o.Value != "0"
	case "connect_port":
		c.connectPort = uint16(number(1, 65535))
	case "bind_port":
		c.bindPort = uint16(number(1, 65535))
	case "local_ip":
		c.local = addr()
	case "remote_ip":
		c.remote = addr()
	case "gateway_ip":
		c.gateway = addr()
	case "netmask_ip":
		m := addr()
		c.bits = 0
		for _, b := range m.AsSlice() {
			for ; b&0x80 != 0; b <<= 1 {
				c.bits++
			}
		}
	case "define", "D":
		name, value, _ := strings.Cut(o.Value, "=")
		c.defines[name] = strings.Trim(value, `"`)
	case "non_fatal":
		for _, s := range strings.Split(o.Value, ",") {
			if s != "packet" && s != "syscall" {
				return "", fmt.Errorf("bad value '%s' of --non_fatal", s)
			}
			c.nonFatal[s] = true
		}
	case "init_scripts":
		c.init = strings.Split(o.Value, ",")
	case "verbose", "dry_run", "code", "speed", "persistent_tun_dev", "send_omit_free", "debug", "no_cleanup":
		return "", nil // of the tool's host, or the command line's
	case "so_filename", "so_flags", "wire_client", "wire_server", "wire_server_ip", "wire_server_port",
		"wire_client_dev", "wire_server_dev", "udp_encapsulation", "tun_dev", "mss", "fm":
		return fmt.Sprintf("option --%s: not applicable", o.Name), nil
	default:
		return "", fmt.Errorf("unknown option --%s", o.Name)
	}
	return "", err
}

// finish fills in the addresses that were not given.
func (c *config) finish() error {
	def := func(a *netip.Addr, s string) {
		if !a.IsValid() {
			*a = netip.MustParseAddr(s)
		}
	}
	if c.version == IPv6 {
		def(&c.local, "fd3d:0a0b:17d6::1")
		def(&c.remote, "fd3d:fa7b:d17d::1")
		def(&c.gateway, "fd3d:0a0b:17d6:8888::1")
	} else {
		def(&c.local, "192.168.0.1")
		def(&c.remote, "192.0.2.1")
		def(&c.gateway, "192.168.0.2")
	}
	if c.bits == 0 {
		c.bits = 16
		if c.version == IPv6 {
			c.bits = 48
		}
	}
	for _, a := range []netip.Addr{c.local, c.remote, c.gateway} {
		if a.Is6() != (c.version == IPv6) {
			return fmt.Errorf("address %v is not of --ip_version=%v", a, c.version)
		}
	}
	if c.bits > c.local.BitLen() {
		return fmt.Errorf("bad netmask")
	}
	if c.version == IPv6 && c.mtu < 1280 {
		return fmt.Errorf("mtu %d is too small for IPv6", c.mtu)
	}
	return nil
}

// socketAddr returns an address of the wire as sockets of this version have it.
func (c *config) socketAddr(a netip.Addr) netip.Addr {
	if c.version == IPv4Mapped && a.Is4() {
		return netip.AddrFrom16(a.As16())
	}
	return a
}
