package archtest

import (
	"go/ast"
	"go/token"
	"slices"
)

// hosted are the packages that deal with the host: they may lock, start
// goroutines and read the clock. All others are protocol packages.
var hosted = []string{".", "api", "sockets", "sys_arch"}

// isProtocol reports whether the package must be single-threaded and without a
// clock of its own. The library's users (apps and up) and drivers need not be.
func isProtocol(dir string) bool {
	if !isLibrary(dir) || within(dir, "apps") || within(dir, "internal/archtest") {
		return false
	}
	_, pattern := layerOf(dir)
	return pattern != "netif/*" && !slices.Contains(hosted, dir)
}

// impure are the imports that a protocol package has no use for.
var impure = []string{"sync", "sync/atomic", "log", "log/slog", "os", "runtime"}

// clockFuncs are the functions of package time that read or wait for a clock.
var clockFuncs = []string{"Now", "After", "Sleep", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Since", "Until"}

// purity keeps locks, goroutines, channels, the clock and logs out of protocol
// packages.
func purity(p *pkg, r report) {
	if !isProtocol(p.dir) {
		return
	}
	for _, f := range p.files {
		for _, s := range f.Imports {
			if path := importPath(s); slices.Contains(impure, path) {
				r.add(s.Pos(), path, "protocol package %s imports %s", p.dir, path)
			}
		}
		clock := localName(f, "time")
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				r.add(n.Pos(), "go", "go statement in protocol package %s", p.dir)
			case *ast.ChanType:
				r.add(n.Pos(), "chan", "channel type in protocol package %s", p.dir)
			case *ast.SendStmt:
				r.add(n.Arrow, "chan", "channel send in protocol package %s", p.dir)
			case *ast.SelectStmt:
				r.add(n.Pos(), "chan", "select statement in protocol package %s", p.dir)
			case *ast.UnaryExpr:
				if n.Op == token.ARROW {
					r.add(n.Pos(), "chan", "channel receive in protocol package %s", p.dir)
				}
			case *ast.SelectorExpr:
				if name, ok := refersTo(n, clock); ok && slices.Contains(clockFuncs, name) {
					r.add(n.Pos(), "time."+name, "time.%s in protocol package %s", name, p.dir)
				}
			}
			return true
		})
	}
}

// notSafe are the imports that go round the type system.
var notSafe = []string{"unsafe", "reflect", "C"}

// noUnsafe keeps unsafe, reflect, cgo, assembly and linkname out.
func noUnsafe(p *pkg, r report) {
	for _, f := range p.files {
		for _, s := range f.Imports {
			if path := importPath(s); slices.Contains(notSafe, path) {
				r.add(s.Pos(), path, "package %s imports %q", p.dir, path)
			}
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if len(c.Text) > 13 && c.Text[:13] == "//go:linkname" {
					r.add(c.Pos(), "linkname", "go:linkname in package %s", p.dir)
				}
			}
		}
	}
	for _, name := range p.assembly {
		r.add(token.NoPos, name, "%s: assembly in package %s", name, p.dir)
	}
}
