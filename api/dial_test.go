package api

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/golwip/lwip/ip"
)

// fakeResolver knows one host and one service.
type fakeResolver struct{ addrs []netip.Addr }

func (r fakeResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host != "two.example" {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return r.addrs, nil
}

func (r fakeResolver) LookupPort(_ context.Context, network, service string) (int, error) {
	if network == "tcp" && service == "http" {
		return 80, nil
	}
	return 0, &net.AddrError{Err: "unknown port", Addr: service}
}

func TestParse(t *testing.T) {
	p := &Protocol{cfg: Config{Resolver: fakeResolver{[]netip.Addr{
		netip.MustParseAddr("fd00::2"), netip.MustParseAddr("10.0.0.2"),
	}}}}
	for _, x := range []struct {
		network, address string
		why              purpose
		want             string // addresses, or an error
		proto            ip.Proto
	}{
		{"tcp", "10.0.0.1:80", forDial, "10.0.0.1:80", ip.TCP},
		{"tcp4", "[fd00::1]:80", forDial, "error", ip.TCP},
		{"tcp6", "[fd00::1]:80", forDial, "[fd00::1]:80", ip.TCP},
		{"tcp6", "10.0.0.1:80", forDial, "error", ip.TCP},
		{"tcp", "[::ffff:10.0.0.1]:80", forDial, "10.0.0.1:80", ip.TCP},
		{"tcp", "[fe80::1%en0]:http", forDial, "[fe80::1%en0]:80", ip.TCP},
		{"tcp", "two.example:80", forDial, "[fd00::2]:80 10.0.0.2:80", ip.TCP},
		{"tcp4", "two.example:80", forDial, "10.0.0.2:80", ip.TCP},
		{"tcp", "localhost:1", forDial, "127.0.0.1:1 [::1]:1", ip.TCP},
		{"tcp6", "localhost:1", forDial, "[::1]:1", ip.TCP},
		{"tcp", ":80", forDial, "127.0.0.1:80 [::1]:80", ip.TCP},
		{"tcp", "0.0.0.0:80", forDial, "127.0.0.1:80", ip.TCP},
		{"tcp", "[::]:80", forDial, "[::1]:80", ip.TCP},
		{"tcp", ":80", forListen, "invalid AddrPort", ip.TCP},
		{"tcp4", ":80", forListen, "0.0.0.0:80", ip.TCP},
		{"tcp6", ":80", forListen, "[::]:80", ip.TCP},
		{"udp", "", forListen, "invalid AddrPort", ip.UDP},
		{"udp", "10.0.0.1:http", forDial, "error", ip.UDP},
		{"udp4", "10.0.0.1:0", forListen, "10.0.0.1:0", ip.UDP},
		{"ip4:icmp", "10.0.0.1", forDial, "10.0.0.1:0", ip.ICMP},
		{"ip6:ipv6-icmp", "fd00::1", forDial, "[fd00::1]:0", ip.ICMPv6},
		{"ip:89", "10.0.0.1", forListen, "10.0.0.1:0", 89},
		{"ip4", "10.0.0.1", forDial, "error", 0},
		{"ip4:nope", "10.0.0.1", forDial, "error", 0},
		{"tcp:6", "10.0.0.1:1", forDial, "error", 0},
		{"tcp5", "10.0.0.1:1", forDial, "error", 0},
		{"unix", "/tmp/x", forDial, "error", 0},
		{"", "", forDial, "error", 0},
		{"tcp", "", forDial, "error", 0},
		{"tcp", "10.0.0.1", forDial, "error", 0},
		{"tcp", "10.0.0.1:65536", forDial, "error", 0},
		{"tcp", "10.0.0.1:-1", forDial, "error", 0},
		{"tcp", "nowhere.example:1", forDial, "error", 0},
	} {
		w, list, err := p.parse(t.Context(), x.network, x.address, x.why)
		got := "error"
		if err == nil {
			got = ""
			for i, a := range list {
				if i > 0 {
					got += " "
				}
				got += a.String()
			}
			proto := w.transport
			if proto == 0 {
				proto = w.proto
			}
			if proto != x.proto {
				t.Errorf("%q %q: protocol %d, want %d", x.network, x.address, proto, x.proto)
			}
		}
		if x.want == "invalid AddrPort" && err == nil && !list[0].Addr().IsValid() {
			continue
		}
		if got != x.want {
			t.Errorf("%q %q: %s (%v), want %s", x.network, x.address, got, err, x.want)
		}
	}
}

// A name without a resolver is not found, literals work.
func TestNoResolver(t *testing.T) {
	a, b := pair(t, setup{})
	_, err := a.api.Dial("tcp", "host.example:80")
	var dns *net.DNSError
	if !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("got %v", err)
	}
	_, err = a.api.Dial("unix", "/tmp/x")
	var unknown net.UnknownNetworkError
	if !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
	_, err = a.api.Listen("udp", ":1")
	if !errors.As(err, &unknown) {
		t.Errorf("Listen on udp: %v", err)
	}
	_ = b
}

// A host's addresses are tried until one answers.
func TestDialTriesAll(t *testing.T) {
	a, b := pair(t, setup{api: Config{Resolver: fakeResolver{[]netip.Addr{
		netip.MustParseAddr("fd00::2"), netip.MustParseAddr("10.0.0.2"),
	}}}})
	l, err := b.api.Listen("tcp4", ":80")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := a.api.Dial("tcp", "two.example:http")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.RemoteAddr().String(); got != "10.0.0.2:80" {
		t.Errorf("connected to %s", got)
	}
}

// "tcp" takes both families, "tcp4" and "tcp6" their own.
func TestListenFamilies(t *testing.T) {
	a, b := pair(t, setup{})
	for _, x := range []struct {
		network string
		v4, v6  error
	}{
		{"tcp", nil, nil},
		{"tcp4", nil, syscall.ECONNREFUSED},
		{"tcp6", syscall.ECONNREFUSED, nil},
	} {
		l, err := b.api.Listen(x.network, ":81")
		if err != nil {
			t.Fatal(err)
		}
		for addr, fail := range map[string]error{
			"10.0.0.2:81": x.v4, "[fd00::2]:81": x.v6, "[fe80::2%" + a.ifc.Name() + "]:81": x.v6,
		} {
			c, err := a.api.Dial("tcp", addr)
			if fail != nil {
				want(t, err, fail)
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", x.network, addr, err)
				continue
			}
			s, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if c.LocalAddr().String() != s.RemoteAddr().String() && c.LocalAddr().(*net.TCPAddr).Zone == "" {
				t.Errorf("%v and %v are not the same", c.LocalAddr(), s.RemoteAddr())
			}
			c.Close()
			s.Close()
		}
		l.Close()
	}
}
