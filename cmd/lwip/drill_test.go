package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDrill: exit status and messages for scripts that pass, fail and cannot be
// read.
func TestDrill(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
	write("pass.pkt", socket+"+0 %{ print(1 + 1) }%\n")
	write("fail.pkt", socket+"+0 close(4) = 0\n")
	write("broken.pkt", socket+"+0 close(3 = 0\n")
	write("only6.pkt", "--ip_version=ipv6\n"+socket)
	write("remark.pkt", "`ethtool -K tun0 tso off`\n"+socket)
	for _, c := range []struct {
		args   string
		status int
		stdout string
		stderr string
	}{
		{"pass.pkt", 0, "2\n", ""},
		{"-v pass.pkt", 0, "OK   pass.pkt (ipv4, lwip, 0s, 0 packets)\n1 of 1 passed\n", ""},
		{"-v -profile rfc -ip_version all pass.pkt", 0, "(ipv6, rfc, 0s, 0 packets)\n3 of 3 passed\n", ""},
		{"-ip_version all only6.pkt pass.pkt", 0, "4 of 4 passed\n", ""},
		{"fail.pkt", 1, "", "fail.pkt:2: runtime error in close call: Expected result 0 but got -1 with errno 9 EBADF"},
		{"broken.pkt", 1, "", "broken.pkt:2: parse error at '='"},
		{"-dry_run fail.pkt", 0, "", ""},
		{"-dry_run broken.pkt", 1, "", "broken.pkt:2: parse error"},
		{".", 1, "3 of 5 passed\n", "fail.pkt:2:"},
		{"remark.pkt", 0, "", "remark.pkt:1: command `ethtool -K tun0 tso off`: not applicable"},
		{"nonexistent.pkt", 1, "", "nonexistent.pkt"},
		{"", 2, "", "no script given"},
		{"-profile plan9 pass.pkt", 2, "", "bad --profile: plan9"},
		{"-ip_version 5 pass.pkt", 2, "", "bad --ip_version: 5"},
		{"-jobs 0 pass.pkt", 2, "", "no jobs"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Chdir(dir)
			stdout, stderr, status := lwipCommand(t, append([]string{"drill"}, strings.Fields(c.args)...)...)
			if status != c.status || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
				t.Errorf("status %d, want %d\nstdout: %s\nstderr: %s", status, c.status, stdout, stderr)
			}
			if (c.stderr == "") != (stderr == "") {
				t.Errorf("stderr: %q", stderr)
			}
		})
	}
}
