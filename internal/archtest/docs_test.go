package archtest

import (
	"bytes"
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// docs asks for a package comment and, in a library package, an Example.
func docs(p *pkg, r report) {
	if len(p.files) == 0 {
		return
	}
	first := p.files[0]
	described := false
	for _, f := range p.files {
		described = described || f.Doc != nil
	}
	if !described {
		r.add(first.Package, "package comment", "package %s has no doc.go and no package comment", p.dir)
	}
	if !isLibrary(p.dir) {
		return
	}
	for _, f := range p.tests {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && strings.HasPrefix(d.Name.Name, "Example") {
				return
			}
		}
	}
	r.add(first.Package, "Example", "library package %s has no Example", p.dir)
}

// local are directories of one machine; they are put together here so that this
// file does not mention them.
var local = []string{"/" + "work/", "/tmp/" + "bash_jobs"}

// paths looks for directories of one machine in every text file.
func paths(m *module, r report) {
	for _, t := range m.texts {
		for _, dir := range local {
			rest, line := t.data, 0
			for {
				i := bytes.Index(rest, []byte(dir))
				if i < 0 {
					break
				}
				line += bytes.Count(rest[:i], []byte("\n"))
				rest = rest[i+len(dir):]
				*r.list = append(*r.list, violation{r.rule, path.Dir(t.path), dir,
					token.Position{Filename: t.path, Line: line + 1}, "mentions " + dir})
			}
		}
	}
}
