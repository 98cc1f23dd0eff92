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
}

// results is the one place where the bars stand. A bar is raised here when the
// stack has cleared it with room to spare on more than one machine, and is
// never lowered to make a run pass.
var results = []result{
	{"bulk-cpu", "CPU-s/GiB", "bulk", "cpu", lower, 1.0 / 3},
	{"bulk-rate", "bytes/s", "bulk", "rate", higher, 2},
	{"bulk100-cpu", "CPU-s/GiB", "bulk100", "cpu", lower, 1.0 / 3},
	{"bulk9000-cpu", "CPU-s/GiB", "bulk9000", "cpu", lower, 1 / 2.5},
	{"gso-rate", "bytes/s", "gso", "rate", higher, 1},
	{"gso-cpu", "CPU-s/GiB", "gso", "cpu", lower, 1},
	{"tun-up-cpu", "CPU-s/GiB", "tun-up", "cpu", lower, 1.0 / 3},
	{"tun-down-cpu", "CPU-s/GiB", "tun-down", "cpu", lower, 1.0 / 3},
	{"tun-gso-up-cpu", "CPU-s/GiB", "tun-gso-up", "cpu", lower, 1.1}, // most of both is the kernel
	{"tun-gso-down-cpu", "CPU-s/GiB", "tun-gso-down", "cpu", lower, 1.1},
	{"rr", "trips/s", "rr", "rate", higher, 10},
	{"conn", "conns/s", "conn", "rate", higher, 3},
	{"udp64-cpu", "CPU-us/dgram", "udp64", "cpu", lower, 1.0 / 8},
	{"udp1400-cpu", "CPU-us/dgram", "udp1400", "cpu", lower, 1.0 / 6},
	{"idle-bytes", "bytes/conn", "idle", "heap", lower, 1.0 / 4},
}

// meets reports whether ratio clears r's bar. NaN clears none.
func (r result) meets(ratio float64) bool {
	if math.IsNaN(ratio) {
		return false
	}
	if r.better == higher {
		return ratio >= r.bar
	}
	return ratio <= r.bar
}
