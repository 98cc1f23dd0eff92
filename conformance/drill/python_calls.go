package drill

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// call runs a built-in function.
func (y *python) call(n *pyNode, args []any) any {
	one := func() any {
		if len(args) == 0 {
			raise(n, "TypeError", "%s() needs an argument", n.text)
		}
		return args[0]
	}
	switch n.text {
	case "print":
		parts := make([]string, len(args))
		for i, a := range args {
			parts[i] = pyStr(a)
		}
		y.print(parts)
		return nil
	case "abs", "fabs":
		if i, ok := one().(int64); ok {
			return max(i, -i)
		}
		f, _ := number(one())
		return math.Abs(f)
	case "min", "max":
		if len(args) == 1 {
			args = pyList(n, args[0])
		}
		best := one()
		for _, a := range args[1:] {
			if c := order(n, a, best); c < 0 && n.text == "min" || c > 0 && n.text == "max" {
				best = a
			}
		}
		return best
	case "sum":
		var total any = int64(0)
		for _, v := range pyList(n, one()) {
			total = arith(&pyNode{op: "+", line: n.line}, total, v)
		}
		return total
	case "len":
		if s, ok := one().(string); ok {
			return int64(len(s))
		}
		return int64(len(pyList(n, one())))
	case "int", "floor", "ceil", "round", "float":
		f, ok := number(one())
		if s, is := one().(string); is {
			v, err := strconv.ParseFloat(s, 64)
			f, ok = v, err == nil
		}
		if !ok {
			raise(n, "ValueError", "%s is not a number", pyStr(one()))
		}
		switch n.text {
		case "float":
			return f
		case "floor":
			f = math.Floor(f)
		case "ceil":
			f = math.Ceil(f)
		case "round":
			f = math.RoundToEven(f)
		}
		return int64(f)
	case "bool":
		return truthy(one())
	case "str", "repr":
		return pyStr(one())
	case "hex":
		return fmt.Sprintf("%#x", pyInt(n, one()))
	case "range":
		lo, hi := int64(0), pyInt(n, one())
		if len(args) > 1 {
			lo, hi = hi, pyInt(n, args[1])
		}
		if hi > lo {
			y.room(n, int(min(uint64(hi)-uint64(lo), maxSize+1)))
		}
		var list []any
		for ; lo < hi; lo++ {
			list = append(list, lo)
		}
		return list
	}
	raise(n, "NameError", "name '%s' is not defined", n.text)
	return nil
}

// format is the % operator of strings.
func format(n *pyNode, s string, arg any) string {
	args, ok := arg.([]any)
	if !ok {
		args = []any{arg}
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		k := i + run(s[i:], func(c byte) bool { return isDigit(c) || c == '.' || c == '-' || c == '+' || c == ' ' || c == '#' })
		if k == len(s) {
			raise(n, "ValueError", "incomplete format")
		}
		if s[k] == '%' {
			b.WriteByte('%')
			i = k
			continue
		}
		if len(args) == 0 {
			raise(n, "TypeError", "not enough arguments for format string")
		}
		spec := "%" + s[i:k]
		if len(spec) > 5 {
			raise(n, "ValueError", "format is too wide")
		}
		switch s[k] {
		case 'd', 'i', 'u':
			f, _ := number(args[0])
			fmt.Fprintf(&b, spec+"d", int64(f))
		case 'x', 'X', 'o':
			fmt.Fprintf(&b, spec+string(s[k]), pyInt(n, args[0]))
		case 'f', 'g', 'e':
			f, _ := number(args[0])
			fmt.Fprintf(&b, spec+string(s[k]), f)
		default:
			fmt.Fprintf(&b, spec+"s", pyStr(args[0]))
		}
		args = args[1:]
		i = k
	}
	return b.String()
}

// pyStr returns a value as print shows it.
func pyStr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatFloat(v, 'f', 1, 64)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = pyStr(v[i])
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return fmt.Sprint(v)
}
