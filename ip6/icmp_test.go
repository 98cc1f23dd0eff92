package ip6

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	xicmp "golang.org/x/net/icmp"
	"golang.org/x/net/ipv6"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestEcho(t *testing.T) {
	h := newHost(t, Config{})
	for _, n := range []int{0, 1, 56, 1400} {
		h.receive(icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 0x12340007, octets(n)))
		out := h.sent()
		if len(out) != 1 {
			t.Fatalf("%d bytes: %d answers", n, len(out))
		}
		b := out[0]
		m, err := xicmp.ParseMessage(58, h.parseICMP(b))
		if err != nil {
			t.Fatal(err)
		}
		e, ok := m.Body.(*xicmp.Echo)
		if m.Type != ipv6.ICMPTypeEchoReply || !ok || e.ID != 0x1234 || e.Seq != 7 || !bytes.Equal(e.Data, octets(n)) {
			t.Errorf("reply %+v", m)
		}
		hd, err := ipv6.ParseHeader(b)
		if err != nil || hd.Src.String() != ourGA.String() || hd.Dst.String() != peerGA.String() || hd.HopLimit != 64 {
			t.Errorf("header %v, %v", hd, err)
		}
	}
	h.checkLeaks()
}

// A large echo comes back in fragments, from what came in fragments.
func TestEchoOfReassembled(t *testing.T) {
	h := newHost(t, Config{})
	m := icmp(peerGA, ourGA, icmpEchoRequest, 0, 1, octets(3000))
	h.receive(fragmentOf(peerGA, ourGA, ip.ICMPv6, 5, 0, true, m[:1480]))
	h.receive(fragmentOf(peerGA, ourGA, ip.ICMPv6, 5, 1480, false, m[1480:]))
	out := h.sent()
	if len(out) != 3 {
		t.Fatalf("%d fragments", len(out))
	}
	g := newHost(t, Config{}) // reassembles for us
	tap := new(sink)
	g.p.HandleICMP(icmpEchoReply, tap)
	for _, b := range out {
		copy(b[8:40], append(peerGA.AsSlice(), ourGA.AsSlice()...)) // the sum stays
		g.receive(b)
	}
	if len(tap.got) != 1 || !bytes.Equal(tap.got[0].data[8:], octets(3000)) {
		t.Errorf("%d replies; %+v", len(tap.got), g.p.Stats())
	}
	h.checkLeaks()
	g.checkLeaks()
}

func TestEchoNotAnswered(t *testing.T) {
	bad := icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 1, octets(8))
	bad[42]++
	for _, tt := range []struct {
		name string
		b    []byte
		want func(*Stats) uint64
	}{
		{"bad checksum", bad, func(s *Stats) uint64 { return s.ICMPChecksum }},
		{"to a group", icmpPacket(peerGA, allNodes, icmpEchoRequest, 0, 1, nil), func(s *Stats) uint64 { return s.EchoIgnored }},
		{"three bytes", packet(peerGA, ourGA, ip.ICMPv6, octets(3)), func(s *Stats) uint64 { return s.ICMPShort }},
		{"from ::", icmpPacket(netip.IPv6Unspecified(), ourGA, icmpEchoRequest, 0, 1, nil), func(s *Stats) uint64 { return s.BadSource }},
		{"unknown informational type", icmpPacket(peerGA, ourGA, 200, 0, 0, nil), func(s *Stats) uint64 { return s.ICMPUnknown }},
		{"unknown error type", icmpPacket(peerGA, ourGA, 100, 0, 0, nil), func(s *Stats) uint64 { return s.ICMPUnknown }},
		{"a reply", icmpPacket(peerGA, ourGA, icmpEchoReply, 0, 0, nil), func(s *Stats) uint64 { return s.EchoReplies }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receive(tt.b)
			s := h.p.Stats()
			if tt.want(&s) != 1 || len(h.sent()) != 0 {
				t.Errorf("answered or not counted: %+v", s)
			}
			h.checkLeaks()
		})
	}
}

