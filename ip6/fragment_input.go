package ip6

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// inputFragment takes a fragment: c is the place of its fragment header in buf,
// which begins with the IPv6 header and is one element. It consumes buf.
//
// RFC 8200 §4.5, RFC 5722 §4, RFC 6946 §4, RFC 7112 §5.
func (p *Protocol) inputFragment(buf *pbuf.Buf, c chain) {
	p.stats.Fragments++
	b := buf.Bytes()
	x := b[c.off:]
	off := int(binary.BigEndian.Uint16(x[2:]) &^ 7)
	more := x[3]&1 != 0
	body := c.off + fragmentHdrLen
	n := len(b) - body
	if off == 0 && !more {
		p.stats.AtomicFragments++
		p.in.Reassembled = true // it came with a fragment header: RFC 6980 §5
		p.resume(buf, chain{ip.Proto(x[0]), body, c.off})
		return
	}
	switch {
	case p.cfg.NoReassembly:
		p.drop(buf, &p.stats.FragmentsRefused)
		return
	case more && n%8 != 0:
		p.problem(buf, erroneousField, 4, &p.stats.BadFragment)
		return
	case off+n > pbuf.MaxLen || c.off-HeaderLen+off+n > pbuf.MaxLen:
		p.problem(buf, erroneousField, c.off+2, &p.stats.BadFragment)
		return
	case n == 0:
		p.drop(buf, &p.stats.BadFragment)
		return
	case off == 0 && !p.wholeChain(b, chain{ip.Proto(x[0]), body, c.off}):
		p.problem(buf, incompleteHeaders, 0, &p.stats.FragmentIncomplete)
		return
	}
	k := datagramKey{src: p.in.Src, dst: p.in.Dst, id: binary.BigEndian.Uint32(x[4:])}
	if p.in.Src.IsLinkLocalUnicast() {
		k.ifc = p.in.Ifc
	}
	p.reass.add(k, buf, c, off, n, more)
}

// wholeChain reports whether all headers up to the upper-layer one are in the
// first fragment b.
//
// RFC 7112 §5.
func (p *Protocol) wholeChain(b []byte, c chain) bool {
	if !c.skip(b, p.cfg.MaxHeaders, true) {
		return false
	}
	need := 8
	switch c.proto {
	case ip.TCP:
		need = 20
	case ip.NoNext, ip.ICMPv6:
		need = 0
	}
	return c.off+need <= len(b)
}

// resume walks on after a fragment header. It consumes buf.
func (p *Protocol) resume(buf *pbuf.Buf, c chain) {
	b := buf.Bytes()
	for n := 0; isExtension(c.proto); n++ {
		if n >= p.cfg.MaxHeaders {
			p.drop(buf, &p.stats.TooManyHeaders)
			return
		}
		size := extensionLen(c.proto, b[c.off:])
		if size == 0 || c.off+size > len(b) {
			p.drop(buf, &p.stats.BadHeader)
			return
		}
		switch c.proto {
		case ip.HopByHop:
			p.problem(buf, unknownNextHeader, c.nextAt, &p.stats.BadHeader)
			return
		case ip.DestOptions:
			if !p.obeyOptions(buf, c.off, size) {
				return
			}
		case ip.RoutingHdr:
			if b[c.off+3] != 0 {
				p.problem(buf, erroneousField, c.off+2, &p.stats.RoutingHeader)
				return
			}
		case ip.FragmentHdr: // in what was a fragment: nobody needs that
			p.drop(buf, &p.stats.BadFragment)
			return
		}
		c = chain{ip.Proto(b[c.off]), c.off + size, c.off}
	}
	p.end(buf, c)
}
