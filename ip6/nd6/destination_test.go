package nd6

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/netif"
)

func TestPathMTU(t *testing.T) {
	h := readyHost(t, Config{})
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	if h.nd.LowerMTU(farGA, h.ifc, 1300) {
		t.Error("a destination nothing was sent to was remembered")
	}
	mtu := func() int { return h.nd.MTU(h.nd.Lookup(farGA, nil)) }
	if mtu() != 1500 {
		t.Fatalf("MTU %d", mtu())
	}
	for _, tt := range []struct {
		mtu, want int
		news      bool
	}{
		{1279, 1500, false}, {0, 1500, false}, {9000, 1500, false},
		{1400, 1400, true}, {1400, 1400, false}, {1450, 1400, false}, {1280, 1280, true},
	} {
		if got := h.nd.LowerMTU(farGA, h.ifc, tt.mtu); got != tt.news || mtu() != tt.want {
			t.Errorf("LowerMTU(%d) = %v, MTU %d; want %v, %d", tt.mtu, got, mtu(), tt.news, tt.want)
		}
	}
	h.advance(10 * time.Minute)
	if mtu() != 1500 {
		t.Errorf("MTU %d after ten minutes", mtu())
	}
	h.checkLeaks()
}

func TestLookupOwn(t *testing.T) {
	h := readyHost(t, Config{})
	if d := h.nd.Lookup(ourGA, nil); d == nil || d.Ifc != h.ifc || !d.Local {
		t.Errorf("own address without loopback: %+v", d)
	}
	lo, _ := h.addInterface(netif.Properties{Framing: netif.IP, Loopback: true})
	h.nd.Start(lo, true)
	if lo.LinkLocal6().IsValid() {
		t.Error("link-local address on loopback")
	}
	if d := h.nd.Lookup(ourGA, nil); d == nil || d.Ifc != lo {
		t.Errorf("%+v", d)
	}
	if d := h.nd.Lookup(ourLL, h.ifc); d == nil || d.Ifc != lo {
		t.Errorf("%+v", d)
	}
	h.ifs.Remove(lo)
	if d := h.nd.Lookup(ourGA, nil); d == nil || !d.Local {
		t.Errorf("after removal of loopback: %+v", d)
	}
	h.checkLeaks()
}

func TestLookupScopes(t *testing.T) {
	h := readyHost(t, Config{})
	if h.nd.Lookup(peerLL, nil) != nil {
		t.Error("link-local without interface")
	}
	if d := h.nd.Lookup(peerLL, h.ifc); d == nil || d.NextHop != peerLL {
		t.Errorf("%+v", d)
	}
	if d := h.nd.Lookup(allNodes, h.ifc); d == nil || d.NextHop != allNodes {
		t.Errorf("%+v", d)
	}
	if h.nd.Lookup(netip.IPv6Loopback(), nil) != nil || h.nd.Lookup(unspecified, h.ifc) != nil {
		t.Error("::1 or :: routed")
	}
	tun, _ := h.addInterface(netif.Properties{Framing: netif.IP})
	if d := h.nd.Lookup(farGA, tun); d == nil || d.Ifc != tun || d.NextHop != farGA {
		t.Errorf("point to point: %+v", d)
	}
	if h.nd.Lookup(farGA, nil) != nil {
		t.Error("a tunnel that is not the default carries everything")
	}
	h.ifs.SetDefault(tun)
	h.nd.changed()
	if d := h.nd.Lookup(farGA, nil); d == nil || d.Ifc != tun {
		t.Errorf("default tunnel: %+v", d)
	}
	h.ifs.Remove(tun)
	h.checkLeaks()
}

func TestGatewayHook(t *testing.T) {
	gw := netip.MustParseAddr("fe80::abcd")
	h := readyHost(t, Config{Gateway: func(_ *netif.Interface, dst netip.Addr) netip.Addr {
		if dst == farGA {
			return gw
		}
		return netip.Addr{}
	}})
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	if got := h.nd.Lookup(farGA, nil).NextHop; got != gw {
		t.Errorf("by %v", got)
	}
	if got := h.nd.Lookup(netip.MustParseAddr("2001:db9::1"), nil).NextHop; got != peerLL {
		t.Errorf("by %v", got)
	}
	h.checkLeaks()
}

