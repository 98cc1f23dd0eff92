package ping

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
)

// Message types of RFC 792 and RFC 4443.
const (
	echoReply4, echo4 = 0, 8
	echo6, echoReply6 = 128, 129

	unreachable4, exceeded4, parameter4 = 3, 11, 12
	lastError6                          = 127 // ICMPv6 types below 128 are errors
)

// headerLen is the length in bytes of an echo message's header, and of an error
// message's.
//
//	 0       8       16              31
//	┌───────┬───────┬───────────────┐
//	│ type  │ code  │ checksum      │
//	├───────┴───────┼───────────────┤
//	│ identifier    │ sequence      │
//	└───────────────┴───────────────┘
const headerLen = 8

// family is what differs between ICMP and ICMPv6.
type family struct {
	request, reply uint8
	ipHeader       int // shortest IP header that an error quotes, in bytes
	v4             bool
}

var (
	family4 = family{echo4, echoReply4, 20, true}
	family6 = family{echo6, echoReply6, 40, false}
)

func familyOf(target netip.Addr) family {
	if target.Is4() {
		return family4
	}
	return family6
}

// Network returns the network name on which to listen for replies from target:
// what ListenPacket takes.
func Network(target netip.Addr) string {
	if target.Unmap().Is4() {
		return "ip4:icmp"
	}
	return "ip6:ipv6-icmp"
}

// isError reports whether a message of type t is an error that quotes a packet.
func (f family) isError(t uint8) bool {
	if f.v4 {
		return t == unreachable4 || t == exceeded4 || t == parameter4
	}
	return t <= lastError6
}

// putRequest writes the header of request seq in front of the payload that b
// holds already. Over IPv6 the checksum is left to the stack, which knows the
// source address (RFC 3542 §3.1).
func (f family) putRequest(b []byte, id, seq uint16) {
	b[0], b[1], b[2], b[3] = f.request, 0, 0, 0
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], seq)
	if f.v4 {
		binary.BigEndian.PutUint16(b[2:], ^checksum.Sum(b))
	}
}

// fill writes the payload: bytes that depend on their place, so that a reply
// that lost or moved some shows.
func fill(b []byte) {
	for i := range b {
		b[i] = byte(i ^ i>>8)
	}
}

// kind is what an incoming message is to a session.
type kind uint8

const (
	other   kind = iota // not ours
	reply               // an echo reply with our identifier
	failure             // an ICMP error that quotes our request
)

// message is an incoming message.
type message struct {
	kind      kind
	seq       uint16
	typ, code uint8
	quotedDst netip.Addr // failure: where the request went
	payload   []byte     // reply: aliases the input
}

// parse reads an ICMP message without its IP header, as a raw connection gives
// it. The stack has checked its checksum.
func (f family) parse(b []byte, id uint16) message {
	if len(b) < headerLen {
		return message{}
	}
	m := message{typ: b[0], code: b[1]}
	if m.typ == f.reply && m.code == 0 && binary.BigEndian.Uint16(b[4:]) == id {
		m.kind, m.seq, m.payload = reply, binary.BigEndian.Uint16(b[6:]), b[headerLen:]
		return m
	}
	if !f.isError(m.typ) {
		return message{}
	}
	quote := b[headerLen:]
	if len(quote) < f.ipHeader {
		return message{}
	}
	n := f.ipHeader
	if f.v4 {
		n = int(quote[0]&0xf) * 4
		m.quotedDst = netip.AddrFrom4([4]byte(quote[16:20]))
	} else {
		m.quotedDst = netip.AddrFrom16([16]byte(quote[24:40]))
	}
	if n < f.ipHeader || len(quote) < n+headerLen {
		return message{}
	}
	if e := quote[n:]; e[0] == f.request && binary.BigEndian.Uint16(e[4:]) == id {
		m.kind, m.seq = failure, binary.BigEndian.Uint16(e[6:])
		return m
	}
	return message{}
}
