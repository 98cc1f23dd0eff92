package interop

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/conformance/oracle"
)

// vantage are the options for captures of the rig, which are taken between the
// device and the stack: next to the stack, unless the bad link lies between. The
// kernel's packets wait in the device's queue, which may overflow, so that the
// oracle finds out by itself whether the kernel is near. The machine that runs
// the tests may be busy.
func vantage(l link) oracle.Options {
	o := oracle.Options{Slack: time.Second}
	if l.large {
		o.Skip = []string{"opt-mss"} // the device cuts them up
	}
	if !l.bad() {
		for _, f := range families {
			o.At = append(o.At, f.ours)
		}
	}
	return o
}

// alarms returns the findings of a capture that weigh more than a note, one a
// line.
func alarms(t *testing.T, path string, opts oracle.Options) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, report, err := oracle.Check(f, opts)
	if err != nil {
		t.Errorf("oracle: %v", err)
	}
	var b strings.Builder
	for _, f := range list {
		if f.Severity > oracle.Info {
			b.WriteString(f.String() + "\n")
		}
	}
	t.Logf("oracle: %d packets, %d connections, %d findings", report.Packets, report.FlowCount, len(list))
	return b.String()
}

// judgeByRFC fails the test if the oracle finds something wrong with a capture,
// which then stays in the directory ORACLE_KEEP if that is set.
func judgeByRFC(t *testing.T, path string, opts oracle.Options) {
	t.Helper()
	found := alarms(t, path, opts)
	if found == "" {
		return
	}
	lines := strings.SplitAfter(strings.TrimSpace(found), "\n")
	t.Errorf("the oracle objects %d times, first:\n%s", len(lines), strings.Join(lines[:min(10, len(lines))], ""))
	if dir := os.Getenv("ORACLE_KEEP"); dir != "" {
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "_")+".pcapng"), b, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// TestOracleObjects: the capture of a rig in which one acknowledgment is wrong
// is objected to.
func TestOracleObjects(t *testing.T) {
	r := newRig(t, tap)
	ln, err := r.stack.Listen("tcp4", netip.AddrPortFrom(families[0].ours, 80).String())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, ln, serveContent)
	if err := r.pipe(newSink(), "curl", "-sS", "--fail", "--noproxy", "*", url(netip.AddrPortFrom(families[0].ours, 80), 100_000)); err != nil {
		t.Fatal(err)
	}
	if err := r.capture.Flush(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	// A bare ACK, from its IPv4 header on: 20 + 32 octets.
	at := bytes.LastIndex(b[:len(b)/2], []byte{0x45, 0, 0, 52})
	if at < 0 {
		t.Fatal("no ACK in the capture")
	}
	b[at+20+8] += 0x10 // 2^28 octets ahead
	path := filepath.Join(t.TempDir(), "spoilt.pcapng")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	opts := vantage(tap)
	opts.Checksum = oracle.ChecksumIgnore
	if found := alarms(t, path, opts); !strings.Contains(found, "ack-unsent") {
		t.Errorf("got %q", found)
	}
}
