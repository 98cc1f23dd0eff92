package sockets_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/tcp"
)

// sorts are the sockets that option tests make.
var sorts = []struct {
	name                string
	domain, typ, number int
}{
	{"tcp", sockets.AF_INET, sockets.SOCK_STREAM, 0}, {"tcp6", sockets.AF_INET6, sockets.SOCK_STREAM, 0},
	{"udp", sockets.AF_INET, sockets.SOCK_DGRAM, 0}, {"udp6", sockets.AF_INET6, sockets.SOCK_DGRAM, 0},
	{"raw", sockets.AF_INET, sockets.SOCK_RAW, 253}, {"raw6", sockets.AF_INET6, sockets.SOCK_RAW, 253},
}

// Options that are numbers: the default, a value, and what it reads as. on says
// which sockets have it; the others say ENOPROTOOPT.
func TestOptionRoundTrip(t *testing.T) {
	const all = "tcp tcp6 udp udp6 raw raw6"
	const notTCP = "udp udp6 raw raw6"
	for _, c := range []struct {
		name           string
		level, opt     int
		on             string
		def, set, want int
		others         bool // have it, too, with another default
	}{
		{"SO_REUSEADDR", sockets.SOL_SOCKET, sockets.SO_REUSEADDR, all, 0, 7, 1, false},
		{"SO_REUSEPORT", sockets.SOL_SOCKET, sockets.SO_REUSEPORT, "tcp tcp6 udp udp6", 0, 1, 1, false},
		{"SO_KEEPALIVE", sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, all, 0, -1, 1, false},
		{"SO_OOBINLINE", sockets.SOL_SOCKET, sockets.SO_OOBINLINE, "tcp tcp6", 1, 1, 1, false},
		{"SO_BROADCAST", sockets.SOL_SOCKET, sockets.SO_BROADCAST, notTCP, 0, 1, 1, false},
		{"SO_NO_CHECK", sockets.SOL_SOCKET, sockets.SO_NO_CHECK, "udp udp6", 0, 1, 1, false},
		{"SO_RCVBUF", sockets.SOL_SOCKET, sockets.SO_RCVBUF, notTCP, 212992, 4096, 4096, true},
		{"SO_RCVBUF", sockets.SOL_SOCKET, sockets.SO_RCVBUF, "tcp tcp6", 256 << 10, 40960, 40960, true},
		{"SO_SNDBUF", sockets.SOL_SOCKET, sockets.SO_SNDBUF, "tcp tcp6", 256 << 10, 40960, 40960, false},
		{"IP_TTL", sockets.IPPROTO_IP, sockets.IP_TTL, all, 64, 17, 17, false},
		{"IP_TOS", sockets.IPPROTO_IP, sockets.IP_TOS, all, 0, 0x28, 0x28, false},
		{"IP_MULTICAST_TTL", sockets.IPPROTO_IP, sockets.IP_MULTICAST_TTL, notTCP, 1, 9, 9, false},
		{"IP_MULTICAST_LOOP", sockets.IPPROTO_IP, sockets.IP_MULTICAST_LOOP, notTCP, 1, 0, 0, false},
		{"IP_PKTINFO", sockets.IPPROTO_IP, sockets.IP_PKTINFO, "udp udp6", 0, 1, 1, false},
		{"IP_HDRINCL", sockets.IPPROTO_IP, sockets.IP_HDRINCL, "raw raw6", 0, 1, 1, false},
		{"TCP_NODELAY", sockets.IPPROTO_TCP, sockets.TCP_NODELAY, "tcp tcp6", 0, 1, 1, false},
		{"TCP_CORK", sockets.IPPROTO_TCP, sockets.TCP_CORK, "tcp tcp6", 0, 1, 1, false},
		{"TCP_KEEPALIVE", sockets.IPPROTO_TCP, sockets.TCP_KEEPALIVE, "tcp tcp6", 7200000, 1500, 1500, false},
		{"TCP_KEEPIDLE", sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, "tcp tcp6", 7200, 15, 15, false},
		{"TCP_KEEPINTVL", sockets.IPPROTO_TCP, sockets.TCP_KEEPINTVL, "tcp tcp6", 75, 3, 3, false},
		{"TCP_KEEPCNT", sockets.IPPROTO_TCP, sockets.TCP_KEEPCNT, "tcp tcp6", 9, 2, 2, false},
		{"TCP_NOTSENT_LOWAT", sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, "tcp tcp6", 0, 16384, 16384, false},
		{"TCP_MAXSEG", sockets.IPPROTO_TCP, sockets.TCP_MAXSEG, "tcp tcp6", 536, 1000, 1000, false},
		{"TCP_SYNCNT", sockets.IPPROTO_TCP, sockets.TCP_SYNCNT, "tcp tcp6", 7, 2, 2, false},
		{"TCP_LINGER2", sockets.IPPROTO_TCP, sockets.TCP_LINGER2, "tcp tcp6", 60, 10, 10, false},
		{"TCP_LINGER2", sockets.IPPROTO_TCP, sockets.TCP_LINGER2, "tcp tcp6", 60, -5, -1, false},
		{"TCP_DEFER_ACCEPT", sockets.IPPROTO_TCP, sockets.TCP_DEFER_ACCEPT, "tcp tcp6", 0, 9, 9, false},
		{"TCP_WINDOW_CLAMP", sockets.IPPROTO_TCP, sockets.TCP_WINDOW_CLAMP, "tcp tcp6", 0, 8000, 8000, false},
		{"TCP_QUICKACK", sockets.IPPROTO_TCP, sockets.TCP_QUICKACK, "tcp tcp6", 0, 1, 1, false},
		{"TCP_USER_TIMEOUT", sockets.IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, "tcp tcp6", 0, 30000, 30000, false},
		{"IPV6_V6ONLY", sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, "tcp6 udp6", 0, 1, 1, false},
		{"IPV6_CHECKSUM", sockets.IPPROTO_IPV6, sockets.IPV6_CHECKSUM, "raw6", -1, 4, 4, false},
		{"IPV6_CHECKSUM", sockets.IPPROTO_RAW, sockets.IPV6_CHECKSUM, "raw6", -1, 4, 4, false},
		{"IPV6_MULTICAST_HOPS", sockets.IPPROTO_IPV6, sockets.IPV6_MULTICAST_HOPS, "udp6 raw6", 1, 5, 5, false},
		{"IPV6_MULTICAST_LOOP", sockets.IPPROTO_IPV6, sockets.IPV6_MULTICAST_LOOP, "udp6 raw6", 1, 0, 0, false},
		{"IPV6_MULTICAST_IF", sockets.IPPROTO_IPV6, sockets.IPV6_MULTICAST_IF, "udp6 raw6", 0, 2, 2, false},
		{"IPV6_RECVPKTINFO", sockets.IPPROTO_IPV6, sockets.IPV6_RECVPKTINFO, "udp6 raw6", 0, 1, 1, false},
	} {
		w := newWorld(t, setup{})
		for _, s := range sorts {
			fd := w.socket(w.a, s.domain, s.typ, s.number)
			got, err := w.a.GetsockoptInt(fd, c.level, c.opt)
			if !slices.Contains(strings.Fields(c.on), s.name) {
				if !c.others && (err != sockets.ENOPROTOOPT || w.a.SetsockoptInt(fd, c.level, c.opt, c.set) != sockets.ENOPROTOOPT) {
					t.Errorf("%s on %s: %v, want ENOPROTOOPT", c.name, s.name, err)
				}
				continue
			}
			if err != nil || got != c.def {
				t.Errorf("%s on %s is %d, %v; want %d", c.name, s.name, got, err, c.def)
			}
			if err := w.a.SetsockoptInt(fd, c.level, c.opt, c.set); err != nil {
				t.Errorf("%s on %s: %v", c.name, s.name, err)
			}
			if got, err := w.a.GetsockoptInt(fd, c.level, c.opt); got != c.want || err != nil {
				t.Errorf("%s on %s is %d after setting %d, %v", c.name, s.name, got, c.set, err)
			}
		}
	}
}

