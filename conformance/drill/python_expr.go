package drill

import (
	"strconv"
	"strings"
)

// tuple reads expressions with commas in between.
func (p *pyParser) tuple() *pyNode {
	x := p.expr()
	if !p.is(",") {
		return x
	}
	n := &pyNode{op: "tuple", line: x.line, kids: []*pyNode{x}}
	for p.accept(",") {
		if t := p.cur(); t.kind == '\n' || p.is(")") || p.is("=") {
			break
		}
		n.kids = append(n.kids, p.expr())
	}
	return n
}

// expr reads "a if c else b" and what binds tighter.
func (p *pyParser) expr() *pyNode {
	if p.depth++; p.depth > maxDepth {
		p.fail("expression is nested too deeply")
		return &pyNode{op: "const"}
	}
	defer func() { p.depth-- }()
	x := p.or()
	if !p.is("if") {
		return x
	}
	t := p.advance()
	c := p.or()
	p.expect("else")
	return &pyNode{op: "?:", line: t.line, kids: []*pyNode{c, x, p.expr()}}
}

func (p *pyParser) or() *pyNode {
	x := p.and()
	for p.is("or") {
		t := p.advance()
		x = &pyNode{op: "or", line: t.line, kids: []*pyNode{x, p.and()}}
	}
	return x
}

func (p *pyParser) and() *pyNode {
	x := p.not()
	for p.is("and") {
		t := p.advance()
		x = &pyNode{op: "and", line: t.line, kids: []*pyNode{x, p.not()}}
	}
	return x
}

func (p *pyParser) not() *pyNode {
	if !p.is("not") {
		return p.comparison()
	}
	if p.depth++; p.depth > maxDepth {
		p.fail("expression is nested too deeply")
	}
	t := p.advance()
	n := &pyNode{op: "not", line: t.line, kids: []*pyNode{p.not()}}
	p.depth--
	return n
}

// comparison reads a chain such as 0 <= x < 10: kids are the operands, text the
// operators.
func (p *pyParser) comparison() *pyNode {
	x := p.binary(0)
	n := &pyNode{op: "compare", line: x.line, kids: []*pyNode{x}}
	var ops []string
	for {
		t := p.cur()
		switch {
		case p.is("not") && p.list[p.at+1].text == "in":
			p.advance()
			t.text = "not in"
		case p.is("is") && p.list[p.at+1].text == "not":
			p.advance()
			t.text = "!="
		case p.is("is"):
			t.text = "=="
		case p.is("in"):
		case t.kind == 'o' && strings.Contains(" == != < > <= >= ", " "+t.text+" "):
		default:
			if len(ops) == 0 {
				return x
			}
			n.val = ops
			return n
		}
		p.advance()
		ops = append(ops, t.text)
		n.kids = append(n.kids, p.binary(0))
	}
}

// pyLevels are the binary operators, the loosest first.
var pyLevels = [...]string{" | ", " ^ ", " & ", " << >> ", " + - ", " * / // % "}

func (p *pyParser) binary(level int) *pyNode {
	if level == len(pyLevels) {
		return p.unary()
	}
	x := p.binary(level + 1)
	for t := p.cur(); t.kind == 'o' && strings.Contains(pyLevels[level], " "+t.text+" "); t = p.cur() {
		p.advance()
		x = &pyNode{op: t.text, line: t.line, kids: []*pyNode{x, p.binary(level + 1)}}
	}
	return x
}

func (p *pyParser) unary() *pyNode {
	t := p.cur()
	if t.kind == 'o' && (t.text == "-" || t.text == "+" || t.text == "~") {
		if p.depth++; p.depth > maxDepth {
			p.fail("expression is nested too deeply")
		}
		p.advance()
		n := &pyNode{op: "u" + t.text, line: t.line, kids: []*pyNode{p.unary()}}
		p.depth--
		return n
	}
	x := p.postfix()
	if p.is("**") {
		p.advance()
		x = &pyNode{op: "**", line: t.line, kids: []*pyNode{x, p.unary()}}
	}
	return x
}

// postfix reads an atom with calls and subscripts.
func (p *pyParser) postfix() *pyNode {
	x := p.atom()
	for {
		t := p.cur()
		switch {
		case p.accept("("):
			n := &pyNode{op: "call", line: t.line, text: x.text}
			if x.op != "name" {
				p.fail("only functions that are known can be called")
			}
			n.kids = p.list2(")")
			x = n
		case p.accept("["):
			x = &pyNode{op: "index", line: t.line, kids: []*pyNode{x, p.expr()}}
			p.expect("]")
		case p.accept("."): // a module's name: math.floor
			x = &pyNode{op: "name", line: t.line, text: p.advance().text}
		default:
			return x
		}
	}
}

// list2 reads expressions up to the closing mark.
func (p *pyParser) list2(end string) (list []*pyNode) {
	for !p.is(end) && p.err == nil {
		list = append(list, p.expr())
		if !p.accept(",") {
			break
		}
	}
	p.expect(end)
	return list
}

func (p *pyParser) atom() *pyNode {
	t := p.advance()
	n := &pyNode{op: "const", line: t.line}
	switch {
	case t.kind == '0':
		if v, err := strconv.ParseInt(strings.TrimRight(t.text, "Ll"), 0, 64); err == nil {
			n.val = v
			return n
		}
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.fail("bad number %q", t.text)
		}
		n.val = f
		return n
	case t.kind == 's':
		s := t.text
		for p.cur().kind == 's' {
			s += p.advance().text
		}
		n.val = s
		return n
	case t.kind == 'n':
		switch t.text {
		case "True":
			n.val = true
		case "False":
			n.val = false
		case "None":
		default:
			n.op, n.text = "name", t.text
		}
		return n
	case t.kind == 'o' && t.text == "(":
		if p.accept(")") {
			return &pyNode{op: "tuple", line: t.line}
		}
		x := p.tuple()
		p.expect(")")
		return x
	case t.kind == 'o' && t.text == "[":
		return &pyNode{op: "tuple", line: t.line, kids: p.list2("]")}
	}
	p.fail("unexpected %q", t.text)
	return n
}
