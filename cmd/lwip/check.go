package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/golwip/lwip/conformance/oracle"
)

// checkOptions are check's flags.
type checkOptions struct {
	json, rules, flows, middle bool
	at, skip                   string
	checksum, list, fail       string
	slack                      time.Duration
	initial, most              int
}

func checkCommand() command {
	return command{
		name: "check",
		args: "trace...",
		what: "judge captures by the RFCs of TCP, ARP and ND",
		long: `Check reads pcap and pcapng files, also compressed by gzip, and reports what an
RFC forbids: the rule, its section, the packets that show it. "-" is the
standard input. Where a capture was taken is found out for each connection, from
who answers at once; rules about when a host acts apply to that host alone. On a
link where both answer at once, -at tells.

The exit status is 0 if nothing was found that weighs as much as -fail says, 1
if something was or a file cannot be read, 2 for a mistake in the call.

For example:

	lwip check capture.pcapng
	lwip check -json -fail error *.pcap
	lwip check -at 192.0.2.1 capture.pcap
	lwip check -rules`,
		define: func(fs *flag.FlagSet) action {
			o := new(checkOptions)
			fs.BoolVar(&o.json, "json", false, "print a JSON array, one object for each file")
			fs.BoolVar(&o.rules, "rules", false, "list the rules and read nothing")
			fs.BoolVar(&o.flows, "flows", false, "list the connections, too")
			fs.StringVar(&o.at, "at", "", "the `addresses` of the hosts that the capture was taken next to, by commas")
			fs.BoolVar(&o.middle, "middle", false, "the capture was taken next to no host")
			fs.StringVar(&o.checksum, "checksum", "auto", "auto: know checksums that are left to the network card; strict: every one must be right; ignore (`mode`)")
			fs.StringVar(&o.list, "list", "info", "list findings from this `severity` on: info, warning or error")
			fs.StringVar(&o.fail, "fail", "warning", "findings from this `severity` on make the exit status 1")
			fs.StringVar(&o.skip, "skip", "", "`rules` that are not applied, by commas")
			fs.DurationVar(&o.slack, "slack", 100*time.Millisecond, "what a busy host may be late by")
			fs.IntVar(&o.initial, "iw", 10, "the largest initial congestion window in `segments`")
			fs.IntVar(&o.most, "most", 10, "list so many `findings` of a rule for each host of a connection")
			return o.run
		},
	}
}

// fileReport is what check found in one file.
type fileReport struct {
	File     string           `json:"file"`
	Error    string           `json:"error,omitempty"`
	Findings []oracle.Finding `json:"findings"`
	Report   oracle.Report    `json:"report"`
}

func (o *checkOptions) run(ctx context.Context, t *terminal, args []string) error {
	opts, list, fail, msg := o.parse()
	switch {
	case msg != "":
		return &usageError{"check", msg}
	case o.rules && len(args) > 0:
		return &usageError{"check", "-rules reads no trace"}
	case o.rules:
		return o.printRules(t.out)
	case len(args) == 0:
		return &usageError{"check", "a trace is needed"}
	}
	var all []fileReport
	failed := false
	for _, path := range args {
		r := fileReport{File: path, Findings: []oracle.Finding{}}
		found, report, err := checkFile(ctx, t, path, opts, o.json)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			r.Error = err.Error()
			fmt.Fprintf(t.err, "lwip check: %s: %v\n", path, err)
			failed = true
		}
		r.Report = report
		for _, f := range found {
			failed = failed || f.Severity >= fail
			if f.Severity >= list {
				r.Findings = append(r.Findings, f)
			}
		}
		if o.json {
			all = append(all, r)
		} else if err == nil || report.Packets > 0 {
			o.print(t.out, &r)
		}
	}
	if o.json {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		if err := e.Encode(all); err != nil {
			return err
		}
	}
	if failed {
		return errSilent
	}
	return nil
}

// parse turns the flags into options; msg is what is wrong with them.
func (o *checkOptions) parse() (opts oracle.Options, list, fail oracle.Severity, msg string) {
	opts = oracle.Options{Middle: o.middle, Slack: max(o.slack, 1), InitialWindow: o.initial, PerRule: o.most}
	for _, s := range fields(o.at) {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return opts, 0, 0, fmt.Sprintf("-at: %q is not an IP address", s)
		}
		opts.At = append(opts.At, a)
	}
	for _, id := range fields(o.skip) {
		if !slices.ContainsFunc(oracle.Rules(), func(r oracle.Rule) bool { return r.ID == id }) {
			return opts, 0, 0, fmt.Sprintf("-skip: there is no rule %q", id)
		}
		opts.Skip = append(opts.Skip, id)
	}
	switch o.checksum {
	case "auto":
	case "strict":
		opts.Checksum = oracle.ChecksumStrict
	case "ignore":
		opts.Checksum = oracle.ChecksumIgnore
	default:
		msg = "-checksum must be auto, strict or ignore"
	}
	if list.UnmarshalText([]byte(o.list)) != nil || fail.UnmarshalText([]byte(o.fail)) != nil {
		msg = "-list and -fail must be info, warning or error"
	}
	switch {
	case len(opts.At) > 0 && o.middle:
		msg = "-at and -middle exclude each other"
	case o.initial < 1 || o.most < 1:
		msg = "-iw and -most must be positive"
	}
	return opts, list, fail, msg
}

