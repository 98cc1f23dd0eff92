package drill

import (
	"encoding/binary"
	"strings"
)

// tcpOptions reads "<mss 1460,nop,wscale 7>". "..." at the end means that
// anything may follow.
func (p *parser) tcpOptions(s *Segment) {
	p.expect("<")
	for !p.tok.is(">") {
		if p.acceptEllipsis() {
			s.AnyOptions = true
			break
		}
		s.Options = append(s.Options, p.tcpOption())
		if !p.accept(",") {
			break
		}
	}
	p.expect(">")
	n := optionsLen(s.Options)
	for i := range s.Options {
		if s.Options[i].defined() {
			return // its length is not known yet
		}
	}
	switch {
	case n > 40:
		p.fail("TCP options are %d bytes, which is more than 40", n)
	case n%4 != 0 && !s.AnyOptions:
		p.fail("TCP options are not padded correctly to ensure TCP header length is a multiple of 4 bytes: %d excess bytes", n%4)
	}
}

// tcpOption reads one option.
func (p *parser) tcpOption() (o TCPOption) {
	if p.tok.kind == tInt { // kind with its bytes: 254 0xf989
		o.Kind = uint8(p.integer(0, 255))
		if p.tok.kind == tInt {
			o.Data = p.hexBytes(38)
		}
		return o
	}
	if p.tok.kind != tWord {
		p.unexpected("a TCP option")
	}
	w := p.tok.text
	p.advance()
	switch strings.ToLower(w) {
	case "raw": // bytes as they are, of options that are cut short
		o.Raw, o.Data = true, p.hexBytes(40)
	case "eol":
		o.Kind = optEOL
	case "nop":
		o.Kind = optNOP
	case "mss":
		o.Kind, o.Val = optMSS, p.optionValue(65535)
	case "wscale":
		o.Kind, o.Val = optScale, p.optionValue(255)
	case "sackok":
		o.Kind = optSACKOK
	case "sack":
		o.Kind = optSACK
		for p.tok.kind == tInt || p.tok.is("!") {
			o.Blocks = append(o.Blocks, p.block())
		}
	case "ts":
		o.Kind = optTS
		if !p.acceptWord("val") {
			p.unexpected("'val'")
		}
		o.Val = p.optionValue(1<<32 - 1)
		if !p.acceptWord("ecr") {
			p.unexpected("'ecr'")
		}
		o.Ecr = p.optionValue(1<<32 - 1)
	case "md5":
		o.Kind, o.Data = optMD5, make([]byte, 16)
		if p.tok.kind == tInt || p.tok.kind == tWord && p.tok.text != "nop" && p.tok.text != "eol" {
			copy(o.Data, p.hexBytes(16))
		}
	case "fo", "foexp":
		o.Kind, o.Exp = optTFO, strings.EqualFold(w, "foexp")
		if !p.tok.is(",") && !p.tok.is(">") {
			if p.tok.kind == tWord && !isHexWord(p.tok.text) { // the name of a --define
				o.Data = []byte("$" + p.tok.text)
				p.advance()
			} else {
				o.Data = p.hexBytes(16)
			}
		}
		if o.Exp {
			o.Kind = optExp
		}
	case "ecn", "accecn":
		o.Data = p.accurateECN(&o)
	default:
		p.lex.to(p.prev)
		p.advance()
		p.unexpected("a TCP option")
	}
	return o
}

// defined reports whether the option is a cookie that --define names.
func (o *TCPOption) defined() bool {
	return (o.Kind == optTFO || o.Exp) && len(o.Data) > 0 && o.Data[0] == '$'
}

func isHexWord(s string) bool {
	return len(s)%2 == 0 && run(s, isHex) == len(s)
}

// optionValue reads a number, !number, or "..." for any.
func (p *parser) optionValue(most int64) (n Number) {
	if p.acceptEllipsis() {
		return n
	}
	n.Absolute = p.accept("!")
	n.Given = true
	n.Value = uint32(p.integer(0, most))
	return n
}

// block reads a SACK block "left:right".
func (p *parser) block() (b Block) {
	b.Absolute = p.accept("!")
	b.Left = uint32(p.integer(0, 1<<32-1))
	p.expect(":")
	p.accept("!")
	b.Right = uint32(p.integer(0, 1<<32-1))
	return b
}

// accurateECN reads "e1b 1 ceb 0 e0b 1": counters of RFC 9768 §3.2.3, in the
// order in which they are sent, which tells the kind.
func (p *parser) accurateECN(o *TCPOption) (data []byte) {
	o.Kind = optACE0
	if p.tok.word("e1b") {
		o.Kind = optACE1
	}
	data = []byte{}
	for p.tok.word("e0b") || p.tok.word("e1b") || p.tok.word("ceb") {
		p.advance()
		n := uint32(p.integer(0, 1<<24-1))
		data = append(data, byte(n>>16), byte(n>>8), byte(n))
	}
	return data
}

// optionsLen returns the length in bytes of options as they are sent.
func optionsLen(list []TCPOption) (n int) {
	for i := range list {
		n += list[i].len()
	}
	return n
}

// len returns the length in bytes of an option.
func (o *TCPOption) len() int {
	if o.Raw {
		return len(o.Data)
	}
	if o.Kind == optEOL || o.Kind == optNOP {
		return 1
	}
	return 2 + len(o.payload())
}

// payload returns an option's bytes after kind and length. What is not given is
// zero.
func (o *TCPOption) payload() []byte {
	e := binary.BigEndian
	switch {
	case o.Kind == optMSS && o.Data == nil:
		return e.AppendUint16(nil, uint16(o.Val.Value))
	case o.Kind == optScale && o.Data == nil:
		return []byte{byte(o.Val.Value)}
	case o.Kind == optTS && o.Data == nil:
		return e.AppendUint32(e.AppendUint32(nil, o.Val.Value), o.Ecr.Value)
	case o.Kind == optSACK && o.Data == nil:
		var b []byte
		for _, x := range o.Blocks {
			b = e.AppendUint32(e.AppendUint32(b, x.Left), x.Right)
		}
		return b
	case o.Exp:
		return append(e.AppendUint16(nil, magicFOExp), o.Data...)
	}
	return o.Data
}