func TestMulticastPing(t *testing.T) {
	h := newHost(t, Config{MulticastPing: true})
	h.receive(icmpPacket(peerLL, allNodes, icmpEchoRequest, 0, 1, octets(5)))
	out := h.sent()
	if len(out) != 1 {
		t.Fatalf("%d answers", len(out))
	}
	h.parseICMP(out[0])
	if src := netip.AddrFrom16([16]byte(out[0][8:24])); src != ourLL {
		t.Errorf("answered from %v", src)
	}
	h.checkLeaks()
}

// Checksums that the link computes or vouches for are not looked at.
func TestChecksumOffload(t *testing.T) {
	h := newHost(t, Config{})
	bad := icmpPacket(peerGA, ourGA, icmpEchoRequest, 0, 1, octets(8))
	bad[43] ^= 0x55
	h.receiveOn(h.ifc, bad, pbuf.Verified)
	if h.p.Stats().EchoRequests != 1 {
		t.Errorf("%+v", h.p.Stats())
	}
	h.sent()
	h.checkLeaks()
}

// RFC 4443 §2.4 (e).
func TestErrorsNeverSent(t *testing.T) {
	udp := func(src, dst netip.Addr) []byte { return packet(src, dst, 99, octets(20)) }
	bad := func(src, dst netip.Addr, typ uint8) []byte {
		return packet(src, dst, ip.DestOptions, cat(ext(ip.ICMPv6, 0x9e, 2, 0, 0), icmp(src, dst, typ, 0, 0, octets(48))))
	}
	for _, tt := range []struct {
		name  string
		b     []byte
		flags pbuf.Flags
		sent  int
	}{
		{"unknown protocol", udp(peerGA, ourGA), 0, 1},
		{"to a group", udp(peerGA, aGroup), 0, 0},
		{"in a multicast frame", udp(peerGA, ourGA), pbuf.LinkMulticast, 0},
		{"in a broadcast frame", udp(peerGA, ourGA), pbuf.LinkBroadcast, 0},
		{"about an echo request", bad(peerGA, ourGA, icmpEchoRequest), 0, 1},
		{"about an error", bad(peerGA, ourGA, icmpUnreachable), 0, 0},
		{"about an error of unknown type", bad(peerGA, ourGA, 127), 0, 0},
		{"about a redirect", bad(peerGA, ourGA, icmpRedirect), 0, 0},
		{"an option to a group, code 2", bad(peerGA, aGroup, icmpEchoRequest), 0, 1},
		{"about an error to a group, code 2", bad(peerGA, aGroup, icmpTooBig), 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receiveOn(h.ifc, tt.b, tt.flags)
			out := h.sent()
			if len(out) != tt.sent {
				t.Errorf("%d errors, want %d", len(out), tt.sent)
			}
			if s := h.p.Stats(); int(s.ErrorsSent) != tt.sent || s.ErrorsSent+s.ErrorsNotDue != 1 {
				t.Errorf("%+v", s)
			}
			for _, b := range out {
				h.parseICMP(b)
				if src := netip.AddrFrom16([16]byte(b[8:24])); src != ourGA {
					t.Errorf("from %v", src)
				}
			}
			h.checkLeaks()
		})
	}
}

// RFC 4443 §2.4 (c): at most 1280 bytes, and as much as fits.
func TestErrorQuotesAsMuchAsFits(t *testing.T) {
	h := newHost(t, Config{})
	h.receive(packet(peerGA, ourGA, 99, octets(1400)))
	out := h.sent()
	if len(out) != 1 || len(out[0]) != MinMTU {
		t.Fatalf("%d packets", len(out))
	}
	m := h.parseICMP(out[0])
	if !bytes.Equal(m[8:], packet(peerGA, ourGA, 99, octets(1400))[:MinMTU-48]) {
		t.Error("quote differs")
	}
	h.checkLeaks()
}

