package oracle

import (
	"encoding/binary"
	"strings"
	"time"
)

// Flags are the control bits of a segment.
type Flags uint16

// The control bits (RFC 9293 §3.1).
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

func (f Flags) String() string {
	var b strings.Builder
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if f>>i&1 != 0 {
			if b.Len() > 0 {
				b.WriteByte(',')
			}
			b.WriteString(name)
		}
	}
	return b.String()
}

// Block is a range of sequence numbers, right edge excluded.
type Block struct{ Left, Right uint32 }

// TCPOptions are a segment's options.
type TCPOptions struct {
	// MSS is the Maximum Segment Size option, 0 if there is none.
	MSS uint16
	// Scale is the Window Scale option, -1 if there is none.
	Scale int
	// SACKPermitted and Timestamps tell that the option is there.
	SACKPermitted, Timestamps bool
	TSval, TSecr              uint32
	// SACK are its blocks, as sent.
	SACK []Block
	// Len is the length of all options in bytes.
	Len int
	// Whole says that all of them were captured; Malformed says what is wrong
	// with them, if anything.
	Whole     bool
	Malformed string

	store [4]Block
}

// Option kinds (RFC 9293 §3.1, RFC 7323, RFC 2018).
const (
	optEnd       = 0
	optNop       = 1
	optMSS       = 2
	optScale     = 3
	optSACKPerm  = 4
	optSACK      = 5
	optTimestamp = 8
)

// decodeTCP decodes a segment: b is what was captured of its n bytes
// (RFC 9293 §3.1).
func (p *Packet) decodeTCP(b []byte, n int) {
	if len(b) < 18 || n < 20 {
		return
	}
	hlen := int(b[12]>>4) * 4
	src, dst := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	p.Src, p.Dst = addrPort(p.Src, src), addrPort(p.Dst, dst)
	p.Kind = TCP
	p.Seq, p.Ack = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	p.Flags = Flags(b[13])
	p.Window = binary.BigEndian.Uint16(b[14:])
	p.Options.Scale = -1
	p.Sum = p.verify(protoTCP, b, n, 16)
	if hlen < 20 || hlen > n {
		p.Options.Malformed = "data offset out of range"
		return
	}
	p.PayloadLen = n - hlen
	if len(b) > hlen {
		p.Payload = b[hlen:]
	}
	p.Options.Len = hlen - 20
	p.Options.Whole = len(b) >= hlen
	if len(b) > 20 {
		p.Options.decode(b[20:min(hlen, len(b))])
	}
}

// decode reads the options in b, all of them if o.Whole.
func (o *TCPOptions) decode(b []byte) {
	for len(b) > 0 {
		switch b[0] {
		case optEnd:
			return
		case optNop:
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < int(b[1]) {
			if o.Whole {
				o.Malformed = "an option goes beyond the header"
			}
			return
		}
		kind, n := b[0], int(b[1])
		if n < 2 {
			o.Malformed = "an option is shorter than its kind and length"
			return
		}
		o.option(kind, b[2:n])
		b = b[n:]
	}
}

// option reads one option's value.
func (o *TCPOptions) option(kind byte, v []byte) {
	bad := false
	switch kind {
	case optMSS:
		if bad = len(v) != 2; !bad {
			o.MSS = binary.BigEndian.Uint16(v)
		}
	case optScale:
		if bad = len(v) != 1; !bad {
			o.Scale = int(v[0])
		}
	case optSACKPerm:
		o.SACKPermitted, bad = true, len(v) != 0
	case optTimestamp:
		if bad = len(v) != 8; !bad {
			o.Timestamps = true
			o.TSval, o.TSecr = binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])
		}
	case optSACK:
		if bad = len(v) == 0 || len(v)%8 != 0; bad {
			break
		}
		o.SACK = o.store[:0]
		for ; len(v) > 0; v = v[8:] {
			o.SACK = append(o.SACK, Block{binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])})
		}
	}
	if bad {
		o.Malformed = "an option has a wrong length"
	}
}

// secs is a time for people.
func secs(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
