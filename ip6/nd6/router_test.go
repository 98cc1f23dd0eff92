package nd6

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

func TestRouterAdvertisement(t *testing.T) {
	h := newHost(t, Config{StartDelay: -1, DADAttempts: -1})
	h.nd.Start(h.ifc, true)
	h.advance(0)
	var adv Advertisement
	h.nd.Listen(func(a *Advertisement) { adv = *a; adv.DNS = slices.Clone(a.DNS) })
	m := ra(byte(Managed|OtherConfig)|0x08, 1800,
		llOption(optSourceLL, peerHW),
		[]byte{optMTU, 1, 0, 0, 0, 0, 5, 0xdc - 100},
		prefixOption(netip.MustParsePrefix("2001:db8:5::/64"), prefixOnLink, 3600, 1800),
		append([]byte{optRDNSS, 3, 0, 0, 0, 0, 2, 0x58}, netip.MustParseAddr("2001:db8::53").AsSlice()...),
	)
	m[4] = 99
	binary.BigEndian.PutUint32(m[8:], 12000)
	binary.BigEndian.PutUint32(m[12:], 250)
	h.input(peerLL, allNodes, m)

	if adv.Flags != Managed|OtherConfig || adv.Router != peerLL || adv.Lifetime != 30*time.Minute || adv.Ifc != h.ifc {
		t.Errorf("told %+v", adv)
	}
	if want := []DNSServer{{netip.MustParseAddr("2001:db8::53"), 10 * time.Minute}}; !slices.Equal(adv.DNS, want) {
		t.Errorf("DNS %v", adv.DNS)
	}
	if h.ifc.MTU6() != 1400 {
		t.Errorf("MTU %d", h.ifc.MTU6())
	}
	l := h.nd.link(h.ifc)
	if h.nd.HopLimit(h.ifc) != 99 || l.reachable != 12*time.Second || l.retrans != 250*time.Millisecond {
		t.Errorf("hop limit %d, reachable %v, retrans %v", l.hopLimit, l.reachable, l.retrans)
	}
	if r := h.nd.Routers(); len(r) != 1 || r[0].Addr != peerLL || r[0].Preference != 1 {
		t.Errorf("routers %v", r)
	}
	if d := h.nd.Lookup(farGA, nil); d == nil || d.NextHop != peerLL {
		t.Errorf("far: %+v", d)
	}
	onLink := netip.MustParseAddr("2001:db8:5::1")
	if d := h.nd.Lookup(onLink, nil); d == nil || d.NextHop != onLink {
		t.Errorf("on link: %+v", d)
	}
	if n, _ := h.state(peerLL); n.State != Stale || !n.Router || n.HWAddr != peerHW {
		t.Errorf("neighbor %+v", n)
	}
	if fs := h.advance(time.Minute); len(fs) != 0 {
		t.Errorf("%d solicitations after an advertisement", len(fs))
	}
	h.advance(29 * time.Minute)
	if len(h.nd.Routers()) != 0 || h.nd.Lookup(farGA, nil) != nil {
		t.Error("router outlived its lifetime")
	}
	h.advance(30 * time.Minute)
	if h.nd.Lookup(onLink, nil) != nil {
		t.Error("prefix outlived its lifetime")
	}
	if h.q.Next() != timers.Never {
		t.Error("a timer is left")
	}
	h.checkLeaks()
}

