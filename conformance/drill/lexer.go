package drill

import (
	"fmt"
	"net/netip"
	"strings"
)

// kind is the kind of a token.
type kind uint8

const (
	tEOF      kind = iota
	tOption        // --name or --name=value
	tInt           // 12, 0x0c
	tFloat         // 0.5, .5
	tWord          // socket, P, AF_INET
	tString        // "text"
	tShell         // `command`
	tCode          // %{ python }%
	tEllipsis      // ...
	tAddr          // 192.0.2.1, fd3d::1
	tPunct         // any other single character
)

// token is one token of a script.
type token struct {
	kind kind
	text string // as written; of strings, commands and code what is inside
	at   int    // offset in the script
	end  int    // offset of what follows
	line int
}

// is reports whether t is the punctuation p.
func (t token) is(p string) bool { return t.kind == tPunct && t.text == p }

// word reports whether t is the word w.
func (t token) word(w string) bool { return t.kind == tWord && t.text == w }

// String returns the token as an error message quotes it.
func (t token) String() string {
	if t.kind == tEOF {
		return "end of file"
	}
	return "'" + t.text + "'"
}

// lexer cuts a script into tokens. It can be set back, since what TCP flags, a
// cookie or an option's value are made of depends on where they stand.
type lexer struct {
	name string
	src  string
	pos  int
	line int
}

// errorf returns a parse error at a line.
func (l *lexer) errorf(line int, format string, args ...any) error {
	return &ParseError{File: l.name, Line: line, Msg: fmt.Sprintf(format, args...)}
}

// space skips blanks and comments: from # or // to the end of the line, and
// between /* and */.
func (l *lexer) space() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch c := rest[0]; {
		case c == '\n':
			l.line++
			l.pos++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			l.pos++
		case c == '#', strings.HasPrefix(rest, "//"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.src)
			}
		case strings.HasPrefix(rest, "/*"):
			i := strings.Index(rest[2:], "*/")
			if i < 0 {
				return l.errorf(l.line, "comment is not closed")
			}
			l.line += strings.Count(rest[:i+4], "\n")
			l.pos += i + 4
		default:
			return nil
		}
	}
	return nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// run returns how many bytes at the start of s satisfy f.
func run(s string, f func(byte) bool) int {
	i := 0
	for i < len(s) && f(s[i]) {
		i++
	}
	return i
}

// next returns the next token and moves behind it.
func (l *lexer) next() (token, error) {
	if err := l.space(); err != nil {
		return token{}, err
	}
	rest := l.src[l.pos:]
	if rest == "" {
		return token{kind: tEOF, at: l.pos, end: l.pos, line: l.line}, nil
	}
	switch c := rest[0]; {
	case c == '"':
		return l.quoted(tString, `"`, `"`)
	case c == '`':
		return l.quoted(tShell, "`", "`")
	case strings.HasPrefix(rest, "%{"):
		return l.quoted(tCode, "%{", "}%")
	case strings.HasPrefix(rest, "..."):
		return l.take(tEllipsis, 3), nil
	case strings.HasPrefix(rest, "--") && len(rest) > 2 && isLetter(rest[2]):
		return l.option()
	case isHex(c) || c == ':':
		if n := addressLen(rest); n > 0 {
			return l.take(tAddr, n), nil
		}
	}
	switch c := rest[0]; {
	case strings.HasPrefix(rest, "0x") || strings.HasPrefix(rest, "0X"):
		return l.take(tInt, 2+run(rest[2:], isHex)), nil
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		n := run(rest, isDigit)
		if n+1 < len(rest) && rest[n] == '.' && isDigit(rest[n+1]) {
			return l.take(tFloat, n+1+run(rest[n+1:], isDigit)), nil
		}
		return l.take(tInt, n), nil
	case isLetter(c):
		return l.take(tWord, run(rest, func(c byte) bool { return isLetter(c) || isDigit(c) })), nil
	}
	return l.take(tPunct, 1), nil
}

// take returns the next n bytes as a token.
func (l *lexer) take(k kind, n int) token {
	t := token{kind: k, text: l.src[l.pos : l.pos+n], at: l.pos, end: l.pos + n, line: l.line}
	l.pos += n
	return t
}

// quoted returns what is between two marks. A backslash keeps what follows it
// from ending a string.
func (l *lexer) quoted(k kind, from, to string) (token, error) {
	start := l.pos + len(from)
	for i := start; i < len(l.src); i++ {
		switch {
		case l.src[i] == '\\' && k != tCode:
			i++
		case strings.HasPrefix(l.src[i:], to):
			t := token{kind: k, text: l.src[start:i], at: l.pos, end: i + len(to), line: l.line}
			l.line += strings.Count(l.src[l.pos:t.end], "\n")
			l.pos = t.end
			return t, nil
		}
	}
	return token{}, l.errorf(l.line, "%s is not closed by %s", from, to)
}

// option returns --name=value as one token; the value ends at a blank unless it
// is quoted.
func (l *lexer) option() (token, error) {
	rest := l.src[l.pos:]
	n := 2 + run(rest[2:], func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' })
	if n < len(rest) && rest[n] == '=' {
		n++
		if n < len(rest) && rest[n] == '"' {
			i := strings.IndexByte(rest[n+1:], '"')
			if i < 0 {
				return token{}, l.errorf(l.line, "option %s: string is not closed", rest[:n])
			}
			n += i + 2
		} else {
			n += run(rest[n:], func(c byte) bool { return c > ' ' })
		}
	}
	t := l.take(tOption, n)
	l.line += strings.Count(t.text, "\n")
	return t, nil
}

// addressLen returns the length of the IPv4 or IPv6 address at the start of s;
// 0 if there is none. A sequence range such as 1:1001 is none.
func addressLen(s string) int {
	if n := run(s, func(c byte) bool { return isDigit(c) || c == '.' }); strings.Count(s[:n], ".") == 3 {
		if _, err := netip.ParseAddr(s[:n]); err == nil {
			return n
		}
	}
	n := run(s, func(c byte) bool { return isHex(c) || c == ':' || c == '.' })
	for n > 0 && (s[n-1] == '.' || s[n-1] == ':' && !strings.HasSuffix(s[:n], "::")) {
		n--
	}
	if n < len(s) && isLetter(s[n]) || strings.Count(s[:n], ".") < 3 && strings.Count(s[:n], ":") < 2 {
		return 0
	}
	if _, err := netip.ParseAddr(s[:n]); err == nil {
		return n
	}
	// "ipv6 a::1 > b::2: icmp" ends an address with a colon; so may "a:: :".
	if strings.HasSuffix(s[:n], ":") {
		if _, err := netip.ParseAddr(s[:n-1]); err == nil {
			return n - 1
		}
	}
	return 0
}

// to sets the lexer back, or ahead, to a token's beginning.
func (l *lexer) to(t token) { l.pos, l.line = t.at, t.line }