// RFC 4443 §2.4 (f).
func TestErrorRate(t *testing.T) {
	h := newHost(t, Config{ErrorRate: 100})
	b := packet(peerGA, ourGA, 99, octets(20))
	count := func(d time.Duration) int {
		n := 0
		for end := h.q.Now().Add(d); h.q.Now() < end; h.advance(time.Millisecond) {
			h.receive(b)
			n += len(h.sent())
		}
		return n
	}
	burst := count(10 * time.Second)
	if burst > 100*10+50 || burst < 600 {
		t.Errorf("%d errors in 10 s", burst)
	}
	if s := h.p.Stats(); s.ErrorsLimited == 0 || s.ErrorsSent != uint64(burst) {
		t.Errorf("%+v", s)
	}
	h.checkLeaks()
	off := newHost(t, Config{ErrorRate: -1})
	for range 1000 {
		off.receive(b)
	}
	if n := len(off.sent()); n != 1000 {
		t.Errorf("%d of 1000 without a limit", n)
	}
	off.checkLeaks()
}

// RFC 4443 §3 as transports hear of it.
func TestErrorsReceived(t *testing.T) {
	quoted := packet(ourGA, peerGA, ip.UDP, octets(20))
	report := func(typ, code uint8, word uint32, quote []byte) []byte {
		return icmpPacket(peerLL, ourGA, typ, code, word, quote)
	}
	for _, tt := range []struct {
		name string
		b    []byte
		kind ip.ErrorKind
		mtu  int
		ok   bool
	}{
		{"no route", report(1, 0, 0, quoted), ip.NetUnreachable, 0, true},
		{"prohibited", report(1, 1, 0, quoted), ip.Prohibited, 0, true},
		{"beyond scope", report(1, 2, 0, quoted), ip.NetUnreachable, 0, true},
		{"address", report(1, 3, 0, quoted), ip.HostDown, 0, true},
		{"port", report(1, 4, 0, quoted), ip.PortRefused, 0, true},
		{"policy", report(1, 5, 0, quoted), ip.Prohibited, 0, true},
		{"reject route", report(1, 6, 0, quoted), ip.Prohibited, 0, true},
		{"too big", report(2, 0, 1400, quoted), ip.PacketTooBig, 1400, true},
		{"too big, 1279", report(2, 0, 1279, quoted), 0, 0, false},
		{"time exceeded", report(3, 0, 0, quoted), ip.TimeExceeded, 0, true},
		{"header field", report(4, 0, 0, quoted), ip.ParameterProblem, 0, true},
		{"next header", report(4, 1, 6, quoted), ip.ProtoUnreachable, 0, true},
		{"behind an extension header", report(1, 4, 0, packet(ourGA, peerGA, ip.DestOptions, cat(ext(ip.UDP), octets(20)))), ip.PortRefused, 0, true},
		{"about a first fragment", report(1, 4, 0, fragmentOf(ourGA, peerGA, ip.UDP, 1, 0, true, octets(16))), ip.PortRefused, 0, true},
		{"about a later fragment", report(1, 4, 0, fragmentOf(ourGA, peerGA, ip.UDP, 1, 16, true, octets(16))), 0, 0, false},
		{"not our source", report(1, 4, 0, packet(farGA, peerGA, ip.UDP, octets(20))), 0, 0, false},
		{"seven bytes of transport", report(1, 4, 0, packet(ourGA, peerGA, ip.UDP, octets(7))), 0, 0, false},
		{"version 4", report(1, 4, 0, cat([]byte{0x45}, quoted[1:])), 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receive(tt.b)
			s := h.p.Stats()
			if !tt.ok {
				if len(h.udp.errors) != 0 || s.ErrorsForged != 1 {
					t.Errorf("passed on, or not counted: %+v", s)
				}
			} else {
				want := ip.Error{Kind: tt.kind, Ifc: h.ifc, Src: ourGA, Dst: peerGA, Proto: ip.UDP, Reporter: peerLL, MTU: tt.mtu, Type: tt.b[40], Code: tt.b[41]}
				if len(h.udp.errors) != 1 || h.udp.errors[0] != want || s.ErrorsReceived != 1 {
					t.Fatalf("got %+v, want %+v", h.udp.errors, want)
				}
				if q := h.udp.quotes[0]; len(q) < 8 || !bytes.Equal(q[:8], octets(8)) {
					t.Errorf("quote % x", q)
				}
			}
			if len(h.sent()) != 0 {
				t.Error("answered an error")
			}
			h.checkLeaks()
		})
	}
	h := newHost(t, Config{})
	h.receive(packet(peerLL, ourGA, ip.ICMPv6, icmp(peerLL, ourGA, 1, 4, 0, quoted[:39])))
	if h.p.Stats().ICMPShort != 1 {
		t.Errorf("truncated quote: %+v", h.p.Stats())
	}
	h.checkLeaks()
}