func TestOptionTimeouts(t *testing.T) {
	w := newWorld(t, setup{})
	for _, s := range sorts {
		fd := w.socket(w.a, s.domain, s.typ, s.number)
		for _, opt := range []int{sockets.SO_RCVTIMEO, sockets.SO_SNDTIMEO} {
			for _, d := range []time.Duration{0, 1500 * time.Millisecond, time.Microsecond} {
				w.ok(w.a.SetsockoptTimeout(fd, sockets.SOL_SOCKET, opt, d))
				if got, err := w.a.GetsockoptTimeout(fd, sockets.SOL_SOCKET, opt); got != d || err != nil {
					t.Errorf("%s: %v, %v; want %v", s.name, got, err, d)
				}
			}
			w.want(w.a.SetsockoptTimeout(fd, sockets.SOL_SOCKET, opt, -time.Second), sockets.EINVAL)
			w.want(w.a.SetsockoptTimeout(fd, sockets.SOL_SOCKET, opt, -time.Microsecond), sockets.EINVAL)
		}
		for _, l := range []sockets.Linger{{true, 5}, {true, 0}, {false, 9}} {
			w.ok(w.a.SetsockoptLinger(fd, l))
			if got, err := w.a.GetsockoptLinger(fd); got != l || err != nil {
				t.Errorf("%s: %v, %v; want %v", s.name, got, err, l)
			}
		}
		w.want(w.a.SetsockoptLinger(fd, sockets.Linger{true, -1}), sockets.EINVAL)
		w.ok(w.a.SetsockoptLinger(fd, sockets.Linger{true, 65535})) // clamped
		if got, _ := w.a.GetsockoptLinger(fd); got.Seconds != 32767 {
			t.Errorf("%s: linger %v", s.name, got)
		}
	}
}

