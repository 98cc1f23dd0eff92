package doctest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// check returns everything that does not agree, in order of file and line.
func check(fsys fs.FS) []problem {
	s, list := readSource(fsys)
	docs := map[string][]row{}
	for _, file := range []string{mapFile, indexFile, gapsFile} {
		rows, err := readDocument(fsys, file)
		if err != nil {
			list = append(list, problem{file, 0, "read", err.Error()})
		}
		docs[file] = rows
		for i := range rows {
			list = append(list, s.checkRow(&rows[i])...)
		}
	}
	list = append(list, s.checkIndex(docs[indexFile])...)
	list = append(list, s.checkComments(docs[gapsFile])...)
	slices.SortStableFunc(list, func(a, b problem) int {
		if c := strings.Compare(a.file, b.file); c != 0 {
			return c
		}
		return a.line - b.line
	})
	return list
}

// standard are the packages of the standard library that documents speak of.
var standard = []string{"context", "errors", "io", "net", "netip", "os", "slog", "syscall", "synctest", "testing", "time"}

// checkRow checks paths, names and tests of one line of a document.
func (s *source) checkRow(r *row) []problem {
	var list []problem
	report := func(rule, format string, args ...any) {
		list = append(list, problem{r.file, r.line, rule, fmt.Sprintf(format, args...)})
	}
	var files, dirs []string // the row's Go files, and their directories
	for _, p := range r.paths {
		if !s.exists(p) {
			report("path", "%s does not exist", p)
		} else if path.Ext(p) == ".go" {
			files = append(files, p)
			if dir := path.Dir(p); !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	for _, m := range link.FindAllStringSubmatch(r.text, -1) {
		if p := path.Join(path.Dir(r.file), m[1]); !s.exists(p) {
			report("path", "%s does not exist", p)
		}
	}
	for _, t := range r.tests {
		name, in := t, dirs
		if m := nameLike.FindStringSubmatch(t); m != nil {
			name, in = m[2], s.packages[m[1]]
			if len(in) == 0 {
				report("test", "no package %s", m[1])
				continue
			}
		}
		if !s.testIn(name, in) {
			report("test", "%s does not exist in %s", name, strings.Join(in, ", "))
		}
	}
	for _, n := range r.names {
		m := nameLike.FindStringSubmatch(n)
		pkgs := s.packages[m[1]]
		if len(pkgs) == 0 {
			if !slices.Contains(standard, m[1]) {
				report("name", "no package %s, as in %s", m[1], n)
			}
			continue
		}
		var at []string // where it is declared
		for _, dir := range pkgs {
			at = append(at, s.names[dir][m[2]]...)
		}
		if len(at) == 0 {
			report("name", "%s is not declared", n)
			continue
		}
		// The row's files of that package, if any, must be the right ones.
		mine := slices.DeleteFunc(slices.Clone(files), func(f string) bool {
			return strings.HasSuffix(f, "_test.go") || !slices.Contains(pkgs, path.Dir(f))
		})
		if len(mine) > 0 && !slices.ContainsFunc(mine, func(f string) bool { return slices.Contains(at, f) }) {
			report("name", "%s is declared in %s", n, strings.Join(at, ", "))
		}
	}
	return list
}

var (
	rfcList  = regexp.MustCompile(`\bRFC (\d+)((?:(?:,| and|,? or|/|;) ?\d{3,4}\b)*)`)
	rfcsLine = regexp.MustCompile(`\bRFCs: .*?(?:\. |$)`)
	number   = regexp.MustCompile(`(^|[^.\w§])(\d{3,4})\b([./]\d)?`)
	bare     = regexp.MustCompile(`\d+`)
)

// cited returns the RFCs that a comment cites, with the offset of each.
// "RFC 2018 and 2883" cites two, and so does "RFCs: 791 and 792; …".
func cited(text string) map[int]int {
	found := map[int]int{}
	add := func(n, offset int) {
		if at, ok := found[n]; !ok || offset < at {
			found[n] = offset
		}
	}
	for _, m := range rfcList.FindAllStringSubmatchIndex(text, -1) {
		add(atoi(text[m[2]:m[3]]), m[0])
		for _, d := range bare.FindAllStringIndex(text[m[4]:m[5]], -1) {
			add(atoi(text[m[4]+d[0]:m[4]+d[1]]), m[4]+d[0])
		}
	}
	for _, line := range rfcsLine.FindAllStringIndex(text, -1) {
		for _, m := range number.FindAllStringSubmatchIndex(text[line[0]:line[1]], -1) {
			if m[6] < 0 { // not the start of an address
				add(atoi(text[line[0]+m[4]:line[0]+m[5]]), line[0]+m[4])
			}
		}
	}
	return found
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// checkIndex compares the RFCs of the index with those that the comments cite.
func (s *source) checkIndex(index []row) []problem {
	var list []problem
	indexed := map[int]bool{}
	for _, r := range index {
		for _, n := range rfcsIn(r.text) {
			indexed[n] = true
		}
	}
	cites := map[string]map[int]bool{} // by file
	for _, c := range s.comments {
		if cites[c.file] == nil {
			cites[c.file] = map[int]bool{}
		}
		for n, offset := range cited(c.text) {
			told := cites[c.file][n] // once a file is enough
			cites[c.file][n] = true
			if !indexed[n] && !told {
				list = append(list, problem{c.file, c.line(offset), "rfc",
					fmt.Sprintf("RFC %d is not in %s", n, indexFile)})
			}
		}
	}
	for _, r := range index {
		var files []string
		for _, file := range r.paths {
			if path.Ext(file) == ".go" && !strings.HasSuffix(file, "_test.go") && s.exists(file) {
				files = append(files, file)
			}
		}
		cite := func(file string) bool {
			return slices.ContainsFunc(r.head, func(n int) bool { return cites[file][n] })
		}
		if len(files) > 0 && len(r.head) > 0 && !slices.ContainsFunc(files, cite) {
			list = append(list, problem{r.file, r.line, "rfc",
				fmt.Sprintf("RFC %d is not cited in %s", r.head[0], strings.Join(files, ", "))})
		}
	}
	return list
}

var (
	deviation = regexp.MustCompile(`\bDeviation: `)
	pinned    = regexp.MustCompile(`\bPinned by ((?:(?:, | and )?(?:Test|Fuzz)\w+)+)`)
	pin       = regexp.MustCompile(`(Test|Fuzz)\w+`)
	todo      = regexp.MustCompile(`\bTODO\((\w+)\)`)
)

// checkComments looks for the deviations and the TODOs of the source in gaps.
func (s *source) checkComments(gaps []row) []problem {
	var list []problem
	for _, c := range s.comments {
		if path.Dir(c.file) == "internal/doctest" { // which speaks of both
			continue
		}
		for _, m := range todo.FindAllStringSubmatchIndex(c.text, -1) {
			topic := c.text[m[0]:m[1]]
			if !slices.ContainsFunc(gaps, func(r row) bool { return strings.Contains(r.text, topic) }) {
				list = append(list, problem{c.file, c.line(m[0]), "todo", topic + " is not in " + gapsFile})
			}
		}
		if strings.HasSuffix(c.file, "_test.go") {
			continue
		}
		starts := deviation.FindAllStringIndex(c.text, -1)
		for i, at := range starts {
			end := len(c.text)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			for _, text := range s.checkDeviation(c.file, c.text[at[0]:end], gaps) {
				list = append(list, problem{c.file, c.line(at[0]), "deviation", text})
			}
		}
	}
	return list
}

// checkDeviation returns what is wrong with one deviation: text, in file.
func (s *source) checkDeviation(file, text string, gaps []row) []string {
	m := pinned.FindStringSubmatch(text)
	if m == nil {
		return []string{`no "Pinned by TestX"`}
	}
	var list []string
	for _, test := range pin.FindAllString(m[1], -1) {
		if !s.testIn(test, []string{path.Dir(file)}) {
			list = append(list, test+" does not exist in "+path.Dir(file))
		}
		if !slices.ContainsFunc(gaps, func(r row) bool {
			return slices.Contains(r.paths, file) && slices.Contains(r.tests, test)
		}) {
			list = append(list, fmt.Sprintf("no row of %s has `%s` and `%s`", gapsFile, file, test))
		}
	}
	return list
}
