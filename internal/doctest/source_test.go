package doctest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// source is what the Go files of a module declare and say.
type source struct {
	fsys fs.FS
	// packages maps a package's name to its directories.
	packages map[string][]string
	// names maps a directory to the declared names ("Name", "Type.Member") and
	// the files that declare them.
	names map[string]map[string][]string
	// tests maps a directory to its tests, fuzz tests, examples and benchmarks.
	tests map[string]map[string]bool
	// comments are all comment groups, in the order of the files.
	comments []comment
}

// comment is a comment group as one line of text.
type comment struct {
	file  string
	lines []int // line of each byte of text
	text  string
}

func (c *comment) line(offset int) int { return c.lines[min(offset, len(c.lines)-1)] }

// skipped are directories without source of the module's own.
var skipped = []string{".git", "testdata", "vendor"}

// readSource parses the Go files in fsys. A file that does not parse is left out
// and reported: somebody may be writing it.
func readSource(fsys fs.FS) (*source, []problem) {
	s := &source{fsys: fsys, packages: map[string][]string{},
		names: map[string]map[string][]string{}, tests: map[string]map[string]bool{}}
	var broken []problem
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.IsDir() || path.Ext(file) != ".go":
			return nil
		}
		text, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		if err := s.add(file, text); err != nil {
			broken = append(broken, problem{file, 1, "parse", err.Error()})
		}
		return nil
	})
	if err != nil {
		broken = append(broken, problem{".", 0, "read", err.Error()})
	}
	return s, broken
}

// add takes in one file.
func (s *source) add(file string, text []byte) error {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(file)
	for _, group := range f.Comments {
		s.comments = append(s.comments, joined(files, file, group))
	}
	if s.names[dir] == nil {
		s.names[dir], s.tests[dir] = map[string][]string{}, map[string]bool{}
	}
	if strings.HasSuffix(file, "_test.go") {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && isTest(fn.Name.Name) {
				s.tests[dir][fn.Name.Name] = true
			}
		}
		return nil
	}
	if dirs := s.packages[f.Name.Name]; !slices.Contains(dirs, dir) {
		s.packages[f.Name.Name] = append(dirs, dir)
	}
	for _, name := range declared(f) {
		s.names[dir][name] = append(s.names[dir][name], file)
	}
	return nil
}

// joined returns a comment group without its slashes.
func joined(files *token.FileSet, file string, group *ast.CommentGroup) comment {
	c := comment{file: file}
	for _, part := range group.List {
		first := files.Position(part.Pos()).Line
		for i, line := range strings.Split(part.Text, "\n") {
			line = strings.TrimSpace(strings.Trim(strings.TrimSpace(line), "/*")) + " "
			c.text += line
			for range len(line) {
				c.lines = append(c.lines, first+i)
			}
		}
	}
	return c
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark|Example)($|[A-Z_]\w*$)`)

func isTest(name string) bool { return testName.MatchString(name) }

// declared lists the names that a file declares: of fields and methods, too.
func declared(f *ast.File) []string {
	var list []string
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			list = append(list, name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				list = append(list, specNames(spec)...)
			}
		}
	}
	return list
}

func specNames(spec ast.Spec) []string {
	var list []string
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, id := range spec.Names {
			list = append(list, id.Name)
		}
	case *ast.TypeSpec:
		list = append(list, spec.Name.Name)
		var members *ast.FieldList
		switch t := spec.Type.(type) {
		case *ast.StructType:
			members = t.Fields
		case *ast.InterfaceType:
			members = t.Methods
		default:
			return list
		}
		for _, field := range members.List {
			for _, id := range field.Names {
				list = append(list, spec.Name.Name+"."+id.Name)
			}
		}
	}
	return list
}

// receiver returns the name of a method's type.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}

// exists reports whether there is such a file or directory.
func (s *source) exists(file string) bool {
	_, err := fs.Stat(s.fsys, path.Clean(file))
	return err == nil
}

// testIn reports whether one of the directories has the test; no directories
// means any.
func (s *source) testIn(name string, dirs []string) bool {
	if len(dirs) == 0 {
		for _, tests := range s.tests {
			if tests[name] {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(dirs, func(dir string) bool { return s.tests[dir][name] })
}

// problem is something that does not agree.
type problem struct {
	file string
	line int
	rule string
	text string
}

func (p problem) String() string { return fmt.Sprintf("%s:%d: %s: %s", p.file, p.line, p.rule, p.text) }
