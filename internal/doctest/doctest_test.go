package doctest

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestDocuments: the documents agree with the source.
func TestDocuments(t *testing.T) {
	for _, p := range check(os.DirFS("../..")) {
		t.Error(p)
	}
}

// sound is a small module whose documents agree with it.
var sound = map[string]string{
	mapFile: "# Map\n| lwIP | here | file |\n|---|---|---|\n" +
		"| `udp_bind`, `udp.h` | `udp.PCB.Bind` | `udp/bind.go` |\n" +
		"| `UDP_TTL` | `udp.Config.TTL`, `net.Conn` | `udp/config.go` |\n" +
		"```\n`udp.Gone` in a fence, `gone.go`\n```\n",
	indexFile: "# Index\n## RFC 768 User Datagram Protocol\n" +
		"| ports | `udp/bind.go` | `TestBind`, `tcp.TestListen` |\n" +
		"RFC 1122 and RFC 793 are everywhere.\n",
	gapsFile: "# Gaps [map](lwip-map.md) [web](https://pkg.go.dev/x)\n| `udp/bind.go` | `TestBind/port_zero` |\nTODO(later)\n| `tcp/` | `TestListen` |\n",
	"udp/bind.go": "// Package udp is RFC 768.\npackage udp\n\n// PCB is one.\ntype PCB struct{}\n\n" +
		"// Bind binds (RFCs: 768 and 793; 10.0.254.1/16).\n//\n" +
		"// Deviation: RFC 1122 has it otherwise, see TestNot. Pinned\n// by TestBind.\nfunc (p *PCB) Bind() {}\n",
	"udp/config.go":      "package udp\n\n// Config: TODO(later).\ntype Config struct{ TTL uint8 }\n",
	"udp/bind_test.go":   "package udp_test\n\nimport \"testing\"\n\nfunc TestBind(t *testing.T) {}\n",
	"tcp/listen.go":      "package tcp\n\ntype List[T any] struct{}\n\nfunc (l *List[T]) Add() {}\n",
	"tcp/listen_test.go": "package tcp\n\nimport \"testing\"\n\nfunc TestListen(t *testing.T) {}\n",
}

