package drill

import (
	"fmt"
	"strings"
)

// pyToken is a token of the Python subset: a name, number, string or operator;
// or the end of a line, the beginning or end of a block, the end.
type pyToken struct {
	kind byte // 'n'ame, '0' number, 's'tring, 'o'perator, '\n', '{', '}', 0
	text string
	line int // within the snippet, from 0
}

// pyError is a mistake in a snippet, or an assertion that failed.
type pyError struct {
	line int // within the snippet, from 0
	kind string
	msg  string
}

// Error returns the message as Python prints it.
func (e *pyError) Error() string {
	if e.msg == "" {
		return e.kind
	}
	return e.kind + ": " + e.msg
}

func syntaxError(line int, format string, args ...any) error {
	return &pyError{line, "SyntaxError", fmt.Sprintf(format, args...)}
}

var pyOperators = []string{
	"**=", "//=", "<<=", ">>=", "==", "!=", "<=", ">=", "<<", ">>", "//", "**",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	"+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "(", ")", "[", "]", ",", ":", ".", ";",
}

// pyLex cuts a snippet into tokens, with blocks marked by their indentation. A
// snippet may be indented as a whole, which Python itself refuses.
func pyLex(src string) (list []pyToken, err error) {
	src = pyDedent(src)
	indents := []int{0}
	depth, line := 0, 0
	lineStart := true
	for i := 0; i < len(src); {
		if lineStart && depth == 0 {
			n := 0
			for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
				n++
				i++
			}
			if i == len(src) {
				break
			}
			if src[i] == '\n' || src[i] == '\r' || src[i] == '#' {
				if k := strings.IndexByte(src[i:], '\n'); k >= 0 {
					i += k + 1
					line++
					continue
				}
				break
			}
			if n > indents[len(indents)-1] {
				indents = append(indents, n)
				list = append(list, pyToken{'{', "indent", line})
			}
			for n < indents[len(indents)-1] {
				indents = indents[:len(indents)-1]
				list = append(list, pyToken{'}', "dedent", line})
			}
			if n != indents[len(indents)-1] {
				return nil, syntaxError(line, "unindent does not match")
			}
			lineStart = false
		}
		switch c := src[i]; {
		case c == '\n':
			if depth == 0 {
				list = append(list, pyToken{'\n', "end of line", line})
				lineStart = true
			}
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '\\' && i+1 < len(src) && src[i+1] == '\n':
			line++
			i += 2
		case c == '#':
			for i < len(src) && src[i] != '\n' {
				i++
			}
		case c == '"' || c == '\'':
			k := i + 1
			for k < len(src) && src[k] != c && src[k] != '\n' {
				if src[k] == '\\' {
					k++
				}
				k++
			}
			if k >= len(src) || src[k] != c {
				return nil, syntaxError(line, "string is not closed")
			}
			list = append(list, pyToken{'s', unescape(src[i+1 : k]), line})
			i = k + 1
		case isDigit(c) || c == '.' && i+1 < len(src) && isDigit(src[i+1]):
			k := i + run(src[i:], func(c byte) bool { return isDigit(c) || isLetter(c) || c == '.' })
			list = append(list, pyToken{'0', src[i:k], line})
			i = k
		case isLetter(c):
			k := i + run(src[i:], func(c byte) bool { return isDigit(c) || isLetter(c) })
			list = append(list, pyToken{'n', src[i:k], line})
			i = k
		default:
			op := ""
			for _, o := range pyOperators {
				if strings.HasPrefix(src[i:], o) {
					op = o
					break
				}
			}
			switch op {
			case "":
				return nil, syntaxError(line, "unexpected %q", c)
			case "(", "[":
				depth++
			case ")", "]":
				depth = max(depth-1, 0)
			}
			list = append(list, pyToken{'o', op, line})
			i += len(op)
		}
	}
	list = append(list, pyToken{'\n', "end of line", line})
	for range indents[1:] {
		list = append(list, pyToken{'}', "dedent", line})
	}
	return append(list, pyToken{0, "end of code", line}), nil
}

// pyDedent takes the indentation that all lines share away; what stands on the
// line of the opening mark counts as not indented.
func pyDedent(src string) string {
	lines := strings.Split(src, "\n")
	lines[0] = strings.TrimLeft(lines[0], " \t")
	least := -1
	for i, l := range lines {
		n := run(l, func(c byte) bool { return c == ' ' || c == '\t' })
		if n == len(l) || i == 0 {
			continue
		}
		if least < 0 || n < least {
			least = n
		}
	}
	for i, l := range lines {
		if i > 0 && least > 0 && len(l) >= least {
			lines[i] = l[least:]
		}
	}
	return strings.Join(lines, "\n")
}
