package oracle

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/google/gopacket/layers"
)

// Kind is what a packet is.
type Kind uint8

// The kinds.
const (
	// Other is anything that no rule is about.
	Other Kind = iota
	// TCP is a segment whose fixed header is in the capture.
	TCP
	// ARP is an Ethernet-and-IPv4 ARP packet, well formed or not.
	ARP
	// ICMPv6 is any message of ICMPv6.
	ICMPv6
	// Fragment is a part of an IP packet.
	Fragment
	// Malformed does not parse.
	Malformed
)

// Packet is one packet of a capture, decoded as far as it goes.
type Packet struct {
	// Number counts from 1; At is the time since the Unix epoch.
	Number int
	At     time.Duration
	// Interface is the one it was captured at, VLAN the innermost tag.
	Interface int
	VLAN      uint16
	// Len is its length on the wire, CapLen what was captured of it.
	Len, CapLen int

	Kind Kind
	// HWSrc and HWDst are the stations' addresses, nil without Ethernet.
	HWSrc, HWDst []byte

	// Src and Dst are addresses and, for TCP, ports.
	Src, Dst netip.AddrPort
	// HopLimit is the TTL or hop limit.
	HopLimit uint8
	// HeaderSum and Sum tell of the IPv4 header's checksum and the transport's.
	HeaderSum, Sum Checksum

	// Seq to Options are the segment's. Window is unscaled.
	Seq, Ack uint32
	Flags    Flags
	Window   uint16
	Options  TCPOptions
	// PayloadLen is the payload's length on the wire, Payload what was captured
	// of it.
	PayloadLen int
	Payload    []byte

	// ARPBody is the ARP packet from its hardware type on.
	ARPBody []byte

	// ICMPError says that it is an ICMP error, of either version.
	ICMPError bool
	// ICMPType, ICMPCode and ICMPBody are the message's, ICMPBody what was
	// captured after the checksum. ICMPWhole says that this is all.
	ICMPType, ICMPCode uint8
	ICMPBody           []byte
	ICMPWhole          bool
}

// reset makes p an empty packet.
func (p *Packet) reset() { *p = Packet{} }

// SeqLen is the sequence space that the segment takes: payload, SYN and FIN.
func (p *Packet) SeqLen() int {
	n := p.PayloadLen
	if p.Flags.Has(SYN) {
		n++
	}
	if p.Flags.Has(FIN) {
		n++
	}
	return n
}

// linkSLL2 is LINKTYPE_LINUX_SLL2, 276, in the 8 bits that gopacket has for it.
const linkSLL2 layers.LinkType = 276 & 0xff

// Values of the EtherType field.
const (
	etherIPv4  = 0x0800
	etherARP   = 0x0806
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ2 = 0x9100
)

// decodeLink decodes a packet from its link header on.
func (p *Packet) decodeLink(link layers.LinkType, b []byte) {
	switch link {
	case layers.LinkTypeEthernet:
		if len(b) < 14 {
			p.Kind = Malformed
			return
		}
		p.HWDst, p.HWSrc = b[:6], b[6:12]
		p.decodeEther(binary.BigEndian.Uint16(b[12:]), b[14:])
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14:
		p.decodeIP(b)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		if len(b) < 4 {
			p.Kind = Malformed
			return
		}
		p.decodeIP(b[4:])
	case layers.LinkTypeLinuxSLL:
		if len(b) < 16 {
			p.Kind = Malformed
			return
		}
		p.decodeEther(binary.BigEndian.Uint16(b[14:]), b[16:])
	case linkSLL2:
		if len(b) < 20 {
			p.Kind = Malformed
			return
		}
		p.Interface = int(binary.BigEndian.Uint32(b[4:]))
		p.decodeEther(binary.BigEndian.Uint16(b), b[20:])
	default:
		p.Kind = Other
	}
}

// decodeEther decodes what follows an EtherType, VLAN tags skipped.
func (p *Packet) decodeEther(typ uint16, b []byte) {
	for typ == etherVLAN || typ == etherQinQ || typ == etherQinQ2 {
		if len(b) < 4 {
			p.Kind = Malformed
			return
		}
		p.VLAN = binary.BigEndian.Uint16(b) & 0xfff
		typ, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	switch typ {
	case etherIPv4, etherIPv6:
		p.decodeIP(b)
	case etherARP:
		p.Kind, p.ARPBody = ARP, b
	default:
		p.Kind = Other
	}
}