func TestAdvertisementBounds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		opt   []byte
		check func(h *host) bool
	}{
		{"MTU below 1280", []byte{optMTU, 1, 0, 0, 0, 0, 4, 0xff}, func(h *host) bool { return h.ifc.MTU6() == 1500 }},
		{"MTU above the link's", []byte{optMTU, 1, 0, 0, 0, 0, 0x10, 0}, func(h *host) bool { return h.ifc.MTU6() == 1500 }},
		{"MTU of wrong length", []byte{optMTU, 2, 0, 0, 0, 0, 5, 0x78, 0, 0, 0, 0, 0, 0, 0, 0}, func(h *host) bool { return h.ifc.MTU6() == 1500 }},
		{"link-local prefix", prefixOption(netip.MustParsePrefix("fe80::/64"), 0xc0, 9, 9), func(h *host) bool { return len(h.nd.prefixes) == 0 }},
		{"multicast prefix", prefixOption(netip.MustParsePrefix("ff02::/64"), 0xc0, 9, 9), func(h *host) bool { return len(h.nd.prefixes) == 0 }},
		{"short prefix option", prefixOption(netip.MustParsePrefix("2001:db8::/64"), 0xc0, 9, 9)[:24:24], func(h *host) bool { return len(h.nd.prefixes) == 0 }},
		{"prefix of lifetime 0", prefixOption(netip.MustParsePrefix("2001:db8::/64"), 0xc0, 0, 0), func(h *host) bool { return len(h.nd.prefixes) == 0 }},
		{"not /64", prefixOption(netip.MustParsePrefix("2001:db8::/63"), prefixAuto, 900, 900), func(h *host) bool { return h.ifc.Addrs6()[1].State == netif.Invalid }},
		{"preferred above valid", prefixOption(netip.MustParsePrefix("2001:db8::/64"), prefixAuto, 900, 901), func(h *host) bool { return h.ifc.Addrs6()[1].State == netif.Invalid }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{StartDelay: -1, DADAttempts: -1, Autoconf: true})
			h.nd.Start(h.ifc, true)
			if tt.opt[0] == optPrefix && len(tt.opt) == 24 {
				tt.opt[1] = 3
			}
			h.input(peerLL, allNodes, ra(0, 0, tt.opt))
			if h.nd.Stats().InRA != 1 || !tt.check(h) {
				t.Errorf("taken: MTU %d, %v", h.ifc.MTU6(), h.nd.prefixes)
			}
			h.checkLeaks()
		})
	}
}

func TestRouterListBounds(t *testing.T) {
	h := readyHost(t, Config{Routers: 2, Prefixes: 2, Routes: 2})
	addr := func(i int) netip.Addr {
		return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 14: 1, 15: byte(i)})
	}
	for i := range 10 {
		pre := netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 7: byte(i)}), 64)
		h.input(addr(i), allNodes, ra(0, 1800, prefixOption(pre, prefixOnLink, 900, 900),
			[]byte{optRouteInfo, 2, 48, 0, 0, 0, 1, 0, 0x20, 2, 0, 0, 0, byte(i), 0, 0}))
	}
	if s := h.nd.Stats(); len(h.nd.Routers()) != 2 || s.RoutersFull != 8 || s.PrefixesFull != 8 || s.RoutesFull != 8 {
		t.Errorf("%d routers; %+v", len(h.nd.Routers()), s)
	}
	h.input(addr(50), allNodes, ra(0x08, 1800))
	if r := h.nd.Routers(); !slices.ContainsFunc(r, func(r Router) bool { return r.Addr == addr(50) }) {
		t.Errorf("a router of high preference found no room: %v", r)
	}
	h.checkLeaks()
}

// RFC 4861 §6.3.6, RFC 4191 §3.2: reachable first, then preference, then turns.
func TestRouterSelection(t *testing.T) {
	h := readyHost(t, Config{})
	r1, r2 := peerLL, netip.MustParseAddr("fe80::99")
	h.input(r1, allNodes, ra(0, 1800))
	h.input(r2, allNodes, ra(0, 1800))
	dst := func(i byte) netip.Addr { return netip.AddrFrom16([16]byte{0: 0x20, 15: i}) }
	a, b := h.nd.Lookup(dst(1), nil).NextHop, h.nd.Lookup(dst(2), nil).NextHop
	if a == b {
		t.Errorf("both destinations by %v: want turns while none is known to answer", a)
	}
	h.input(r2, allNodes, ra(0, 1800, llOption(optSourceLL, peerHW)))
	for i := byte(10); i < 14; i++ {
		if got := h.nd.Lookup(dst(i), nil).NextHop; got != r2 {
			t.Errorf("by %v, want the one known to answer", got)
		}
	}
	h.input(r1, allNodes, ra(0x08, 1800, llOption(optSourceLL, peerHW)))
	if got := h.nd.Lookup(dst(20), nil).NextHop; got != r1 {
		t.Errorf("by %v, want the preferred one", got)
	}
	h.input(r1, allNodes, ra(0x08, 0))
	if got := h.nd.Lookup(dst(20), nil).NextHop; got != r2 {
		t.Errorf("by %v after the router resigned", got)
	}
	// RFC 4861 §7.2.5: a router that says it is none.
	h.input(r2, ourLL, na(r2, naOverride, llOption(optTargetLL, peerHW)))
	if h.nd.Lookup(dst(20), nil) != nil {
		t.Error("a route by what is no router any more")
	}
	h.checkLeaks()
}

