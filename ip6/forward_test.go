package ip6

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// newRouter returns a host that forwards between its link and a tunnel to
// 2001:db8:77::/64 with an MTU of 1300.
func newRouter(t *testing.T) (*host, *netif.Interface, *wire) {
	h := newHost(t, Config{})
	tun, w := h.addInterface(netif.Properties{Framing: netif.IP, MTU: 1300})
	h.nd.Start(tun, true)
	h.addAddress(tun, netip.MustParsePrefix("2001:db8:77::1/64"))
	h.ifc.SetForwarding(true)
	tun.SetForwarding(true)
	return h, tun, w
}

var behind = netip.MustParseAddr("2001:db8:77::9")

func TestForward(t *testing.T) {
	h, tun, w := newRouter(t)
	b := packet(peerGA, behind, ip.UDP, octets(100))
	h.receive(b)
	want := bytes.Clone(b)
	want[7]--
	if out := h.sentOn(tun, w); len(out) != 1 || !bytes.Equal(out[0], want) {
		t.Errorf("% x; %+v", out, h.p.Stats())
	}
	// A block that others look at is not written to.
	buf := h.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	view := buf.View(0, len(b))
	h.p.Input(h.ifc, view)
	if out := h.sentOn(tun, w); len(out) != 1 || !bytes.Equal(out[0], want) {
		t.Errorf("shared: % x", out)
	}
	if !bytes.Equal(buf.Bytes(), b) {
		t.Error("the other view's bytes changed")
	}
	buf.Free()
	h.receiveOn(tun, packet(behind, peerGA, ip.UDP, octets(9)), 0)
	if out := h.sent(); len(out) != 1 || h.p.Stats().Forwarded != 3 {
		t.Errorf("back: %d; %+v", len(out), h.p.Stats())
	}
	h.checkLeaks()
}

func TestForwardRefusals(t *testing.T) {
	hops := func(b []byte, n byte) []byte { b[7] = n; return b }
	udp := func(src, dst netip.Addr, n int) []byte { return packet(src, dst, ip.UDP, octets(n)) }
	for _, tt := range []struct {
		name  string
		b     []byte
		flags pbuf.Flags
		want  func(*Stats) uint64
		typ   int // of the error; -1: silence
		code  uint8
		word  uint32
	}{
		{"hop limit 1", hops(udp(peerGA, behind, 9), 1), 0, func(s *Stats) uint64 { return s.ForwardHopLimit }, icmpTimeExceeded, 0, 0},
		{"hop limit 0", hops(udp(peerGA, behind, 9), 0), 0, func(s *Stats) uint64 { return s.ForwardHopLimit }, icmpTimeExceeded, 0, 0},
		{"too big", udp(peerGA, behind, 1261), 0, func(s *Stats) uint64 { return s.ForwardTooBig }, icmpTooBig, 0, 1300},
		{"link-local source", udp(peerLL, behind, 9), 0, func(s *Stats) uint64 { return s.ForwardScope }, icmpUnreachable, beyondScope, 0},
		{"link-local destination", udp(peerGA, netip.MustParseAddr("fe80::99"), 9), 0, func(s *Stats) uint64 { return s.ForwardScope }, -1, 0, 0},
		{"back where it came from", udp(peerGA, farGA, 9), 0, func(s *Stats) uint64 { return s.ForwardSame }, -1, 0, 0},
		{"in a multicast frame", udp(peerGA, behind, 9), pbuf.LinkMulticast, func(s *Stats) uint64 { return s.NotForUs }, -1, 0, 0},
		{"unspecified source", icmpPacket(netip.IPv6Unspecified(), behind, 128, 0, 0, nil), 0, func(s *Stats) uint64 { return s.NotForUs }, -1, 0, 0},
		{"group", udp(peerGA, netip.MustParseAddr("ff0e::99"), 9), 0, func(s *Stats) uint64 { return s.NotForUs }, -1, 0, 0},
		{"unknown hop-by-hop option", packet(peerGA, behind, ip.HopByHop, cat(ext(ip.UDP, 0x9e, 2, 0, 0), octets(9))), 0, func(s *Stats) uint64 { return s.BadOption }, icmpParameterProblem, unknownOption, 42},
		{"cut hop-by-hop header", packet(peerGA, behind, ip.HopByHop, octets(7)), 0, func(s *Stats) uint64 { return s.BadHeader }, -1, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, tun, w := newRouter(t)
			h.receiveOn(h.ifc, tt.b, tt.flags)
			s := h.p.Stats()
			if tt.want(&s) != 1 || s.Forwarded != 0 || len(h.sentOn(tun, w)) != 0 {
				t.Errorf("forwarded or not counted: %+v", s)
			}
			if tt.typ < 0 {
				if len(h.sent()) != 0 {
					t.Error("answered")
				}
			} else if typ, code, word, _ := h.oneError(); int(typ) != tt.typ || code != tt.code || word != tt.word {
				t.Errorf("%d/%d %d", typ, code, word)
			}
			h.checkLeaks()
		})
	}
}

func TestForwardNoRoute(t *testing.T) {
	h, tun, _ := newRouter(t)
	h.nd.SetDefaultRouter(h.ifc, netip.Addr{})
	h.receive(packet(peerGA, farGA, ip.UDP, octets(9)))
	if typ, code, _, _ := h.oneError(); typ != icmpUnreachable || code != noRoute {
		t.Errorf("%d/%d", typ, code)
	}
	tun.SetForwarding(false)
	h.receive(packet(peerGA, behind, ip.UDP, octets(9)))
	if typ, code, _, _ := h.oneError(); typ != icmpUnreachable || code != noRoute {
		t.Errorf("%d/%d", typ, code)
	}
	h.checkLeaks()
}

// By default nothing is forwarded, nor is anybody told.
func TestNoForwardingByDefault(t *testing.T) {
	h, tun, w := newRouter(t)
	h.ifc.SetForwarding(false)
	h.receive(packet(peerGA, behind, ip.UDP, octets(9)))
	if len(h.sentOn(tun, w)) != 0 || len(h.sent()) != 0 || h.p.Stats().NotForUs != 1 {
		t.Errorf("%+v", h.p.Stats())
	}
	h.checkLeaks()
}

// RFC 4443 §3.1 code 3: the sender of a forwarded packet hears that its
// destination does not answer.
func TestForwardUnresolved(t *testing.T) {
	h, tun, w := newRouter(t)
	b := packet(behind, netip.MustParseAddr("2001:db8::dead"), ip.UDP, octets(20))
	h.receiveOn(tun, b, 0)
	h.advance(3 * time.Second)
	h.sent()
	out := h.sentOn(tun, w)
	if len(out) != 1 {
		t.Fatalf("%d packets", len(out))
	}
	b[7]--
	if m := h.parseICMP(out[0]); m[0] != icmpUnreachable || m[1] != addressUnreachable || !bytes.Equal(m[8:], b) {
		t.Errorf("% x", m)
	}
	h.checkLeaks()
}
