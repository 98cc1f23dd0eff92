package tcp

import "encoding/binary"

// Flags are the control bits of a segment.
//
// RFC 9293 §3.1, RFC 3168 §6.1.
type Flags uint8

const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Has reports whether all of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Any reports whether any of g is set.
func (f Flags) Any(g Flags) bool { return f&g != 0 }

// String lists the set bits in header order, as "SYN|ACK"; "." for none.
func (f Flags) String() string {
	names := [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}
	s := ""
	for i, n := range names {
		if f&(1<<i) == 0 {
			continue
		}
		if s != "" {
			s += "|"
		}
		s += n
	}
	if s == "" {
		return "."
	}
	return s
}

// Header lengths in bytes.
const (
	HeaderLen    = 20
	MaxHeaderLen = 60
	maxOptionLen = MaxHeaderLen - HeaderLen
)

// Header is a view on a TCP header, its options included.
//
//	 0               1               2               3
//	┌───────────────────────────────┬───────────────────────────────┐
//	│          source port          │       destination port        │
//	├───────────────────────────────┴───────────────────────────────┤
//	│                        sequence number                        │
//	├───────────────────────────────────────────────────────────────┤
//	│                     acknowledgment number                     │
//	├───────┬───────┬───────────────┬───────────────────────────────┤
//	│ offset│ rsrvd │ flags         │            window             │
//	├───────┴───────┴───────────────┼───────────────────────────────┤
//	│           checksum            │        urgent pointer         │
//	├───────────────────────────────┴───────────────────────────────┤
//	│                            options                            │
//	└───────────────────────────────────────────────────────────────┘
//
// RFC 9293 §3.1.
type Header []byte

// ParseHeader returns a view on the header at the start of the segment b; ok is
// false if b does not hold as many bytes as the header says.
func ParseHeader(b []byte) (h Header, ok bool) {
	if len(b) < HeaderLen {
		return nil, false
	}
	n := int(b[12]>>4) * 4
	if n < HeaderLen || n > len(b) {
		return nil, false
	}
	return Header(b[:n]), true
}

// SrcPort returns the source port.
func (h Header) SrcPort() uint16 { return binary.BigEndian.Uint16(h[0:2]) }

// DstPort returns the destination port.
func (h Header) DstPort() uint16 { return binary.BigEndian.Uint16(h[2:4]) }

// Seq returns the sequence number.
func (h Header) Seq() Seq { return Seq(binary.BigEndian.Uint32(h[4:8])) }

// Ack returns the acknowledgment number.
func (h Header) Ack() Seq { return Seq(binary.BigEndian.Uint32(h[8:12])) }

// Len returns the header's length in bytes, options included.
func (h Header) Len() int { return len(h) }

// Flags returns the control bits.
func (h Header) Flags() Flags { return Flags(h[13]) }

// Window returns the window field, not scaled.
func (h Header) Window() uint16 { return binary.BigEndian.Uint16(h[14:16]) }

// Checksum returns the checksum field.
func (h Header) Checksum() uint16 { return binary.BigEndian.Uint16(h[16:18]) }

// Urgent returns the urgent pointer.
func (h Header) Urgent() uint16 { return binary.BigEndian.Uint16(h[18:20]) }

// Options returns the bytes of the options.
func (h Header) Options() []byte { return h[HeaderLen:] }

// putHeader writes a header of n bytes, checksum zero, to the start of b.
func putHeader(b []byte, src, dst uint16, seq, ack Seq, n int, f Flags, wnd uint16) {
	_ = b[HeaderLen-1]
	binary.BigEndian.PutUint16(b[0:2], src)
	binary.BigEndian.PutUint16(b[2:4], dst)
	binary.BigEndian.PutUint32(b[4:8], uint32(seq))
	binary.BigEndian.PutUint32(b[8:12], uint32(ack))
	b[12] = byte(n) << 2
	b[13] = byte(f)
	binary.BigEndian.PutUint16(b[14:16], wnd)
	binary.BigEndian.PutUint32(b[16:20], 0)
}
