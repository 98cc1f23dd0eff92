// Command cmd runs mutations: it breaks the stack in each way that package
// mutation lists, and reports what noticed.
//
//	go run ./conformance/mutation/cmd [-only TEXT] [-stale] [-parallel N]
//
// It writes conformance/mutation/results.json, where the results of mutations
// that were not run stay. The exit status is 1 if nothing noticed a mutation, or
// one could not be judged.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/golwip/lwip/conformance/mutation"
)

func main() {
	only := flag.String("only", "", "run the mutations whose name contains `text`")
	stale := flag.Bool("stale", false, "run those without a current result only")
	parallel := flag.Int("parallel", 2, "how many run at the same time")
	scripts := flag.Bool("scripts", false, "run the scripts in this program and print verdicts: what a mutated build is started with")
	flag.Parse()
	if err := run(*only, *stale, *scripts, max(*parallel, 1)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(only string, stale, scripts bool, parallel int) error {
	root, err := mutation.Root()
	if err != nil {
		return err
	}
	if scripts {
		out := json.NewEncoder(os.Stdout)
		return mutation.RunScripts(filepath.Join(root, "conformance", "testdata"), func(v mutation.Verdict) { out.Encode(v) })
	}
	if err := sound(root); err != nil {
		return err
	}
	old, err := mutation.ReadResults(root)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	results := make(map[string]mutation.Result)
	var todo []mutation.Mutation
	for _, m := range mutation.All() {
		r, ok := old[m.Name]
		current := ok && r.Hash == m.Hash()
		if current {
			results[m.Name] = r
		}
		if strings.Contains(m.Name, only) && !(stale && current) {
			todo = append(todo, m)
		}
	}
	failed, err := judge(root, todo, parallel, results)
	if err == nil {
		err = mutation.WriteResults(root, results)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d mutations run, %d noticed\n", len(todo), len(todo)-failed)
	if failed > 0 {
		return fmt.Errorf("%d mutations were not noticed or could not be judged", failed)
	}
	return nil
}

// sound runs the scripts against the stack as it is: one that fails anyway
// notices nothing.
func sound(root string) error {
	var failed []string
	err := mutation.RunScripts(filepath.Join(root, "conformance", "testdata"), func(v mutation.Verdict) {
		if v.Err != "" {
			failed = append(failed, v.Err)
		}
	})
	if len(failed) > 0 {
		return fmt.Errorf("scripts fail without a mutation:\n%s", strings.Join(failed, "\n"))
	}
	return err
}

// judge runs the mutations, so many at a time, brings the results up to date, also
// in the file lest an interruption lose them, and returns how many failed.
func judge(root string, todo []mutation.Mutation, parallel int, results map[string]mutation.Result) (failed int, broken error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan mutation.Mutation)
	for range parallel {
		wg.Go(func() {
			for m := range next {
				r, err := m.Run(root)
				mu.Lock()
				if err != nil {
					failed++
					delete(results, m.Name)
					fmt.Println(err)
				} else {
					results[m.Name] = r
					fmt.Printf("%-32s %3d  %s\n", m.Name, r.Count, strings.Join(r.First, " "))
				}
				if err := mutation.WriteResults(root, results); err != nil {
					broken = err
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range todo {
		next <- m
	}
	close(next)
	wg.Wait()
	return failed, broken
}
