package ip6

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

func TestRoute(t *testing.T) {
	h := newHost(t, Config{})
	tun, _ := h.addInterface(netif.Properties{Framing: netif.IP, MTU: 1400})
	h.nd.Start(tun, true)
	tunGA := netip.MustParseAddr("2001:db8:77::1")
	h.addAddress(tun, netip.PrefixFrom(tunGA, 64))
	none := netip.Addr{}
	for _, tt := range []struct {
		name     string
		dst, src netip.Addr
		ifc      *netif.Interface
		want     ip.Route
		err      error
	}{
		{"on link", peerGA, none, nil, ip.Route{Ifc: h.ifc, Src: ourGA, MTU: 1500}, nil},
		{"by the router", farGA, none, nil, ip.Route{Ifc: h.ifc, Src: ourGA, MTU: 1500}, nil},
		{"link-local with interface", peerLL, none, h.ifc, ip.Route{Ifc: h.ifc, Src: ourLL, MTU: 1500}, nil},
		{"link-local, the source names the link", peerLL, tun.LinkLocal6(), nil, ip.Route{Ifc: tun, Src: tun.LinkLocal6(), MTU: 1400}, nil},
		{"link-local, default interface", peerLL, none, nil, ip.Route{Ifc: h.ifc, Src: ourLL, MTU: 1500}, nil},
		{"group", aGroup, none, tun, ip.Route{Ifc: tun, Src: tun.LinkLocal6(), MTU: 1400}, nil},
		{"tunnel prefix", netip.MustParseAddr("2001:db8:77::9"), none, nil, ip.Route{Ifc: tun, Src: tunGA, MTU: 1400}, nil},
		{"through the tunnel", farGA, none, tun, ip.Route{Ifc: tun, Src: tunGA, MTU: 1400}, nil},
		{"another interface's source", farGA, tunGA, nil, ip.Route{Ifc: h.ifc, Src: tunGA, MTU: 1500}, nil},
		{"source that is not ours", farGA, peerGA, nil, ip.Route{}, ip.ErrNoSource},
		{"another link's link-local source", farGA, tun.LinkLocal6(), nil, ip.Route{}, ip.ErrNoSource},
		{"IPv4", netip.MustParseAddr("10.0.0.1"), none, nil, ip.Route{}, ip.ErrNoRoute},
		{"IPv4-mapped", netip.MustParseAddr("::ffff:10.0.0.1"), none, nil, ip.Route{}, ip.ErrNoRoute},
		{"loopback without an interface", loopback, none, nil, ip.Route{}, ip.ErrNoRoute},
		{"interface-local group without loopback", netip.MustParseAddr("ff01::1"), none, nil, ip.Route{}, ip.ErrNoRoute},
	} {
		for range 2 { // the second time from the cache
			got, err := h.p.Route(tt.dst, tt.src, tt.ifc)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, err, tt.want, tt.err)
			}
		}
	}
	h.ifc.SetUp(false)
	tun.SetUp(false)
	if _, err := h.p.Route(peerLL, none, nil); !errors.Is(err, ip.ErrNoRoute) {
		t.Errorf("all down: %v", err)
	}
	h.checkLeaks()
}

func TestRouteWithoutAddress(t *testing.T) {
	h := newHost(t, Config{})
	h.nd.RemoveAddress(h.ifc, ourGA)
	h.nd.RemoveAddress(h.ifc, ourLL)
	if _, err := h.p.Route(farGA, netip.Addr{}, nil); !errors.Is(err, ip.ErrNoSource) {
		t.Errorf("%v", err)
	}
	h.checkLeaks()
}

