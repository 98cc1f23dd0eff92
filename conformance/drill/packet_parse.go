package drill

import (
	"net/netip"
	"strconv"
	"strings"
)

// newPacket returns a packet of which nothing is given.
func newPacket(d Direction) *Packet {
	return &Packet{
		Dir: d, IP: IPInfo{TTL: -1, FlowLabel: -1, DF: -1},
		Src: Endpoint{Port: -1}, Dst: Endpoint{Port: -1},
		ICMP: Message{MTU: -1, ID: -1, Seq: -1},
	}
}

// packet reads a direction and what follows it.
func (p *parser) packet() *Packet {
	k := newPacket(Inbound)
	if p.tok.is(">") {
		k.Dir = Outbound
	}
	p.advance()
	quote := p.prefixes(k)
	if k.Other != "" {
		return k
	}
	switch {
	case p.acceptWord("icmp"):
		k.Proto = ICMP
		p.icmp(k, quote)
	case p.acceptWord("icmpv6"), p.acceptWord("icmp6"):
		k.Proto = ICMPv6
		p.icmp(k, quote)
	case p.acceptWord("udp"):
		k.Proto = UDP
		p.accept(":")
		p.ports(k)
		k.Len = p.parenthesized()
	case p.tok.word("sctp"), p.tok.word("udplite"):
		k.Other = p.tok.text
		p.skipForeign()
	default:
		p.acceptWord("tcp")
		p.accept(":")
		p.ports(k)
		p.segment(k)
	}
	if quote != nil && k.Proto != ICMP && k.Proto != ICMPv6 {
		p.fail("only an ICMP message quotes a packet")
	}
	return k
}

// prefixes reads what stands before the protocol, in any order:
//
//	ipv4 192.0.2.1 > 192.168.0.1:    the addresses; the colon may be left out
//	(192.0.2.1:80 > 192.168.0.1:9)   addresses and ports, ... for any
//	[ect0, ttl 64]                   the IP header
//	[1:1001(1000)]                   the packet that an ICMP message quotes
//	8080 > 9                         ports
func (p *parser) prefixes(k *Packet) (quote *Packet) {
	for {
		switch {
		case p.tok.word("ipv4"), p.tok.word("ipv6"):
			if k.Src.Addr.IsValid() {
				k.Other = "encapsulation"
				p.skipForeign()
				return nil
			}
			p.advance()
			k.Src.Addr = p.address()
			p.expect(">")
			k.Dst.Addr = p.address()
			p.accept(":")
		case p.tok.word("gre"), p.tok.word("mpls"), p.tok.word("eth"):
			k.Other = p.tok.text
			p.skipForeign()
			return nil
		case p.tok.is("("):
			p.advance()
			k.Src = p.endpoint()
			p.expect(">")
			k.Dst = p.endpoint()
			p.expect(")")
			p.accept(":")
		case p.tok.is("["):
			p.advance()
			if p.tok.kind == tWord && isIPWord(p.tok.text) {
				p.ipInfo(&k.IP)
			} else {
				quote = p.quote(k.Dir)
			}
			p.expect("]")
		default:
			p.ports(k)
			return quote
		}
	}
}

// ports reads "sport > dport" if it is next.
func (p *parser) ports(k *Packet) {
	if p.tok.kind != tInt {
		return
	}
	at := p.tok
	n := p.integer(0, 1<<32-1)
	if !p.accept(">") { // a segment without flags is none, but let that be said there
		p.lex.to(at)
		p.advance()
		return
	}
	if n > 65535 {
		p.fail("port %d is out of range", n)
	}
	k.Src.Port, k.Dst.Port = int(n), int(p.integer(0, 65535))
	p.accept(":")
}

func (p *parser) address() netip.Addr {
	if p.tok.kind != tAddr {
		p.unexpected("an address")
	}
	a, err := netip.ParseAddr(p.tok.text)
	if err != nil {
		p.unexpected("an address")
	}
	p.advance()
	return a
}

// endpoint reads an address and port, either of which may be missing or "...":
// 192.0.2.1:80, [fd00::1]:80, 192.0.2.1, :80, 80.
func (p *parser) endpoint() Endpoint {
	e := Endpoint{Port: -1}
	switch {
	case p.acceptEllipsis():
	case p.accept("["):
		e.Addr = p.address()
		p.expect("]")
	case p.tok.kind == tAddr:
		e.Addr = p.address()
	case p.tok.kind == tInt:
		e.Port = int(p.integer(0, 65535))
		return e
	}
	if p.accept(":") && !p.acceptEllipsis() {
		e.Port = int(p.integer(0, 65535))
	}
	return e
}

