package fuzz

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	traceName = regexp.MustCompile("`([a-z0-9/-]+\\.pkt)`")
	testName  = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[A-Za-z0-9_]+)`")
)

// TestSecurityTable checks that every trace, test and target that
// docs/security.md names exists, and that every class of it has one.
func TestSecurityTable(t *testing.T) {
	text, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	classes, cols := 0, 0
	for i, line := range strings.Split(string(text), "\n") {
		for _, m := range traceName.FindAllStringSubmatch(line, -1) {
			if _, err := os.Stat(filepath.Join(scripts, m[1])); err != nil {
				t.Errorf("line %d: no trace %s", i+1, m[1])
			}
		}
		for _, m := range testName.FindAllStringSubmatch(line, -1) {
			if !declared(t, m[1], m[2]) {
				t.Errorf("line %d: no %s in %s", i+1, m[2], m[1])
			}
		}
		cells := strings.Count(line, " | ") + 2
		switch {
		case strings.HasPrefix(line, "| class | what"):
			cols = cells
		case !strings.HasPrefix(line, "|"):
			cols = 0
		case cols > 0 && !strings.HasPrefix(line, "|---"):
			classes++
			if cells != cols {
				t.Errorf("line %d has %d cells, want %d", i+1, cells, cols)
			}
			if !testName.MatchString(line) && !traceName.MatchString(line) {
				t.Errorf("line %d: a class without a test", i+1)
			}
		}
	}
	if classes < 50 {
		t.Errorf("only %d classes", classes)
	}
}

// declared reports whether a package has a test.
func declared(t *testing.T, dir, name string) bool {
	if dir == "lwip" {
		dir = "."
	}
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "func "+name+"(") {
			return true
		}
	}
	return false
}

// TestSecurityTraces checks that no trace of the security suite is left out of
// docs/security.md.
func TestSecurityTraces(t *testing.T) {
	text, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(scripts, "security", "*.pkt"))
	if err != nil || len(files) < 10 {
		t.Fatal(len(files), "traces,", err)
	}
	for _, f := range files {
		if !strings.Contains(string(text), "`security/"+filepath.Base(f)+"`") {
			t.Errorf("%s is not in docs/security.md", filepath.Base(f))
		}
	}
}
