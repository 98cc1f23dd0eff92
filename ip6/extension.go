package ip6

import (
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// chain is a place in a packet's chain of headers.
type chain struct {
	proto  ip.Proto // of the header at off
	off    int      // from the IPv6 header on
	nextAt int      // offset of the Next Header field that named proto
}

// isExtension reports whether a next header is one that hosts walk past.
func isExtension(proto ip.Proto) bool {
	switch proto {
	case ip.HopByHop, ip.RoutingHdr, ip.FragmentHdr, ip.DestOptions:
		return true
	}
	return false
}

// startOf returns the beginning of the chain of packet b.
func startOf(b []byte) chain { return chain{ip.Proto(b[6]), HeaderLen, 6} }

// extensionLen returns the length in bytes of the extension header at the
// beginning of b, at least 8; 0 if there are fewer than 8 bytes.
func extensionLen(proto ip.Proto, b []byte) int {
	if len(b) < 8 {
		return 0
	}
	if proto == ip.FragmentHdr {
		return 8
	}
	return (int(b[1]) + 1) * 8
}

// skip moves c past extension headers to the upper-layer header, or to a
// fragment header if stop is set, without judging them: that is for packets that
// were judged before, or that we sent. It reports false if the chain ends early
// or is longer than limit headers.
func (c *chain) skip(b []byte, limit int, stop bool) bool {
	for ; isExtension(c.proto); limit-- {
		if stop && c.proto == ip.FragmentHdr {
			return true
		}
		if limit == 0 || c.off > len(b) {
			return false
		}
		n := extensionLen(c.proto, b[c.off:])
		if n == 0 || c.off+n > len(b) {
			return false
		}
		if c.proto == ip.FragmentHdr && (b[c.off+2] != 0 || b[c.off+3]&^7 != 0) {
			return false // not the first fragment
		}
		*c = chain{ip.Proto(b[c.off]), c.off + n, c.off}
	}
	return true
}

// inputChain walks the extension headers of the packet described by p.in, obeys
// them, and delivers what follows. It consumes buf, which begins with the IPv6
// header.
//
// RFC 8200 §4, RFC 5095 §3.
func (p *Protocol) inputChain(buf *pbuf.Buf) {
	if isExtension(p.in.Proto) && buf.Next() != nil {
		if buf = p.linear(buf, &p.stats.TooShort, HeaderLen); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	c := startOf(b)
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
			if c.off != HeaderLen {
				p.problem(buf, unknownNextHeader, c.nextAt, &p.stats.BadHeader)
				return
			}
			if !p.obeyOptions(buf, c.off, size) {
				return
			}
		case ip.DestOptions:
			if !p.obeyOptions(buf, c.off, size) {
				return
			}
		case ip.RoutingHdr:
			if b[c.off+3] != 0 {
				p.problem(buf, erroneousField, c.off+2, &p.stats.RoutingHeader)
				return
			}
		case ip.FragmentHdr:
			p.inputFragment(buf, c)
			return
		}
		c = chain{ip.Proto(b[c.off]), c.off + size, c.off}
	}
	p.end(buf, c)
}

// end delivers the packet whose extension headers are done. It consumes buf.
func (p *Protocol) end(buf *pbuf.Buf, c chain) {
	if c.proto == ip.NoNext {
		p.drop(buf, &p.stats.NoNextHeader)
		return
	}
	if p.in.Src.IsUnspecified() && c.proto != ip.ICMPv6 {
		p.drop(buf, &p.stats.BadSource)
		return
	}
	p.in.Proto, p.in.HeaderLen, p.nextAt = c.proto, c.off, c.nextAt
	p.deliver(buf)
}

// obeyOptions handles the options header of size bytes at off and reports
// whether to go on; otherwise it consumes buf.
func (p *Protocol) obeyOptions(buf *pbuf.Buf, off, size int) bool {
	e, ok := checkOptions(buf.Bytes()[off+2:off+size], p.cfg.MaxOptions, p.in.Dst.IsMulticast())
	switch {
	case ok:
		return true
	case e.many:
		p.drop(buf, &p.stats.TooManyOptions)
	case e.code == noProblem:
		p.drop(buf, &p.stats.BadOption)
	default:
		p.problem(buf, e.code, off+2+e.at, &p.stats.BadOption)
	}
	return false
}

// problem drops the packet buf, which begins with the IPv6 header, and tells its
// sender of a parameter problem at the given offset. It consumes buf.
//
// RFC 4443 §3.4.
func (p *Protocol) problem(buf *pbuf.Buf, code uint8, at int, counter *uint64) {
	p.sendError(buf, &p.in, icmpParameterProblem, code, uint32(at))
	p.drop(buf, counter)
}