func TestOptionErrors(t *testing.T) {
	w := newWorld(t, setup{})
	for _, s := range sorts {
		fd := w.socket(w.a, s.domain, s.typ, s.number)
		for _, c := range []struct {
			name        string
			level, opt  int
			set, want   error
			value       []byte
			getTooShort bool
		}{
			{name: "no value", level: sockets.SOL_SOCKET, opt: sockets.SO_REUSEADDR, set: sockets.EFAULT, want: sockets.EFAULT},
			{name: "too short", level: sockets.SOL_SOCKET, opt: sockets.SO_REUSEADDR, value: make([]byte, 3), set: sockets.EINVAL, want: sockets.EINVAL},
			{name: "too short a timeval", level: sockets.SOL_SOCKET, opt: sockets.SO_RCVTIMEO, value: make([]byte, 15), set: sockets.EINVAL, want: sockets.EINVAL},
			{name: "too short a linger", level: sockets.SOL_SOCKET, opt: sockets.SO_LINGER, value: make([]byte, 7), set: sockets.EINVAL, want: sockets.EINVAL},
			{name: "unknown", level: sockets.SOL_SOCKET, opt: 0x7777, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unknown level", level: 0x777, opt: 1, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_DEBUG", level: sockets.SOL_SOCKET, opt: sockets.SO_DEBUG, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_DONTROUTE", level: sockets.SOL_SOCKET, opt: sockets.SO_DONTROUTE, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_USELOOPBACK", level: sockets.SOL_SOCKET, opt: sockets.SO_USELOOPBACK, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_SNDLOWAT", level: sockets.SOL_SOCKET, opt: sockets.SO_SNDLOWAT, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_RCVLOWAT", level: sockets.SOL_SOCKET, opt: sockets.SO_RCVLOWAT, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "unimplemented SO_CONTIMEO", level: sockets.SOL_SOCKET, opt: sockets.SO_CONTIMEO, value: make([]byte, 4), set: sockets.ENOPROTOOPT, want: sockets.ENOPROTOOPT},
			{name: "get only", level: sockets.SOL_SOCKET, opt: sockets.SO_TYPE, value: make([]byte, 4), set: sockets.ENOPROTOOPT},
			{name: "get only SO_ERROR", level: sockets.SOL_SOCKET, opt: sockets.SO_ERROR, value: make([]byte, 4), set: sockets.ENOPROTOOPT},
			{name: "set only", level: sockets.SOL_SOCKET, opt: sockets.SO_BINDTODEVICE, value: []byte("\x00"), want: sockets.ENOPROTOOPT},
			{name: "TTL 0", level: sockets.IPPROTO_IP, opt: sockets.IP_TTL, value: []byte{0, 0, 0, 0}, set: sockets.EINVAL},
			{name: "TTL 65792", level: sockets.IPPROTO_IP, opt: sockets.IP_TTL, value: []byte{1, 1, 1, 1}, set: sockets.EINVAL},
			{name: "TOS 256", level: sockets.IPPROTO_IP, opt: sockets.IP_TOS, value: []byte{1, 1, 1, 1}, set: sockets.EINVAL},
			{name: "negative SO_RCVBUF", level: sockets.SOL_SOCKET, opt: sockets.SO_RCVBUF, value: []byte{255, 255, 255, 255}, set: sockets.EINVAL},
		} {
			if err := w.a.Setsockopt(fd, c.level, c.opt, c.value); err != c.set {
				t.Errorf("%s on %s: set gives %v, want %v", c.name, s.name, err, c.set)
			}
			if _, err := w.a.Getsockopt(fd, c.level, c.opt, slices.Clone(c.value)); err != c.want {
				t.Errorf("%s on %s: get gives %v, want %v", c.name, s.name, err, c.want)
			}
		}
		if v, err := w.a.GetsockoptInt(fd, sockets.SOL_SOCKET, sockets.SO_TYPE); v != s.typ || err != nil {
			t.Errorf("%s: SO_TYPE %d, %v", s.name, v, err)
		}
	}
	tcp4 := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
	w.want(w.a.SetsockoptInt(tcp4, sockets.SOL_SOCKET, sockets.SO_OOBINLINE, 0), sockets.EINVAL)
	w.want(w.a.SetsockoptInt(99, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1), sockets.EBADF)
	_, err := w.a.GetsockoptInt(99, sockets.SOL_SOCKET, sockets.SO_REUSEADDR)
	w.want(err, sockets.EBADF)

	// An octet may be one byte, too.
	u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	w.ok(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_TTL, []byte{200}))
	b := []byte{0}
	if n, err := w.a.Getsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_TTL, b); n != 1 || err != nil || b[0] != 200 {
		t.Error(n, err, b)
	}
	w.want(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_TTL, []byte{}), sockets.EINVAL)
}

