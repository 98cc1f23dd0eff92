package drill

import (
	"math"
	"strings"
)

func equal(a, b any) bool {
	if la, ok := a.([]any); ok {
		lb, ok := b.([]any)
		if !ok || len(la) != len(lb) {
			return false
		}
		for i := range la {
			if !equal(la[i], lb[i]) {
				return false
			}
		}
		return true
	}
	if _, ok := b.([]any); ok {
		return false
	}
	fa, oka := number(a)
	fb, okb := number(b)
	if oka && okb {
		return fa == fb
	}
	return a == b
}

func order(n *pyNode, a, b any) int {
	fa, oka := number(a)
	fb, okb := number(b)
	sa, oksa := a.(string)
	sb, oksb := b.(string)
	switch {
	case oka && okb && fa < fb, oksa && oksb && sa < sb:
		return -1
	case oka && okb && fa > fb, oksa && oksb && sa > sb:
		return 1
	case oka && okb, oksa && oksb:
		return 0
	}
	raise(n, "TypeError", "cannot order %s and %s", pyStr(a), pyStr(b))
	return 0
}

// number returns a value as a float, which holds every number a tcp_info has.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	f, _ := number(v)
	return f != 0
}

func pyInt(n *pyNode, v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	}
	raise(n, "TypeError", "%s is not an integer", pyStr(v))
	return 0
}

func pyList(n *pyNode, v any) []any {
	list, ok := v.([]any)
	if !ok {
		raise(n, "TypeError", "%s is not a list", pyStr(v))
	}
	return list
}

func unary(n *pyNode, v any) any {
	if f, ok := v.(float64); ok && n.op != "u~" {
		if n.op == "u-" {
			return -f
		}
		return f
	}
	i := pyInt(n, v)
	switch n.op {
	case "u-":
		return -i
	case "u~":
		return ^i
	}
	return i
}

// arith evaluates a binary operator.
func arith(n *pyNode, a, b any) any {
	if s, ok := a.(string); ok {
		switch n.op {
		case "%":
			return format(n, s, b)
		case "+":
			if t, ok := b.(string); ok {
				return s + t
			}
		}
	}
	_, fa := a.(float64)
	_, fb := b.(float64)
	if (fa || fb || n.op == "/") && !strings.Contains("& | ^ << >>", n.op) {
		return arithFloat(n, a, b)
	}
	i, j := pyInt(n, a), pyInt(n, b)
	switch n.op {
	case "+":
		return i + j
	case "-":
		return i - j
	case "*":
		return i * j
	case "&":
		return i & j
	case "|":
		return i | j
	case "^":
		return i ^ j
	case "<<", ">>":
		if j < 0 || j > 63 {
			raise(n, "ValueError", "shift count")
		}
		if n.op == "<<" {
			return i << j
		}
		return i >> j
	case "**":
		return int64(math.Pow(float64(i), float64(j)))
	}
	if j == 0 {
		raise(n, "ZeroDivisionError", "division by zero")
	}
	q := i / j
	if i%j != 0 && (i < 0) != (j < 0) {
		q--
	}
	if n.op == "//" {
		return q
	}
	return i - q*j
}

func arithFloat(n *pyNode, a, b any) any {
	x, okx := number(a)
	y, oky := number(b)
	if !okx || !oky {
		raise(n, "TypeError", "unsupported operands for %s", n.op)
	}
	switch n.op {
	case "+":
		return x + y
	case "-":
		return x - y
	case "*":
		return x * y
	case "**":
		return math.Pow(x, y)
	}
	if y == 0 {
		raise(n, "ZeroDivisionError", "division by zero")
	}
	switch n.op {
	case "//":
		return math.Floor(x / y)
	case "%":
		return x - y*math.Floor(x/y)
	}
	return x / y
}
