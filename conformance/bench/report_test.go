package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestMeets(t *testing.T) {
	for _, tt := range []struct {
		name   string
		better direction
		bar    float64
		ratio  float64
		want   bool
	}{
		{"a cost at the bar", lower, 0.25, 0.25, true},
		{"a cost above the bar", lower, 0.25, 0.26, false},
		{"a rate at the bar", higher, 2, 2, true},
		{"a rate below the bar", higher, 2, 1.99, false},
		{"no number", lower, 0.25, math.NaN(), false},
		{"a rate of no number", higher, 2, math.NaN(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (result{better: tt.better, bar: tt.bar}).meets(1, tt.ratio, 1); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMeetsWithSlack(t *testing.T) {
	for _, tt := range []struct {
		name        string
		r           result
		ours, ratio float64
		slack       float64
		want        bool
	}{
		{"a cost within the slack", result{better: lower, bar: 0.2}, 1, 0.24, 1.25, true},
		{"a cost beyond it", result{better: lower, bar: 0.2}, 1, 0.26, 1.25, false},
		{"a rate within the slack", result{better: higher, bar: 5}, 1, 4, 1.25, true},
		{"a rate below it", result{better: higher, bar: 5}, 1, 3.9, 1.25, false},
		{"ours at most", result{better: lower, bar: 0.2, most: 10}, 10, 0.1, 1, true},
		{"ours above", result{better: lower, bar: 0.2, most: 10}, 10.1, 0.1, 1, false},
		{"ours above, within the slack", result{better: lower, bar: 0.2, most: 10}, 12, 0.1, 1.25, true},
		{"ours no number", result{better: lower, bar: 0.2, most: 10}, math.NaN(), 0.1, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.r.meets(tt.ours, tt.ratio, tt.slack); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestMedians(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"one", []float64{3}, 3},
		{"odd, not in order", []float64{9, 1, 4}, 4},
		{"even", []float64{4, 1, 2, 9}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var all []sample
			for _, v := range tt.values {
				all = append(all, sample{"k": v})
			}
			if got := medians(all)["k"]; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if got := medians(nil); got != nil {
		t.Errorf("of nothing: got %v, want nil", got)
	}
}

func TestRowJSON(t *testing.T) {
	r := result{"conn", "conns/s", "conn", "rate", higher, 3, 0}
	var out bytes.Buffer
	if err := newRow(r, sample{"rate": 40, "extra": 7}, sample{"rate": 10}, 1).writeJSON(&out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("got %d lines, want 1", n)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"name": "conn", "unit": "conns/s", "ours": 40.0, "gvisor": 10.0,
		"ratio": 4.0, "bar": 3.0, "ok": true, "better": "higher",
	}
	for key, v := range want {
		if got[key] != v {
			t.Errorf("%s: got %v, want %v", key, got[key], v)
		}
	}
	if info, _ := got["info"].(map[string]any); info["ours-extra"] != 7.0 {
		t.Errorf("info: got %v, want ours-extra 7", got["info"])
	}
}

func TestRowOfOneStackIsNotJudged(t *testing.T) {
	r := newRow(results[0], sample{"cpu": 1}, nil, 1)
	if r.Ratio != nil || r.OK != nil || r.missed() {
		t.Errorf("got ratio %v, ok %v, missed %v, want no verdict", r.Ratio, r.OK, r.missed())
	}
	var out bytes.Buffer
	if err := r.writeText(&out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("got %d lines, want 1", n)
	}
}

func TestRunReportsAMissedBar(t *testing.T) {
	// A rate against itself has a ratio near 1, far from any bar here.
	r := newRow(results[0], sample{"cpu": 1}, sample{"cpu": 1}, 1)
	if !r.missed() {
		t.Errorf("got ratio %v not missed, want missed", *r.Ratio)
	}
}
