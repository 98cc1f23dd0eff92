package mutation

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestApply holds every mutation to its file: the snippet is there exactly once.
func TestApply(t *testing.T) {
	dir := root(t)
	names, hashes := make(map[string]bool), make(map[string]string)
	for _, m := range All() {
		text, err := os.ReadFile(filepath.Join(dir, m.File))
		if err != nil {
			t.Errorf("%s: %v", m.Name, err)
			continue
		}
		if _, err := m.Apply(string(text)); err != nil {
			t.Errorf("%v; if the code has changed, so must the mutation, and its result", err)
		}
		if m.Name == "" || m.Rule == "" || m.Why == "" || names[m.Name] {
			t.Errorf("%q: no name, rule or reason, or a name twice", m.Name)
		}
		if other, ok := hashes[m.Hash()]; ok {
			t.Errorf("%s and %s have the same hash", m.Name, other)
		}
		names[m.Name], hashes[m.Hash()] = true, m.Name
	}
	if len(names) < 40 {
		t.Errorf("only %d mutations", len(names))
	}
}

func TestApplyRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, text string }{
		{"a snippet that is not there", "a", "b", "x y"},
		{"a snippet that is there twice", "a", "b", "a a"},
		{"no change", "a", "a", "a"},
	} {
		m := Mutation{Name: c.name, Old: c.old, New: c.new}
		if got, err := m.Apply(c.text); err == nil {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

// TestResults holds results.json to the mutations: each has a result, which is of
// the mutation as it stands and names something that failed.
func TestResults(t *testing.T) {
	results, err := ReadResults(root(t))
	if err != nil {
		t.Fatal(err)
	}
	const again = "run: go run ./conformance/mutation/cmd -stale"
	for _, m := range All() {
		r, ok := results[m.Name]
		delete(results, m.Name)
		switch {
		case !ok:
			t.Errorf("%s: no result; %s", m.Name, again)
		case r.Hash != m.Hash():
			t.Errorf("%s: the result is of another mutation; %s", m.Name, again)
		case r.Count < 1 || len(r.First) == 0:
			t.Errorf("%s: nothing noticed", m.Name)
		}
		if m.Tests != "" {
			continue
		}
		for _, script := range r.First {
			if _, err := os.Stat(filepath.Join(root(t), "conformance", "testdata", script)); err != nil {
				t.Errorf("%s: %v; %s", m.Name, err, again)
			}
		}
	}
	for name := range results {
		t.Errorf("%s: a result of no mutation", name)
	}
}

// sample are the mutations that every run of the tests tries.
var sample = []string{"rst-inexact", "nagle-off", "rack-window-zero", "arp-reply-never"}

// TestRun tries a few mutations, or with LWIP_MUTATION=all every one.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the stack several times")
	}
	all := os.Getenv("LWIP_MUTATION") == "all"
	dir := root(t)
	tried := 0
	for _, m := range All() {
		if !all && !strings.Contains(" "+strings.Join(sample, " ")+" ", " "+m.Name+" ") {
			continue
		}
		tried++
		t.Run(m.Name, func(t *testing.T) {
			r, err := m.Run(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("noticed by %d: %s", r.Count, strings.Join(r.First, ", "))
		})
	}
	if tried < len(sample) {
		t.Errorf("only %d of %d", tried, len(sample))
	}
}

// TestRunJudges holds the runner to its word: a change without effect survives,
// and one that does not compile is not taken for one that was noticed.
func TestRunJudges(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the stack")
	}
	dir := root(t)
	harmless := Mutation{Name: "harmless", File: "tcp/delack.go", Old: "p.rcv.unacked >= 2", New: "2 <= p.rcv.unacked", Why: "nothing"}
	if r, err := harmless.Run(dir); !errors.Is(err, ErrSurvived) {
		t.Errorf("harmless: %v, %v", r, err)
	}
	broken := Mutation{Name: "broken", File: "tcp/delack.go", Old: "p.rcv.unacked >= 2", New: "p.rcv.unacked >= nothing"}
	if r, err := broken.Run(dir); err == nil || errors.Is(err, ErrSurvived) {
		t.Errorf("broken: %v, %v", r, err)
	}
}
