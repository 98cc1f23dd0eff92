package nd6

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// lwIP, measured: at 1.0 NS from :: and RS from ::; 2.0 address preferred; RS
// at 5.0 and 9.0 with source.
func TestLinkUpTimeline(t *testing.T) {
	h := newHost(t, Upstream())
	var preferred time.Duration
	h.ifs.Listen(func(ev netif.Event) {
		if ev.Kind == netif.Addr6State && ev.Ifc.Addrs6()[ev.Slot].State == netif.Preferred {
			preferred = h.q.Now().Sub(h.start)
		}
	})
	h.nd.Start(h.ifc, true)
	if a := h.ifc.Addrs6()[0]; a.Addr != ourLL || a.State != netif.Tentative {
		t.Fatalf("slot 0: %v %v", a.Addr, a.State)
	}
	fs := h.advance(time.Minute)
	type event struct {
		at   time.Duration
		typ  byte
		from netip.Addr
	}
	var got []event
	for _, f := range fs {
		h.judge(f)
		src, _ := netip.AddrFromSlice(f.Layer(layers.LayerTypeIPv6).(*layers.IPv6).SrcIP)
		got = append(got, event{f.at, f.raw[54], src})
	}
	want := []event{
		{time.Second, NeighborSolicitation, unspecified},
		{time.Second, RouterSolicitation, unspecified},
		{5 * time.Second, RouterSolicitation, ourLL},
		{9 * time.Second, RouterSolicitation, ourLL},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if preferred != 2*time.Second {
		t.Errorf("preferred at %v, want 2s", preferred)
	}
	if _, dst, target := h.solicitation(fs[0]); dst != SolicitedNode(ourLL) || target != ourLL {
		t.Errorf("probe to %v for %v", dst, target)
	}
	if n := len(fs[0].raw); n != 14+40+24 {
		t.Errorf("probe of %d bytes, want no options", n)
	}
	if n := len(fs[1].raw); n != 14+40+8 {
		t.Errorf("RS from :: of %d bytes, want no options", n)
	}
	if h.q.Next() != timers.Never {
		t.Error("a timer is left")
	}
	if h.ifc.Addrs6()[0].Probes != 1 {
		t.Errorf("%d probes counted", h.ifc.Addrs6()[0].Probes)
	}
	h.checkLeaks()
}

func TestDADRandomDelayAndAttempts(t *testing.T) {
	h := newHost(t, Config{DADAttempts: 3})
	h.nd.Start(h.ifc, true)
	var at []time.Duration
	for _, f := range h.advance(time.Minute) {
		if f.raw[54] == NeighborSolicitation {
			at = append(at, f.at)
		}
	}
	if len(at) != 3 || at[0] >= time.Second || at[1]-at[0] != time.Second || at[2]-at[1] != time.Second {
		t.Errorf("probes at %v", at)
	}
	h.checkLeaks()
}

func TestDADOff(t *testing.T) {
	h := newHost(t, Config{DADAttempts: -1, NoRouterDiscovery: true})
	h.nd.Start(h.ifc, true)
	slot, err := h.nd.AddAddress(h.ifc, netip.PrefixFrom(ourGA, 64))
	if err != nil || slot != 1 {
		t.Fatal(slot, err)
	}
	if !h.ifc.Owns(ourLL) || !h.ifc.Owns(ourGA) {
		t.Error("not preferred at once")
	}
	if fs := h.advance(time.Hour); len(fs) != 0 {
		t.Errorf("%d frames", len(fs))
	}
	h.checkLeaks()
}

// probing returns a host whose ourGA is being probed for, one probe out.
func probing(t *testing.T, cfg Config) (*host, int) {
	cfg.StartDelay, cfg.NoRouterDiscovery = -1, true
	h := newHost(t, cfg)
	h.nd.Start(h.ifc, false)
	slot, err := h.nd.AddAddress(h.ifc, netip.PrefixFrom(ourGA, 64))
	if err != nil {
		t.Fatal(err)
	}
	fs := h.advance(time.Millisecond)
	if len(fs) != 1 {
		t.Fatalf("%d probes", len(fs))
	}
	return h, slot
}

func TestDADConflicts(t *testing.T) {
	sn := SolicitedNode(ourGA)
	for _, tt := range []struct {
		name string
		src  netip.Addr
		dst  netip.Addr
		msg  []byte
		want netif.State6
	}{
		{"NA for the address (RFC 4862 §5.4.4)", ourGA, allNodes, na(ourGA, naOverride, llOption(optTargetLL, peerHW)), netif.Duplicated},
		{"probe for the address (§5.4.3)", unspecified, sn, ns(ourGA), netif.Duplicated},
		{"probe with another nonce (RFC 7527)", unspecified, sn, ns(ourGA, []byte{optNonce, 1, 1, 2, 3, 4, 5, 6}), netif.Duplicated},
		{"resolution of the address: ignored", peerLL, sn, ns(ourGA, llOption(optSourceLL, peerHW)), netif.Preferred},
		{"probe not to the solicited-node group", unspecified, allNodes, ns(ourGA), netif.Preferred},
		{"probe for another address", unspecified, SolicitedNode(peerGA), ns(peerGA), netif.Preferred},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, slot := probing(t, Config{})
			h.input(tt.src, tt.dst, tt.msg)
			h.advance(5 * time.Second)
			if got := h.ifc.Addrs6()[slot].State; got != tt.want {
				t.Errorf("state %v, want %v", got, tt.want)
			}
			if d := h.nd.Stats().Duplicates; (d == 1) != (tt.want == netif.Duplicated) {
				t.Errorf("Duplicates = %d", d)
			}
			h.checkLeaks()
		})
	}
}

