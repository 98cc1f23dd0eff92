package main

import "math"

// direction says which way a measure improves.
type direction uint8

const (
	lower direction = iota
	higher
)

// String returns "lower" or "higher".
func (d direction) String() string {
	if d == higher {
		return "higher"
	}
	return "lower"
}

// result is one row of the report.
type result struct {
	name   string
	unit   string
	load   string // the workload whose sample it is read from
	key    string // the value in that sample
	better direction
	bar    float64 // for ratio = ours / gVisor: at most where lower is better, else at least
	most   float64 // for ours itself, where lower is better; 0: none
}

// results is the one place where the bars stand. A bar is raised here when the
// stack has cleared it with room to spare on more than one machine, and is
// never lowered to make a run pass.
var results = []result{
	{"bulk-cpu", "CPU-s/GiB", "bulk", "cpu", lower, 1.0 / 7, 0},
	{"bulk-rate", "bytes/s", "bulk", "rate", higher, 4, 0},
	{"bulk100-cpu", "CPU-s/GiB", "bulk100", "cpu", lower, 1.0 / 4, 0},
	{"bulk100-rate", "bytes/s", "bulk100", "rate", higher, 3, 0},
	{"bulk9000-cpu", "CPU-s/GiB", "bulk9000", "cpu", lower, 1 / 2.5, 0},
	{"gso-rate", "bytes/s", "gso", "rate", higher, 1, 0},
	{"gso-cpu", "CPU-s/GiB", "gso", "cpu", lower, 1, 0},
	{"tun-up-cpu", "CPU-s/GiB", "tun-up", "cpu", lower, 1.0 / 3, 0},
	{"tun-down-cpu", "CPU-s/GiB", "tun-down", "cpu", lower, 1.0 / 3, 0},
	{"tun-gso-up-cpu", "CPU-s/GiB", "tun-gso-up", "cpu", lower, 1.1, 0}, // most of both is the kernel
	{"tun-gso-down-cpu", "CPU-s/GiB", "tun-gso-down", "cpu", lower, 1.1, 0},
	{"rr", "trips/s", "rr", "rate", higher, 10, 0},
	{"conn", "conns/s", "conn", "rate", higher, 7, 0},
	{"conn-cpu", "CPU-us/conn", "conn", "cpu-us", lower, 1.0 / 7, 12},
	{"udp64-cpu", "CPU-us/dgram", "udp64", "cpu", lower, 1.0 / 8, 0},
	{"udp1400-cpu", "CPU-us/dgram", "udp1400", "cpu", lower, 1.0 / 6, 0},
	{"idle-bytes", "bytes/conn", "idle", "heap", lower, 1.0 / 4, 2048},
}

// quickSlack is by how much -quick may fall short of a bar: its three rounds of a
// second tell a stack that has become slower from one that has not, but not a bar
// from a little below it, least of all on a machine that others use.
const quickSlack = 1.25

// meets reports whether ours, at ratio to gVisor's, clears r's bars when it may
// fall short of each by the factor slack. NaN clears none.
func (r result) meets(ours, ratio, slack float64) bool {
	switch {
	case math.IsNaN(ratio):
		return false
	case r.most != 0 && !(ours <= r.most*slack):
		return false
	case r.better == higher:
		return ratio >= r.bar/slack
	}
	return ratio <= r.bar*slack
}
