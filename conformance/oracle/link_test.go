package oracle

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// elsewhere are the rules that TestLinkFaults breaks, not a conversation.
var elsewhere = []string{
	"ip-checksum", "ip-damaged",
	"arp-malformed", "arp-rate", "arp-probe", "arp-announce", "arp-conflict",
	"nd-hop-limit", "nd-checksum", "nd-malformed", "nd-rate", "nd-rs-rate", "nd-conflict", "link-damaged",
}

// discarded are the rules about packets that a link may have damaged.
var discarded = []string{"arp-malformed", "nd-hop-limit", "nd-checksum"}

// arp writes an ARP packet of station from.
func (c *capture) arp(op uint16, from byte, spa, tpa string, change func([]byte)) int {
	c.t.Helper()
	mac := net.HardwareAddr{2, 0, 0, 0, 0, from}
	return c.layers(change,
		&layers.Ethernet{SrcMAC: mac, DstMAC: net.HardwareAddr{255, 255, 255, 255, 255, 255}, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: op,
			SourceHwAddress: mac, SourceProtAddress: netip.MustParseAddr(spa).AsSlice(),
			DstHwAddress: make([]byte, 6), DstProtAddress: netip.MustParseAddr(tpa).AsSlice()})
}

// nd writes a neighbour message of station from.
func (c *capture) nd(from byte, src, dst string, hop uint8, typ uint8, body gopacket.SerializableLayer, change func([]byte)) int {
	c.t.Helper()
	ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolICMPv6, HopLimit: hop,
		SrcIP: netip.MustParseAddr(src).AsSlice(), DstIP: netip.MustParseAddr(dst).AsSlice()}
	icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(typ, 0)}
	icmp.SetNetworkLayerForChecksum(ip)
	mac := net.HardwareAddr{2, 0, 0, 0, 0, from}
	return c.layers(change, &layers.Ethernet{SrcMAC: mac, DstMAC: net.HardwareAddr{0x33, 0x33, 0, 0, 0, 1}, EthernetType: layers.EthernetTypeIPv6}, ip, icmp, body)
}

// udp writes a UDP packet.
func (c *capture) udp(change func([]byte)) int {
	c.t.Helper()
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: target("10.0.0.1"), DstIP: target("10.0.0.2")}
	udp := &layers.UDP{SrcPort: 1, DstPort: 2}
	udp.SetNetworkLayerForChecksum(ip)
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	return c.layers(change, &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeIPv4}, ip, udp)
}

// TestChecksumsSentWrong: a host whose checksums are all wrong is to blame,
// wherever the capture was taken, and has no connection.
func TestChecksumsSentWrong(t *testing.T) {
	c := newCapture(t)
	for range 20 {
		c.udp(func(b []byte) { b[14+8]-- })
	}
	list, r := judged(t, c.file.Bytes(), Options{})
	if len(list) != 10 || list[0].Rule != "ip-checksum" || r.Suppressed["ip-checksum"] != 10 {
		t.Errorf("%d suppressed:\n%s", r.Suppressed["ip-checksum"], lines(list))
	}
	v := newConvo(t, false)
	for range 5 {
		v.a.nxt = 1
		v.a.send(SYN, 0, badSum, lost)
		v.wait(2 * time.Second)
	}
	list, r = judged(t, v.file.Bytes(), Options{})
	if len(list) != 5 || list[0].Rule != "tcp-checksum" || len(r.Flows) != 0 {
		t.Errorf("%+v\n%s", r.Flows, lines(list))
	}
	list, r = judged(t, v.file.Bytes(), Options{Checksum: ChecksumIgnore})
	if len(alarms(list)) != 0 || len(r.Flows) != 1 {
		t.Errorf("%+v\n%s", r.Flows, lines(list))
	}
}

func target(a string) net.IP { return netip.MustParseAddr(a).AsSlice() }

var lla = layers.ICMPv6Options{{Type: 1, Data: []byte{2, 0, 0, 0, 0, 1}}}

func ns(t string, o layers.ICMPv6Options) gopacket.SerializableLayer {
	return &layers.ICMPv6NeighborSolicitation{TargetAddress: target(t), Options: o}
}

func na(t string, flags uint8) gopacket.SerializableLayer {
	return &layers.ICMPv6NeighborAdvertisement{Flags: flags, TargetAddress: target(t)}
}