// A listener has no options of TCP, and its others are its children's.
func TestListenerOptions(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		l := w.socket(w.b, sockets.AF_INET, sockets.SOCK_STREAM, 0)
		if v, err := w.b.GetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_ACCEPTCONN); v != 0 || err != nil {
			t.Error(v, err)
		}
		w.ok(w.b.SetsockoptInt(l, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1))
		w.ok(w.b.SetsockoptInt(l, sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, 33))
		w.ok(w.b.SetsockoptInt(l, sockets.IPPROTO_TCP, sockets.TCP_LINGER2, 5))
		w.ok(w.b.SetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1))
		w.ok(w.b.Bind(l, addr("10.0.0.2:80")))
		w.ok(w.b.Listen(l, 0))
		w.ok(w.b.Listen(l, 5)) // the backlog changes
		if v, err := w.b.GetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_ACCEPTCONN); v != 1 || err != nil {
			t.Error(v, err)
		}
		if v, err := w.b.GetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_REUSEADDR); v != 1 || err != nil {
			t.Error(v, err)
		}
		for _, opt := range []int{sockets.TCP_NODELAY, sockets.TCP_KEEPALIVE, sockets.TCP_KEEPIDLE, sockets.TCP_KEEPINTVL, sockets.TCP_KEEPCNT, sockets.TCP_CORK, sockets.TCP_USER_TIMEOUT} {
			w.want(w.b.SetsockoptInt(l, sockets.IPPROTO_TCP, opt, 1), sockets.EINVAL)
			_, err := w.b.GetsockoptInt(l, sockets.IPPROTO_TCP, opt)
			w.want(err, sockets.EINVAL)
		}
		w.ok(w.b.SetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_RCVBUF, 9999))
		w.ok(w.b.SetsockoptInt(l, sockets.SOL_SOCKET, sockets.SO_SNDBUF, 8888))
		w.ok(w.b.SetsockoptInt(l, sockets.IPPROTO_IP, sockets.IP_TOS, 0x20))
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
		w.ok(w.a.Connect(c, addr("10.0.0.2:80")))
		s, _, err := w.b.Accept(l)
		w.ok(err)
		for _, o := range []struct{ level, opt, want int }{
			{sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1}, {sockets.IPPROTO_TCP, sockets.TCP_KEEPIDLE, 33},
			{sockets.IPPROTO_TCP, sockets.TCP_LINGER2, 5}, {sockets.SOL_SOCKET, sockets.SO_RCVBUF, 9999},
			{sockets.SOL_SOCKET, sockets.SO_SNDBUF, 8888}, {sockets.IPPROTO_IP, sockets.IP_TOS, 0x20}, {sockets.SOL_SOCKET, sockets.SO_ACCEPTCONN, 0},
		} {
			if v, err := w.b.GetsockoptInt(s, o.level, o.opt); v != o.want || err != nil {
				t.Errorf("option %#x of the child is %d, %v; want %d", o.opt, v, err, o.want)
			}
		}
		mss, err := w.b.GetsockoptInt(s, sockets.IPPROTO_TCP, sockets.TCP_MAXSEG)
		if err != nil || mss != 1448 { // 1500 less 40, less 12 for timestamps
			t.Errorf("TCP_MAXSEG %d, %v", mss, err)
		}
		info, err := w.b.TCPInfo(s)
		if err != nil || info.State != tcp.Established || info.MSS != mss {
			t.Errorf("TCPInfo %+v, %v", info, err)
		}
		b := make([]byte, 104)
		if n, err := w.b.Getsockopt(s, sockets.IPPROTO_TCP, sockets.TCP_INFO, b); n != 104 || err != nil || b[0] != 1 {
			t.Errorf("TCP_INFO: %d, %v, state %d", n, err, b[0])
		}
		_, err = w.b.Getsockopt(s, sockets.IPPROTO_TCP, sockets.TCP_INFO, b[:103])
		w.want(err, sockets.EINVAL)
		// A connection that has ended has no options left.
		w.ok(w.a.SetsockoptLinger(c, sockets.Linger{true, 0}))
		w.ok(w.a.Close(c))
		w.want(w.b.SetsockoptInt(s, sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1), sockets.EINVAL)
		if e := w.soError(w.b, s); e != sockets.ECONNRESET {
			t.Errorf("asking for options took the error away: %v", e.Name())
		}
	})
}

