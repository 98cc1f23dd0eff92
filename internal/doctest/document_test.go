package doctest

import (
	"io/fs"
	"regexp"
	"strings"
)

// The documents that are kept true.
const (
	mapFile   = "docs/lwip-map.md"
	indexFile = "docs/rfc-index.md"
	gapsFile  = "docs/gaps.md"
)

// row is a line of a document, with what it has in backticks.
type row struct {
	file  string
	line  int
	text  string
	head  []int    // the RFCs of the section's heading
	paths []string // with an extension or a slash at the end
	names []string // pkg.Name, pkg.Type.Member
	tests []string // TestX, pkg.TestX
}

var (
	span      = regexp.MustCompile("`([^`]+)`")
	rfcNumber = regexp.MustCompile(`\bRFC (\d+)`)
	pathLike  = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)*(/|\.(go|md|mod|pkt|txt|yml|sh))$`)
	nameLike  = regexp.MustCompile(`^([a-z]\w*)\.(\w+(\.\w+)?)$`)
	link      = regexp.MustCompile(`\]\(([\w./-]+)\)`) // within the module
	subtest   = regexp.MustCompile(`/.*`)
)

// readDocument returns a document's lines that are not in a fenced block.
func readDocument(fsys fs.FS, file string) ([]row, error) {
	text, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	var rows []row
	var head []int
	fenced := false
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if fenced {
			continue
		}
		if strings.HasPrefix(line, "#") {
			head = rfcsIn(line)
		}
		r := row{file: file, line: i + 1, text: line, head: head}
		for _, m := range span.FindAllStringSubmatch(line, -1) {
			r.sort(m[1])
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// sort files one span of code under what it is.
func (r *row) sort(s string) {
	name := s
	if m := nameLike.FindStringSubmatch(subtest.ReplaceAllString(s, "")); m != nil {
		name = m[2]
	}
	switch {
	case isTest(subtest.ReplaceAllString(name, "")):
		r.tests = append(r.tests, subtest.ReplaceAllString(s, ""))
	case pathLike.MatchString(s):
		r.paths = append(r.paths, s)
	case strings.HasSuffix(s, ".h") || strings.HasSuffix(s, ".c"): // lwIP's
	case nameLike.MatchString(s):
		r.names = append(r.names, s)
	}
}

// rfcsIn returns the RFC numbers that a line of a document names.
func rfcsIn(line string) []int {
	var list []int
	for _, m := range rfcNumber.FindAllStringSubmatch(line, -1) {
		list = append(list, atoi(m[1]))
	}
	return list
}
