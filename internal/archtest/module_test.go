package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const modulePath = "github.com/golwip/lwip"

// module is the parsed module: its packages by directory, and every text file.
type module struct {
	fset     *token.FileSet
	packages map[string]*pkg // by directory; "." is the root
	texts    []text
}

// pkg is one directory of Go files.
type pkg struct {
	dir      string
	files    []*ast.File // without tests
	tests    []*ast.File
	assembly []string // paths of .s files
}

// text is a file that is not binary.
type text struct {
	path string
	data []byte
}

// load reads the module in fsys, without nested modules.
func load(fsys fs.FS) (*module, error) {
	m := &module{fset: token.NewFileSet(), packages: make(map[string]*pkg)}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == ".git" || name == "out" {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || name == ".git" { // a worktree's .git is a file
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if !bytes.Contains(data[:min(len(data), 8000)], []byte{0}) {
			m.texts = append(m.texts, text{name, data})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var nested []string
	for _, t := range m.texts {
		if dir := path.Dir(t.path); path.Base(t.path) == "go.mod" && dir != "." {
			nested = append(nested, dir)
		}
	}
	for _, t := range m.texts {
		if !slices.ContainsFunc(nested, func(dir string) bool { return within(path.Dir(t.path), dir) }) {
			if err := m.add(t); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// within reports whether dir is root or below it.
func within(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

// add parses a file of Go or notes one of assembly.
func (m *module) add(t text) error {
	dir := path.Dir(t.path)
	for _, part := range strings.Split(dir, "/") {
		if part == "testdata" || part != "." && strings.ContainsAny(part[:1], "._") {
			return nil
		}
	}
	ext := path.Ext(t.path)
	if ext != ".go" && ext != ".s" && ext != ".S" {
		return nil
	}
	p := m.packages[dir]
	if p == nil {
		p = &pkg{dir: dir}
		m.packages[dir] = p
	}
	if ext != ".go" {
		p.assembly = append(p.assembly, t.path)
		return nil
	}
	f, err := parser.ParseFile(m.fset, t.path, t.data, parser.ParseComments)
	if err != nil {
		return err
	}
	if strings.HasSuffix(t.path, "_test.go") {
		p.tests = append(p.tests, f)
	} else {
		p.files = append(p.files, f)
	}
	return nil
}

// violation is a broken rule. dir and what name it in the table of exceptions.
type violation struct {
	rule, dir, what string
	pos             token.Position
	message         string
}

func (v violation) String() string {
	return fmt.Sprintf("%s: [%s] %s", v.pos, v.rule, v.message)
}

// report adds violations of one rule in one package.
type report struct {
	m    *module
	rule string
	dir  string
	list *[]violation
}

func (r report) add(at token.Pos, what, format string, args ...any) {
	*r.list = append(*r.list, violation{r.rule, r.dir, what, r.m.fset.Position(at), fmt.Sprintf(format, args...)})
}

// rules are those that look at one package at a time.
var rules = map[string]func(p *pkg, r report){
	"direction":  direction,
	"dependency": dependency,
	"purity":     purity,
	"globals":    globals,
	"unsafe":     noUnsafe,
	"docs":       docs,
}

// check returns what breaks a rule, in order of position, and the exceptions
// that were not needed.
func (m *module) check(allowed []exception) (broken []violation, idle []exception) {
	var all []violation
	for name, rule := range rules {
		for dir, p := range m.packages {
			rule(p, report{m, name, dir, &all})
		}
	}
	paths(m, report{m, "paths", "", &all})
	assignments(m, report{m, "globals", "", &all})
	used := make([]bool, len(allowed))
	for _, v := range all {
		i := slices.IndexFunc(allowed, func(e exception) bool { return e.rule == v.rule && e.dir == v.dir && e.what == v.what })
		if i < 0 {
			broken = append(broken, v)
			continue
		}
		used[i] = true
	}
	slices.SortFunc(broken, func(a, b violation) int { return strings.Compare(a.String(), b.String()) })
	for i, e := range allowed {
		if !used[i] {
			idle = append(idle, e)
		}
	}
	return broken, idle
}

// importPath returns the path of an import.
func importPath(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		panic(err) // the parser accepted it
	}
	return p
}

// ownDir returns the directory of an import of this module.
func ownDir(importPath string) (dir string, ok bool) {
	if importPath == modulePath {
		return ".", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// localName returns the name by which f refers to the import of path, or "".
func localName(f *ast.File, path string) string {
	for _, s := range f.Imports {
		if importPath(s) != path {
			continue
		}
		if s.Name != nil {
			return s.Name.Name
		}
		return path[strings.LastIndex(path, "/")+1:]
	}
	return ""
}

// refersTo reports whether e is a selection pkg.name, where pkg is a name of an
// import and not of something local, and returns name.
func refersTo(e ast.Node, pkg string) (name string, ok bool) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	x, ok := s.X.(*ast.Ident)
	if !ok || pkg == "" || x.Name != pkg || x.Obj != nil {
		return "", false
	}
	return s.Sel.Name, true
}