func TestLinkFaults(t *testing.T) {
	const ms = time.Millisecond
	broken := map[string]bool{"ip-checksum": true} // TestChecksumsSentWrong
	for _, tt := range []struct {
		rule, name string
		run        func(c *capture) (fault int)
	}{
		{"", "a request each second, an answer, probes and announcements", func(c *capture) int {
			for range 3 {
				c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
				c.wait(1000 * ms)
			}
			c.arp(2, 2, "10.0.0.2", "10.0.0.1", nil)
			for range 3 {
				c.arp(1, 3, "0.0.0.0", "10.0.0.3", nil)
				c.wait(1100 * ms)
			}
			c.arp(1, 3, "10.0.0.3", "10.0.0.3", nil)
			c.wait(2000 * ms)
			c.arp(1, 3, "10.0.0.3", "10.0.0.3", nil)
			return 0
		}},
		{"", "a request that the link doubles", func(c *capture) int {
			for range 3 {
				c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
				c.wait(ms)
				c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
				c.wait(999 * ms)
			}
			return 0
		}},
		{"arp-malformed", "an address length of 5", func(c *capture) int {
			return c.arp(1, 1, "10.0.0.1", "10.0.0.2", func(b []byte) { b[14+4] = 5 })
		}},
		{"arp-malformed", "from a group", func(c *capture) int {
			return c.arp(1, 1, "10.0.0.1", "10.0.0.2", func(b []byte) { b[14+8] |= 1 })
		}},
		{"arp-rate", "300 ms", func(c *capture) int {
			c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
			c.wait(300 * ms)
			return c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
		}},
		{"arp-rate", "a flood", func(c *capture) (n int) {
			for range 4 {
				n = c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
				c.wait(ms)
			}
			return n
		}},
		{"arp-probe", "500 ms", func(c *capture) int {
			c.arp(1, 1, "0.0.0.0", "10.0.0.2", nil)
			c.wait(500 * ms)
			return c.arp(1, 1, "0.0.0.0", "10.0.0.2", nil)
		}},
		{"arp-announce", "1 s", func(c *capture) int {
			c.arp(1, 1, "10.0.0.1", "10.0.0.1", nil)
			c.wait(1000 * ms)
			return c.arp(1, 1, "10.0.0.1", "10.0.0.1", nil)
		}},
		{"arp-conflict", "two answers", func(c *capture) int {
			c.arp(2, 1, "10.0.0.1", "10.0.0.9", nil)
			c.wait(ms)
			return c.arp(2, 2, "10.0.0.1", "10.0.0.9", nil)
		}},
		{"ip-damaged", "one UDP packet", func(c *capture) int { return c.udp(func(b []byte) { b[14+8]-- }) }},

		{"", "solicitations, advertisements, DAD, routers", func(c *capture) int {
			for range 3 {
				c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), nil)
				c.wait(1000 * ms)
			}
			c.nd(2, "fe80::2", "fe80::1", 255, 136, na("fe80::2", 0x60), nil)
			c.nd(2, "fe80::2", "ff02::1", 255, 136, na("fe80::2", 0x20), nil)
			c.nd(1, "::", "ff02::1:ff00:7", 255, 135, ns("fe80::7", nil), nil)
			for range 3 {
				c.nd(1, "fe80::1", "ff02::2", 255, 133, &layers.ICMPv6RouterSolicitation{Options: lla}, nil)
				c.wait(4000 * ms)
			}
			return 0
		}},
		{"nd-hop-limit", "64", func(c *capture) int {
			return c.nd(1, "fe80::1", "ff02::1:ff00:2", 64, 135, ns("fe80::2", lla), nil)
		}},
		{"nd-checksum", "one bit", func(c *capture) int {
			return c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), func(b []byte) { b[14+40+2] ^= 1 })
		}},
		{"nd-malformed", "an option of length 0", func(c *capture) int {
			return c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), func(b []byte) {
				b[14+40+25] = 0
				b[14+40+3]++ // the checksum
			})
		}},
		{"nd-malformed", "DAD with a link-layer address", func(c *capture) int {
			return c.nd(1, "::", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), nil)
		}},
		{"nd-malformed", "DAD to all nodes", func(c *capture) int {
			return c.nd(1, "::", "ff02::1", 255, 135, ns("fe80::2", nil), nil)
		}},
		{"nd-malformed", "solicited to all nodes", func(c *capture) int {
			return c.nd(1, "fe80::1", "ff02::1", 255, 136, na("fe80::1", 0x40), nil)
		}},
		{"nd-malformed", "a multicast target", func(c *capture) int {
			return c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("ff02::2", lla), nil)
		}},
		{"nd-rate", "400 ms", func(c *capture) int {
			c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), nil)
			c.wait(400 * ms)
			return c.nd(1, "fe80::1", "ff02::1:ff00:2", 255, 135, ns("fe80::2", lla), nil)
		}},
		{"nd-rs-rate", "one second", func(c *capture) (n int) {
			for range 3 {
				n = c.nd(1, "fe80::1", "ff02::2", 255, 133, &layers.ICMPv6RouterSolicitation{Options: lla}, nil)
				c.wait(1000 * ms)
			}
			return n
		}},
		{"nd-conflict", "two advertisements", func(c *capture) int {
			c.nd(1, "fe80::1", "ff02::1", 255, 136, na("fe80::1", 0x20), nil)
			c.wait(ms)
			return c.nd(2, "fe80::1", "ff02::1", 255, 136, na("fe80::1", 0x20), nil)
		}},
	} {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			c := newCapture(t)
			fault := tt.run(c)
			want := 1
			if slices.Contains(discarded, tt.rule) {
				// One, or two, may have been damaged on the way.
				list, _ := judged(t, c.file.Bytes(), Options{})
				if len(list) != 1 || list[0].Rule != "link-damaged" || list[0].last() != fault {
					t.Errorf("want link-damaged at packet %d, got:\n%s", fault, lines(list))
				}
				broken["link-damaged"] = true
				for want < 3 {
					c.wait(5 * time.Second)
					fault = tt.run(c)
					want++
				}
			}
			list, _ := judged(t, c.file.Bytes(), Options{})
			if tt.rule == "" && len(list) != 0 || tt.rule != "" && (len(list) != want || list[want-1].Rule != tt.rule || list[want-1].last() != fault) {
				t.Errorf("want %s at packet %d, got:\n%s", tt.rule, fault, lines(list))
			}
			broken[tt.rule] = true
		})
	}
	for _, r := range elsewhere {
		if !broken[r] {
			t.Errorf("no trace breaks %s", r)
		}
	}
}

// hosts are the addresses of the two ends.
var hosts = []netip.Addr{
	netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"),
	netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2"),
}
