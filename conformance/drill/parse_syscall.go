package drill

import (
	"strconv"
	"strings"
)

// syscall reads "[...end] name(args) = result [ERRNO] [(note)]".
func (p *parser) syscall(e *Event) *Syscall {
	c := &Syscall{}
	if p.tok.kind == tEllipsis {
		p.advance()
		c.Blocking = true
		c.End = p.seconds()
		switch e.Time.Kind {
		case Absolute, Relative:
		default:
			p.fail("a blocking system call needs an exact start")
		}
		if c.End < e.Time.At {
			p.fail("a blocking system call ends before it starts")
		}
	}
	if p.tok.kind != tWord {
		p.unexpected("a system call")
	}
	c.Name = p.tok.text
	e.Line = p.tok.line
	p.advance()
	p.expect("(")
	c.Args = p.exprs(")")
	p.expect("=")
	c.Result = p.expr()
	if p.tok.kind == tWord {
		c.Errno = p.tok.text
		p.advance()
	}
	if p.tok.is("(") {
		c.Note = p.note()
	}
	return c
}

// note reads "(any text)".
func (p *parser) note() string {
	rest := p.lex.src[p.tok.end:]
	depth := 1
	for i := range len(rest) {
		switch rest[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\n':
			p.fail("note is not closed")
		}
		if depth == 0 {
			p.lex.pos = p.tok.end + i + 1
			p.lex.line = p.tok.line
			p.advance()
			return rest[:i]
		}
	}
	p.fail("note is not closed")
	return ""
}

// exprs reads expressions up to the closing mark.
func (p *parser) exprs(end string) (list []Expr) {
	if p.accept(end) {
		return nil
	}
	for {
		list = append(list, p.expr())
		if p.accept(end) {
			return list
		}
		if !p.accept(",") {
			p.unexpected("',' or '" + end + "'")
		}
	}
}

// expr reads "a | b | c".
func (p *parser) expr() Expr {
	if p.depth++; p.depth > maxDepth {
		p.fail("expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	x := p.primary()
	if !p.tok.is("|") {
		return x
	}
	or := Or{x}
	for p.accept("|") {
		or = append(or, p.primary())
	}
	return or
}

func (p *parser) primary() Expr {
	t := p.tok
	switch {
	case t.kind == tEllipsis:
		p.advance()
		return Ellipsis{}
	case t.kind == tInt:
		n, err := strconv.ParseInt(t.text, 0, 64)
		if err != nil {
			n, err = strconv.ParseInt(t.text, 10, 64)
		}
		if err != nil {
			u, uerr := strconv.ParseUint(t.text, 0, 64)
			if uerr != nil {
				p.fail("number %s is out of range", t.text)
			}
			n = int64(u)
		}
		p.advance()
		return Int(n)
	case t.is("-"):
		p.advance()
		if p.tok.kind != tInt {
			p.unexpected("a number")
		}
		return -Int(p.integer(0, 1<<62))
	case t.kind == tString:
		p.advance()
		return Text(unescape(t.text))
	case t.kind == tAddr:
		p.advance()
		return Text(t.text)
	case t.kind == tWord:
		p.advance()
		if p.accept("(") {
			return Call{t.text, p.exprs(")")}
		}
		return Symbol(t.text)
	case t.is("["):
		p.advance()
		return List(p.exprs("]"))
	case t.is("{"):
		p.advance()
		return p.fields()
	case t.is("&"): // &value, as in C
		p.advance()
		return p.primary()
	}
	p.unexpected("an expression")
	return nil
}

// fields reads the inside of a struct.
func (p *parser) fields() Struct {
	s := Struct{}
	if p.accept("}") {
		return s
	}
	for {
		s = append(s, p.field())
		if p.accept("}") {
			return s
		}
		if !p.accept(",") {
			p.unexpected("',' or '}'")
		}
	}
}

// field reads "name = value", "name(size) = value", "name: value" or "value".
func (p *parser) field() Field {
	value := p.expr()
	if !p.tok.is("=") && !p.tok.is(":") {
		return Field{Value: value}
	}
	var f Field
	switch v := value.(type) {
	case Symbol:
		f.Name = string(v)
	case Call:
		f.Name = v.Name
		if len(v.Args) > 0 {
			f.Size = v.Args[0]
		}
	default:
		p.fail("a field needs a name")
	}
	p.advance()
	f.Value = p.expr()
	return f
}

// unescape undoes C's escapes in a string.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'f':
			b.WriteByte('\f')
		case 'v':
			b.WriteByte('\v')
		case '0':
			b.WriteByte(0)
		case 'x':
			n := min(run(s[i+1:], isHex), 2)
			v, _ := strconv.ParseUint(s[i+1:i+1+n], 16, 8)
			b.WriteByte(byte(v))
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