// A dead router is found out and another takes over.
func TestDeadRouter(t *testing.T) {
	h := readyHost(t, Config{})
	r1, r2 := peerLL, netip.MustParseAddr("fe80::99")
	h.input(r1, allNodes, ra(0x08, 1800, llOption(optSourceLL, peerHW)))
	h.input(r2, allNodes, ra(0, 1800, llOption(optSourceLL, peerHW)))
	d := h.nd.Lookup(farGA, nil)
	if d.NextHop != r1 {
		t.Fatalf("first by %v", d.NextHop)
	}
	h.nd.Output(h.ifc, h.packet(ourGA, farGA, 0), d.NextHop)
	h.advance(9 * time.Second)
	if d := h.nd.Lookup(farGA, nil); d == nil || d.NextHop != r2 {
		t.Errorf("after the first died: %+v", d)
	}
	h.checkLeaks()
}

func TestSetDefaultRouter(t *testing.T) {
	h := readyHost(t, Config{})
	h.nd.SetDefaultRouter(h.ifc, peerLL.WithZone("en0"))
	if d := h.nd.Lookup(farGA, nil); d == nil || d.NextHop != peerLL {
		t.Fatalf("%+v", d)
	}
	h.input(peerLL, allNodes, ra(0, 0))
	h.advance(24 * time.Hour)
	if h.nd.Lookup(farGA, nil) == nil {
		t.Error("the given router went away")
	}
	h.nd.SetDefaultRouter(h.ifc, netip.Addr{})
	if h.nd.Lookup(farGA, nil) != nil {
		t.Error("still there after removal")
	}
	h.checkLeaks()
}

func TestSLAAC(t *testing.T) {
	pre := netip.MustParsePrefix("2001:db8:7::/64")
	auto := netip.MustParseAddr("2001:db8:7::ff:fe00:1")
	h := newHost(t, Config{StartDelay: -1, Autoconf: true})
	h.nd.Start(h.ifc, true)
	h.advance(2 * time.Second)
	h.input(peerLL, allNodes, ra(0, 1800, prefixOption(pre, prefixOnLink|prefixAuto, 10000, 5000)))
	slot := h.ifc.FindAddr6(auto)
	if slot < 0 || h.ifc.Addrs6()[slot].State != netif.Tentative || !h.ifc.Addrs6()[slot].Auto {
		t.Fatalf("slot %d", slot)
	}
	at := func(d time.Duration, want netif.State6) {
		t.Helper()
		h.advance(d)
		if got := h.ifc.Addrs6()[slot].State; got != want {
			t.Errorf("at %v: %v, want %v", h.q.Now().Sub(h.start), got, want)
		}
	}
	at(time.Second, netif.Preferred)
	at(4998*time.Second, netif.Preferred)
	at(2*time.Second, netif.Deprecated)
	at(4998*time.Second, netif.Deprecated)
	at(2*time.Second, netif.Invalid)
	h.checkLeaks()

	off := newHost(t, Config{StartDelay: -1})
	off.nd.Start(off.ifc, true)
	off.input(peerLL, allNodes, ra(0, 1800, prefixOption(pre, prefixOnLink|prefixAuto, 10000, 5000)))
	if off.ifc.FindAddr6(auto) >= 0 {
		t.Error("an address that nobody asked for")
	}
	off.nd.SetAutoconf(off.ifc, true)
	off.input(peerLL, allNodes, ra(0, 1800, prefixOption(pre, prefixAuto, 10000, 5000)))
	if off.ifc.FindAddr6(auto) < 0 {
		t.Error("no address though asked for")
	}
	off.checkLeaks()
}

