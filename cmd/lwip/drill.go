package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/golwip/lwip/conformance/drill"
)

// drillOptions are drill's flags.
type drillOptions struct {
	profile string
	version string
	defines multi
	verbose bool
	dry     bool
	jobs    int
	usecs   int
}

// multi is a flag that may be given several times.
type multi []string

// String implements flag.Value.
func (m *multi) String() string { return strings.Join(*m, " ") }

// Set implements flag.Value.
func (m *multi) Set(s string) error {
	*m = append(*m, s)
	return nil
}

func drillCommand() command {
	return command{
		name: "drill",
		args: "file...",
		what: "run packetdrill scripts",
		long: `Drill runs packetdrill scripts against this stack in virtual time. A directory
stands for all *.pkt files in it. Each failure is printed in packetdrill's form;
the exit status is 0 if all scripts passed and 1 if one failed.

Profiles are sets of defaults: lwip (this stack's own), linux, freebsd (with
FreeBSD's numbers of constants), rfc, upstream and espidf (lwIP's two
editions). Flags replace the options of a script.`,
		define: func(fs *flag.FlagSet) action {
			o := &drillOptions{}
			fs.StringVar(&o.profile, "profile", "", "defaults of the stack: `name` lwip, linux, freebsd, rfc, upstream or espidf; default the script's, or lwip")
			fs.StringVar(&o.version, "ip_version", "", "run over `version` ipv4, ipv4-mapped-ipv6, ipv6 or all, of those that the script allows; default the script's, or ipv4")
			fs.Var(&o.defines, "define", "`name=value` for the scripts; may be repeated")
			fs.BoolVar(&o.verbose, "v", false, "print each script's name, remarks and time")
			fs.BoolVar(&o.dry, "dry_run", false, "parse only")
			fs.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "how many scripts to run at a `time`")
			fs.IntVar(&o.usecs, "tolerance_usecs", -1, "tolerance of times in `microseconds`; default the script's, or 4000")
			return o.run
		},
	}
}

// overrides returns the options that replace the scripts'.
func (o *drillOptions) overrides() (drill.Overrides, error) {
	var list drill.Overrides
	if o.profile != "" {
		if _, err := drill.ParseProfile(o.profile); err != nil {
			return nil, &usageError{"drill", err.Error()}
		}
		list = append(list, drill.Option{Name: "profile", Value: o.profile})
	}
	if o.version != "" && o.version != "all" {
		if _, err := drill.ParseIPVersion(o.version); err != nil {
			return nil, &usageError{"drill", err.Error()}
		}
		list = append(list, drill.Option{Name: "ip_version", Value: o.version})
	}
	if o.usecs >= 0 {
		list = append(list, drill.Option{Name: "tolerance_usecs", Value: fmt.Sprint(o.usecs)})
	}
	for _, d := range o.defines {
		list = append(list, drill.Option{Name: "define", Value: d})
	}
	return list, nil
}

func (o *drillOptions) run(ctx context.Context, t *terminal, args []string) error {
	if len(args) == 0 {
		return &usageError{"drill", "no script given"}
	}
	if o.jobs < 1 {
		return &usageError{"drill", "no jobs"}
	}
	overrides, err := o.overrides()
	if err != nil {
		return err
	}
	files, err := scripts(args)
	if err != nil {
		return err
	}
	// Each script runs as one job; results are printed in order.
	results := make([]chan []*drill.Result, len(files))
	slots := make(chan struct{}, o.jobs)
	for i := range results {
		results[i] = make(chan []*drill.Result, 1)
	}
	go func() {
		for i, f := range files {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				results[i] <- nil
				continue
			}
			go func() {
				results[i] <- o.script(f, overrides)
				<-slots
			}()
		}
	}()
	failed, total := 0, 0
	for i := range files {
		for _, r := range <-results[i] {
			total++
			if !r.Passed() {
				failed++
			}
			o.print(t, r)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if total > 1 || o.verbose {
		fmt.Fprintf(t.out, "%d of %d passed\n", total-failed, total)
	}
	if failed > 0 {
		return errSilent
	}
	return nil
}

// script runs one file, over each version if all are wanted.
func (o *drillOptions) script(file string, overrides drill.Overrides) []*drill.Result {
	b, err := os.ReadFile(file)
	if err != nil {
		return []*drill.Result{{File: file, Err: err}}
	}
	if o.dry {
		_, err := drill.Parse(file, string(b))
		return []*drill.Result{{File: file, Err: err}}
	}
	if o.version != "all" {
		return []*drill.Result{drill.Run(file, string(b), overrides)}
	}
	s, err := drill.Parse(file, string(b))
	if err != nil {
		return []*drill.Result{{File: file, Err: err}}
	}
	var list []*drill.Result
	for _, v := range s.Versions() {
		with := append(append(drill.Overrides(nil), overrides...), s.Over(v)...)
		list = append(list, s.Run(with))
	}
	return list
}

// print prints a result: what the script printed, why it failed, and with -v
// the rest.
func (o *drillOptions) print(t *terminal, r *drill.Result) {
	fmt.Fprint(t.out, r.Output)
	for _, n := range r.Notes {
		fmt.Fprintln(t.err, n)
	}
	if r.Err != nil {
		fmt.Fprintln(t.err, r.Err)
	}
	if !o.verbose {
		return
	}
	verdict := "OK  "
	if !r.Passed() {
		verdict = "FAIL"
	}
	fmt.Fprintf(t.out, "%s %s (%v, %v, %v, %d packets)\n", verdict, r.File, r.Version, r.Profile, r.Elapsed, r.Packets)
}

// scripts returns the files that the arguments name.
func scripts(args []string) (files []string, err error) {
	for _, a := range args {
		st, err := os.Stat(a)
		if err != nil {
			return nil, err
		}
		if !st.IsDir() {
			files = append(files, a)
			continue
		}
		err = filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".pkt") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
