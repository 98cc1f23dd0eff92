package mutation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// buildTime and runTime bound building one mutated program, and running it.
const (
	buildTime = 4 * time.Minute
	runTime   = 2 * time.Minute
)

// named is how many of those that noticed a Result names.
const named = 3

// ErrSurvived is the error of a mutation that nothing noticed.
var ErrSurvived = errors.New("mutation: nothing noticed")

// Result is what noticed a mutation.
type Result struct {
	Name  string   `json:"name"`
	Hash  string   `json:"hash"`
	Count int      `json:"count"` // scripts or tests that failed
	First []string `json:"first"` // the names of some of them
}

// Run builds the stack in root with the mutation and runs what has to notice. The
// error is ErrSurvived, or says why the mutation cannot be judged.
func (m *Mutation) Run(root string) (Result, error) {
	dir, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return Result{}, err
	}
	var failed []string
	if m.Tests == "" {
		failed, err = failingScripts(root, overlay, filepath.Join(dir, "mutated"))
	} else {
		failed, err = failingTests(root, overlay, m.Tests, filepath.Join(dir, "mutated.test"))
	}
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", m.Name, err)
	}
	if len(failed) == 0 {
		return Result{}, fmt.Errorf("%w %s (%s)", ErrSurvived, m.Name, m.Why)
	}
	return Result{m.Name, m.Hash(), len(failed), failed[:min(len(failed), named)]}, nil
}

// command runs a program in dir for at most limit and returns what it wrote; a
// failure to build must be told from a failed test by the caller.
func command(limit time.Duration, dir, name string, args ...string) ([]byte, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	return []byte(out.String()), []byte(errs.String()), err
}

// failingScripts builds the command of this package, which holds the scripts'
// runner and so the stack, and returns the names of the scripts that fail in it.
func failingScripts(root, overlay, program string) ([]string, error) {
	_, errs, err := command(buildTime, root, "go", "build", "-overlay", overlay, "-o", program, "./conformance/mutation/cmd")
	if err != nil {
		return nil, fmt.Errorf("it does not compile: %s", errs)
	}
	out, errs, err := command(runTime, root, program, "-scripts")
	var failed []string
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var v Verdict
		if e := d.Decode(&v); e != nil {
			return nil, fmt.Errorf("its output: %w", e)
		}
		if v.Err != "" {
			failed = append(failed, v.Script)
		}
	}
	if len(failed) == 0 && err != nil {
		return nil, fmt.Errorf("the scripts did not run: %w: %s", err, errs)
	}
	// Scripts written by hand say more than generated ones, which lie deeper.
	slices.SortStableFunc(failed, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	return failed, nil
}

// failingTests returns the names of the tests of the package in the directory
// pkg that fail; a panic that ends them all counts as one.
func failingTests(root, overlay, pkg, program string) ([]string, error) {
	_, errs, err := command(buildTime, root, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./"+pkg)
	if err != nil {
		return nil, fmt.Errorf("it does not compile: %s", errs)
	}
	out, errs, err := command(runTime, filepath.Join(root, filepath.FromSlash(pkg)), program, "-test.short", "-test.timeout=60s")
	if err == nil {
		return nil, nil
	}
	var failed []string
	failLine := regexp.MustCompile(`(?m)^\s*--- FAIL: ((?:Test|Example|Fuzz)\S*)`)
	for _, f := range failLine.FindAllSubmatch(out, -1) {
		failed = append(failed, pkg+"."+string(f[1]))
	}
	// A test with failing subtests is those.
	failed = slices.DeleteFunc(failed, func(name string) bool {
		return slices.ContainsFunc(failed, func(x string) bool { return strings.HasPrefix(x, name+"/") })
	})
	if len(failed) == 0 {
		if !strings.Contains(string(out)+string(errs), "panic:") {
			return nil, fmt.Errorf("the tests did not run: %w: %s", err, errs)
		}
		failed = []string{pkg + ": panic"}
	}
	return failed, nil
}
