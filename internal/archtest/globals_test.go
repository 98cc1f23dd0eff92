package archtest

import (
	"go/ast"
	"go/token"
	"strings"
)

// globals reports dot and blank imports, init functions, and package-level
// variables other than sentinel errors, read-only tables, and the blank ones
// that assert that a type implements an interface.
func globals(p *pkg, r report) {
	types := typeNames(p)
	for _, f := range p.files {
		for _, s := range f.Imports {
			if s.Name != nil && (s.Name.Name == "." || s.Name.Name == "_") {
				r.add(s.Pos(), importPath(s), "import of %s as %q", importPath(s), s.Name.Name)
			}
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					r.add(d.Pos(), "init", "init function")
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, s := range d.Specs {
					checkVar(s.(*ast.ValueSpec), tables{f, types}, r)
				}
			}
		}
	}
}

// checkVar reports the names of a package-level var declaration that are
// neither errors nor tables.
func checkVar(s *ast.ValueSpec, t tables, r report) {
	for i, name := range s.Names {
		if name.Name == "_" {
			continue
		}
		if len(s.Values) != len(s.Names) {
			r.add(name.Pos(), name.Name, "package-level variable %s has no value of its own", name.Name)
			continue
		}
		v := s.Values[i]
		if !(isErrorName(name.Name) && t.isSentinel(v)) && !t.isTable(v) {
			r.add(name.Pos(), name.Name, "package-level variable %s is neither a sentinel error nor a read-only table", name.Name)
		}
	}
}

// typeNames returns the types that the package declares.
func typeNames(p *pkg) map[string]bool {
	names := make(map[string]bool)
	for _, f := range p.files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				names[s.(*ast.TypeSpec).Name.Name] = true
			}
		}
	}
	return names
}

func isErrorName(s string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(s[:1])+s[1:], "err")
	return ok && (rest == "" || rest[:1] == strings.ToUpper(rest[:1]))
}

// tables tells what may initialise a package-level variable of a file.
type tables struct {
	file  *ast.File
	types map[string]bool // declared by the package
}

// isSentinel reports whether v makes an error or names another one.
func (t tables) isSentinel(v ast.Expr) bool {
	switch v := v.(type) {
	case *ast.Ident:
		return isErrorName(v.Name)
	case *ast.SelectorExpr:
		return isErrorName(v.Sel.Name)
	case *ast.UnaryExpr: // an error type's literal
		_, ok := v.X.(*ast.CompositeLit)
		return ok && v.Op == token.AND
	case *ast.CallExpr:
		if name, ok := refersTo(v.Fun, localName(t.file, "errors")); ok {
			return name == "New"
		}
		if name, ok := refersTo(v.Fun, localName(t.file, "fmt")); ok {
			return name == "Errorf"
		}
		id, ok := v.Fun.(*ast.Ident)
		return ok && id.Name == "newError"
	}
	return false
}

// isTable reports whether v is an array, slice, map or struct written out, or
// an address or prefix, or bytes made from a string.
func (t tables) isTable(v ast.Expr) bool {
	switch v := v.(type) {
	case *ast.CompositeLit:
		return t.isConstant(v)
	case *ast.CallExpr:
		if _, ok := refersTo(v.Fun, localName(t.file, "net/netip")); ok {
			return t.allConstant(v.Args)
		}
		_, ok := v.Fun.(*ast.ArrayType)
		return ok && t.allConstant(v.Args)
	}
	return false
}

func (t tables) allConstant(list []ast.Expr) bool {
	for _, e := range list {
		if !t.isConstant(e) {
			return false
		}
	}
	return true
}

// isConstant reports whether e, a part of a table, is written out: literals,
// names, conversions, operators, functions, netip values and errors. Nothing is
// called that could hand out shared state.
func (t tables) isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.Ident, *ast.SelectorExpr, *ast.FuncLit:
		return true
	case *ast.ParenExpr:
		return t.isConstant(e.X)
	case *ast.UnaryExpr:
		return e.Op != token.AND && e.Op != token.ARROW && t.isConstant(e.X)
	case *ast.BinaryExpr:
		return t.isConstant(e.X) && t.isConstant(e.Y)
	case *ast.KeyValueExpr:
		return t.isConstant(e.Key) && t.isConstant(e.Value)
	case *ast.IndexExpr: // an instantiated function
		return t.isConstant(e.X)
	case *ast.CompositeLit:
		return t.allConstant(e.Elts)
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && (t.types[id.Name] || builtin[id.Name]) {
			return t.allConstant(e.Args)
		}
		return t.isTable(e) || t.isSentinel(e)
	}
	return false
}

// builtin are predeclared types, and functions of constants.
var builtin = map[string]bool{
	"byte": true, "rune": true, "string": true, "len": true, "min": true, "max": true,
	"int": true, "int8": true, "int16": true, "int32": true, "int64": true,
	"uint": true, "uint8": true, "uint16": true, "uint32": true, "uint64": true, "uintptr": true,
	"float32": true, "float64": true,
}
