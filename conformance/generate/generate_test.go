package generate_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/generate"
)

var update = flag.Bool("update", false, "write the generated scripts")

// testdata is where the scripts are.
const testdata = "../testdata"

// TestGenerated compares the scripts on disk with what the generators say: none
// differs, none is missing, none is left over. With -update it makes it so.
func TestGenerated(t *testing.T) {
	want := make(map[string]string)
	for _, s := range generate.All() {
		if _, twice := want[s.Path]; twice {
			t.Errorf("%s is generated twice", s.Path)
		}
		want[s.Path] = s.Text
	}
	got := onDisk(t)
	for path, text := range want {
		if got[path] == text {
			continue
		}
		if !*update {
			t.Errorf("%s is not as generated; run go test ./conformance/generate -update", path)
			continue
		}
		file := filepath.Join(testdata, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path := range got {
		if _, ok := want[path]; ok {
			continue
		}
		if !*update {
			t.Errorf("%s is not generated any more; run go test ./conformance/generate -update", path)
			continue
		}
		if err := os.Remove(filepath.Join(testdata, filepath.FromSlash(path))); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDistinct holds that no two generated scripts do the same: they differ in
// more than comments.
func TestDistinct(t *testing.T) {
	seen := make(map[string]string)
	for _, s := range generate.All() {
		var lines []string
		for _, l := range strings.Split(s.Text, "\n") {
			if !strings.HasPrefix(l, "//") {
				lines = append(lines, l)
			}
		}
		body := strings.Join(lines, "\n")
		if other, ok := seen[body]; ok {
			t.Errorf("%s does what %s does", s.Path, other)
		}
		seen[body] = s.Path
	}
}

// TestStable holds that a generator returns the same at each call.
func TestStable(t *testing.T) {
	first, again := generate.All(), generate.All()
	if len(first) != len(again) {
		t.Fatalf("%d scripts, then %d", len(first), len(again))
	}
	for i := range first {
		if first[i] != again[i] {
			t.Errorf("script %d: %s differs from %s", i, first[i].Path, again[i].Path)
		}
	}
}

// onDisk returns the files of testdata that carry the mark.
func onDisk(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(testdata, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".pkt" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(b), generate.Mark) {
			rel, err := filepath.Rel(testdata, path)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(rel)] = string(b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
