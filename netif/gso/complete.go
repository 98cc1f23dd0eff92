package gso

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// PseudoSum returns the one's complement sum of the pseudo-header of the packet
// whose headers b begins with and whose transport header and payload have n
// bytes.
//
// RFC 9293 §3.1, RFC 8200 §8.1.
func (l *Layout) PseudoSum(b []byte, n int) uint16 {
	addrs, proto := b[l.IP+12:l.IP+20], uint16(udp)
	if l.V6 {
		addrs = b[l.IP+8 : l.IP+40]
	}
	if l.TCP {
		proto = tcp
	}
	sum := checksum.Add(checksum.Sum(addrs), proto)
	return checksum.Add(sum, uint16(n))
}

// Complete fills in the transport checksum of the frame f if it is Partial. off
// is the offset of the IP header; -1 says that an Ethernet header comes first. It
// consumes f and returns it, or a copy if somebody else looks at its header; nil
// if there is no memory for that.
func Complete(pool *pbuf.Pool, f *pbuf.Buf, off int) *pbuf.Buf {
	if !f.Flags.Has(pbuf.Partial) {
		return f
	}
	var scratch [MaxHeaders]byte
	b, l, ok := Headers(&scratch, f, off)
	if !ok {
		f.Flags &^= pbuf.Partial
		return f
	}
	at := l.Checksum()
	if !f.Writable() || f.Len() < at+2 {
		c := pool.Clone(f, pbuf.Link, pbuf.RAM)
		f.Free()
		if c == nil {
			return nil
		}
		f = c
	}
	n := l.End - l.Transport
	field := f.Bytes()[at:]
	field[0], field[1] = 0, 0
	sum := checksum.Add(l.PseudoSum(b, n), sumFrom(f, l.Transport, n))
	binary.BigEndian.PutUint16(field, l.field(sum))
	f.Flags &^= pbuf.Partial | pbuf.HasSum
	return f
}

// field returns what goes into the checksum field for the sum of the rest.
//
// RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
func (l *Layout) field(sum uint16) uint16 {
	if v := ^sum; v != 0 || l.TCP {
		return v
	}
	return 0xffff
}

// sumFrom returns the one's complement sum of n bytes of the chain from offset
// off on, which must be there.
func sumFrom(f *pbuf.Buf, off, n int) uint16 {
	var c cursor
	c.seek(f, off)
	return c.sum(n)
}
