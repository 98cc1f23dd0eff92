package mutation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mutation is one way to break the stack.
type Mutation struct {
	Name string // unique, in lower case with hyphens
	File string // from the module's root
	// Old occurs in the file exactly once and is replaced by New.
	Old, New string
	Rule     string // what is broken, as the RFC's section
	// Why says what the mutated stack does wrong.
	Why string
	// Tests is the directory of the package whose tests must fail; "" for the
	// scripts.
	Tests string
}

// Hash returns a short digest of what is changed and what has to notice.
func (m *Mutation) Hash() string {
	h := sha256.New()
	for _, s := range []string{m.Name, m.File, m.Old, m.New, m.Tests} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Apply returns the text of the mutation's file with the snippet replaced. It is
// an error if the snippet does not occur exactly once.
func (m *Mutation) Apply(text string) (string, error) {
	if m.Old == m.New {
		return "", fmt.Errorf("mutation: %s changes nothing", m.Name)
	}
	if n := strings.Count(text, m.Old); n != 1 {
		return "", fmt.Errorf("mutation: %s: the snippet occurs %d times in %s", m.Name, n, m.File)
	}
	return strings.Replace(text, m.Old, m.New, 1), nil
}

// overlay writes the mutated file and the overlay that names it, for the go
// command's flag -overlay, into the directory dir, and returns its name.
func (m *Mutation) overlay(root, dir string) (string, error) {
	path := filepath.Join(root, filepath.FromSlash(m.File))
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	changed, err := m.Apply(string(text))
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "mutated.go")
	if err := os.WriteFile(file, []byte(changed), 0o666); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, list, 0o666)
}

// All returns every mutation.
func All() []Mutation {
	var list []Mutation
	for _, t := range [][]Mutation{
		arrival, opening, halfOpen, closing, bounds, sending, timing, board, timed, repairs, growth, marks, options, paths,
		network4, network6, link, datagrams, errnos,
	} {
		list = append(list, t...)
	}
	return list
}

// Root returns the module's root: the nearest directory upwards with a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("mutation: no go.mod above the working directory")
		}
		dir = up
	}
}
