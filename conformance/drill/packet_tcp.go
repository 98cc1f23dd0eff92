package drill

var flagLetters = map[byte]Flags{
	'F': FIN, 'S': SYN, 'R': RST, 'P': PSH, '.': ACK, 'U': URG, 'E': ECE, 'C': CWR, 'W': CWR, 'A': AE,
}

func isFlag(c byte) bool {
	_, ok := flagLetters[c]
	return ok || c == '-' || c >= '0' && c <= '7'
}

// tcpFlags reads control bits: letters, "." for ACK, "-" for none, a digit for
// the three bits that count CE marks in accurate ECN.
func (p *parser) tcpFlags() (f Flags, ok bool) {
	s := p.raw(func(c byte) bool { return isFlag(c) })
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-':
		case isDigit(c):
			n := Flags(c - '0')
			f |= n&1*ECE | n>>1&1*CWR | n>>2&1*AE
		default:
			f |= flagLetters[c]
		}
	}
	return f, s != ""
}

// segment reads a TCP segment from its flags on.
func (p *parser) segment(k *Packet) {
	s := &k.TCP
	if p.tok.kind == tEOF || p.tok.at < len(p.lex.src) && !isFlag(p.lex.src[p.tok.at]) && !p.tok.is("*") {
		p.unexpected("TCP flags")
	}
	if p.accept("*") {
		s.AnyFlags = true
	} else {
		s.Flags, _ = p.tcpFlags()
	}
	p.sequence(s)
	if k.Dir == Inbound && (s.AnyFlags || !s.Seq.Given) {
		p.fail("inbound TCP packets must say flags and sequence numbers")
	}
	if p.acceptWord("ack") {
		if p.acceptEllipsis() {
			s.AnyAck = true
		} else {
			s.Ack = p.number()
		}
	}
	if p.acceptWord("win") && !p.acceptEllipsis() {
		s.Win = p.number()
		if s.Win.Value > 65535 {
			p.fail("window %d is out of range", s.Win.Value)
		}
	}
	if k.Dir == Inbound && !s.Win.Given {
		p.fail("inbound TCP packets must specify a window")
	}
	if p.acceptWord("urg") {
		s.Urg = uint16(p.integer(0, 65535))
	}
	if p.tok.is("<") {
		p.tcpOptions(s)
	}
	if k.Dir == Inbound && s.AnyOptions {
		p.fail("inbound TCP packets must specify options")
	}
}

// number reads a sequence number: 1001, or !1001 as it is on the wire.
func (p *parser) number() (n Number) {
	n.Absolute = p.accept("!")
	n.Given = true
	n.Value = uint32(p.integer(0, 1<<32-1))
	return n
}

// sequence reads "first:last(length)"; "..." for either number means any.
func (p *parser) sequence(s *Segment) {
	if !p.acceptEllipsis() {
		s.Seq = p.number()
	}
	p.expect(":")
	var last Number
	if !p.acceptEllipsis() {
		last = p.number()
	}
	p.expect("(")
	s.Len = int(p.integer(0, 65535))
	p.expect(")")
	if s.Seq.Given && last.Given && s.Seq.Value+uint32(s.Len) != last.Value {
		p.fail("inconsistent TCP sequence numbers: %d + %d != %d", s.Seq.Value, s.Len, last.Value)
	}
}