// SO_RCVBUF of a TCP socket leaves the window alone if so configured.
func TestKeepWindow(t *testing.T) {
	w := newWorld(t, setup{cfg: lwip.Config{Sockets: sockets.Config{KeepWindow: true}}})
	c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
	w.ok(w.a.SetsockoptInt(c, sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1234))
	if v, err := w.a.GetsockoptInt(c, sockets.SOL_SOCKET, sockets.SO_RCVBUF); v != 1234 || err != nil {
		t.Error(v, err)
	}
	w.listener(w.b, "10.0.0.2:80")
	w.ok(w.a.Connect(c, addr("10.0.0.2:80")))
	if i, err := w.a.TCPInfo(c); err != nil || i.ReceiveWindow < 60000 {
		t.Errorf("the window is %d, %v", i.ReceiveWindow, err)
	}
}

// SO_BINDTODEVICE restricts a socket to an interface.
func TestBindToDevice(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		s := w.bound(w.b, sockets.SOCK_DGRAM, "0.0.0.0:53")
		w.ok(w.b.SetsockoptDevice(s, "lo0"))
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		send := func() {
			_, err := w.a.Sendto(c, []byte("x"), 0, addr("10.0.0.2:53"))
			w.ok(err)
		}
		send()
		_, err := w.b.Recv(s, make([]byte, 1), sockets.MSG_DONTWAIT)
		w.want(err, sockets.EAGAIN)
		w.ok(w.b.SetsockoptDevice(s, ""))
		send()
		w.recv(w.b, s, 0, "x")
		index, err := w.b.IfNametoindex(w.ifb.Name())
		if err != nil || index != w.ifb.Index() {
			t.Error(index, err)
		}
		if name, err := w.b.IfIndextoname(index); name != w.ifb.Name() || err != nil {
			t.Error(name, err)
		}
	})
}

// groups is an api.Groups that takes what it is told.
type groups struct {
	joined []string
	refuse error
}

func (g *groups) label(ifc *netif.Interface, group netip.Addr) string {
	if ifc == nil {
		return group.String()
	}
	return group.String() + "%" + ifc.Name()
}

func (g *groups) Join(ifc *netif.Interface, group netip.Addr) error {
	if g.refuse != nil {
		return g.refuse
	}
	g.joined = append(g.joined, g.label(ifc, group))
	return nil
}

