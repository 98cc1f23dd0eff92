package lwip_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// The victim and its peer.
const (
	victimHW, peerHW  = "\x02\x00\x00\x00\x00\x01", "\x02\x00\x00\x00\x00\x02"
	broadcastHW       = "\xff\xff\xff\xff\xff\xff"
	victim4, peer4    = "10.0.0.1", "10.0.0.2"
	victim6, peer6    = "fd00::1", "fd00::2"
	router6, offLink6 = "fe80::2", "2001:db8::9"
	peerISS           = 1000
	peerPort          = 4000 // of the connections
	httpPort, udpPort = 80, 53
	udpPeer           = 99   // the peer's port that datagrams were sent to
	answerLen         = 1190 // bytes in flight on either connection
	waitingID         = 78   // of datagrams whose first 24 bytes have arrived
)

// goodFrame is a valid frame of one kind, a counter that it changes, and
// whether it has an effect that shows otherwise.
type goodFrame struct {
	name    string
	data    []byte
	counter string
	effect  bool
}

// goodFrames returns one of each kind. They fit any victim.
func goodFrames(t testing.TB) []goodFrame {
	t.Helper()
	v := newVictim(t)
	defer v.close(t)
	list := []goodFrame{
		{"ARP request", arpFrame(layers.ARPRequest, peerHW, peer4, victim4), "ARP.Replies", true},
		{"ARP reply", arpFrame(layers.ARPReply, "\x02\x00\x00\x00\x00\x03", peer4, victim4), "ARP.Updated", false},

		{"IPv4 fragment, first", fragment4(77, 0, 24, true), "IP4.Fragments", true},
		{"IPv4 fragment, last", fragment4(waitingID, 24, 48, false), "IP4.Reassembled", true},
		{"IPv4 UDP", udp4(), "UDP.Delivered", true},
		{"IPv4 UDP with IP options", udp4(layers.IPv4Option{OptionType: 148, OptionLength: 4, OptionData: []byte{0, 0}}), "UDP.Delivered", true},
		{"VLAN priority tag", tagged(udp4()), "UDP.Delivered", true},
		{"ICMP echo", icmp4(8, 0, []byte{1, 2, 3, 4}, []byte("abcdefgh")), "IP4.ICMP.EchoRepliesSent", true},
		{"ICMP port unreachable, UDP", icmp4(3, 3, make([]byte, 4), v.asked[0][14:]), "UDP.ICMPErrors", true},
		{"ICMP time exceeded, TCP", icmp4(11, 0, make([]byte, 4), v.answered[0][14:80]), "IP4.ICMP.Errors", true},
		{"ICMP fragmentation needed, TCP", icmp4(3, 4, []byte{0, 0, 3, 0}, v.answered[0][14:80]), "IP4.ICMP.Errors", true},

		{"IPv6 UDP", udp6(0, nil), "UDP.Delivered", true},
		{"IPv6 UDP behind hop-by-hop and destination options", udp6(0, []byte{
			60, 0, 5, 2, 0, 0, 1, 0, // hop-by-hop: router alert, PadN
			17, 0, 0x1e, 2, 7, 7, 1, 0, // destination options: one to be skipped, PadN
		}), "UDP.Delivered", true},
		{"IPv6 UDP behind a routing header", udp6(43, []byte{17, 2, 0, 0, 0, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}), "UDP.Delivered", true},
		{"IPv6 atomic fragment", udp6(44, []byte{17, 0, 0, 0, 1, 2, 3, 4}), "IP6.AtomicFragments", true},
		{"IPv6 fragment, first", fragment6(77, 0, 24, 1), "IP6.Fragments", true},
		{"IPv6 fragment, last", fragment6(waitingID, 24, 48, 0), "IP6.Reassembled", true},
		{"ICMPv6 echo", icmp6(128, 0, peer6, victim6, []byte{1, 2, 3, 4, 'a', 'b', 'c', 'd'}), "IP6.EchoRequests", true},
		{"ICMPv6 port unreachable, UDP", icmp6(1, 4, peer6, victim6, make([]byte, 4), v.asked[1][14:]), "UDP.ICMPErrors", true},
		{"ICMPv6 packet too big, TCP", icmp6(2, 0, peer6, victim6, []byte{0, 0, 5, 0}, v.answered[1][14:100]), "IP6.PathMTULowered", true},
		{"ICMPv6 time exceeded, TCP", icmp6(3, 0, peer6, victim6, make([]byte, 4), v.answered[1][14:100]), "IP6.ErrorsReceived", true},
		{"neighbor solicitation", solicitation(peer6), "ND6.OutNA", true},
		{"neighbor advertisement", icmp6(136, 0, peer6, victim6, []byte{0x60, 0, 0, 0}, addr16(peer6), []byte{2, 1, 2, 0, 0, 0, 0, 3}), "ND6.InNA", false},
		{"router advertisement", icmp6(134, 0, router6, "ff02::1", []byte{
			64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, // hop limit 64, lifetime 30 min
			1, 1, 2, 0, 0, 0, 0, 2, // source link-layer address
			5, 1, 0, 0, 0, 0, 5, 120, // MTU 1400
			3, 4, 64, 0xc0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0, // prefix
		}, addr16("2001:db8:1::"), []byte{
			25, 3, 0, 0, 0, 0, 1, 0, // RDNSS
		}, addr16("2001:db8::53"), []byte{
			24, 2, 48, 0, 0, 0, 9, 0, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0, // route
		}), "ND6.InRA", false},
		{"redirect", icmp6(137, 0, router6, victim6, make([]byte, 4), addr16("fe80::3"), addr16(offLink6),
			[]byte{2, 1, 2, 0, 0, 0, 0, 3}), "ND6.InRedirect", false},
	}
	for i, family := range []string{"IPv4", "IPv6"} {
		ours, theirs := v.iss[i]+1, uint32(peerISS+1)
		six := i == 1
		sack := append(stamps, layers.TCPOption{
			OptionType: layers.TCPOptionKindSACK, OptionLength: 10,
			OptionData: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, ours+70), ours+answerLen),
		})
		list = append(list,
			goodFrame{family + " TCP SYN", segment{six: six, port: peerPort + 1, flags: "S", seq: peerISS, options: synOptions}.frame(),
				"TCP.PassiveOpens", true},
			goodFrame{family + " TCP data", segment{six: six, flags: "PA", seq: theirs, ack: ours, options: stamps, text: "some payload"}.frame(),
				"TCP.BytesIn", true},
			goodFrame{family + " TCP data out of order", segment{six: six, flags: "PA", seq: theirs + 50, ack: ours, options: stamps, text: "later"}.frame(),
				"TCP.OutOfOrder", true},
			goodFrame{family + " TCP ACK", segment{six: six, flags: "A", seq: theirs, ack: ours + answerLen, options: stamps}.frame(),
				"TCP.Segments", true},
			goodFrame{family + " TCP ACK with SACK", segment{six: six, flags: "A", seq: theirs, ack: ours, options: sack}.frame(),
				"TCP.Segments", true},
			goodFrame{family + " TCP FIN", segment{six: six, flags: "FA", seq: theirs, ack: ours + answerLen, options: stamps}.frame(),
				"TCP.Segments", true},
			goodFrame{family + " TCP RST", segment{six: six, flags: "R", seq: theirs}.frame(),
				"TCP.Segments", true},
		)
	}
	return list
}