// RFC 4862 §5.5.3 (e).
func TestTwoHourRule(t *testing.T) {
	pre := netip.MustParsePrefix("2001:db8:7::/64")
	const hour = 3600
	for _, tt := range []struct {
		name       string
		first      uint32
		then, want uint32
	}{
		{"longer than remaining", 1 * hour, 3 * hour / 2, 3 * hour / 2},
		{"over two hours", 10 * hour, 3 * hour, 3 * hour},
		{"short, over two hours left: two hours", 10 * hour, 60, 2 * hour},
		{"zero, over two hours left: two hours", 10 * hour, 0, 2 * hour},
		{"short, under two hours left: ignored", 1 * hour, 60, 1 * hour},
		{"short, for ever left: two hours", 1<<32 - 1, 60, 2 * hour},
		{"for ever", 1 * hour, 1<<32 - 1, 1<<32 - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{StartDelay: -1, DADAttempts: -1, Autoconf: true})
			h.nd.Start(h.ifc, true)
			h.input(peerLL, allNodes, ra(0, 0, prefixOption(pre, prefixAuto, tt.first, 30)))
			h.input(peerLL, allNodes, ra(0, 0, prefixOption(pre, prefixAuto, tt.then, 0)))
			a := h.ifc.Addrs6()[1]
			want := h.q.Now().Add(time.Duration(tt.want) * time.Second)
			if tt.want == 1<<32-1 {
				want = timers.Never
			}
			if a.ValidUntil != want || a.State != netif.Deprecated {
				t.Errorf("valid until %v (%v), want %v", a.ValidUntil, a.State, want)
			}
			h.input(peerLL, allNodes, ra(0, 0, prefixOption(pre, prefixAuto, 4*hour, hour)))
			if a := h.ifc.Addrs6()[1]; a.State != netif.Preferred {
				t.Errorf("not preferred again: %v", a.State)
			}
			h.checkLeaks()
		})
	}
}

func TestRedirect(t *testing.T) {
	better := netip.MustParseAddr("fe80::77")
	betterHW := llOption(optTargetLL, [6]byte{2, 7, 7, 7, 7, 7})
	for _, tt := range []struct {
		name string
		src  netip.Addr
		msg  []byte
		want netip.Addr
		drop func(*Stats) uint64
	}{
		{"from the first hop", peerLL, redirect(better, farGA, betterHW), better, nil},
		{"destination is on the link", peerLL, redirect(farGA, farGA, betterHW), farGA, nil},
		{"not from the first hop", netip.MustParseAddr("fe80::66"), redirect(better, farGA, betterHW), peerLL, func(s *Stats) uint64 { return s.RedirectRejected }},
		{"not link-local", peerGA, redirect(better, farGA, betterHW), peerLL, func(s *Stats) uint64 { return s.BadSource }},
		{"unknown destination", peerLL, redirect(better, netip.MustParseAddr("2001:db8:ffff::a"), betterHW), peerLL, func(s *Stats) uint64 { return s.RedirectRejected }},
		{"global target", peerLL, redirect(peerGA, farGA), peerLL, func(s *Stats) uint64 { return s.BadTarget }},
		{"ourselves as target", peerLL, redirect(ourLL, farGA), peerLL, func(s *Stats) uint64 { return s.BadTarget }},
		{"multicast destination", peerLL, redirect(better, allNodes), peerLL, func(s *Stats) uint64 { return s.BadDestination }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := readyHost(t, Config{})
			h.nd.SetDefaultRouter(h.ifc, peerLL)
			h.nd.Lookup(farGA, nil)
			h.input(tt.src, ourLL, tt.msg)
			if got := h.nd.Lookup(farGA, nil).NextHop; got != tt.want {
				t.Errorf("next hop %v, want %v", got, tt.want)
			}
			s := h.nd.Stats()
			if tt.drop != nil && tt.drop(&s) != 1 {
				t.Errorf("not counted: %+v", s)
			}
			h.checkLeaks()
		})
	}
	h := readyHost(t, Config{NoRedirects: true})
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	h.nd.Lookup(farGA, nil)
	h.input(peerLL, ourLL, redirect(better, farGA, betterHW))
	if h.nd.Lookup(farGA, nil).NextHop != peerLL {
		t.Error("obeyed though switched off")
	}
	h.checkLeaks()
}

// The redirected hop's death brings the router back.
func TestRedirectedHopDies(t *testing.T) {
	h := readyHost(t, Config{})
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	h.nd.Lookup(farGA, nil)
	better := netip.MustParseAddr("fe80::77")
	h.input(peerLL, ourLL, redirect(better, farGA, llOption(optTargetLL, peerHW)))
	h.nd.Output(h.ifc, h.packet(ourGA, farGA, 0), better)
	h.advance(20 * time.Second)
	if got := h.nd.Lookup(farGA, nil).NextHop; got != peerLL {
		t.Errorf("next hop %v", got)
	}
	h.checkLeaks()
}
