package drill

import (
	"errors"
	"strings"
	"testing"
)

// TestPython: assertions that hold, and what others raise.
func TestPython(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"assert 7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 / 2 == 3.5", ""},
		{"assert 2 ** 10 == 1024 and 1 << 4 | 3 == 19 and 6 & 3 ^ 1 == 3 and ~0 == -1", ""},
		{"assert 0 <= 5 < 10 and not 5 > 6 and 3 in (1, 2, 3) and 4 not in [1, 2]", ""},
		{"assert 0x10 == 16 and 1e3 == 1000 and abs(-3) == 3 and min(2, 1) == 1 and max([1, 5]) == 5", ""},
		{"assert sum([1, 2, 3]) == 6 and len('abc') == 3 and int(2.9) == 2 and round(2.5) == 2 and hex(255) == '0xff'", ""},
		{"x = 5; x += 2; x *= 3\nassert x == 21", ""},
		{"if x_undefined if False else False:\n    pass\nelif 1:\n    y = 1\nelse:\n    y = 2\nassert y == 1", ""},
		{"n = 0\nfor i in range(10):\n  if i == 5: break\n  n += i\nassert n == 10, n", ""},
		{"i = 0\nwhile True:\n  i += 1\n  if i > 3:\n    break\nassert i == 4", ""},
		{"import math\nassert math.floor(2.7) == 2", ""},
		{"assert '%d of %5.2f %s %x%%' % (3, 2.5, 'z', 255) == '3 of  2.50 z ff%'", ""},
		{"assert (1 +\n  1) == 2 # comment\n", ""},
		{"    assert 1\n    assert 2\n", ""},
		{"assert [1, 2][-1] == 2 and (1, 2) == (1, 2) and None is None and True is not False", ""},
		{"assert 1 == 2", "AssertionError"},
		{"assert False, 'why %d' % 3", "AssertionError: why 3"},
		{"assert 1 / 0", "ZeroDivisionError"},
		{"assert nothing", "NameError: name 'nothing' is not defined"},
		{"while True: pass", "TimeoutError"},
		{"x = = 1", "SyntaxError"},
		{"if 1:\nx = 1", "SyntaxError: an indented block is expected"},
		{"assert 'a", "SyntaxError: string is not closed"},
		{"a b", "SyntaxError"},
		{"f(1)", "NameError"},
		{"assert [1][3]", "IndexError"},
		{"assert 'a' < 1", "TypeError"},
		{strings.Repeat("(", 200), "SyntaxError: expression is nested too deeply"},
		{"assert 1 << 99", "ValueError"},
		{"range(99999999999)", "MemoryError"},
	} {
		y := &python{vars: make(map[string]any)}
		err := y.run(c.code)
		if c.want == "" {
			if err != nil {
				t.Errorf("%q: %v", c.code, err)
			}
			continue
		}
		var p *pyError
		if !errors.As(err, &p) || !strings.HasPrefix(p.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.code, err, c.want)
		}
	}
}

// FuzzPython: no code makes the interpreter panic or run for ever.
func FuzzPython(f *testing.F) {
	f.Add("assert tcpi_snd_cwnd == 10, 'x %d' % tcpi_snd_cwnd\nfor i in range(3):\n  if i:\n    print(i)\n")
	f.Add("x = [1, (2, 'a')]; x = x[0] ** -1 if not x else max(x[0], 2) // 1")
	f.Fuzz(func(t *testing.T, code string) {
		if len(code) > 1000 {
			return
		}
		y := &python{vars: map[string]any{"tcpi_snd_cwnd": int64(10)}}
		if err := y.run(code); err != nil {
			var p *pyError
			if !errors.As(err, &p) {
				t.Fatalf("%v is no error of Python", err)
			}
		}
	})
}