func TestRouteHooks(t *testing.T) {
	var tun *netif.Interface
	odd := netip.MustParseAddr("2001:db8::42")
	h := newHost(t, Config{
		Route: func(src, dst netip.Addr) *netif.Interface {
			if dst == farGA {
				return tun
			}
			return nil
		},
		Source: func(ifc *netif.Interface, dst netip.Addr) netip.Addr {
			if dst == farGA {
				return odd
			}
			return netip.Addr{}
		},
	})
	tun, _ = h.addInterface(netif.Properties{Framing: netif.IP})
	if r, err := h.p.Route(farGA, netip.Addr{}, nil); err != nil || r.Ifc != tun || r.Src != odd {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := h.p.Route(peerGA, netip.Addr{}, nil); err != nil || r.Ifc != h.ifc || r.Src != ourGA {
		t.Errorf("%+v, %v", r, err)
	}
	h.checkLeaks()
}

// RFC 6724 §10.1, the examples, and §5 rule by rule.
func TestSourceSelection(t *testing.T) {
	type addr struct {
		prefix string
		state  netif.State6
	}
	ok := func(list ...string) (out []addr) {
		for _, p := range list {
			out = append(out, addr{p, netif.Preferred})
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		addrs []addr
		dst   string
		want  string
	}{
		{"appropriate scope", ok("2001:db8:3::1/64", "fe80::1/64"), "2001:db8:1::1", "2001:db8:3::1"},
		{"appropriate scope, link-local group", ok("2001:db8:3::1/64", "fe80::1/64"), "ff02::1", "fe80::1"},
		{"global group", ok("2001:db8:3::1/64", "fe80::1/64"), "ff0e::1", "2001:db8:3::1"},
		{"same address", ok("2001:db8:1::1/64", "2001:db8:2::1/64"), "2001:db8:2::1", "2001:db8:2::1"},
		{"longest matching prefix", ok("2001:db8:1::2/64", "2001:db8:3::2/64"), "2001:db8:1::1", "2001:db8:1::2"},
		{"longest match, other order", ok("2001:db8:3::2/64", "2001:db8:1::2/64"), "2001:db8:1::1", "2001:db8:1::2"},
		{"deprecated avoided", []addr{{"2001:db8:1::2/64", netif.Deprecated}, {"2001:db8:3::2/64", netif.Preferred}}, "2001:db8:1::1", "2001:db8:3::2"},
		{"deprecated if nothing else", []addr{{"2001:db8:1::2/64", netif.Deprecated}, {"fe80::1/64", netif.Preferred}}, "2001:db8:9::1", "2001:db8:1::2"},
		{"tentative never", []addr{{"2001:db8:1::2/64", netif.Tentative}, {"2001:db8:3::2/64", netif.Preferred}}, "2001:db8:1::1", "2001:db8:3::2"},
		{"matching label, 6to4", ok("2002:c633:6401::2/64", "2001:db8:1::2/64"), "2002:c633:6401::1", "2002:c633:6401::2"},
		{"matching label, native", ok("2002:c633:6401::2/64", "2001:db8:1::2/64"), "2001:db8:9::1", "2001:db8:1::2"},
		{"matching label, unique local", ok("2001:db8:1::2/64", "fd00:1::2/64"), "fd99::1", "fd00:1::2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.nd.RemoveAddress(h.ifc, ourGA)
			h.nd.RemoveAddress(h.ifc, ourLL)
			for _, a := range tt.addrs {
				pre := netip.MustParsePrefix(a.prefix)
				h.addAddress(h.ifc, pre)
				h.ifc.SetAddr6State(h.ifc.FindAddr6(pre.Addr()), a.state)
			}
			if got := h.p.selectSource(h.ifc, netip.MustParseAddr(tt.dst)); got.String() != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			h.checkLeaks()
		})
	}
}

// Rule 5: the outgoing interface's address before a better match elsewhere.
func TestSourceOfOutgoingInterface(t *testing.T) {
	h := newHost(t, Config{})
	tun, _ := h.addInterface(netif.Properties{Framing: netif.IP})
	h.addAddress(tun, netip.MustParsePrefix("2001:db8:ffff::1/64"))
	if got := h.p.selectSource(h.ifc, farGA); got != ourGA {
		t.Errorf("got %v", got)
	}
	h.nd.RemoveAddress(h.ifc, ourGA)
	if got := h.p.selectSource(h.ifc, farGA); got.String() != "2001:db8:ffff::1" {
		t.Errorf("got %v: want the other interface's", got)
	}
	if got := h.p.selectSource(h.ifc, aGroup); got != ourLL {
		t.Errorf("got %v for a group", got)
	}
	h.checkLeaks()
}
