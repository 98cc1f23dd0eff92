package nd6

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/golwip/lwip/ip"

	"github.com/golwip/lwip/netif/ethernet"
)

// RFC 4861 §6.1, §7.1, §8.1: what is silently discarded, and counted where.
func TestInvalidMessages(t *testing.T) {
	sll := llOption(optSourceLL, peerHW)
	good := ns(ourGA, sll)
	set := func(m []byte, at int, v byte) []byte {
		m = append([]byte(nil), m...)
		m[at] = v
		return m
	}
	for _, tt := range []struct {
		name string
		src  netip.Addr
		dst  netip.Addr
		msg  []byte
		hops uint8
		want func(*Stats) uint64
	}{
		{"hop limit 254", peerGA, ourGA, good, 254, func(s *Stats) uint64 { return s.BadHopLimit }},
		{"code 1", peerGA, ourGA, set(good, 1, 1), 255, func(s *Stats) uint64 { return s.BadCode }},
		{"type 138", peerGA, ourGA, set(good, 0, 138), 255, func(s *Stats) uint64 { return s.UnknownType }},
		{"empty", peerGA, ourGA, nil, 255, func(s *Stats) uint64 { return s.TooShort }},
		{"NS of 23 bytes", peerGA, ourGA, good[:23], 255, func(s *Stats) uint64 { return s.TooShort }},
		{"option of length 0", peerGA, ourGA, set(good, 25, 0), 255, func(s *Stats) uint64 { return s.BadOption }},
		{"option past the end", peerGA, ourGA, set(good, 25, 2), 255, func(s *Stats) uint64 { return s.BadOption }},
		{"one byte of option", peerGA, ourGA, good[:25], 255, func(s *Stats) uint64 { return s.BadOption }},
		{"link-layer address of 14 bytes", peerGA, ourGA, ns(ourGA, append([]byte{1, 2}, make([]byte, 14)...)), 255, func(s *Stats) uint64 { return s.BadOption }},
		{"multicast link-layer address", peerGA, ourGA, ns(ourGA, llOption(1, ethernet.Broadcast)), 255, func(s *Stats) uint64 { return s.BadOption }},
		{"multicast target", peerGA, ourGA, ns(allNodes, sll), 255, func(s *Stats) uint64 { return s.BadTarget }},
		{"probe with our kind of address option", unspecified, SolicitedNode(ourGA), good, 255, func(s *Stats) uint64 { return s.BadOption }},
		{"probe to unicast", unspecified, ourGA, ns(ourGA), 255, func(s *Stats) uint64 { return s.BadDestination }},
		{"multicast source", allNodes, ourGA, good, 255, func(s *Stats) uint64 { return s.BadSource }},
		{"our own address as source", ourGA, ourGA, good, 255, func(s *Stats) uint64 { return s.BadSource }},
		{"somebody else's target", peerGA, SolicitedNode(farGA), ns(farGA, sll), 255, func(s *Stats) uint64 { return s.NotForUs }},
		{"solicited NA to a group", peerGA, allNodes, na(peerGA, naSolicited), 255, func(s *Stats) uint64 { return s.BadDestination }},
		{"NA with multicast target", peerGA, ourGA, na(allNodes, 0), 255, func(s *Stats) uint64 { return s.BadTarget }},
		{"NA from ::", unspecified, allNodes, na(peerGA, 0), 255, func(s *Stats) uint64 { return s.BadSource }},
		{"NA nobody asked for", peerGA, ourGA, na(peerGA, naOverride, llOption(2, peerHW)), 255, func(s *Stats) uint64 { return s.Unsolicited }},
		{"RA from a global address", peerGA, allNodes, ra(0, 1800), 255, func(s *Stats) uint64 { return s.BadSource }},
		{"RA of 15 bytes", peerLL, allNodes, ra(0, 1800)[:15], 255, func(s *Stats) uint64 { return s.TooShort }},
		{"RA from ourselves", ourLL, allNodes, ra(0, 1800), 255, func(s *Stats) uint64 { return s.BadSource }},
		{"RS to a host", peerLL, allRouters, []byte{RouterSolicitation, 0, 0, 0, 0, 0, 0, 0}, 255, func(s *Stats) uint64 { return s.NotForHosts }},
		{"RS from :: with an address", unspecified, allRouters, append([]byte{RouterSolicitation, 0, 0, 0, 0, 0, 0, 0}, sll...), 255, func(s *Stats) uint64 { return s.BadOption }},
		{"redirect of 39 bytes", peerLL, ourLL, redirect(peerLL, farGA)[:39], 255, func(s *Stats) uint64 { return s.TooShort }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := readyHost(t, Config{})
			h.inputHop(tt.src, tt.dst, tt.msg, tt.hops)
			s := h.nd.Stats()
			if tt.want(&s) != 1 {
				t.Errorf("not counted: %+v", s)
			}
			if fs := h.sent(); len(fs) != 0 {
				t.Errorf("answered with %d frames", len(fs))
			}
			if n := len(h.nd.neighbors); n != 0 {
				t.Errorf("%d neighbors learned", n)
			}
			h.checkLeaks()
		})
	}
}

