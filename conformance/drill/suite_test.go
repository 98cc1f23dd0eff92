package drill_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/conformance/drill"
)

// scripts returns the scripts below a directory of testdata.
func scripts(t testing.TB, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "testdata", dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".pkt") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestScripts runs every script of testdata, over each version unless it names
// one, and twice: the second run must be as the first.
func TestScripts(t *testing.T) {
	files := scripts(t, ".")
	if len(files) < 60 {
		t.Fatalf("only %d scripts", len(files))
	}
	for _, file := range files {
		name, _ := filepath.Rel(filepath.Join("..", "testdata"), file)
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := drill.Parse(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range s.Versions() {
				with := s.Over(v)
				first, again := s.Run(with), s.Run(with)
				if first.Err != nil {
					t.Errorf("%v: %v", v, first.Err)
				}
				if first.Elapsed != again.Elapsed || first.Packets != again.Packets || first.Output != again.Output {
					t.Errorf("%v: runs differ: %v and %d packets, %v and %d", v, first.Elapsed, first.Packets, again.Elapsed, again.Packets)
				}
			}
		})
	}
}

// TestThousandsAMinute holds the speed that the package promises.
func TestThousandsAMinute(t *testing.T) {
	text, err := os.ReadFile("../testdata/lang/blocking.pkt")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	const n = 50
	for range n {
		if r := drill.Run("blocking.pkt", string(text), nil); !r.Passed() {
			t.Fatal(r.Err)
		}
	}
	if each := time.Since(start) / n; each > time.Minute/2000 {
		t.Errorf("a script takes %v, which is less than 2000 a minute", each)
	}
}

func BenchmarkScript(b *testing.B) {
	text, err := os.ReadFile("../testdata/lang/blocking.pkt")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := drill.Run("blocking.pkt", string(text), nil); !r.Passed() {
			b.Fatal(r.Err)
		}
	}
}