// synOptions are those of a SYN, stamps those of other segments.
var (
	synOptions = []layers.TCPOption{
		{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 0}},
		{OptionType: layers.TCPOptionKindSACKPermitted, OptionLength: 2},
		{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: []byte{0, 0, 0, 9, 0, 0, 0, 0}},
		{OptionType: layers.TCPOptionKindNop, OptionLength: 1},
		{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}},
	}
	stamps = []layers.TCPOption{
		{OptionType: layers.TCPOptionKindNop, OptionLength: 1},
		{OptionType: layers.TCPOptionKindNop, OptionLength: 1},
		{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: []byte{0, 0, 0, 10, 0, 0, 0, 0}},
	}
)

// segment is a TCP segment from the peer.
type segment struct {
	six      bool
	port     uint16 // 0: peerPort
	flags    string
	seq, ack uint32
	window   uint16 // 0: news, 6000
	options  []layers.TCPOption
	text     string
}

func (s segment) frame() []byte {
	if s.port == 0 {
		s.port = peerPort
	}
	if s.window == 0 {
		s.window = 6000
	}
	has := func(c byte) bool { return bytes.IndexByte([]byte(s.flags), c) >= 0 }
	h := &layers.TCP{
		SrcPort: layers.TCPPort(s.port), DstPort: httpPort, Seq: s.seq, Ack: s.ack, Window: s.window,
		SYN: has('S'), ACK: has('A'), PSH: has('P'), FIN: has('F'), RST: has('R'), Options: s.options,
	}
	if s.six {
		n := ip6Header(layers.IPProtocolTCP, peer6, victim6)
		h.SetNetworkLayerForChecksum(n)
		return build(etherHeader(victimHW, layers.EthernetTypeIPv6), n, h, gopacket.Payload(s.text))
	}
	n := ip4Header(layers.IPProtocolTCP)
	h.SetNetworkLayerForChecksum(n)
	return build(etherHeader(victimHW, layers.EthernetTypeIPv4), n, h, gopacket.Payload(s.text))
}

