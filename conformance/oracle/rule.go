package oracle

import (
	"fmt"
	"slices"
)

// Severity is how much a finding weighs.
type Severity uint8

// The severities.
const (
	// Info is worth knowing and nobody's fault, such as a checksum that a
	// network card fills in.
	Info Severity = iota
	// Warning is against a SHOULD.
	Warning
	// Error is against a MUST, or against the protocol's arithmetic.
	Error
)

var severityNames = [...]string{Info: "info", Warning: "warning", Error: "error"}

func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity %d", uint8(s))
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(b []byte) error {
	i := slices.Index(severityNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("oracle: no severity %q", b)
	}
	*s = Severity(i)
	return nil
}

// Vantage is where a capture must have been taken for a rule to apply.
type Vantage uint8

// The vantages.
const (
	// Anywhere on the path.
	Anywhere Vantage = iota
	// AtHost is next to the host that is judged.
	AtHost
)

var vantageNames = [...]string{Anywhere: "anywhere", AtHost: "host"}

func (v Vantage) String() string {
	if int(v) < len(vantageNames) {
		return vantageNames[v]
	}
	return fmt.Sprintf("vantage %d", uint8(v))
}

// MarshalText implements encoding.TextMarshaler.
func (v Vantage) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Rule is one thing that a host is to do or not to do.
type Rule struct {
	// ID names the rule, for people and for Options.Skip.
	ID string `json:"id"`
	// Title says in a line what is wrong when it is broken.
	Title string `json:"title"`
	// Section is where it is written.
	Section string `json:"section"`
	// Severity weighs its findings.
	Severity Severity `json:"severity"`
	// Vantage is what it needs of the capture.
	Vantage Vantage `json:"vantage"`
	// Whole says that it is not applied to a connection of which the capture
	// lacks packets.
	Whole bool `json:"whole"`
}

// Rules returns every rule, family by family.
func Rules() []Rule {
	return slices.Concat(checksumRules, sequenceRules, ackRules, windowRules, retransmitRules,
		congestionRules, sackRules, timestampRules, optionRules, resetRules, finRules, arpRules, ndRules, damageRules)
}
