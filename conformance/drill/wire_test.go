package drill

import (
	"net/netip"
	"strings"
	"testing"
)

// TestBuildDecode builds packets from the language and reads them back: the text
// must be the same.
func TestBuildDecode(t *testing.T) {
	for _, c := range []struct {
		v6, v4 bool
		text   string
	}{
		{true, true, "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>"},
		{true, true, "S. 5:5(0) ack 1 win 0 <mss 536,nop,wscale 14>"},
		{true, true, "FP. 1:1001(1000) ack 1 win 257"},
		{true, true, "PU. 4294967290:4(10) ack 7 win 1 urg 9"},
		{true, true, "R 77:77(0) win 0"},
		{true, true, "- 1:2(1) win 5"},
		{true, true, "SEWA 0:0(0) win 1"},
		{true, true, ". 1:1(0) ack 1 win 9 <nop,nop,sack 1001:2001 3001:4001 5001:6001>"},
		{true, true, ". 1:1(0) ack 1 win 9 <sack 1001:2001 3001:4001 5001:6001 7001:8001,nop,nop>"},
		{true, true, "S 0:0(0) win 9 <FO,nop,nop>"},
		{true, true, "S 0:0(0) win 9 <FO 0123456789abcdef,nop,nop>"},
		{true, true, "S 0:0(0) win 9 <FOEXP 01234567>"},
		{true, true, "S 0:0(0) win 9 <md5 00112233445566778899aabbccddeeff,nop,eol>"},
		{true, true, "S 0:0(0) win 9 <172 0x000001,nop,nop,nop>"},
		{true, true, "[tos 0x03] . 1:1(0) ack 1 win 9"},
		{true, true, "udp (1000)"},
		{true, true, "udp (0)"},
		{true, true, "[frag 480] udp (1001)"},
		{true, true, "[frag 8] udp (50)"},
		{false, true, "icmp echo_request id 1 seq 2 (56)"},
		{false, true, "icmp unreachable frag_needed mtu 1200 [5:5(1000)]"},
		{false, true, "icmp unreachable port_unreachable [udp (77)]"},
		{true, false, "icmpv6 echo_reply id 65535 seq 0 (0)"},
		{true, false, "icmpv6 packet_too_big mtu 1280 [5:5(1000)]"},
		{true, false, "icmpv6 unreachable port_unreachable [udp (77)]"},
	} {
		for _, six := range []bool{false, true} {
			if six && !c.v6 || !six && !c.v4 {
				continue
			}
			text := strings.Replace(c.text, "5:5(1000)", "5:1005(1000)", 1)
			local, remote := "192.168.0.1:8080", "192.0.2.1:1234"
			if six {
				local, remote = "[fd3d::1]:8080", "[fd3d::2]:1234"
			}
			f := &flow{local: netip.MustParseAddrPort(local), remote: netip.MustParseAddrPort(remote)}
			s, err := Parse("x", "0 < "+text)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			k := s.Events[0].Packet
			f.proto = k.Proto
			packets, err := build(k, f, 7)
			if err != nil {
				t.Errorf("%s: %v", text, err)
				continue
			}
			parts := make(assembler)
			var d *decoded
			for i, b := range packets {
				if d, err = parts.decode(b); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if d != nil && i != len(packets)-1 {
					t.Errorf("%s: whole after %d of %d fragments", text, i+1, len(packets))
				}
			}
			if d == nil {
				t.Errorf("%s: no packet", text)
				continue
			}
			if d.bad != "" {
				t.Errorf("%s: bad %s", text, d.bad)
			}
			if d.Proto != ICMP && d.Proto != ICMPv6 && (d.Src.Port != 1234 || d.Dst.Port != 8080) {
				t.Errorf("%s: ports %d and %d", text, d.Src.Port, d.Dst.Port)
			}
			d.Src.Port, d.Dst.Port = -1, -1
			if q := d.ICMP.Quote; q != nil {
				if q.Src.Port != 8080 || q.Dst.Port != 1234 {
					t.Errorf("%s: quoted ports %d and %d", text, q.Src.Port, q.Dst.Port)
				}
				q.Src.Port, q.Dst.Port = -1, -1
			}
			if got := d.Packet.String(); got != text {
				t.Errorf("got  %s\nwant %s", got, text)
			}
		}
	}
}

// TestDecodeDamaged: no packet that is cut or damaged makes the decoder panic,
// and a damaged checksum is seen.
func TestDecodeDamaged(t *testing.T) {
	for _, text := range []string{
		"S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>", "udp (20)", "[frag 8] udp (20)",
		"icmp unreachable port_unreachable [udp (77)]", "icmpv6 packet_too_big mtu 1280 [1:2(1)]",
	} {
		six := strings.HasPrefix(text, "icmpv6")
		f := &flow{local: netip.MustParseAddrPort("192.168.0.1:8080"), remote: netip.MustParseAddrPort("192.0.2.1:1234")}
		if six {
			f = &flow{local: netip.MustParseAddrPort("[fd3d::1]:8080"), remote: netip.MustParseAddrPort("[fd3d::2]:1234")}
		}
		s, err := Parse("x", "0 < "+text)
		if err != nil {
			t.Fatal(err)
		}
		packets, err := build(s.Events[0].Packet, f, 7)
		if err != nil {
			t.Fatal(err)
		}
		whole := packets[0]
		for n := range whole {
			make(assembler).decode(whole[:n])
		}
		seen := 0
		for i := range whole {
			for _, flip := range []byte{1, 0x80, 0xff} {
				b := append([]byte(nil), whole...)
				b[i] ^= flip
				d, err := make(assembler).decode(b)
				if err != nil || d == nil || d.bad != "" {
					seen++
				}
			}
		}
		if six || len(packets) > 1 {
			continue // the IPv6 header and a fragment's payload have no checksum of their own
		}
		if seen != 3*len(whole) {
			t.Errorf("%s: %d of %d changes were seen", text, seen, 3*len(whole))
		}
	}
}