// build serializes a frame.
func build(l ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		panic(err)
	}
	return bytes.Clone(b.Bytes())
}

func etherHeader(dst string, typ layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr(peerHW), DstMAC: net.HardwareAddr(dst), EthernetType: typ}
}

func ip4Header(proto layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: net.ParseIP(peer4), DstIP: net.ParseIP(victim4)}
}

func ip6Header(next layers.IPProtocol, src, dst string) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 255, NextHeader: next, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
}

func addr16(s string) []byte { return netip.MustParseAddr(s).AsSlice() }

func arpFrame(op uint16, hw, src, dst string) []byte {
	a, b := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	to := victimHW
	if op == layers.ARPRequest {
		to = broadcastHW
	}
	return build(etherHeader(to, layers.EthernetTypeARP), &layers.ARP{
		AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: op, SourceHwAddress: []byte(hw), SourceProtAddress: a.AsSlice(),
		DstHwAddress: make([]byte, 6), DstProtAddress: b.AsSlice(),
	})
}

// udp4 returns a datagram to the victim's endpoint.
func udp4(options ...layers.IPv4Option) []byte {
	n := ip4Header(layers.IPProtocolUDP)
	n.Options = options
	h := &layers.UDP{SrcPort: 5000, DstPort: udpPort}
	h.SetNetworkLayerForChecksum(n)
	return build(etherHeader(victimHW, layers.EthernetTypeIPv4), n, h, gopacket.Payload("a datagram of 40 bytes in its payload..."))
}

// fragment4 returns the bytes from first to last of udp4's datagram of 48.
func fragment4(id, first, last uint16, more bool) []byte {
	n := ip4Header(layers.IPProtocolUDP)
	n.Id, n.FragOffset = id, first/8
	if more {
		n.Flags = layers.IPv4MoreFragments
	}
	return build(etherHeader(victimHW, layers.EthernetTypeIPv4), n, gopacket.Payload(udp4()[34:][first:last]))
}

// tagged inserts a priority tag.
func tagged(frame []byte) []byte {
	return append(append(bytes.Clone(frame[:12]), 0x81, 0, 0x60, 0), frame[12:]...)
}

func icmp4(typ, code uint8, rest, body []byte) []byte {
	h := &layers.ICMPv4{
		TypeCode: layers.CreateICMPv4TypeCode(typ, code),
		Id:       binary.BigEndian.Uint16(rest), Seq: binary.BigEndian.Uint16(rest[2:]),
	}
	return build(etherHeader(victimHW, layers.EthernetTypeIPv4), ip4Header(layers.IPProtocolICMPv4), h, gopacket.Payload(body))
}

// udp6 returns a datagram to the victim's endpoint behind extension headers, of
// which the first has the given number.
func udp6(next layers.IPProtocol, ext []byte) []byte {
	n := ip6Header(layers.IPProtocolUDP, peer6, victim6)
	h := &layers.UDP{SrcPort: 5000, DstPort: udpPort}
	h.SetNetworkLayerForChecksum(n)
	whole := build(n, h, gopacket.Payload("a datagram of 40 bytes in its payload..."))
	if ext != nil {
		n.NextHeader = next
	}
	return build(etherHeader(victimHW, layers.EthernetTypeIPv6), n, gopacket.Payload(append(ext, whole[40:]...)))
}

// fragment6 returns the bytes from first to last of udp6's datagram of 48.
func fragment6(id byte, first, last uint16, more byte) []byte {
	n := ip6Header(layers.IPProtocolIPv6Fragment, peer6, victim6)
	head := []byte{17, 0, byte(first >> 8), byte(first) | more, 0, 0, 0, id}
	return build(etherHeader(victimHW, layers.EthernetTypeIPv6), n, gopacket.Payload(append(head, udp6(0, nil)[54:][first:last]...)))
}

func icmp6(typ, code uint8, src, dst string, body ...[]byte) []byte {
	n := ip6Header(layers.IPProtocolICMPv6, src, dst)
	h := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(typ, code)}
	h.SetNetworkLayerForChecksum(n)
	hw := victimHW
	if to := addr16(dst); to[0] == 0xff {
		hw = "\x33\x33" + string(to[12:])
	}
	return build(etherHeader(hw, layers.EthernetTypeIPv6), n, h, gopacket.Payload(bytes.Join(body, nil)))
}

// solicitation asks for victim6 from src.
func solicitation(src string) []byte {
	return icmp6(135, 0, src, "ff02::1:ff00:1", make([]byte, 4), addr16(victim6), []byte{1, 1, 2, 0, 0, 0, 0, 2})
}
