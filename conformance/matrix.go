package conformance

import (
	"slices"
	"strings"
)

// Requirement is one thing that an RFC asks of a host.
type Requirement struct {
	// ID is the RFC's own number, as MUST-7, or the section, with a letter if
	// the section asks for several things, as 3.2.1.3a. It is unique in its RFC.
	ID string
	// Section is where the RFC says so; "" if the ID tells.
	Section string
	// Text says what is asked for, in our words.
	Text string
	// Proof names the scripts and tests.
	Proof []string
	// Exempt says why there is no proof.
	Exempt string
}

// Proven reports whether something proves the requirement.
func (r *Requirement) Proven() bool { return len(r.Proof) > 0 }

// section returns where the RFC states the requirement, without "§".
func (r *Requirement) section() string {
	if r.Section != "" {
		return r.Section
	}
	return strings.TrimRight(r.ID, "abcdefghijklmnopqrstuvwxyz")
}

// Family is the requirements of one RFC.
type Family struct {
	RFC   int
	Title string
	Rows  []Requirement
}

// Totals counts requirements.
type Totals struct{ Rows, Proven, Exempt int }

// Totals counts the family's requirements.
func (f *Family) Totals() (t Totals) {
	for i := range f.Rows {
		t.Rows++
		if f.Rows[i].Proven() {
			t.Proven++
		} else {
			t.Exempt++
		}
	}
	return t
}

// Matrix returns every family: RFC 9293 first, then the others from the link up.
func Matrix() []Family {
	tcp := rfc9293
	tcp.Rows = slices.Concat(tcp.Rows, arrival)
	return []Family{
		tcp, rfc1122, rfc826, rfc791, rfc792, rfc8200, rfc4443, rfc4861, rfc4862, rfc2236, rfc2710,
		rfc1191, rfc8201, rfc5681, rfc6298, rfc9438, rfc9406, rfc7661,
		rfc2018, rfc2883, rfc3042, rfc5827, rfc6582, rfc6675, rfc8985, rfc9937, rfc5682, rfc3522, rfc4015,
		rfc7323, rfc4821, rfc4987, rfc5482, rfc5961, rfc6093, rfc6191, rfc6429, rfc6528, rfc3168,
	}
}
