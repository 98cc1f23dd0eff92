package mutation

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/golwip/lwip/conformance/drill"
)

// A script takes less than a millisecond and a few megabytes; a stack that takes
// more hangs or leaks.
const (
	scriptTime   = 10 * time.Second
	scriptMemory = 1 << 30
)

// Verdict is what a script said.
type Verdict struct {
	Script string // from the directory of scripts, with slashes
	Err    string // "" if it passed over all versions
	// Stuck is set if the script never came to an end: nothing can be run after
	// it in the same program.
	Stuck bool
}

// RunScripts runs every script below dir against the stack that is linked in, and
// calls f for each.
func RunScripts(dir string, f func(Verdict)) error {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".pkt") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("mutation: no scripts below %s", dir)
	}
	for _, file := range files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		v := Verdict{Script: filepath.ToSlash(name)}
		if v.Err, v.Stuck = guarded(file); v.Stuck {
			f(v)
			return nil
		}
		f(v)
	}
	return nil
}

// guarded runs a script and returns what went wrong, if anything: also a panic,
// a run that does not end, or one that eats up the memory.
func guarded(file string) (problem string, stuck bool) {
	done := make(chan string, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Sprint("panic: ", r)
			}
		}()
		done <- runScript(file)
	}()
	limit := time.NewTimer(scriptTime)
	defer limit.Stop()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case problem := <-done:
			return problem, false
		case <-limit.C:
			return "the script does not end", true
		case <-look.C:
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc > scriptMemory {
				return "the script eats up the memory", true
			}
		}
	}
}

// runScript runs a script over each version that it names and returns the first
// failure, or "".
func runScript(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	s, err := drill.Parse(file, string(text))
	if err != nil {
		return err.Error()
	}
	for _, v := range s.Versions() {
		if r := s.Run(s.Over(v)); r.Err != nil {
			return r.Err.Error()
		}
	}
	return ""
}
