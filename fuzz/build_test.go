package fuzz

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// This file makes frames, with zeros where lengths and checksums go; mend fills
// them in.

var be = binary.BigEndian

// known are the addresses that are used again and again. Nobody writes to them.
var known = func() map[string][]byte {
	m := make(map[string][]byte)
	for _, s := range []string{host4, peer4, fresh4, far4, router4, host6, peer6, fresh6, far6, router6} {
		m[s] = netip.MustParseAddr(s).AsSlice()
	}
	return m
}()

// addrBytes returns the bytes of an address, which must not be changed.
func addrBytes(s string) []byte {
	if b := known[s]; b != nil {
		return b[:len(b):len(b)]
	}
	return netip.MustParseAddr(s).AsSlice()
}

// ether puts a link header in front of an IP packet, on links that have one, and
// mends it.
func (w *world) ether(dst, src string, typ uint16, payload []byte) []byte {
	if w.kind.ip() {
		return mend(bytes.Clone(payload), true, true)
	}
	b := append([]byte(dst+src), byte(typ>>8), byte(typ))
	return mend(append(b, payload...), false, true)
}

// packet4 makes an IPv4 packet.
func packet4(src, dst string, proto byte, id, frag uint16, options, payload []byte) []byte {
	n := 20 + len(options)
	b := make([]byte, 0, n+len(payload))
	b = append(b, 0x40|byte(n/4), 0, 0, 0, byte(id>>8), byte(id), byte(frag>>8), byte(frag), 64, proto, 0, 0)
	b = append(append(b, addrBytes(src)...), addrBytes(dst)...)
	return append(append(b, options...), payload...)
}

// packet6 makes an IPv6 packet; next is the number of the first header in
// payload.
func packet6(src, dst string, next, hops byte, payload []byte) []byte {
	b := make([]byte, 0, 40+len(payload))
	b = append(b, 0x60, 0, 0, 0, 0, 0, next, hops)
	b = append(append(b, addrBytes(src)...), addrBytes(dst)...)
	return append(b, payload...)
}

// from4 and from6 make a frame from the peer to the stack.
func (w *world) from4(proto byte, payload []byte) []byte {
	return w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, proto, 0x77, 0, nil, payload))
}

func (w *world) from6(next byte, payload []byte) []byte {
	return w.ether(hostHW, peerHW, 0x86dd, packet6(peer6, host6, next, 64, payload))
}

// fromPeer is the one of the kind's family.
func (w *world) fromPeer(proto byte, payload []byte) []byte {
	if w.kind.six() {
		return w.from6(proto, payload)
	}
	return w.from4(proto, payload)
}

// Flags of TCP.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
	urg
)

func tcpSegment(src, dst uint16, seq, ackNo uint32, flags byte, wnd, urgent uint16, options, payload []byte) []byte {
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	n := 20 + len(options)
	b := make([]byte, 0, n+len(payload))
	b = be.AppendUint16(be.AppendUint16(b, src), dst)
	b = be.AppendUint32(be.AppendUint32(b, seq), ackNo)
	b = append(b, byte(n/4)<<4, flags)
	b = be.AppendUint16(be.AppendUint16(be.AppendUint16(b, wnd), 0), urgent)
	return append(append(b, options...), payload...)
}

func udpDatagram(src, dst uint16, payload []byte) []byte {
	b := be.AppendUint16(be.AppendUint16(nil, src), dst)
	return append(append(b, 0, 0, 0, 0), payload...)
}

// icmp makes an ICMP or ICMPv6 message: rest is the second word.
func icmp(typ, code byte, rest uint32, body ...[]byte) []byte {
	b := be.AppendUint32([]byte{typ, code, 0, 0}, rest)
	return append(b, bytes.Join(body, nil)...)
}

// arpPacket makes a request (1) or reply (2).
func arpPacket(op byte, hw, src, dst string) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, 0, op}
	b = append(append(b, hw...), addrBytes(src)...)
	return append(append(b, 0, 0, 0, 0, 0, 0), addrBytes(dst)...)
}

func (w *world) arp(op byte, hw, src, dst string) []byte {
	to := hostHW
	if op == 1 {
		to = everyHW
	}
	return w.ether(to, hw, 0x0806, arpPacket(op, hw, src, dst))
}

// nd makes a neighbour discovery message from the link.
func (w *world) nd(hw, src, dst string, typ byte, rest uint32, body ...[]byte) []byte {
	to := hostHW
	if a := addrBytes(dst); a[0] == 0xff {
		to = "\x33\x33" + string(a[12:])
	}
	return w.ether(to, hw, 0x86dd, packet6(src, dst, 58, 255, icmp(typ, 0, rest, body...)))
}

// solicitation asks for the stack's address, advertisement answers for src.
func (w *world) solicitation(hw, src string) []byte {
	return w.nd(hw, src, "ff02::1:ff00:1", 135, 0, addrBytes(host6), []byte{1, 1}, []byte(hw))
}

func (w *world) advertisement(hw, src, dst string) []byte {
	return w.nd(hw, src, dst, 136, 0x6000_0000, addrBytes(src), []byte{2, 1}, []byte(hw))
}

// routerAdvertisement has every option that there is.
func (w *world) routerAdvertisement() []byte {
	return w.nd(routerHW, router6, "ff02::1", 134, 0x40_00_0708, []byte{0, 0, 0x75, 0x30, 0, 0, 3, 0xe8},
		[]byte{1, 1}, []byte(routerHW),
		[]byte{5, 1, 0, 0, 0, 0, 5, 120},
		[]byte{3, 4, 64, 0xc0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0}, addrBytes("2001:db8:1::"),
		[]byte{25, 3, 0, 0, 0, 0, 1, 0}, addrBytes("2001:db8::53"),
		[]byte{24, 2, 48, 0, 0, 0, 9, 0, 0x20, 1, 0xd, 0xb8, 0, 2, 0, 0})
}