// fields splits a list by commas.
func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// checkFile judges one file.
func checkFile(ctx context.Context, t *terminal, path string, opts oracle.Options, quiet bool) ([]oracle.Finding, oracle.Report, error) {
	f, err := openTrace(ctx, t, path, quiet)
	if err != nil {
		return nil, oracle.Report{}, err
	}
	found, report, err := oracle.Check(f, opts)
	return found, report, errors.Join(err, f.Close())
}

// print reports on one file.
func (o *checkOptions) print(w io.Writer, r *fileReport) {
	fmt.Fprintf(w, "%s: %s\n", r.File, summary(&r.Report))
	if o.flows {
		for _, f := range r.Report.Flows {
			fmt.Fprintf(w, "  %s\n", flowLine(&f))
		}
	}
	var n [oracle.Error + 1]int
	for _, f := range r.Findings {
		n[f.Severity]++
		fmt.Fprintf(w, "  %v\n", f)
	}
	more := 0
	for _, k := range r.Report.Suppressed {
		more += k
	}
	switch {
	case len(r.Findings) == 0:
		fmt.Fprintln(w, "  nothing found")
	case more > 0:
		fmt.Fprintf(w, "  %s, and %d more of the same rules\n", tally(n), more)
	default:
		fmt.Fprintf(w, "  %s\n", tally(n))
	}
}

// tally is a number of findings by severity.
func tally(n [oracle.Error + 1]int) string {
	var parts []string
	for s := oracle.Error; ; s-- {
		if n[s] > 0 {
			parts = append(parts, count(n[s], s.String()))
		}
		if s == oracle.Info {
			return strings.ReplaceAll(strings.Join(parts, ", "), "infos", "info")
		}
	}
}

// count is a number and its noun.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// summary is what a capture holds, on a line.
func summary(r *oracle.Report) string {
	s := fmt.Sprintf("%s, %s, %v", count(r.Packets, "packet"), count(r.FlowCount, "connection"), r.End.Sub(r.Start).Round(time.Millisecond))
	var near []string
	missing := 0
	for _, f := range r.Flows {
		missing += f.Missing
		for _, e := range []oracle.Endpoint{f.A, f.B} {
			a := e.Addr
			if ap, err := netip.ParseAddrPort(a); err == nil {
				a = ap.Addr().String()
			}
			if e.Near && !slices.Contains(near, a) {
				near = append(near, a)
			}
		}
	}
	switch {
	case r.FlowCount == 0:
	case len(near) == 0:
		s += ", captured next to no host that could be told"
	case len(near) <= 4:
		s += ", captured next to " + strings.Join(near, " and ")
	default:
		s += fmt.Sprintf(", captured next to %d hosts", len(near))
	}
	if r.Truncated > 0 {
		s += fmt.Sprintf(", %d cut short", r.Truncated)
	}
	if missing > 0 {
		s += fmt.Sprintf(", %s in the capture", count(missing, "hole"))
	}
	if r.CutOff {
		s += ", the file ends within a packet"
	}
	return s
}

// flowLine is a connection on a line.
func flowLine(f *oracle.Flow) string {
	mark := func(e *oracle.Endpoint) string {
		if e.Near {
			return e.Addr + " (here)"
		}
		return e.Addr
	}
	return fmt.Sprintf("%s > %s from packet %d: %s, %v, %v and %v, %d and %d segments sent again",
		mark(&f.A), mark(&f.B), f.First, count(f.Packets, "packet"), f.Duration.Round(time.Millisecond), size(f.A.Bytes), size(f.B.Bytes), f.A.Resent, f.B.Resent)
}

// printRules lists the rules.
func (o *checkOptions) printRules(w io.Writer) error {
	rules := oracle.Rules()
	if o.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(rules)
	}
	for _, r := range rules {
		where := ""
		if r.Vantage == oracle.AtHost {
			where = "  (next to the host)"
		}
		fmt.Fprintf(w, "%-17s%-8v %s [%s]%s\n", r.ID, r.Severity, r.Title, r.Section, where)
	}
	return nil
}
