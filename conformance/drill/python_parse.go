package drill

import (
	"strings"
)

// pyNode is an expression or a statement.
type pyNode struct {
	op   string // what it is: "num", "str", "name", "call", "+", "if", …
	line int
	text string
	val  any // of a constant
	kids []*pyNode
	body []*pyNode // of if, for, while
	alt  []*pyNode // else
}

// pyParser reads the Python subset: assert, assignments, if, for, while, print,
// pass, break, continue, import (ignored), and expressions.
type pyParser struct {
	list  []pyToken
	at    int
	depth int
	err   error
}

// pyParse reads a snippet.
func pyParse(src string) (body []*pyNode, err error) {
	list, err := pyLex(src)
	if err != nil {
		return nil, err
	}
	p := &pyParser{list: list}
	for p.cur().kind != 0 && p.err == nil {
		body = append(body, p.statement()...)
	}
	return body, p.err
}

func (p *pyParser) cur() pyToken { return p.list[p.at] }

func (p *pyParser) advance() pyToken {
	t := p.list[p.at]
	if p.at < len(p.list)-1 {
		p.at++
	}
	return t
}

func (p *pyParser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = syntaxError(p.cur().line, format, args...)
	}
	p.at = len(p.list) - 1
}

// is reports whether the next token is an operator or keyword.
func (p *pyParser) is(s string) bool {
	t := p.cur()
	return (t.kind == 'o' || t.kind == 'n') && t.text == s
}

func (p *pyParser) accept(s string) bool {
	if p.is(s) {
		p.advance()
		return true
	}
	return false
}

func (p *pyParser) expect(s string) {
	if !p.accept(s) {
		p.fail("%q expected, not %q", s, p.cur().text)
	}
}

// statement reads one line, or one compound statement.
func (p *pyParser) statement() []*pyNode {
	if p.depth++; p.depth > maxDepth {
		p.fail("blocks are nested too deeply")
	}
	defer func() { p.depth-- }()
	switch t := p.cur(); {
	case t.kind == '\n':
		p.advance()
		return nil
	case p.is("if"), p.is("while"):
		return []*pyNode{p.conditional()}
	case p.is("for"):
		p.advance()
		n := &pyNode{op: "for", line: t.line, text: p.advance().text}
		p.expect("in")
		n.kids = []*pyNode{p.tuple()}
		n.body = p.block()
		return []*pyNode{n}
	}
	list := []*pyNode{p.simple()}
	for p.accept(";") && p.cur().kind != '\n' {
		list = append(list, p.simple())
	}
	if p.cur().kind != '\n' {
		p.fail("unexpected %q", p.cur().text)
	}
	p.advance()
	return list
}

// conditional reads if, elif and else, or while.
func (p *pyParser) conditional() *pyNode {
	t := p.advance()
	n := &pyNode{op: t.text, line: t.line, kids: []*pyNode{p.expr()}}
	n.body = p.block()
	switch {
	case n.op == "while":
	case p.is("elif"):
		p.list[p.at].text = "if"
		if p.depth++; p.depth > maxDepth {
			p.fail("blocks are nested too deeply")
			return n
		}
		n.alt = []*pyNode{p.conditional()}
		p.depth--
	case p.accept("else"):
		n.alt = p.block()
	}
	return n
}

// block reads ": statement" or an indented block.
func (p *pyParser) block() (body []*pyNode) {
	p.expect(":")
	if p.cur().kind != '\n' {
		return p.statement()
	}
	p.advance()
	if p.cur().kind != '{' {
		p.fail("an indented block is expected")
		return nil
	}
	p.advance()
	for p.cur().kind != '}' && p.cur().kind != 0 {
		body = append(body, p.statement()...)
	}
	p.advance()
	return body
}

// simple reads a statement of one line.
func (p *pyParser) simple() *pyNode {
	t := p.cur()
	n := &pyNode{op: t.text, line: t.line}
	switch {
	case p.accept("assert"):
		n.kids = []*pyNode{p.expr()}
		if p.accept(",") {
			n.kids = append(n.kids, p.tuple())
		}
		return n
	case p.accept("pass"), p.accept("break"), p.accept("continue"):
		return n
	case p.is("import"), p.is("from"):
		for p.cur().kind != '\n' && p.cur().kind != 0 {
			p.advance()
		}
		n.op = "pass"
		return n
	case p.is("print") && p.list[p.at+1].text != "(": // of Python 2
		p.advance()
		if p.cur().kind != '\n' {
			n.kids = []*pyNode{p.tuple()}
		}
		return n
	}
	x := p.tuple()
	for _, op := range []string{"=", "+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**="} {
		if !p.accept(op) {
			continue
		}
		if x.op != "name" {
			p.fail("cannot assign to this")
		}
		v := p.tuple()
		if op != "=" {
			v = &pyNode{op: strings.TrimSuffix(op, "="), line: t.line, kids: []*pyNode{x, v}}
		}
		return &pyNode{op: "=", line: t.line, text: x.text, kids: []*pyNode{v}}
	}
	return &pyNode{op: "expr", line: t.line, kids: []*pyNode{x}}
}
