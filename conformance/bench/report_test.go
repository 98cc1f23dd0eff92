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
			if got := (result{better: tt.better, bar: tt.bar}).meets(tt.ratio); got != tt.want {
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
	r := result{"conn", "conns/s", "conn", "rate", higher, 3}
	var out bytes.Buffer
	if err := newRow(r, sample{"rate": 40, "cpu-us": 7}, sample{"rate": 10}).writeJSON(&out); err != nil {
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
	if info, _ := got["info"].(map[string]any); info["ours-cpu-us"] != 7.0 {
		t.Errorf("info: got %v, want ours-cpu-us 7", got["info"])
	}
}

func TestRowOfOneStackIsNotJudged(t *testing.T) {
	r := newRow(results[0], sample{"cpu": 1}, nil)
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
	r := newRow(results[0], sample{"cpu": 1}, sample{"cpu": 1})
	if !r.missed() {
		t.Errorf("got ratio %v not missed, want missed", *r.Ratio)
	}
}
