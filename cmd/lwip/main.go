package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// terminal is where a command writes.
type terminal struct {
	out, err io.Writer
	// live says that out can redraw a line.
	live bool
}

// command is one subcommand.
type command struct {
	name string
	args string // what follows the name on the usage line
	what string // one line
	long string // what `help` says besides the flags
	// define adds the flags and returns what runs after parsing them.
	define func(fs *flag.FlagSet) action
}

// action runs a command with the arguments that are not flags.
type action func(ctx context.Context, t *terminal, args []string) error

// commands is the dispatch table, in the order of the usage message.
func commands() []command {
	return []command{
		demoCommand(),
		serveCommand(),
		pingCommand(),
		drillCommand(),
		checkCommand(),
		plotCommand(),
		{name: "help", args: "[command]", what: "explain a command", define: defineHelp},
		{name: "version", what: "print the version", define: defineVersion},
	}
}

// usageError is a mistake in how a command was called.
type usageError struct {
	command string // "": lwip itself
	msg     string
}

func (e *usageError) Error() string { return e.msg }

// errSilent ends with status 1 and no message: all was said.
var errSilent = errors.New("failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t := &terminal{out: os.Stdout, err: os.Stderr, live: isTerminal(os.Stdout)}
	status := run(ctx, t, os.Args[1:])
	stop()
	os.Exit(status)
}

// isTerminal reports whether f is a character device that takes cursor control.
func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// run executes a command line and returns the exit status: 0, 1 for a failure,
// 2 for a mistake in the command line.
func run(ctx context.Context, t *terminal, args []string) int {
	err := dispatch(ctx, t, args)
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		prefix, hint := "lwip", "lwip help"
		if usage.command != "" {
			prefix += " " + usage.command
			hint += " " + usage.command
		}
		fmt.Fprintf(t.err, "%s: %s\nRun '%s' for usage.\n", prefix, usage.msg, hint)
		return 2
	case !errors.Is(err, errSilent):
		fmt.Fprintf(t.err, "lwip %s: %v\n", args[0], err)
	}
	return 1
}

func dispatch(ctx context.Context, t *terminal, args []string) error {
	if len(args) == 0 {
		usage(t.err)
		return &usageError{msg: "no command given"}
	}
	switch args[0] {
	case "-h", "-help", "--help":
		usage(t.out)
		return nil
	case "-version", "--version":
		args = []string{"version"}
	}
	c, ok := find(args[0])
	if !ok {
		return &usageError{msg: fmt.Sprintf("unknown command %q", args[0])}
	}
	fs := newFlagSet(c.name)
	act := c.define(fs)
	rest, err := parse(fs, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		explain(t.out, c)
		return err
	}
	if err != nil {
		return &usageError{c.name, err.Error()}
	}
	return act(ctx, t, rest)
}

func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func usage(w io.Writer) {
	fmt.Fprint(w, "lwip shows the TCP/IP stack at work.\n\nUsage:\n\n\tlwip <command> [flags] [arguments]\n\nThe commands are:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "\t%-9s%s\n", c.name, c.what)
	}
	fmt.Fprint(w, "\nUse \"lwip help <command>\" for a command's flags.\n")
}

// explain prints a command's usage line, description and flags.
func explain(w io.Writer, c command) {
	fs := newFlagSet(c.name)
	c.define(fs)
	line := "usage: lwip " + c.name
	flags := false
	fs.VisitAll(func(*flag.Flag) { flags = true })
	if flags {
		line += " [flags]"
	}
	if c.args != "" {
		line += " " + c.args
	}
	fmt.Fprintln(w, line)
	if c.long != "" {
		fmt.Fprintf(w, "\n%s\n", c.long)
	} else {
		fmt.Fprintf(w, "\nThis will %s.\n", c.what)
	}
	if flags {
		fmt.Fprint(w, "\nFlags:\n\n")
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
}

func defineHelp(*flag.FlagSet) action {
	return func(_ context.Context, t *terminal, args []string) error {
		if len(args) == 0 {
			usage(t.out)
			return nil
		}
		if len(args) > 1 {
			return &usageError{"help", "too many arguments"}
		}
		c, ok := find(args[0])
		if !ok {
			return &usageError{"", fmt.Sprintf("unknown command %q", args[0])}
		}
		explain(t.out, c)
		return nil
	}
}

func defineVersion(*flag.FlagSet) action {
	return func(_ context.Context, t *terminal, args []string) error {
		if len(args) > 0 {
			return &usageError{"version", "no arguments are expected"}
		}
		version, revision, goVersion := "(unknown)", "", ""
		if info, ok := debug.ReadBuildInfo(); ok {
			version, goVersion = info.Main.Version, info.GoVersion
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					revision = " " + s.Value[:min(12, len(s.Value))]
				}
			}
		}
		fmt.Fprintf(t.out, "lwip %s%s %s\n", version, revision, goVersion)
		return nil
	}
}