// A packet-too-big lowers the path MTU of a destination that was sent to, and
// the next packet is fragmented accordingly.
func TestPathMTUDiscovery(t *testing.T) {
	h := newHost(t, Config{})
	ptb := icmpPacket(peerLL, ourGA, icmpTooBig, 0, 1300, packet(ourGA, farGA, ip.UDP, octets(20)))
	h.receive(ptb)
	if h.p.Stats().PathMTULowered != 0 {
		t.Error("believed about a destination nothing was sent to")
	}
	send := func() [][]byte {
		buf := h.pool.Alloc(pbuf.Transport, 1400, pbuf.RAM)
		copy(buf.Bytes(), octets(1400))
		if err := h.p.Output(buf, ip.Header{Src: ourGA, Dst: farGA, Proto: ip.UDP}); err != nil {
			t.Fatal(err)
		}
		return h.sent()
	}
	if n := len(send()); n != 1 {
		t.Fatalf("%d packets", n)
	}
	h.receive(ptb)
	r, err := h.p.Route(farGA, netip.Addr{}, nil)
	if err != nil || r.MTU != 1300 || h.p.Stats().PathMTULowered != 1 {
		t.Errorf("route %+v, %v", r, err)
	}
	out := send()
	if len(out) != 2 || len(out[0]) > 1300 {
		t.Errorf("%d packets, first of %d", len(out), len(out[0]))
	}
	h.checkLeaks()
}

// A packet of our own whose neighbor is silent: the transport hears of it.
func TestUnresolvedOwn(t *testing.T) {
	h := newHost(t, Config{})
	silent := netip.MustParseAddr("2001:db8::dead")
	buf := h.pool.Alloc(pbuf.Transport, 20, pbuf.RAM)
	copy(buf.Bytes(), octets(20))
	if err := h.p.Output(buf, ip.Header{Src: ourGA, Dst: silent, Proto: ip.UDP}); err != nil {
		t.Fatal(err)
	}
	h.advance(3 * time.Second)
	if len(h.udp.errors) != 1 || h.udp.errors[0].Kind != ip.HostDown || h.udp.errors[0].Dst != silent {
		t.Fatalf("told %+v", h.udp.errors)
	}
	if h.p.Stats().Unresolved != 1 || !bytes.Equal(h.udp.quotes[0], octets(20)) {
		t.Errorf("%+v", h.p.Stats())
	}
	h.checkLeaks()
}

func TestUnreachableReasons(t *testing.T) {
	for why, want := range map[ip.Reason][2]uint8{
		ip.PortUnreachable:     {icmpUnreachable, portUnreachable},
		ip.ProtocolUnreachable: {icmpParameterProblem, unknownNextHeader},
		ip.AdminProhibited:     {icmpUnreachable, adminProhibited},
		ip.HostUnreachable:     {icmpUnreachable, addressUnreachable},
	} {
		h := newHost(t, Config{})
		h.p.Handle(ip.UDP, refuser{h.p, why})
		h.receive(packet(peerLL, ourLL, ip.UDP, octets(20)))
		if typ, code, _, _ := h.oneError(); typ != want[0] || code != want[1] {
			t.Errorf("reason %d: %d/%d", why, typ, code)
		}
		h.checkLeaks()
	}
}

var _ netif.Handler = (*Protocol)(nil)
var _ ip.Network = (*Protocol)(nil)