// The destination cache stays within its bound and tells the truth.
func TestDestinationCacheBound(t *testing.T) {
	h := readyHost(t, Config{Destinations: 4})
	for i := range 1000 {
		dst := netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 13: 1, 14: byte(i >> 8), 15: byte(i)})
		if d := h.nd.Lookup(dst, nil); d == nil || d.NextHop != dst {
			t.Fatalf("%v: %+v", dst, d)
		}
		if len(h.nd.dests) > 4 || len(h.nd.destList) > 4 {
			t.Fatalf("%d entries", len(h.nd.dests))
		}
	}
	h.checkLeaks()
}

// Routes against the obvious model: the longest prefix wins, on-link before
// gateway.
func TestRoutesAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := readyHost(t, Config{Destinations: 8})
		type entry struct {
			pre netip.Prefix
			gw  netip.Addr
		}
		model := map[netip.Prefix]entry{}
		addr := func(label string) netip.Addr {
			b := rapid.SliceOfN(rapid.Byte(), 2, 2).Draw(rt, label)
			return netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: b[0] & 3, 3: b[1] & 3, 15: 1})
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 2).Draw(rt, "op") {
			case 0:
				pre := netip.PrefixFrom(addr("prefix"), rapid.IntRange(1, 40).Draw(rt, "bits")).Masked()
				gw := netip.Addr{}
				if rapid.Bool().Draw(rt, "gateway") {
					gw = netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: rapid.Byte().Draw(rt, "gw") | 1})
				}
				if err := h.nd.AddRoute(h.ifc, pre, gw); err != nil {
					rt.Fatal(err)
				}
				model[pre] = entry{pre, gw}
			case 1:
				pre := netip.PrefixFrom(addr("prefix"), rapid.IntRange(1, 40).Draw(rt, "bits")).Masked()
				err := h.nd.RemoveRoute(h.ifc, pre)
				if _, ok := model[pre]; ok != (err == nil) {
					rt.Fatalf("removal: %v", err)
				}
				delete(model, pre)
			case 2:
				dst := addr("dst")
				var best *entry
				for _, e := range model {
					if e.pre.Contains(dst) && (best == nil || e.pre.Bits() > best.pre.Bits()) {
						best = &e
					}
				}
				d := h.nd.Lookup(dst, nil)
				switch {
				case best == nil:
					if d != nil {
						rt.Fatalf("%v: %+v, want no route", dst, d)
					}
				case d == nil:
					rt.Fatalf("%v: no route, want %+v", dst, best)
				case best.gw.IsValid() && d.NextHop != best.gw, !best.gw.IsValid() && d.NextHop != dst:
					rt.Fatalf("%v by %v, want %+v", dst, d.NextHop, best)
				}
			}
		}
	})
}

func TestAddRouteErrors(t *testing.T) {
	h := readyHost(t, Config{Routes: 1})
	pre := netip.MustParsePrefix("2001:db8:1::/48")
	if err := h.nd.AddRoute(h.ifc, netip.Prefix{}, peerLL); err != ErrBadEntry {
		t.Error(err)
	}
	if err := h.nd.AddRoute(h.ifc, pre, allNodes); err != ErrBadEntry {
		t.Error(err)
	}
	if err := h.nd.AddRoute(h.ifc, pre, peerLL); err != nil {
		t.Error(err)
	}
	if err := h.nd.AddRoute(h.ifc, pre, ourLL); err != nil {
		t.Error("replacing:", err)
	}
	if err := h.nd.AddRoute(h.ifc, netip.MustParsePrefix("2001:db8:2::/48"), peerLL); err != ErrFull {
		t.Error(err)
	}
	h.checkLeaks()
}