func (g *groups) Leave(ifc *netif.Interface, group netip.Addr) error {
	i := slices.Index(g.joined, g.label(ifc, group))
	g.joined = slices.Delete(g.joined, i, i+1)
	return nil
}

func TestMembership(t *testing.T) {
	g := &groups{}
	w := newWorld(t, setup{cfg: lwip.Config{API: api.Config{Groups: g}, Sockets: sockets.Config{MaxMemberships: 3}}})
	u := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	u6 := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
	group := func(fd, level, opt int, a string, index int) error {
		return w.a.SetsockoptGroup(fd, level, opt, sockets.Inet(netip.AddrPortFrom(netip.MustParseAddr(a), 0)), index)
	}
	joined := func(want ...string) {
		t.Helper()
		if !slices.Equal(g.joined, want) {
			t.Errorf("joined %v, want %v", g.joined, want)
		}
	}
	en := "%" + w.ifa.Name()
	w.ok(group(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, "224.1.1.1", 0))
	w.want(group(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, "224.1.1.1", 0), sockets.EADDRINUSE)
	w.ok(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, []byte{224, 1, 1, 1, 10, 0, 0, 1})) // struct ip_mreq
	w.ok(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "ff02::99", w.ifa.Index()))
	joined("224.1.1.1", "224.1.1.1"+en, "ff02::99"+en)
	w.want(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "ff02::98", 0), sockets.ENOMEM)
	w.want(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_LEAVE_GROUP, "ff02::99", 0), sockets.EADDRNOTAVAIL)
	w.ok(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_DROP_MEMBERSHIP, "ff02::99", w.ifa.Index()))
	joined("224.1.1.1", "224.1.1.1"+en)
	w.want(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "fd00::1", 0), sockets.EINVAL)
	w.want(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "ff02::98", 99), sockets.ENODEV)
	w.want(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, []byte{224, 1, 1, 1, 10, 0, 0, 9}), sockets.EADDRNOTAVAIL)
	w.want(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, []byte{224, 1, 1, 1, 10}), sockets.EINVAL)
	w.want(w.a.SetsockoptGroup(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, nil, 0), sockets.EFAULT)
	c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
	w.want(group(c, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, "224.1.1.1", 0), sockets.ENOPROTOOPT)
	w.want(group(u, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "ff02::98", 0), sockets.ENOPROTOOPT)
	g.refuse = errors.New("no")
	w.want(group(u, sockets.IPPROTO_IP, sockets.IP_ADD_MEMBERSHIP, "224.1.1.2", 0), sockets.EADDRNOTAVAIL)
	g.refuse = nil
	w.ok(w.a.Close(u))
	joined()
	for range 3 { // the limit counts only what is
		w.ok(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_JOIN_GROUP, "ff02::98", 0))
		w.ok(group(u6, sockets.IPPROTO_IPV6, sockets.IPV6_LEAVE_GROUP, "ff02::98", 0))
	}
}

// IP_MULTICAST_IF chooses by address or by index.
func TestMulticastInterface(t *testing.T) {
	w := newWorld(t, setup{})
	u := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
	get := func() (string, int) {
		t.Helper()
		var b [4]byte
		if n, err := w.a.Getsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_IF, b[:]); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		i, err := w.a.GetsockoptInt(u, sockets.IPPROTO_IPV6, sockets.IPV6_MULTICAST_IF)
		w.ok(err)
		return sockets.InetNtoa(b), i
	}
	w.ok(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_IF, []byte{10, 0, 0, 1}))
	if a, i := get(); a != "10.0.0.1" || i != w.ifa.Index() {
		t.Error(a, i)
	}
	w.want(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_IF, []byte{10, 0, 0, 9}), sockets.EADDRNOTAVAIL)
	w.ok(w.a.Setsockopt(u, sockets.IPPROTO_IP, sockets.IP_MULTICAST_IF, []byte{0, 0, 0, 0}))
	if a, i := get(); a != "0.0.0.0" || i != 0 {
		t.Error(a, i)
	}
	w.want(w.a.SetsockoptInt(u, sockets.IPPROTO_IPV6, sockets.IPV6_MULTICAST_IF, 99), sockets.ENODEV)
}