// RFC 7527: a probe that comes back is not somebody else's.
func TestDADLoopedProbe(t *testing.T) {
	h := newHost(t, Config{StartDelay: -1, NoRouterDiscovery: true})
	h.nd.Start(h.ifc, true)
	fs := h.advance(0)
	if len(fs) != 1 || len(fs[0].raw) != 14+40+24+8 {
		t.Fatalf("%d frames; want one probe with a nonce", len(fs))
	}
	h.input(unspecified, SolicitedNode(ourLL), fs[0].raw[54:])
	h.advance(5 * time.Second)
	if got := h.ifc.Addrs6()[0].State; got != netif.Preferred {
		t.Errorf("state %v", got)
	}
	if h.nd.Stats().LoopedProbe != 1 {
		t.Error("not counted")
	}
	h.checkLeaks()
}

// RFC 4862 §5.4.3: an address in use is defended, to all nodes, unsolicited.
func TestDefence(t *testing.T) {
	h := readyHost(t, Config{})
	h.sent()
	h.input(unspecified, SolicitedNode(ourGA), ns(ourGA))
	fs := h.sent()
	if len(fs) != 1 {
		t.Fatalf("%d answers", len(fs))
	}
	h.judge(fs[0])
	m := fs[0].Layer(layers.LayerTypeICMPv6NeighborAdvertisement).(*layers.ICMPv6NeighborAdvertisement)
	v6 := fs[0].Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	if m.Flags != naOverride || v6.DstIP.String() != "ff02::1" || m.TargetAddress.String() != ourGA.String() {
		t.Errorf("flags %x to %v", m.Flags, v6.DstIP)
	}
	h.input(peerGA, allNodes, na(ourGA, naOverride, llOption(optTargetLL, peerHW)))
	if !h.ifc.Owns(ourGA) || h.nd.Stats().AddressConflict != 1 {
		t.Error("a forged advertisement took the address away, or was not counted")
	}
	h.checkLeaks()
}

