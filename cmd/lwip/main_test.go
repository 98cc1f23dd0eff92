package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// lwipCommand runs a command line and returns what it printed and its status.
func lwipCommand(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), &terminal{out: &out, err: &errs}, args)
	return out.String(), errs.String(), status
}

func TestUsage(t *testing.T) {
	tests := []struct {
		args   string
		status int
		stdout string // contained
		stderr string
	}{
		{"", 2, "", "The commands are:"},
		{"help", 0, "The commands are:", ""},
		{"-h", 0, "The commands are:", ""},
		{"help demo", 0, "usage: lwip demo [flags]", ""},
		{"help ping", 0, "usage: lwip ping [flags] [target]", ""},
		{"demo -h", 0, "-loss share", ""},
		{"demo --help", 0, "-loss share", ""},
		{"help version", 0, "usage: lwip version\n", ""},
		{"version", 0, "lwip ", ""},
		{"--version", 0, "lwip ", ""},
		{"help nonsense", 2, "", `lwip: unknown command "nonsense"`},
		{"help demo demo", 2, "", "too many arguments"},
		{"nonsense", 2, "", `lwip: unknown command "nonsense"`},
		{"version 2", 2, "", "lwip version: no arguments"},
		{"demo file", 2, "", "lwip demo: no arguments are expected\nRun 'lwip help demo' for usage."},
		{"demo -nonsense", 2, "", "lwip demo: flag provided but not defined: -nonsense"},
		{"demo -size 5x", 2, "", `invalid value "5x" for flag -size`},
		{"demo -size 2GiB", 2, "", "larger than 1GiB"},
		{"demo -loss 101%", 2, "", "more than 100%"},
		{"demo -delay -1s", 2, "", "negative time"},
		{"demo -pcap /nonexistent/x.pcapng", 1, "", "lwip demo: open /nonexistent/x.pcapng"},
		{"serve", 2, "", "-tap or -tun must name a device"},
		{"serve -tap a", 2, "", "-addr or -addr6 must give this stack an address"},
		{"serve -tap a -tun b", 2, "", "exclude each other"},
		{"serve -addr fd00::1/64", 2, "", "10.0.0.2/24"},
		{"serve -addr 10.0.0.1", 2, "", "an address with a prefix length"},
		{"serve -tap a -addr 10.0.0.2/24 -gw fd00::1", 2, "", "-gw must be an IPv4 address"},
		{"serve -tap a -addr 10.0.0.2/24 -root /nonexistent", 1, "", "/nonexistent"},
		{"serve -tap a-name-that-is-too-long -addr 10.0.0.2/24", 1, "", "device name too long"},
		{"ping example.com", 2, "", "not an IP address"},
		{"ping 10.0.0.1 10.0.0.2", 2, "", "more than one target"},
		{"ping -tap a -addr 10.0.0.2/24", 2, "", "a target is needed"},
		{"ping -s 70000", 2, "", "size not in"},
		{"ping -c -1", 2, "", "negative count"},
		{"ping -i 0s", 2, "", "must be positive"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			stdout, stderr, status := lwipCommand(t, strings.Fields(tt.args)...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, stdout, stderr)
			}
			if (tt.stderr == "") != (stderr == "") {
				t.Errorf("stderr: %q", stderr)
			}
		})
	}
}

// TestEveryCommandIsListed: the usage message, help and the doc comment agree.
func TestEveryCommandIsListed(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	out, _, _ := lwipCommand(t, "help")
	for _, c := range commands() {
		if !strings.Contains(out, "\t"+c.name) || !strings.Contains(string(doc), c.what) {
			t.Errorf("%s is not in the usage message and doc.go", c.name)
		}
		if _, _, status := lwipCommand(t, "help", c.name); status != 0 {
			t.Errorf("help %s: status %d", c.name, status)
		}
	}
}

func TestDemo(t *testing.T) {
	for _, family := range []string{"-6=false", "-6"} {
		t.Run(family, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.pcapng")
			stdout, stderr, status := lwipCommand(t, "demo", family, "-size", "300KiB", "-delay", "1ms", "-loss", "2%", "-pcap", path)
			if status != 0 || stderr != "" {
				t.Fatalf("status %d\n%s%s", status, stdout, stderr)
			}
			for _, want := range []string{"100%  300KiB of 300KiB", "equal on both sides", "goodput", "sender", "link", "rtt", path} {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is missing in:\n%s", want, stdout)
				}
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := pcapgo.NewNgReader(f, pcapgo.DefaultNgReaderOptions)
			if err != nil {
				t.Fatal(err)
			}
			if r.LinkType() != layers.LinkTypeEthernet {
				t.Errorf("link type %v", r.LinkType())
			}
			n := 0
			for {
				_, ci, err := r.ReadPacketData()
				if err == io.EOF {
					break
				}
				if err != nil || ci.CaptureLength > demoSnap {
					t.Fatalf("packet %d: %+v, %v", n, ci, err)
				}
				n++
			}
			if n < 300<<10/1448 {
				t.Errorf("%d packets in the capture", n)
			}
		})
	}
}

// TestDemoInterrupted: an interrupt ends the demo soon, as a failure.
func TestDemoInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if status := run(ctx, &terminal{out: &out, err: &errs}, []string{"demo", "-pcap", ""}); status != 1 {
		t.Errorf("status %d, %s", status, errs.String())
	}
}

func TestDemoTimeout(t *testing.T) {
	_, stderr, status := lwipCommand(t, "demo", "-pcap", "", "-loss", "100%", "-timeout", "50ms")
	if status != 1 || stderr != "lwip demo: not done after 50ms\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestPingInMemory(t *testing.T) {
	stdout, stderr, status := lwipCommand(t, "ping", "10.0.0.2", "-c", "3", "-i", "10ms", "-s", "100")
	if status != 0 || strings.Count(stdout, "100 bytes from 10.0.0.2") != 3 || !strings.Contains(stdout, "3 sent, 3 received, 0% lost") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
	stdout, stderr, status = lwipCommand(t, "ping", "-6", "-c", "2", "-i", "10ms")
	if status != 0 || strings.Count(stdout, "64 bytes from fd00::2") != 2 {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
	stdout, stderr, status = lwipCommand(t, "ping", "-c", "1", "-W", "20ms", "-loss", "100%")
	if status != 1 || !strings.Contains(stdout, "1 sent, 0 received, 100% lost") || stderr != "" {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}
