package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is a rule broken.
type Finding struct {
	// Rule is the rule's ID, Section where it is written.
	Rule    string `json:"rule"`
	Section string `json:"section"`
	// Severity is the rule's.
	Severity Severity `json:"severity"`
	// Packets are the numbers of the packets that show it, from 1 as Wireshark
	// counts; the last one breaks the rule.
	Packets []int `json:"packets"`
	// Time is when that packet was captured.
	Time time.Time `json:"time"`
	// Flow is the connection, "" for ARP and neighbour discovery. Host is who
	// broke the rule.
	Flow string `json:"flow,omitempty"`
	Host string `json:"host"`
	// Detail says what was seen, in numbers.
	Detail string `json:"detail"`
}

// String is the finding on one line.
func (f Finding) String() string {
	list := strings.Trim(fmt.Sprint(f.Packets), "[]")
	return fmt.Sprintf("%s %s: packet %s: %s: %s [%s]", f.Severity, f.Rule, strings.ReplaceAll(list, " ", ", "), f.Host, f.Detail, f.Section)
}

// last is the packet that breaks the rule.
func (f *Finding) last() int { return f.Packets[len(f.Packets)-1] }

// sortFindings puts findings in the order of the capture.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.last(), b.last()), cmp.Compare(a.Rule, b.Rule))
	})
}

// ledger collects findings and holds each rule to a number of them for each
// host and connection.
type ledger struct {
	opts       *Options
	rules      map[string]Rule
	findings   []Finding
	suppressed map[string]int
	paced      map[[2]string]int // by rule and host
}

func newLedger(o *Options) *ledger {
	l := &ledger{opts: o, rules: make(map[string]Rule), suppressed: make(map[string]int), paced: make(map[[2]string]int)}
	for _, r := range Rules() {
		if !slices.Contains(o.Skip, r.ID) {
			l.rules[r.ID] = r
		}
	}
	return l
}

// candidate is a finding that may still turn out not to be one.
type candidate struct {
	rule    string
	host    string
	at      time.Duration // since the epoch
	packets []int
	detail  string
}

// add reports a candidate as a finding.
func (l *ledger) add(c candidate, flow string) {
	r, ok := l.rules[c.rule]
	if !ok {
		return
	}
	l.findings = append(l.findings, Finding{
		Rule: r.ID, Section: r.Section, Severity: r.Severity, Packets: c.packets,
		Time: time.Unix(0, int64(c.at)).UTC(), Flow: flow, Host: c.host, Detail: c.detail,
	})
}

// suppress counts findings of a rule that are not listed.
func (l *ledger) suppress(rule string, n int) {
	if _, ok := l.rules[rule]; ok && n > 0 {
		l.suppressed[rule] += n
	}
}

// addPaced reports a candidate that belongs to no connection, and counts those
// beyond Options.PerRule of a rule and host.
func (l *ledger) addPaced(c candidate) {
	k := [2]string{c.rule, c.host}
	if l.paced[k]++; l.paced[k] > l.opts.PerRule {
		l.suppress(c.rule, 1)
		return
	}
	l.add(c, "")
}