// RFC 4862 §5.4.5: the link-local address's duplicate takes along those with the
// same identifier, and no routers are asked for.
func TestDuplicateLinkLocal(t *testing.T) {
	h := newHost(t, Config{StartDelay: -1, Autoconf: true})
	h.nd.Start(h.ifc, true)
	h.advance(0)
	h.input(peerLL, allNodes, ra(0, 1800, prefixOption(netip.MustParsePrefix("2001:db8:1::/64"), 0xc0, 86400, 3600)))
	h.input(unspecified, SolicitedNode(ourLL), ns(ourLL))
	fs := h.advance(time.Minute)
	for slot := range 2 {
		if got := h.ifc.Addrs6()[slot].State; got != netif.Duplicated {
			t.Errorf("slot %d: %v", slot, got)
		}
	}
	for _, f := range fs {
		if f.raw[54] == RouterSolicitation {
			t.Error("router solicitation without a link-local address")
		}
	}
	h.checkLeaks()
}

// RFC 7217: another identifier is tried, and the same one comes again.
func TestStableIdentifier(t *testing.T) {
	cfg := Config{StartDelay: -1, NoRouterDiscovery: true, StableSecret: [16]byte{1}}
	h := newHost(t, cfg)
	h.nd.Start(h.ifc, true)
	first := h.ifc.LinkLocal6()
	if first == ourLL || !first.IsLinkLocalUnicast() {
		t.Fatalf("address %v", first)
	}
	h.advance(0)
	h.input(unspecified, SolicitedNode(first), ns(first))
	second := h.ifc.LinkLocal6()
	if second == first || h.ifc.Addrs6()[0].State != netif.Tentative {
		t.Fatalf("no second try: %v", second)
	}
	h.advance(5 * time.Second)
	if !h.ifc.Owns(second) {
		t.Error("second address not preferred")
	}
	g := newHost(t, cfg)
	g.nd.Start(g.ifc, true)
	if got := g.ifc.LinkLocal6(); got != first {
		t.Errorf("another host, same secret and name: %v, want %v", got, first)
	}
	h.checkLeaks()
	g.checkLeaks()
}

func TestDownAndUp(t *testing.T) {
	h := newHost(t, Config{StartDelay: -1})
	h.nd.Start(h.ifc, true)
	h.nd.AddAddress(h.ifc, netip.PrefixFrom(ourGA, 64))
	h.advance(20 * time.Second)
	h.input(peerLL, allNodes, ra(0, 1800, llOption(optSourceLL, peerHW)))
	h.reach()
	h.output(netip.MustParseAddr("2001:db8::77"), 0)
	h.sent()
	h.ifc.SetLink(false)
	n := 0
	h.nd.Neighbors(func(Neighbor) bool { n++; return true })
	if n != 0 || len(h.nd.Routers()) != 0 || h.nd.Stats().Flushed != 1 {
		t.Errorf("%d neighbors, %d routers, %d flushed", n, len(h.nd.Routers()), h.nd.Stats().Flushed)
	}
	if h.nd.Lookup(peerGA, nil) != nil {
		t.Error("a route over a link that is down")
	}
	if fs := h.advance(time.Minute); len(fs) != 0 || h.q.Next() != timers.Never {
		t.Error("activity while down")
	}
	h.ifc.SetLink(true)
	if !h.ifc.Owns(ourGA) {
		t.Error("address lost")
	}
	types := map[byte]int{}
	for _, f := range h.advance(time.Minute) {
		types[f.raw[54]]++
	}
	if types[NeighborSolicitation] != 2 || types[RouterSolicitation] != 3 {
		t.Errorf("sent %v, want two probes and three RS", types)
	}
	if h.nd.Lookup(peerGA, nil) == nil {
		t.Error("no route after link up")
	}
	h.checkLeaks()
}

func TestRemoveAddress(t *testing.T) {
	h, slot := probing(t, Config{})
	if err := h.nd.RemoveAddress(h.ifc, ourGA); err != nil {
		t.Fatal(err)
	}
	if h.ifc.Addrs6()[slot].State != netif.Invalid || h.q.Next() != timers.Never {
		t.Error("still there, or still probed for")
	}
	if err := h.nd.RemoveAddress(h.ifc, ourGA); err != netif.ErrNoSuchAddr {
		t.Errorf("got %v", err)
	}
	if _, err := h.nd.AddAddress(h.ifc, netip.MustParsePrefix("10.0.0.1/8")); err == nil {
		t.Error("IPv4 address taken")
	}
	h.checkLeaks()
}