// RFC 6980 §5.
func TestFragmentedMessage(t *testing.T) {
	h := readyHost(t, Config{})
	m := ns(ourGA, llOption(optSourceLL, peerHW))
	buf := h.pool.AllocBytes(0, len(m))
	copy(buf.Bytes(), m)
	h.nd.Input(buf, &ip.Info{Ifc: h.ifc, Src: peerGA, Dst: ourGA, TTL: 255, Reassembled: true})
	if h.nd.Stats().Fragmented != 1 || len(h.sent()) != 0 {
		t.Error("taken")
	}
	h.checkLeaks()
}

func TestNotStarted(t *testing.T) {
	h := newHost(t, Config{})
	h.input(peerLL, allNodes, ra(0, 1800))
	if h.nd.Stats().NotStarted != 1 || len(h.nd.Routers()) != 0 {
		t.Error("taken before Start")
	}
	h.checkLeaks()
}

// An interface that forwards answers as a router and learns from none.
func TestForwardingInterface(t *testing.T) {
	h := readyHost(t, Config{})
	h.ifc.SetForwarding(true)
	h.input(peerLL, allNodes, ra(0, 1800))
	if h.nd.Stats().RouterIgnored != 1 {
		t.Error("advertisement taken")
	}
	h.input(peerGA, ourGA, ns(ourGA, llOption(optSourceLL, peerHW)))
	if fs := h.sent(); len(fs) != 1 || fs[0].raw[58] != naRouter|naSolicited|naOverride {
		t.Errorf("answer %v", fs)
	}
	h.checkLeaks()
}

// verdicts returns the sum of all counters but those of messages sent.
func verdicts(s Stats) uint64 {
	s.OutNA, s.OutNS, s.OutRS = 0, 0, 0
	var n uint64
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		n += v.Field(i).Uint()
	}
	return n
}

// seeds are valid messages of each kind, and where they come from and go to.
func seeds() []struct {
	src, dst netip.Addr
	msg      []byte
} {
	return []struct {
		src, dst netip.Addr
		msg      []byte
	}{
		{peerGA, ourGA, ns(ourGA, llOption(optSourceLL, peerHW))},
		{unspecified, SolicitedNode(ourGA), ns(ourGA, []byte{optNonce, 1, 1, 2, 3, 4, 5, 6})},
		{peerGA, ourGA, na(peerGA, naSolicited|naOverride, llOption(optTargetLL, peerHW))},
		{peerLL, allNodes, ra(0xc8, 1800, llOption(optSourceLL, peerHW), []byte{optMTU, 1, 0, 0, 0, 0, 5, 0x78},
			prefixOption(netip.MustParsePrefix("2001:db8:1::/64"), 0xc0, 7200, 3600),
			[]byte{optRouteInfo, 2, 48, 8, 0, 0, 1, 0, 0x20, 2, 0, 0, 0, 1, 0, 0},
			append([]byte{optRDNSS, 3, 0, 0, 0, 0, 1, 0}, peerGA.AsSlice()...))},
		{peerLL, ourLL, redirect(netip.MustParseAddr("fe80::77"), farGA, llOption(optTargetLL, peerHW))},
		{peerLL, allRouters, append([]byte{RouterSolicitation, 0, 0, 0, 0, 0, 0, 0}, llOption(optSourceLL, peerHW)...)},
	}
}

