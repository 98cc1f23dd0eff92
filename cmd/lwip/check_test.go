package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/oracle"
)

// demoTrace makes a capture with the demo.
func demoTrace(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "demo.pcapng")
	stdout, stderr, status := lwipCommand(t, append([]string{"demo", "-size", "200KiB", "-delay", "2ms", "-pcap", path}, args...)...)
	if status != 0 {
		t.Fatalf("demo: %s%s", stdout, stderr)
	}
	return path
}

// spoilt copies a capture and changes the acknowledgment of a packet in the
// middle, the checksum left alone.
func spoilt(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The bare ACKs carry no payload: 20 + 32 octets behind the Ethernet header.
	mark := []byte{0x45, 0, 0, 52}
	at := bytes.LastIndex(b[:len(b)/2], mark)
	if at < 0 {
		t.Fatal("no ACK in the capture")
	}
	b[at+20+8] += 0x10 // 2^28 octets ahead
	out := filepath.Join(t.TempDir(), "spoilt.pcapng")
	if err := os.WriteFile(out, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCheck(t *testing.T) {
	good := demoTrace(t, "-loss", "2%")
	bad := spoilt(t, good)
	tests := []struct {
		name   string
		args   []string
		status int
		want   []string // in the standard output
		stderr string
	}{
		{"a good capture", []string{good}, 0, []string{"1 connection", "captured next to 10.0.0.", "nothing found"}, ""},
		{"connections", []string{"-flows", good}, 0, []string{"(here)", "segments sent again"}, ""},
		{"a bad capture", []string{"-checksum", "ignore", bad}, 1, []string{"error ack-unsent", "RFC 9293 §3.4"}, ""},
		{"the worst of several", []string{"-checksum=ignore", good, bad}, 1, []string{"nothing found", "ack-unsent"}, ""},
		{"a rule left out", []string{"-checksum", "ignore", "-skip", "ack-unsent,ack-back,win-exceeded,win-shrunk", "-list", "error", bad}, 0, []string{"nothing found"}, ""},
		{"no such file", []string{"/nonexistent/x.pcap"}, 1, nil, "no such file"},
		{"no capture", []string{"check_test.go"}, 1, nil, "not a pcap or pcapng file"},
		{"a directory", []string{"."}, 1, nil, "is a directory"},
		{"the rules", []string{"-rules"}, 0, []string{"seq-data", "(next to the host)", "RFC 6298"}, ""},
		{"no trace", nil, 2, nil, "a trace is needed"},
		{"rules and a trace", []string{"-rules", good}, 2, nil, "reads no trace"},
		{"no such rule", []string{"-skip", "nonsense", good}, 2, nil, `no rule "nonsense"`},
		{"no address", []string{"-at", "here", good}, 2, nil, `"here" is not an IP address`},
		{"two vantages", []string{"-at", "10.0.0.1", "-middle", good}, 2, nil, "exclude each other"},
		{"no such mode", []string{"-checksum", "lax", good}, 2, nil, "auto, strict or ignore"},
		{"no such severity", []string{"-fail", "never", good}, 2, nil, "info, warning or error"},
		{"no window", []string{"-iw", "0", good}, 2, nil, "positive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, status := lwipCommand(t, append([]string{"check"}, tt.args...)...)
			if status != tt.status || !strings.Contains(stderr, tt.stderr) || (tt.stderr == "") != (stderr == "") {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
			for _, w := range tt.want {
				if !strings.Contains(stdout, w) {
					t.Errorf("no %q in:\n%s", w, stdout)
				}
			}
		})
	}
}

func TestCheckJSON(t *testing.T) {
	good := demoTrace(t)
	bad := spoilt(t, good)
	stdout, _, status := lwipCommand(t, "check", "-json", "-checksum", "ignore", good, bad, "/nonexistent")
	var list []fileReport
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || status != 1 || len(list) != 3 {
		t.Fatalf("status %d, %v\n%s", status, err, stdout)
	}
	if list[0].File != good || len(list[0].Findings) != 0 || list[0].Report.FlowCount != 1 || list[0].Report.Packets == 0 {
		t.Errorf("%+v", list[0])
	}
	if f := list[1].Findings; len(f) == 0 || f[0].Rule != "ack-unsent" || f[0].Severity != oracle.Error || len(f[0].Packets) == 0 {
		t.Errorf("%+v", f)
	}
	if list[2].Error == "" {
		t.Error("no error for a file that is not there")
	}
	stdout, _, _ = lwipCommand(t, "check", "-rules", "-json")
	var rules []map[string]any
	if err := json.Unmarshal([]byte(stdout), &rules); err != nil || len(rules) != len(oracle.Rules()) {
		t.Errorf("%d rules, %v", len(rules), err)
	}
}

// TestTraceBar: a bar is shown on a terminal for a large file, and cleared.
func TestTraceBar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, make([]byte, barFrom), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, live := range []bool{true, false} {
		var out bytes.Buffer
		f, err := openTrace(t.Context(), &terminal{out: &out, err: &out, live: live}, path, false)
		if err != nil {
			t.Fatal(err)
		}
		f.Read(make([]byte, 4096))
		f.Close()
		if got := strings.Contains(out.String(), "8MiB") && strings.HasSuffix(out.String(), "\r\x1b[K"); got != live {
			t.Errorf("live %v: %q", live, out.String())
		}
	}
}

// TestCheckPlanted: a capture with one fault planted in it is reported with that
// rule and no other.
func TestCheckPlanted(t *testing.T) {
	good, err := os.ReadFile(demoTrace(t, "-loss", "0", "-reorder", "0"))
	if err != nil {
		t.Fatal(err)
	}
	// Bare ACKs with timestamps, from the IPv4 header on, and the SYN's options.
	ack := []byte{0x45, 0, 0, 52}
	scale := []byte{1, 3, 3}
	for _, tt := range []struct {
		rule  string
		plant func(b []byte) bool
	}{
		{"ack-unsent", func(b []byte) bool { return at(b[:len(b)/2], ack, func(p []byte) { p[20+8] += 0x10 }) }},
		{"ts-echo", func(b []byte) bool { return at(b[:len(b)/2], ack, func(p []byte) { p[20+28] += 0x10 }) }},
		{"opt-syn-only", func(b []byte) bool {
			// Two NOPs and a Timestamps option become one for the MSS, and NOPs.
			return at(b[:len(b)/2], ack, func(p []byte) { copy(p[40:], []byte{2, 4, 5, 180, 1, 1, 1, 1, 1, 1, 1, 1}) })
		}},
		{"opt-scale", func(b []byte) bool { return at(b, scale, func(p []byte) { p[3] = 15 }) }},
		{"opt-malformed", func(b []byte) bool { return at(b[:len(b)/2], ack, func(p []byte) { p[20+23] = 40 }) }},
	} {
		b := bytes.Clone(good)
		if !tt.plant(b) {
			t.Fatalf("%s: there is nothing to plant it in", tt.rule)
		}
		path := filepath.Join(t.TempDir(), "planted.pcapng")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		stdout, _, status := lwipCommand(t, "check", "-json", "-checksum", "ignore", path)
		var list []fileReport
		if err := json.Unmarshal([]byte(stdout), &list); err != nil || status != 1 || len(list) != 1 {
			t.Errorf("%s: status %d, %v\n%s", tt.rule, status, err, stdout)
			continue
		}
		for _, f := range list[0].Findings {
			if f.Rule != tt.rule && !(tt.rule == "opt-syn-only" && f.Rule == "ts-missing") {
				t.Errorf("%s: %v", tt.rule, f)
			}
		}
		if f := list[0].Findings; len(f) == 0 || f[0].Rule != tt.rule {
			t.Errorf("%s: %v", tt.rule, f)
		}
	}
}

// at changes a capture at the last place that holds mark, and reports whether
// there is one.
func at(b, mark []byte, change func(p []byte)) bool {
	i := bytes.LastIndex(b, mark)
	if i < 0 {
		return false
	}
	change(b[i:])
	return true
}