// TestRules: every rule fails where it should, and only there.
func TestRules(t *testing.T) {
	for _, c := range []struct {
		name           string
		file, old, new string // the change to the sound module
		want           []string
	}{
		{"sound", mapFile, "", "", nil},
		{"path is gone", mapFile, "`udp/config.go`", "`udp/conf.go`",
			[]string{"docs/lwip-map.md:5: path: udp/conf.go does not exist"}},
		{"directory is gone", gapsFile, "`tcp/`", "`tc/`",
			[]string{"docs/gaps.md:4: path: tc/ does not exist"}},
		{"link is broken", gapsFile, "(lwip-map.md)", "(lwip.md)",
			[]string{"docs/gaps.md:1: path: docs/lwip.md does not exist"}},
		{"name is gone", mapFile, "udp.PCB.Bind", "udp.PCB.Unbind",
			[]string{"docs/lwip-map.md:4: name: udp.PCB.Unbind is not declared"}},
		{"field is gone", mapFile, "udp.Config.TTL", "udp.Config.TOS",
			[]string{"docs/lwip-map.md:5: name: udp.Config.TOS is not declared"}},
		{"package is gone", mapFile, "udp.PCB.Bind", "dup.PCB.Bind",
			[]string{"docs/lwip-map.md:4: name: no package dup, as in dup.PCB.Bind"}},
		{"name is in another file", mapFile, "`udp/bind.go`", "`udp/config.go`",
			[]string{"docs/lwip-map.md:4: name: udp.PCB.Bind is declared in udp/bind.go"}},
		{"method of a generic type", mapFile, "`udp.PCB.Bind` | `udp/bind.go`", "`tcp.List.Add` | `tcp/listen.go`", nil},
		{"test is gone", indexFile, "`TestBind`", "`TestBound`",
			[]string{"docs/rfc-index.md:3: test: TestBound does not exist in udp"}},
		{"test is elsewhere", indexFile, "`TestBind`", "`TestListen`",
			[]string{"docs/rfc-index.md:3: test: TestListen does not exist in udp"}},
		{"qualified test is elsewhere", indexFile, "`tcp.TestListen`", "`tcp.TestBind`",
			[]string{"docs/rfc-index.md:3: test: TestBind does not exist in tcp"}},
		{"test without a file in its row", gapsFile, "`TestListen`", "`TestNothing`",
			[]string{"docs/gaps.md:4: test: TestNothing does not exist in "}},
		{"RFC is not in the index", "udp/config.go", "Config:", "Config, RFC 8085 §3.",
			[]string{"udp/config.go:3: rfc: RFC 8085 is not in docs/rfc-index.md"}},
		{"RFC that a file cites twice is told once", "udp/config.go", "Config:", "Config, RFC 8085 §3. RFC 8085.",
			[]string{"udp/config.go:3: rfc: RFC 8085 is not in docs/rfc-index.md"}},
		{"second RFC of a list", "udp/config.go", "Config:", "Config, RFC 793,\n// 6935 and 1122.",
			[]string{"udp/config.go:4: rfc: RFC 6935 is not in docs/rfc-index.md"}},
		{"RFC of a long list", "udp/bind.go", "768 and 793;", "768 (UDP); 1812, 793 §300.1;",
			[]string{"udp/bind.go:7: rfc: RFC 1812 is not in docs/rfc-index.md"}},
		{"no file cites the RFC", indexFile, "| ports | `udp/bind.go`", "| ports | `udp/config.go`, `tcp/listen.go`",
			[]string{"docs/rfc-index.md:3: rfc: RFC 768 is not cited in udp/config.go, tcp/listen.go"}},
		{"one file cites the RFC", indexFile, "| ports | `udp/bind.go`", "| ports | `udp/config.go`, `udp/bind.go`", nil},
		{"deviation without a test", "udp/bind.go", "Pinned\n// by TestBind.", "",
			[]string{`udp/bind.go:9: deviation: no "Pinned by TestX"`}},
		{"deviation's test is gone", "udp/bind_test.go", "TestBind", "TestBound",
			[]string{
				"docs/gaps.md:2: test: TestBind does not exist in udp",
				"docs/rfc-index.md:3: test: TestBind does not exist in udp",
				"udp/bind.go:9: deviation: TestBind does not exist in udp",
			}},
		{"deviation is not in the gaps", gapsFile, "TestBind/port_zero", "Bind",
			[]string{"udp/bind.go:9: deviation: no row of docs/gaps.md has `udp/bind.go` and `TestBind`"}},
		{"deviation is in the gaps under another file", gapsFile, "`udp/bind.go` |", "`udp/config.go` |",
			[]string{"udp/bind.go:9: deviation: no row of docs/gaps.md has `udp/bind.go` and `TestBind`"}},
		{"second deviation of a comment", "udp/bind.go", "by TestBind.", "by TestBind. Deviation: more.",
			[]string{`udp/bind.go:10: deviation: no "Pinned by TestX"`}},
		{"TODO is not in the gaps", "udp/config.go", "TODO(later)", "TODO(soon): more",
			[]string{"udp/config.go:3: todo: TODO(soon) is not in docs/gaps.md"}},
		{"document is gone", gapsFile, "*", "",
			[]string{
				"docs/gaps.md:0: read: open docs/gaps.md: file does not exist",
				"udp/bind.go:9: deviation: no row of docs/gaps.md has `udp/bind.go` and `TestBind`",
				"udp/config.go:3: todo: TODO(later) is not in docs/gaps.md",
			}},
		{"file does not parse", "udp/config.go", "package", "pack", []string{
			"docs/lwip-map.md:5: name: udp.Config.TTL is not declared",
			"udp/config.go:1: parse: udp/config.go:1:1: expected 'package', found pack",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := maps.Clone(sound)
			if !strings.Contains(files[c.file], c.old) && c.old != "*" {
				t.Fatalf("%s does not contain %q", c.file, c.old)
			}
			files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
			if c.old == "*" {
				delete(files, c.file)
			}
			fsys := fstest.MapFS{}
			for name, text := range files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			var got []string
			for _, p := range check(fsys) {
				got = append(got, p.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
