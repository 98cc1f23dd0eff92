package archtest

import (
	"go/ast"
	"go/token"
)

// assignments reports package-level variables that are written to anywhere in
// the module, tests aside: assigned, counted up or down, ranged into, cleared,
// deleted from or copied to, as a whole or by a part.
func assignments(m *module, r report) {
	vars := packageVars(m)
	for dir, p := range m.packages {
		r.dir = dir
		for _, f := range p.files {
			w := writes{m, f, vars, dir, r}
			ast.Inspect(f, w.visit)
		}
	}
}

// packageVars returns the package-level variables by directory and name.
func packageVars(m *module) map[string]map[string]*ast.ValueSpec {
	vars := make(map[string]map[string]*ast.ValueSpec)
	for dir, p := range m.packages {
		vars[dir] = make(map[string]*ast.ValueSpec)
		for _, f := range p.files {
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, s := range g.Specs {
					for _, name := range s.(*ast.ValueSpec).Names {
						vars[dir][name.Name] = s.(*ast.ValueSpec)
					}
				}
			}
		}
	}
	return vars
}

// writes looks for writes in one file.
type writes struct {
	m    *module
	file *ast.File
	vars map[string]map[string]*ast.ValueSpec
	dir  string
	r    report
}

func (w writes) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, e := range n.Lhs {
				w.written(e)
			}
		}
	case *ast.IncDecStmt:
		w.written(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			w.written(n.Key)
			w.written(n.Value)
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && id.Obj == nil && len(n.Args) > 0 {
			switch id.Name {
			case "clear", "delete", "copy":
				w.written(n.Args[0])
			}
		}
	}
	return true
}

// written reports e, which is written to, if it is a package-level variable or
// a part of one.
func (w writes) written(e ast.Expr) {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if dir, ok := w.imported(x.X); ok {
				w.check(dir, x.Sel)
				return
			}
			e = x.X
		case *ast.Ident:
			w.check(w.dir, x)
			return
		default:
			return
		}
	}
}

// imported returns the directory of the package of this module that e names.
func (w writes) imported(e ast.Expr) (dir string, ok bool) {
	id, ok := e.(*ast.Ident)
	if !ok || id.Obj != nil {
		return "", false
	}
	for _, s := range w.file.Imports {
		dir, ok := ownDir(importPath(s))
		if !ok {
			continue
		}
		name := ""
		if p := w.m.packages[dir]; p != nil && len(p.files) > 0 {
			name = p.files[0].Name.Name
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		if name == id.Name {
			return dir, true
		}
	}
	return "", false
}

// check reports id if it names a package-level variable of dir: one that the
// parser resolved to its declaration or, from another file, not at all.
func (w writes) check(dir string, id *ast.Ident) {
	s := w.vars[dir][id.Name]
	if s == nil || id.Name == "_" || id.Obj != nil && id.Obj.Decl != s {
		return
	}
	w.r.add(id.Pos(), id.Name, "package-level variable %s is written to", id.Name)
}
