package gso

import (
	"encoding/binary"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Protocol numbers.
const (
	tcp = 6
	udp = 17
)

// MaxHeaders is the most bytes of headers that a Layout describes: Ethernet with
// a tag, IPv4 with options, TCP with options.
const MaxHeaders = ethernet.HeaderLen + ethernet.VLANLen + 60 + 60

// Layout says where the headers of a TCP or UDP packet are in its frame.
type Layout struct {
	IP        int  // offset of the IP header, in bytes
	Transport int  // of the transport header
	Payload   int  // of the transport payload
	End       int  // of what the IP header says is behind the payload: padding
	V6        bool // IPv6, without extension headers
	TCP       bool // not UDP
}

// LinkHeader returns the length of the Ethernet header, tag included, that b
// begins with, and whether an IP packet follows it.
func LinkHeader(b []byte) (n int, ok bool) {
	if len(b) < ethernet.HeaderLen+ethernet.VLANLen {
		return 0, false
	}
	n = ethernet.HeaderLen
	t := ethernet.Type(binary.BigEndian.Uint16(b[12:]))
	if t == ethernet.VLAN {
		t = ethernet.Type(binary.BigEndian.Uint16(b[16:]))
		n += ethernet.VLANLen
	}
	return n, t == ethernet.IPv4 || t == ethernet.IPv6
}

// Parse finds the headers of the frame that b begins with, whose IP header is at
// offset off. It reports false for fragments and for whatever is not TCP or UDP
// right behind the IP header.
func Parse(b []byte, off int) (l Layout, ok bool) {
	if off < 0 || off+20 > len(b) {
		return l, false
	}
	l.IP = off
	h := b[off:]
	var proto byte
	switch h[0] >> 4 {
	case 4:
		n := int(h[0]&15) * 4
		if n < 20 || binary.BigEndian.Uint16(h[6:])&0x3fff != 0 {
			return l, false
		}
		proto, l.Transport = h[9], off+n
		l.End = off + int(binary.BigEndian.Uint16(h[2:]))
	case 6:
		if len(h) < 40 {
			return l, false
		}
		proto, l.Transport, l.V6 = h[6], off+40, true
		l.End = l.Transport + int(binary.BigEndian.Uint16(h[4:]))
	default:
		return l, false
	}
	switch {
	case proto == tcp && l.Transport+20 <= len(b):
		l.TCP = true
		n := int(b[l.Transport+12]>>4) * 4
		l.Payload = l.Transport + n
		return l, n >= 20 && l.Payload <= len(b) && l.Payload <= l.End
	case proto == udp && l.Transport+8 <= len(b):
		l.Payload = l.Transport + 8
		return l, l.Payload <= l.End
	}
	return l, false
}

// Headers copies the beginning of the frame f to dst and finds the headers in it.
// off is the offset of the IP header; -1 says that an Ethernet header comes
// first. It reports false if Parse does, or f is shorter than it says. It borrows f.
func Headers(dst *[MaxHeaders]byte, f *pbuf.Buf, off int) (b []byte, l Layout, ok bool) {
	b = dst[:min(f.TotalLen(), len(dst))]
	f.CopyPartial(b, 0)
	if off < 0 {
		if off, ok = LinkHeader(b); !ok {
			return b, l, false
		}
	}
	l, ok = Parse(b, off)
	return b, l, ok && l.End <= f.TotalLen()
}

// Checksum returns the offset of the transport checksum.
func (l *Layout) Checksum() int {
	if l.TCP {
		return l.Transport + 16
	}
	return l.Transport + 6
}
