package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTags: where a comment of the source or of a script cites a section of
// RFC 9293 with a number, the number is of that section.
func TestTags(t *testing.T) {
	sections := make(map[string]string)
	for _, r := range rfc9293.Rows {
		sections[r.ID] = r.Section
	}
	cited := regexp.MustCompile(`§(3\.[\d.]*\d) \(((?:(?:MUST|SHLD|MAY)-\d+[,; ]*)+)\)`)
	tag := regexp.MustCompile(`(?:MUST|SHLD|MAY)-\d+`)
	n := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".git") {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".pkt" && ext != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range cited.FindAllStringSubmatch(string(text), -1) {
			for _, id := range tag.FindAllString(m[2], -1) {
				n++
				if sections[id] != m[1] {
					t.Errorf("%s: %s is of §%s, not §%s", path, id, sections[id], m[1])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Errorf("only %d numbers cited", n)
	}
}
