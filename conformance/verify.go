package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// tree finds what the matrix refers to.
type tree struct {
	root      string
	reference *regexp.Regexp // of a Go test: directory, function, subtest
	// tests are the test functions of each package that was looked at, by
	// directory; of each, the string literals of its file, which name subtests.
	tests map[string]map[string]map[string]bool
}

func newTree(root string) *tree {
	return &tree{
		root, regexp.MustCompile(`^([a-z0-9_/]+)\.(Test\w+|Example\w*|Fuzz\w+)(?:/(.+))?$`),
		make(map[string]map[string]map[string]bool),
	}
}

// check returns an error unless the script or test exists.
func (t *tree) check(proof string) error {
	if strings.HasSuffix(proof, ".pkt") {
		_, err := os.Stat(filepath.Join(t.root, "conformance", "testdata", filepath.FromSlash(proof)))
		return err
	}
	m := t.reference.FindStringSubmatch(proof)
	if m == nil {
		return fmt.Errorf("neither a script nor a test: %q", proof)
	}
	dir := m[1]
	if dir == "lwip" {
		dir = "."
	}
	functions, err := t.functions(dir)
	if err != nil {
		return err
	}
	literals, ok := functions[m[2]]
	if !ok {
		return fmt.Errorf("no %s in %s", m[2], dir)
	}
	if m[3] != "" && !literals[m[3]] {
		return fmt.Errorf("no subtest %q of %s in %s", m[3], m[2], dir)
	}
	return nil
}

// functions returns the test functions of the package in dir, each with the
// string literals of its file.
func (t *tree) functions(dir string) (map[string]map[string]bool, error) {
	if known, ok := t.tests[dir]; ok {
		return known, nil
	}
	files, err := filepath.Glob(filepath.Join(t.root, filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		return nil, err
	}
	found := make(map[string]map[string]bool)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		literals := make(map[string]bool)
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil {
					literals[s] = true
				}
			}
			return true
		})
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				found[fn.Name.Name] = literals
			}
		}
	}
	t.tests[dir] = found
	return found, nil
}

// Verify returns what is wrong with the families: a name twice, a row without
// proof or reason or with both, and references to what is not in the tree below
// root.
func Verify(root string, families []Family) (problems []error) {
	t := newTree(root)
	rfcs := make(map[int]bool)
	for _, f := range families {
		report := func(id, format string, args ...any) {
			problems = append(problems, fmt.Errorf("RFC %d %s: %w", f.RFC, id, fmt.Errorf(format, args...)))
		}
		if rfcs[f.RFC] {
			report("", "listed twice")
		}
		rfcs[f.RFC] = true
		ids := make(map[string]bool)
		for _, r := range f.Rows {
			if ids[r.ID] {
				report(r.ID, "listed twice")
			}
			ids[r.ID] = true
			if r.ID == "" || r.Text == "" || r.section() == "" {
				report(r.ID, "no number, section or text")
			}
			if r.Proven() == (r.Exempt != "") {
				report(r.ID, "there must be either a proof or a reason")
			}
			seen := make(map[string]bool)
			for _, p := range r.Proof {
				if seen[p] {
					report(r.ID, "%s is named twice", p)
				}
				seen[p] = true
				if err := t.check(p); err != nil {
					report(r.ID, "%w", err)
				}
			}
		}
	}
	return problems
}
