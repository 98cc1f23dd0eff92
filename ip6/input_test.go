package ip6

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestDelivery(t *testing.T) {
	h := newHost(t, Config{})
	b := packet(peerGA, ourGA, ip.UDP, octets(20))
	b[0], b[1] = 0x6a, 0xb0 // traffic class 0xab
	h.receive(append(b, 0, 0, 0))
	if len(h.udp.got) != 1 {
		t.Fatalf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	g := h.udp.got[0]
	want := ip.Info{Ifc: h.ifc, Src: peerGA, Dst: ourGA, Proto: ip.UDP, TTL: 61, TOS: 0xab, HeaderLen: 40}
	if g.Info != want || !bytes.Equal(g.data, octets(20)) {
		t.Errorf("got %+v % x", g.Info, g.data)
	}
	h.checkLeaks()
}

// Every place where a packet may be cut in two elements.
func TestSplitPackets(t *testing.T) {
	h := newHost(t, Config{})
	hbh := append([]byte{byte(ip.UDP), 0, optPadN, 4, 0, 0, 0, 0}, octets(20)...)
	for _, b := range [][]byte{
		packet(peerGA, ourGA, ip.UDP, octets(20)),
		packet(peerGA, ourGA, ip.HopByHop, hbh),
		fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, false, octets(20)),
	} {
		for n := range len(b) {
			h.udp.got = nil
			h.receiveSplit(b, n)
			if len(h.udp.got) != 1 || !bytes.Equal(h.udp.got[0].data, octets(20)) {
				t.Fatalf("cut at %d: %+v", n, h.p.Stats())
			}
		}
	}
	echo := icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 1, octets(13))
	for n := range len(echo) {
		h.receiveSplit(echo, n)
		if out := h.sent(); len(out) != 1 || !bytes.Equal(h.parseICMP(out[0])[8:], octets(13)) {
			t.Fatalf("echo cut at %d: %d answers", n, len(out))
		}
	}
	h.checkLeaks()
}