// skipForeign skips a packet of a protocol that is not known: to the end of the
// line, or to where its brackets close.
func (p *parser) skipForeign() {
	line, depth := p.tok.line, 0
	for p.tok.kind != tEOF && (p.tok.line == line || depth > 0) {
		switch {
		case p.tok.is("["), p.tok.is("{"), p.tok.is("("):
			depth++
		case p.tok.is("]"), p.tok.is("}"), p.tok.is(")"):
			depth--
		}
		line = p.tok.line
		more := p.tok.is(",") && depth == 0
		p.advance()
		if more {
			line = p.tok.line
		}
	}
}

var ecnWords = map[string]ECNCheck{
	"noecn": ECNNone, "ect0": ECNECT0, "ect1": ECNECT1, "ect01": ECNECT01, "ce": ECNCE,
}

func isIPWord(w string) bool {
	switch w {
	case "tos", "ttl", "hl", "flowlabel", "frag", "df", "nodf", "ecn":
		return true
	}
	_, ok := ecnWords[w]
	return ok
}

// ipInfo reads the inside of "[ect0, tos 0x10, ttl 64, flowlabel 0x1, frag 24]".
func (p *parser) ipInfo(i *IPInfo) {
	for {
		w := p.tok.text
		if p.tok.kind != tWord || !isIPWord(w) {
			p.unexpected("a property of the IP header")
		}
		p.advance()
		switch w {
		case "tos":
			i.ECN, i.TOS = ECNTOS, uint8(p.integer(0, 255))
		case "ttl", "hl":
			i.TTL = int(p.integer(0, 255))
		case "flowlabel":
			i.FlowLabel = int(p.integer(0, 1<<20-1))
		case "frag":
			i.Fragment = int(p.integer(8, 65528))
			if i.Fragment%8 != 0 {
				p.fail("a fragment's length must be a multiple of 8")
			}
			i.Reverse = p.acceptWord("reverse")
		case "df":
			i.DF = 1
		case "nodf":
			i.DF = 0
		case "ecn":
			continue // "[ecn ce]"
		default:
			i.ECN = ecnWords[w]
		}
		if !p.accept(",") {
			return
		}
	}
}

// raw takes the bytes at the next token that satisfy f, however they would be
// cut into tokens.
func (p *parser) raw(f func(byte) bool) string {
	n := run(p.lex.src[p.tok.at:], f)
	s := p.lex.src[p.tok.at : p.tok.at+n]
	p.lex.to(p.tok)
	p.lex.pos += n
	p.advance()
	return s
}

// parenthesized reads "(length)".
func (p *parser) parenthesized() int {
	p.expect("(")
	n := int(p.integer(0, 65535))
	if p.accept(",") { // UDP-Lite's coverage, of which only the whole is UDP
		p.integer(0, 65535)
	}
	p.expect(")")
	return n
}

// quote reads the inside of the brackets of an ICMP message: what the packet
// that is reported looked like.
//
//	[1:1001(1000)]   [S 0:0(0) win 65535]   [udp (100)]   [raw (24)]   [icmp echo_request]
//
// A quoted packet goes the other way than the message.
func (p *parser) quote(d Direction) *Packet {
	q := newPacket(Outbound)
	if d == Outbound {
		q.Dir = Inbound
	}
	p.prefixes(q)
	switch {
	case p.acceptWord("udp"):
		q.Proto = UDP
		p.accept(":")
		p.ports(q)
		q.Len = p.parenthesized()
	case p.acceptWord("raw"):
		q.Proto = RawIP
		p.accept(":")
		q.Len = p.parenthesized()
	case p.acceptWord("icmp"):
		q.Proto = ICMP
		p.icmp(q, nil)
	case p.acceptWord("icmpv6"):
		q.Proto = ICMPv6
		p.icmp(q, nil)
	default:
		p.acceptWord("tcp")
		p.accept(":")
		s := &q.TCP
		if p.tok.kind != tInt && !p.tok.is("!") {
			s.Flags, _ = p.tcpFlags()
		} else {
			s.AnyFlags = true
		}
		p.sequence(s)
		if p.acceptWord("ack") {
			s.Ack = p.number()
		}
		if p.acceptWord("win") {
			s.Win = p.number()
		}
	}
	return q
}

// hexBytes reads bytes in hexadecimal, with or without 0x.
func (p *parser) hexBytes(most int) []byte {
	s := strings.TrimPrefix(p.raw(func(c byte) bool { return isHex(c) || c == 'x' }), "0x")
	if len(s)%2 != 0 || len(s) > 2*most || strings.Contains(s, "x") {
		p.fail("%q is not up to %d bytes in hexadecimal", s, most)
	}
	b := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); i += 2 {
		v, _ := strconv.ParseUint(s[i:i+2], 16, 8)
		b = append(b, byte(v))
	}
	return b
}
