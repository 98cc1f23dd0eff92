package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// row is a result with its medians. A side that did not run is nil, and then so
// are the ratio and the verdict.
type row struct {
	Name   string             `json:"name"`
	Unit   string             `json:"unit"`
	Ours   *float64           `json:"ours"`
	Gvisor *float64           `json:"gvisor"`
	Ratio  *float64           `json:"ratio"`          // ours / gvisor
	Bar    float64            `json:"bar"`            // what the ratio is held against
	Most   float64            `json:"most,omitempty"` // what ours is held against, if not 0
	OK     *bool              `json:"ok"`
	Better string             `json:"better"` // "lower": ratio <= bar, "higher": ratio >= bar
	Info   map[string]float64 `json:"info,omitempty"`
}

// newRow judges the medians of both stacks; either may be nil. slack is the factor
// by which a bar may be missed.
func newRow(r result, ours, gvisor sample, slack float64) row {
	out := row{Name: r.name, Unit: r.unit, Bar: r.bar, Most: r.most, Better: r.better.String(), Info: map[string]float64{}}
	if v, ok := ours[r.key]; ok {
		out.Ours = &v
	}
	if v, ok := gvisor[r.key]; ok {
		out.Gvisor = &v
	}
	if out.Ours != nil && out.Gvisor != nil {
		ratio := *out.Ours / *out.Gvisor
		ok := r.meets(*out.Ours, ratio, slack)
		out.Ratio, out.OK = &ratio, &ok
	}
	for key, v := range ours {
		if !isResult(r.load, key) {
			out.Info["ours-"+key] = v
		}
	}
	for key, v := range gvisor {
		if !isResult(r.load, key) {
			out.Info["gvisor-"+key] = v
		}
	}
	return out
}

// isResult reports whether a workload's value has a row of its own.
func isResult(load, key string) bool {
	return slices.ContainsFunc(results, func(r result) bool { return r.load == load && r.key == key })
}

// missed reports whether the row was judged and fell short.
func (r row) missed() bool { return r.OK != nil && !*r.OK }

// writeJSON writes the row as one object on one line.
func (r row) writeJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// writeText writes the row as one line.
func (r row) writeText(w io.Writer) error {
	verdict := "-"
	if r.OK != nil {
		verdict = "MISSED"
		if *r.OK {
			verdict = "ok"
		}
	}
	sign := "<="
	if r.Better == higher.String() {
		sign = ">="
	}
	var info strings.Builder
	for _, key := range slices.Sorted(maps.Keys(r.Info)) {
		fmt.Fprintf(&info, "  %s=%s", key, figure(new(r.Info[key])))
	}
	most := ""
	if r.Most != 0 {
		most = fmt.Sprintf("  (ours <= %.4g)", r.Most)
	}
	_, err := fmt.Fprintf(w, "%-16s %-13s ours %9s  gvisor %9s  ratio %7s  bar %s %-6.4g %-6s%s%s\n",
		r.Name, r.Unit, figure(r.Ours), figure(r.Gvisor), figure(r.Ratio), sign, r.Bar, verdict, most, info.String())
	return err
}

// figure prints v with four figures and a suffix for thousands, or a dash.
func figure(v *float64) string {
	switch {
	case v == nil:
		return "-"
	case *v >= 1e9:
		return fmt.Sprintf("%.4gG", *v/1e9)
	case *v >= 1e6:
		return fmt.Sprintf("%.4gM", *v/1e6)
	case *v >= 1e4:
		return fmt.Sprintf("%.4gk", *v/1e3)
	}
	return fmt.Sprintf("%.4g", *v)
}
