package drill

import (
	"fmt"
	"strings"
)

// maxSteps bounds what a script's code may do, maxSize the length of a string and
// the items of a list, nested ones included.
const (
	maxSteps = 100_000
	maxSize  = 10_000
)

// python runs snippets. Variables outlive the snippet that sets them.
//
// Values are int64, float64, string, bool, []any and nil.
type python struct {
	vars  map[string]any
	out   func(string) // what print prints
	steps int
}

// pyStop says why a block ended early: "break" or "continue".
type pyStop string

// run executes a snippet.
func (y *python) run(src string) (err error) {
	body, err := pyParse(src)
	if err != nil {
		return err
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *pyError:
			err = r
		default:
			panic(r)
		}
	}()
	y.block(body)
	return nil
}

// raise ends the snippet with an exception.
func raise(n *pyNode, kind, format string, args ...any) {
	panic(&pyError{n.line, kind, fmt.Sprintf(format, args...)})
}

// block executes statements until one of them ends the loop around it.
func (y *python) block(body []*pyNode) pyStop {
	for _, n := range body {
		if stop := y.exec(n); stop != "" {
			return stop
		}
	}
	return ""
}

// step counts what is done, so that no loop is endless.
func (y *python) step(n *pyNode) {
	if y.steps++; y.steps > maxSteps {
		raise(n, "TimeoutError", "the script's code takes too long")
	}
}

func (y *python) exec(n *pyNode) pyStop {
	y.step(n)
	switch n.op {
	case "assert":
		if truthy(y.eval(n.kids[0])) {
			return ""
		}
		msg := ""
		if len(n.kids) > 1 {
			msg = pyStr(y.eval(n.kids[1]))
		}
		raise(n, "AssertionError", "%s", msg)
	case "=":
		y.vars[n.text] = y.eval(n.kids[0])
	case "expr":
		y.eval(n.kids[0])
	case "print":
		var parts []string
		for _, k := range n.kids {
			v := y.eval(k)
			if list, ok := v.([]any); ok && k.op == "tuple" {
				for _, v := range list {
					parts = append(parts, pyStr(v))
				}
				continue
			}
			parts = append(parts, pyStr(v))
		}
		y.print(parts)
	case "if":
		if truthy(y.eval(n.kids[0])) {
			return y.block(n.body)
		}
		return y.block(n.alt)
	case "while":
		for truthy(y.eval(n.kids[0])) {
			if y.block(n.body) == "break" {
				break
			}
		}
	case "for":
		for _, v := range pyList(n, y.eval(n.kids[0])) {
			y.vars[n.text] = v
			if y.block(n.body) == "break" {
				break
			}
		}
	case "break", "continue":
		return pyStop(n.op)
	}
	return ""
}

func (y *python) print(parts []string) {
	if y.out != nil {
		y.out(strings.Join(parts, " ") + "\n")
	}
}

// eval returns an expression's value.
func (y *python) eval(n *pyNode) any {
	y.step(n)
	switch n.op {
	case "const":
		return n.val
	case "name":
		if v, ok := y.vars[n.text]; ok {
			return v
		}
		raise(n, "NameError", "name '%s' is not defined", n.text)
	case "tuple":
		list := make([]any, len(n.kids))
		for i, k := range n.kids {
			list[i] = y.eval(k)
		}
		y.room(n, items(list))
		return list
	case "?:":
		if truthy(y.eval(n.kids[0])) {
			return y.eval(n.kids[1])
		}
		return y.eval(n.kids[2])
	case "or", "and":
		v := y.eval(n.kids[0])
		if truthy(v) == (n.op == "or") {
			return v
		}
		return y.eval(n.kids[1])
	case "not":
		return !truthy(y.eval(n.kids[0]))
	case "compare":
		return y.compare(n)
	case "call":
		args := make([]any, len(n.kids))
		for i, k := range n.kids {
			args[i] = y.eval(k)
		}
		return y.call(n, args)
	case "index":
		list, i := y.eval(n.kids[0]), pyInt(n, y.eval(n.kids[1]))
		items := pyList(n, list)
		if i < 0 {
			i += int64(len(items))
		}
		if i < 0 || i >= int64(len(items)) {
			raise(n, "IndexError", "index out of range")
		}
		return items[i]
	case "u-", "u+", "u~":
		return unary(n, y.eval(n.kids[0]))
	}
	v := arith(n, y.eval(n.kids[0]), y.eval(n.kids[1]))
	if s, ok := v.(string); ok {
		y.room(n, len(s))
	}
	return v
}

// room raises an exception if a value is larger than it may be. Making it counts
// as that many steps.
func (y *python) room(n *pyNode, size int) {
	if size > maxSize {
		raise(n, "MemoryError", "value is too large")
	}
	y.steps += size
}

// items returns how many items a list has, nested ones included.
func items(list []any) (n int) {
	for _, v := range list {
		n++
		if l, ok := v.([]any); ok {
			n += items(l)
		}
	}
	return n
}

// compare evaluates a chain of comparisons.
func (y *python) compare(n *pyNode) bool {
	a := y.eval(n.kids[0])
	for i, op := range n.val.([]string) {
		b := y.eval(n.kids[i+1])
		if !comparePair(n, op, a, b) {
			return false
		}
		a = b
	}
	return true
}

func comparePair(n *pyNode, op string, a, b any) bool {
	switch op {
	case "==":
		return equal(a, b)
	case "!=":
		return !equal(a, b)
	case "in", "not in":
		found := false
		if s, ok := b.(string); ok {
			found = strings.Contains(s, pyStr(a))
		} else {
			for _, v := range pyList(n, b) {
				found = found || equal(a, v)
			}
		}
		return found == (op == "in")
	}
	c := order(n, a, b)
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}
