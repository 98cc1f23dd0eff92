package ip6

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// ICMPv6 types (RFC 4443 §2.1; those of neighbor discovery are package nd6's).
const (
	icmpUnreachable      = 1
	icmpTooBig           = 2
	icmpTimeExceeded     = 3
	icmpParameterProblem = 4
	icmpEchoRequest      = 128
	icmpEchoReply        = 129
	icmpFirstND          = 133
	icmpLastND           = 137
	icmpRedirect         = 137
)

// icmpHeaderLen is the length of the fixed part of the messages of RFC 4443:
//
//	 0      1      2          4
//	┌──────┬──────┬──────────┬──────────────────────────┬────────
//	│ type │ code │ checksum │ MTU, pointer, id and seq │ body
//	└──────┴──────┴──────────┴──────────────────────────┴────────
const icmpHeaderLen = 8

// inputICMP takes the ICMPv6 message described by p.in. It consumes buf.
//
// RFC 4443 §2.3, §2.4, §4. lwIP: icmp6_input.
func (p *Protocol) inputICMP(buf *pbuf.Buf) {
	in := &p.in
	if buf.TotalLen() < 4 {
		p.drop(buf, &p.stats.ICMPShort)
		return
	}
	if buf.Len() < min(icmpHeaderLen, buf.TotalLen()) {
		if buf = p.linear(buf, &p.stats.ICMPShort, 4); buf == nil {
			return
		}
		in.HeaderLen = 0 // what was in front is gone
	}
	if !buf.Flags.Has(pbuf.Verified) && !in.Ifc.Checksums().Has(netif.NoCheckICMP6) {
		sum := checksum.Add(ip.PseudoSum(in.Src, in.Dst, ip.ICMPv6, buf.TotalLen()), ip.ChainSum(buf))
		if sum != 0xffff {
			p.drop(buf, &p.stats.ICMPChecksum)
			return
		}
	}
	typ := buf.Bytes()[0]
	if typ >= icmpFirstND && typ <= icmpLastND {
		p.nd.Input(buf, in)
		return
	}
	if in.Src.IsUnspecified() && p.icmp[typ] == nil {
		p.drop(buf, &p.stats.BadSource)
		return
	}
	switch typ {
	case icmpEchoRequest:
		p.echo(buf)
	case icmpUnreachable, icmpTooBig, icmpTimeExceeded, icmpParameterProblem:
		p.inputError(buf)
	default:
		if typ == icmpEchoReply {
			p.stats.EchoReplies++
		}
		if t := p.icmp[typ]; t != nil {
			t.Input(buf, in)
			return
		}
		if typ == icmpEchoReply {
			buf.Free() // raw sockets saw it
			return
		}
		p.drop(buf, &p.stats.ICMPUnknown)
	}
}

// echo answers the echo request described by p.in. It consumes buf.
//
// RFC 4443 §4.2: the reply comes from the address that was asked, or, for a
// group, from one of ours.
func (p *Protocol) echo(buf *pbuf.Buf) {
	in := &p.in
	p.stats.EchoRequests++
	if buf.TotalLen() < icmpHeaderLen {
		p.drop(buf, &p.stats.ICMPShort)
		return
	}
	src := in.Dst
	if in.Multicast || in.Broadcast {
		if !p.cfg.MulticastPing {
			p.drop(buf, &p.stats.EchoIgnored)
			return
		}
		if in.Dst.IsMulticast() {
			if src = p.selectSource(in.Ifc, in.Src); !src.IsValid() {
				p.drop(buf, &p.stats.EchoIgnored)
				return
			}
		}
	}
	if !buf.Writable() {
		c := p.pool.Clone(buf, pbuf.IP, pbuf.RAM)
		if c == nil {
			p.drop(buf, &p.stats.NoMemory)
			return
		}
		buf.Free()
		buf = c
	}
	buf.Flags = 0
	b := buf.Bytes()
	old := binary.BigEndian.Uint16(b[0:])
	b[0] = icmpEchoReply
	field := checksum.Update(binary.BigEndian.Uint16(b[2:]), old, icmpEchoReply<<8|old&0xff)
	if src != in.Dst {
		n := buf.TotalLen()
		was, is := ip.PseudoSum(in.Src, in.Dst, ip.ICMPv6, n), ip.PseudoSum(in.Src, src, ip.ICMPv6, n)
		field = checksum.Update(field, was, is)
	}
	binary.BigEndian.PutUint16(b[2:], field)
	h := ip.Header{Src: src, Dst: in.Src, Proto: ip.ICMPv6, TOS: in.TOS &^ 3}
	if in.Src.IsLinkLocalUnicast() {
		h.Ifc = in.Ifc
	}
	p.Output(buf, h) // nobody to tell; drops are counted
}
