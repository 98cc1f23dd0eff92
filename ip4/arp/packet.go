package arp

import (
	"encoding/binary"

	"github.com/golwip/lwip/netif/ethernet"
)

// Op is an ARP operation (RFC 826, IANA "ARP Parameters").
type Op uint16

const (
	Request Op = 1
	Reply   Op = 2
)

// PacketLen is the length in bytes of an ARP packet for IPv4 on Ethernet.
const PacketLen = 28

const (
	hwEthernet = 1
	hwLen      = 6
	protoLen   = 4
)

// Packet is a parsed ARP packet. The protocol addresses are big-endian numbers:
// 10.0.0.1 is 0x0a000001.
//
//	 0        2        4    5    6    8            14          18           24          28
//	┌────────┬────────┬────┬────┬────┬────────────┬───────────┬────────────┬───────────┐
//	│ 1      │ 0x0800 │ 6  │ 4  │ Op │ SenderHW   │ Sender    │ TargetHW   │ Target    │
//	└────────┴────────┴────┴────┴────┴────────────┴───────────┴────────────┴───────────┘
type Packet struct {
	Op       Op
	SenderHW ethernet.Addr
	Sender   uint32
	TargetHW ethernet.Addr
	Target   uint32
}

// ParsePacket reads the first PacketLen bytes of b; ok is false if there are
// fewer, or if they do not map IPv4 to Ethernet. Bytes after them are link
// padding.
//
// RFC 826 "Packet Reception".
func ParsePacket(b []byte) (p Packet, ok bool) {
	if len(b) < PacketLen ||
		binary.BigEndian.Uint16(b[0:]) != hwEthernet ||
		binary.BigEndian.Uint16(b[2:]) != uint16(ethernet.IPv4) ||
		b[4] != hwLen || b[5] != protoLen {
		return Packet{}, false
	}
	return Packet{
		Op:       Op(binary.BigEndian.Uint16(b[6:])),
		SenderHW: ethernet.Addr(b[8:14]),
		Sender:   binary.BigEndian.Uint32(b[14:]),
		TargetHW: ethernet.Addr(b[18:24]),
		Target:   binary.BigEndian.Uint32(b[24:]),
	}, true
}

// Put writes p to the first PacketLen bytes of b.
func (p Packet) Put(b []byte) {
	_ = b[PacketLen-1]
	binary.BigEndian.PutUint16(b[0:], hwEthernet)
	binary.BigEndian.PutUint16(b[2:], uint16(ethernet.IPv4))
	b[4], b[5] = hwLen, protoLen
	binary.BigEndian.PutUint16(b[6:], uint16(p.Op))
	copy(b[8:14], p.SenderHW[:])
	binary.BigEndian.PutUint32(b[14:], p.Sender)
	copy(b[18:24], p.TargetHW[:])
	binary.BigEndian.PutUint32(b[24:], p.Target)
}