func TestInputDrops(t *testing.T) {
	mapped := netip.MustParseAddr("::ffff:10.0.0.1")
	set := func(at int, v byte) []byte {
		b := packet(peerGA, ourGA, ip.UDP, octets(20))
		b[at] = v
		return b
	}
	udp := func(src, dst netip.Addr) []byte { return packet(src, dst, ip.UDP, octets(20)) }
	for _, tt := range []struct {
		name string
		b    []byte
		want func(*Stats) uint64
	}{
		{"empty", nil, func(s *Stats) uint64 { return s.TooShort }},
		{"39 bytes", set(0, 0x60)[:39], func(s *Stats) uint64 { return s.TooShort }},
		{"version 4", set(0, 0x40), func(s *Stats) uint64 { return s.BadVersion }},
		{"payload longer than the packet", set(5, 21), func(s *Stats) uint64 { return s.TooShort }},
		{"jumbogram", func() []byte { b := set(6, 0); b[5] = 0; return b }(), func(s *Stats) uint64 { return s.Jumbo }},
		{"multicast source", udp(allNodes, ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"IPv4-mapped source", udp(mapped, ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"loopback source", udp(loopback, ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"our own source (LAND)", udp(ourGA, ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"our own link-local source", udp(ourLL, ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"unspecified source with UDP", udp(netip.IPv6Unspecified(), ourGA), func(s *Stats) uint64 { return s.BadSource }},
		{"unspecified source, options before UDP", packet(netip.IPv6Unspecified(), ourGA, ip.HopByHop, append([]byte{byte(ip.UDP), 0, 1, 4, 0, 0, 0, 0}, octets(20)...)), func(s *Stats) uint64 { return s.BadSource }},
		{"unspecified destination", udp(peerGA, netip.IPv6Unspecified()), func(s *Stats) uint64 { return s.BadDestination }},
		{"IPv4-mapped destination", udp(peerGA, mapped), func(s *Stats) uint64 { return s.BadDestination }},
		{"loopback destination", udp(peerGA, loopback), func(s *Stats) uint64 { return s.BadDestination }},
		{"interface-local group from the wire", udp(peerGA, netip.MustParseAddr("ff01::1")), func(s *Stats) uint64 { return s.BadDestination }},
		{"reserved scope", udp(peerGA, netip.MustParseAddr("ff00::1")), func(s *Stats) uint64 { return s.BadDestination }},
		{"somebody else", udp(peerGA, farGA), func(s *Stats) uint64 { return s.NotForUs }},
		{"somebody else's group", udp(peerGA, netip.MustParseAddr("ff02::99")), func(s *Stats) uint64 { return s.NotForUs }},
		{"all routers, at a host", udp(peerGA, allRouters), func(s *Stats) uint64 { return s.NotForUs }},
		{"somebody else's solicited-node group", udp(peerGA, nd6.SolicitedNode(farGA)), func(s *Stats) uint64 { return s.NotForUs }},
		{"nothing follows", packet(peerGA, ourGA, ip.NoNext, octets(8)), func(s *Stats) uint64 { return s.NoNextHeader }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receive(tt.b)
			s := h.p.Stats()
			if tt.want(&s) != 1 {
				t.Errorf("not counted: %+v", s)
			}
			if len(h.udp.got) != 0 || len(h.sent()) != 0 {
				t.Error("delivered or answered")
			}
			h.checkLeaks()
		})
	}
}

func TestAcceptedDestinations(t *testing.T) {
	for _, dst := range []netip.Addr{ourGA, ourLL, allNodes, aGroup, nd6.SolicitedNode(ourGA)} {
		h := newHost(t, Config{})
		h.receive(packet(peerLL, dst, ip.UDP, octets(9)))
		if len(h.udp.got) != 1 || h.udp.got[0].Multicast != dst.IsMulticast() {
			t.Errorf("%v: %+v", dst, h.p.Stats())
		}
		h.checkLeaks()
	}
}

// What was accepted once is looked at again when addresses change.
func TestAdmissionIsForgotten(t *testing.T) {
	h := newHost(t, Config{})
	b := packet(peerGA, ourGA, ip.UDP, octets(9))
	h.receive(b)
	h.receive(b)
	h.nd.RemoveAddress(h.ifc, ourGA)
	h.receive(b)
	if len(h.udp.got) != 2 || h.p.Stats().NotForUs != 1 {
		t.Errorf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	h.checkLeaks()
}

// Weak host for global addresses, strong for link-local ones.
func TestWeakHost(t *testing.T) {
	h := newHost(t, Config{})
	other, _ := h.addInterface(netif.Properties{})
	h.nd.Start(other, true)
	h.receiveOn(other, packet(peerGA, ourGA, ip.UDP, octets(9)), 0)
	if len(h.udp.got) != 1 || h.udp.got[0].Ifc != other {
		t.Errorf("global: %+v", h.p.Stats())
	}
	h.receiveOn(other, packet(peerLL, ourLL, ip.UDP, octets(9)), 0)
	if len(h.udp.got) != 1 {
		t.Error("link-local address of another link accepted")
	}
	h.checkLeaks()
}

func TestTentativeDestination(t *testing.T) {
	h := newHost(t, Config{})
	h.ifc.SetAddr6State(h.ifc.FindAddr6(ourGA), netif.Tentative)
	h.receive(packet(peerGA, ourGA, ip.UDP, octets(9)))
	h.receive(icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 1, nil))
	if s := h.p.Stats(); s.Tentative != 2 {
		t.Errorf("%+v", s)
	}
	h.receive(icmpPacket(peerGA, ourGA, nd6.NeighborSolicitation, 0, 0, ourGA.AsSlice()))
	if h.p.Stats().Delivered != 1 {
		t.Error("solicitation did not reach neighbor discovery")
	}
	h.checkLeaks()
}

func TestRequireLinkLocal(t *testing.T) {
	h := newHost(t, Config{RequireLinkLocal: true})
	b := packet(peerGA, ourGA, ip.UDP, octets(9))
	h.receive(b)
	h.nd.RemoveAddress(h.ifc, ourLL)
	h.receive(b)
	if len(h.udp.got) != 1 || h.p.Stats().NoLinkLocal != 1 {
		t.Errorf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	h.checkLeaks()
}

func TestInputHook(t *testing.T) {
	h := newHost(t, Config{Input: func(_ *netif.Interface, buf *pbuf.Buf) bool {
		if buf.Bytes()[7] != 61 {
			return false
		}
		buf.Free()
		return true
	}})
	b := packet(peerGA, ourGA, ip.UDP, octets(9))
	h.receive(b)
	b[7] = 60
	h.receive(b)
	if len(h.udp.got) != 1 {
		t.Errorf("%d delivered", len(h.udp.got))
	}
	h.checkLeaks()
}

// rawTap takes ICMPv6 and leaves the rest.
type rawTap struct{ seen, eaten int }

func (r *rawTap) InputRaw(buf *pbuf.Buf, info *ip.Info) bool {
	r.seen++
	if info.Proto != ip.ICMPv6 {
		return false
	}
	r.eaten++
	buf.Free()
	return true
}

func TestRawHandler(t *testing.T) {
	h := newHost(t, Config{})
	tap := new(rawTap)
	h.p.HandleRaw(tap)
	h.receive(packet(peerGA, ourGA, ip.UDP, octets(9)))
	h.receive(icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 1, nil))
	if tap.seen != 2 || tap.eaten != 1 || len(h.udp.got) != 1 || len(h.sent()) != 0 {
		t.Errorf("%+v, %d delivered", tap, len(h.udp.got))
	}
	h.checkLeaks()
}

// seeds are valid packets of many kinds.
func seeds() [][]byte {
	opts := []byte{byte(ip.UDP), 1, optRouterAlert, 2, 0, 0, optPadN, 1, 0, 0x3e, 3, 1, 2, 3, 0, 0}
	routing := append([]byte{byte(ip.UDP), 0, 2, 0, 0, 0, 0, 0}, octets(12)...)
	quoted := packet(ourGA, peerGA, ip.UDP, octets(20))
	return [][]byte{
		packet(peerGA, ourGA, ip.UDP, octets(20)),
		packet(peerGA, ourGA, ip.HopByHop, append(opts, octets(12)...)),
		packet(peerGA, ourGA, ip.DestOptions, append(opts, octets(12)...)),
		packet(peerGA, ourGA, ip.RoutingHdr, routing),
		fragmentOf(peerGA, ourGA, ip.UDP, 7, 0, true, octets(16)),
		fragmentOf(peerGA, ourGA, ip.UDP, 7, 16, false, octets(5)),
		fragmentOf(peerGA, ourGA, ip.UDP, 8, 0, false, octets(16)),
		icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 0x10001, octets(8)),
		icmpPacket(peerGA, ourGA, icmpTooBig, 0, 1400, quoted),
		icmpPacket(peerGA, ourGA, icmpUnreachable, portUnreachable, 0, quoted),
		icmpPacket(peerGA, ourGA, nd6.NeighborSolicitation, 0, 0, ourGA.AsSlice()),
		packet(peerGA, ourGA, 99, octets(8)),
		packet(peerGA, ourGA, ip.NoNext, nil),
	}
}

// Every truncation and every corruption of one bit of a valid packet ends in a
// counter.
func TestMangledPackets(t *testing.T) {
	h := newHost(t, Config{})
	feed := func(b []byte) {
		nd := h.nd.Stats()
		before := total(h.p.Stats())
		h.receive(b)
		if total(h.p.Stats()) == before && h.nd.Stats() == nd {
			t.Fatalf("no verdict on % x", b)
		}
		h.sent()
	}
	for _, s := range seeds() {
		for n := range s {
			feed(s[:n])
		}
		for i := range s {
			for bit := range 8 {
				b := bytes.Clone(s)
				b[i] ^= 1 << bit
				feed(b)
			}
		}
	}
	h.checkLeaks()
}

func FuzzInput(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, 0)
		f.Add(s, 41)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		if len(b) > 2000 {
			return
		}
		h := newHost(t, Config{ReassemblyFragments: 4})
		h.ifc.SetForwarding(true)
		if cut > 0 && cut < len(b) {
			h.receiveSplit(b, cut)
		} else {
			h.receive(b)
		}
		h.receive(b)
		if total(h.p.Stats()) == 0 {
			t.Error("no verdict")
		}
		for _, out := range h.sent() {
			if len(out) > 1500 {
				t.Errorf("sent %d bytes", len(out))
			}
		}
		h.advance(61e9)
		h.sent()
		if h.p.reass.n != 0 {
			t.Error("reassembly did not time out")
		}
		h.checkLeaks()
	})
}

// Receiving allocates nothing.
func TestZeroAllocInput(t *testing.T) {
	h := newHost(t, Config{})
	count := new(counter)
	h.p.Handle(ip.UDP, count)
	b := packet(peerGA, ourGA, ip.UDP, octets(100))
	n := testing.AllocsPerRun(1000, func() { h.receive(b) })
	if n != 0 || count.n == 0 {
		t.Errorf("%v allocations per packet, %d delivered", n, count.n)
	}
	h.checkLeaks()
}

// counter is a transport that only counts.
type counter struct{ n int }

func (c *counter) Input(buf *pbuf.Buf, _ *ip.Info) { c.n++; buf.Free() }
func (c *counter) Error(*pbuf.Buf, *ip.Error)      {}

func BenchmarkInput(b *testing.B) {
	h := newHost(b, Config{})
	h.p.Handle(ip.UDP, new(counter))
	buf := h.pool.AllocBytes(64, 140)
	copy(buf.Bytes(), packet(peerGA, ourGA, ip.UDP, octets(100)))
	for b.Loop() {
		buf.Ref()
		h.p.Input(h.ifc, buf)
		buf.AddHeaderForce(HeaderLen)
	}
}
