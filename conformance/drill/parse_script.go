package drill

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxScript bounds a script's length in bytes, maxDepth the nesting of its
// expressions.
const (
	maxScript = 4 << 20
	maxDepth  = 64
)

// Error returns the message in packetdrill's form: file, line, what.
func (e *ParseError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// parser reads a script by recursive descent with one token of lookahead.
type parser struct {
	lex   lexer
	tok   token // the next token
	prev  token // the one before it
	depth int
}

// failure carries a ParseError out of the parser.
type failure struct{ err error }

// Parse reads a script. name is what messages call it.
func Parse(name, text string) (s *Script, err error) {
	if len(text) > maxScript {
		return nil, &ParseError{name, 1, "script is too long"}
	}
	p := &parser{lex: lexer{name: name, src: text, line: 1}}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			s, err = nil, r.err
		default:
			panic(r)
		}
	}()
	p.advance()
	return p.script(), nil
}

// advance moves to the next token.
func (p *parser) advance() {
	t, err := p.lex.next()
	if err != nil {
		panic(failure{err})
	}
	p.prev, p.tok = p.tok, t
}

// fail ends the parse at the next token.
func (p *parser) fail(format string, args ...any) {
	panic(failure{p.lex.errorf(p.tok.line, format, args...)})
}

// unexpected ends the parse because something else should be here.
func (p *parser) unexpected(want string) {
	p.fail("parse error at %v: expected %s", p.tok, want)
}

// accept takes the punctuation if it is next.
func (p *parser) accept(punct string) bool {
	if !p.tok.is(punct) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(punct string) {
	if !p.accept(punct) {
		p.unexpected("'" + punct + "'")
	}
}

// acceptWord takes the word if it is next.
func (p *parser) acceptWord(w string) bool {
	if !p.tok.word(w) {
		return false
	}
	p.advance()
	return true
}

// acceptEllipsis takes "..." or "*".
func (p *parser) acceptEllipsis() bool {
	if p.tok.kind != tEllipsis && !p.tok.is("*") {
		return false
	}
	p.advance()
	return true
}

// integer takes a number in [lo, hi].
func (p *parser) integer(lo, hi int64) int64 {
	if p.tok.kind != tInt {
		p.unexpected("a number")
	}
	n, err := strconv.ParseInt(p.tok.text, 0, 64)
	if err != nil && strings.HasPrefix(p.tok.text, "0") && !strings.HasPrefix(strings.ToLower(p.tok.text), "0x") {
		n, err = strconv.ParseInt(p.tok.text, 10, 64) // 08: not octal
	}
	if err != nil || n < lo || n > hi {
		p.fail("number %s is out of range [%d, %d]", p.tok.text, lo, hi)
	}
	p.advance()
	return n
}

// script reads option lines, initial commands and events to the end.
func (p *parser) script() *Script {
	s := &Script{File: p.lex.name}
	for p.tok.kind == tOption {
		name, value, _ := strings.Cut(p.tok.text[2:], "=")
		s.Options = append(s.Options, Option{name, strings.Trim(value, `"`), p.tok.line})
		p.advance()
	}
	for p.tok.kind != tEOF {
		s.Events = append(s.Events, p.event())
	}
	return s
}

// event reads one event with its time.
func (p *parser) event() *Event {
	e := &Event{Line: p.tok.line}
	if p.tok.kind == tShell {
		e.Time.Kind = Untimed
	} else {
		e.Time = p.time()
	}
	e.Line = p.tok.line
	switch {
	case p.tok.kind == tShell:
		e.Command = &Command{p.tok.text}
		p.advance()
	case p.tok.kind == tCode:
		e.Code = &Code{p.tok.text}
		p.advance()
	case p.tok.is("<"), p.tok.is(">"):
		e.Packet = p.packet()
	case p.tok.kind == tWord, p.tok.kind == tEllipsis:
		e.Syscall = p.syscall(e)
	default:
		p.unexpected("a packet, a system call, a command or code")
	}
	if e.Packet != nil && e.Packet.Dir == Inbound {
		switch e.Time.Kind {
		case Wildcard, AbsoluteRange, RelativeRange:
			panic(failure{p.lex.errorf(e.Line, "inbound packet needs an exact time")})
		}
	}
	return e
}

// time reads "1.5", "+1.5", "*", "1~2" or "+1~+2".
func (p *parser) time() Time {
	if p.accept("*") {
		return Time{Kind: Wildcard}
	}
	t := Time{Kind: Absolute}
	if p.accept("+") {
		t.Kind = Relative
	}
	t.At = p.seconds()
	if !p.accept("~") {
		return t
	}
	switch plus := p.accept("+"); {
	case plus != (t.Kind == Relative):
		p.fail("a range mixes absolute and relative time")
	case plus:
		t.Kind = RelativeRange
	default:
		t.Kind = AbsoluteRange
	}
	t.To = p.seconds()
	if t.To < t.At {
		p.fail("a range ends before it begins")
	}
	return t
}

// seconds reads a number of seconds.
func (p *parser) seconds() time.Duration {
	if p.tok.kind != tInt && p.tok.kind != tFloat {
		p.unexpected("a time")
	}
	f, err := strconv.ParseFloat(p.tok.text, 64)
	if err != nil || f > 1e8 {
		p.fail("time %s is out of range", p.tok.text)
	}
	p.advance()
	return time.Duration(f*1e6+0.5) * time.Microsecond
}
