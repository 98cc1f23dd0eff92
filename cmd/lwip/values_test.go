package main

import (
	"flag"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	tests := []struct {
		value flag.Value
		in    string
		want  string // "": refused
	}{
		{new(size), "1500", "1.5KiB"},
		{new(size), "1023", "1023B"},
		{new(size), "64MiB", "64MiB"},
		{new(size), "64m", "64MiB"},
		{new(size), "1.5 GiB", "1.5GiB"},
		{new(size), "1MB", "976.6KiB"},
		{new(size), "10B", "10B"},
		{new(size), "-1", ""},
		{new(size), "MiB", ""},
		{new(size), "nan", ""},
		{new(size), "1e300", ""},
		{new(probability), "0.5%", "0.5%"},
		{new(probability), "0.005", "0.5%"},
		{new(probability), "100%", "100%"},
		{new(probability), "1.1", ""},
		{new(probability), "-1%", ""},
		{new(rate), "100Mbit", "100Mbit/s"},
		{new(rate), "100Mbit/s", "100Mbit/s"},
		{new(rate), "2.5G", "2.5Gbit/s"},
		{new(rate), "9600", "9.6kbit/s"},
		{new(rate), "300bit", "300bit/s"},
		{new(rate), "0", "unlimited"},
		{new(rate), "fast", ""},
		{&cidr{}, "10.0.0.2/24", "10.0.0.2/24"},
		{&cidr{}, "10.0.0.2/33", ""},
		{&cidr{six: true}, "fd00::2/64", "fd00::2/64"},
		{&cidr{six: true}, "10.0.0.2/24", ""},
		{&addr{}, "10.0.0.1", "10.0.0.1"},
		{&addr{}, "10.0.0", ""},
	}
	for _, tt := range tests {
		err := tt.value.Set(tt.in)
		if (err != nil) != (tt.want == "") {
			t.Errorf("%T %q: %v", tt.value, tt.in, err)
		} else if err == nil && tt.value.String() != tt.want {
			t.Errorf("%T %q: got %s, want %s", tt.value, tt.in, tt.value.String(), tt.want)
		}
	}
}

// TestParse: flags may come before, between and after arguments.
func TestParse(t *testing.T) {
	tests := []struct {
		args string
		rest []string
		n    int
		fail bool
	}{
		{"", nil, 0, false},
		{"a", []string{"a"}, 0, false},
		{"-n 3 a b", []string{"a", "b"}, 3, false},
		{"a -n 3 b", []string{"a", "b"}, 3, false},
		{"a b --n=3", []string{"a", "b"}, 3, false},
		{"a -- -n 3", []string{"a", "-n", "3"}, 0, false},
		{"a -x", nil, 0, true},
		{"a -n", nil, 0, true},
	}
	for _, tt := range tests {
		fs := newFlagSet("x")
		n := fs.Int("n", 0, "")
		rest, err := parse(fs, strings.Fields(tt.args))
		if (err != nil) != tt.fail || err == nil && (!slices.Equal(rest, tt.rest) || *n != tt.n) {
			t.Errorf("%q: got %q, n=%d, %v", tt.args, rest, *n, err)
		}
	}
}

func TestNeighbour(t *testing.T) {
	for own, want := range map[string]string{
		"10.0.0.2/24": "10.0.0.1", "10.0.0.1/24": "10.0.0.2", "10.0.0.4/31": "10.0.0.5", "10.0.0.5/31": "10.0.0.4",
		"10.0.0.2/32": "invalid IP", "fd00::2/64": "fd00::1", "fd00::1/64": "fd00::2",
	} {
		if got := neighbour(netip.MustParsePrefix(own)).String(); got != want {
			t.Errorf("%s: got %s, want %s", own, got, want)
		}
	}
}