// Every truncation and every corruption of one byte ends in a counter.
func TestMangledMessages(t *testing.T) {
	h := readyHost(t, Config{Autoconf: true})
	h.nd.SetDefaultRouter(h.ifc, netip.MustParseAddr("fe80::1234"))
	feed := func(src, dst netip.Addr, m []byte) {
		before := verdicts(h.nd.Stats())
		h.input(src, dst, m)
		if verdicts(h.nd.Stats()) == before {
			t.Fatalf("no verdict on % x", m)
		}
		h.sent()
	}
	for _, s := range seeds() {
		for n := range s.msg {
			feed(s.src, s.dst, s.msg[:n])
		}
		for i := range s.msg {
			for bit := range 8 {
				m := append([]byte(nil), s.msg...)
				m[i] ^= 1 << bit
				feed(s.src, s.dst, m)
			}
		}
	}
	h.checkLeaks()
}

func FuzzInput(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s.msg, s.dst.IsMulticast(), s.src.IsLinkLocalUnicast())
	}
	f.Fuzz(func(t *testing.T, m []byte, multicast, local bool) {
		if len(m) > 1500 {
			return
		}
		h := readyHost(t, Config{Autoconf: true, Neighbors: 8, Routers: 2, Prefixes: 2, Routes: 2})
		h.nd.SetDefaultRouter(h.ifc, peerLL)
		h.nd.Lookup(farGA, nil)
		h.output(peerGA, 0)
		src, dst := peerGA, ourGA
		if local {
			src, dst = peerLL, ourLL
		}
		if multicast {
			dst = allNodes
		}
		before := verdicts(h.nd.Stats())
		h.input(src, dst, m)
		if verdicts(h.nd.Stats()) == before {
			t.Errorf("no verdict")
		}
		if mtu := h.ifc.MTU6(); mtu < minMTU || mtu > 1500 {
			t.Errorf("MTU %d", mtu)
		}
		if len(h.nd.neighbors) > 8 || len(h.nd.routers) > 2 || len(h.nd.prefixes) > 2 || len(h.nd.routes) > 2 {
			t.Error("a bound was passed")
		}
		for _, fr := range h.sent() {
			if fr.raw[14+6] == byte(ip.ICMPv6) {
				h.judge(fr)
			}
		}
		h.checkLeaks()
	})
}

// The option walk accepts what a slow reading accepts, and never leaves b.
func FuzzOptions(f *testing.F) {
	f.Add(llOption(1, peerHW))
	f.Add([]byte{5, 1, 0, 0, 0, 0, 5, 0xdc, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok := parseOptions(b)
		n, good := 0, true
		for n < len(b) {
			if n+1 >= len(b) || b[n+1] == 0 || n+int(b[n+1])*8 > len(b) {
				good = false
				break
			}
			n += int(b[n+1]) * 8
		}
		if ok != good {
			t.Fatalf("ok = %v, want %v", ok, good)
		}
		if !ok {
			return
		}
		total := 0
		for opt, rest := o.next(); opt != nil; opt, rest = rest.next() {
			total += len(opt)
		}
		if total != len(b) {
			t.Errorf("walked %d bytes of %d", total, len(b))
		}
	})
}
