package udp

import "encoding/binary"

// HeaderLen is the length in bytes of a UDP header.
const HeaderLen = 8

// Header is the first HeaderLen bytes of a datagram:
//
//	 0             2             4             6            8
//	┌─────────────┬─────────────┬─────────────┬────────────┬─────────
//	│ source port │ destination │ length      │ checksum   │ payload
//	└─────────────┴─────────────┴─────────────┴────────────┴─────────
//
// RFC 768 "Format".
type Header []byte

// ParseHeader returns a view on the header at the start of b; ok is false if b
// is too short to hold one. It does not look at the length field.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderLen {
		return nil, false
	}
	return Header(b[:HeaderLen:HeaderLen]), true
}

// SrcPort returns the source port; 0 means that no reply is expected.
func (h Header) SrcPort() uint16 { return binary.BigEndian.Uint16(h[0:2]) }

// DstPort returns the destination port.
func (h Header) DstPort() uint16 { return binary.BigEndian.Uint16(h[2:4]) }

// Length returns the length field: header and payload, in bytes.
func (h Header) Length() int { return int(binary.BigEndian.Uint16(h[4:6])) }

// Checksum returns the checksum field; 0 means that there is none.
func (h Header) Checksum() uint16 { return binary.BigEndian.Uint16(h[6:8]) }

// PutHeader writes a header to the first HeaderLen bytes of b. length counts
// header and payload and is at most 65535.
func PutHeader(b []byte, srcPort, dstPort uint16, length int, sum uint16) {
	_ = b[HeaderLen-1]
	binary.BigEndian.PutUint16(b[0:2], srcPort)
	binary.BigEndian.PutUint16(b[2:4], dstPort)
	binary.BigEndian.PutUint16(b[4:6], uint16(length))
	binary.BigEndian.PutUint16(b[6:8], sum)
}
