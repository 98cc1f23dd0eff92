package interop

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/pcapng"
)

// suspicious is what tshark must not find: anything malformed and any wrong
// checksum (status 0).
const suspicious = "_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0" +
	" || icmp.checksum.status==0 || icmpv6.checksum.status==0"

// findings returns the packets of a capture that are suspicious, one a line.
func findings(t *testing.T, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "tshark", "-n", "-r", path,
		"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
		"-Y", suspicious, "-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol", "-e", "_ws.col.Info")
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("tshark: %v: %s", err, stderr.String())
	}
	return out.String()
}

// judge fails the test if tshark finds something wrong with a capture.
func judge(t *testing.T, path string) {
	t.Helper()
	if found := strings.TrimSpace(findings(t, path)); found != "" {
		lines := strings.SplitAfter(found, "\n")
		t.Errorf("tshark objects to %d packets, the first of them:\n%s", len(lines), strings.Join(lines[:min(10, len(lines))], ""))
	}
}

// TestJudge: the judge passes a good packet and objects to each bad one.
func TestJudge(t *testing.T) {
	need(t)
	echo := []byte{
		0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		8, 0, 0, 0, 0x12, 0x34, 0, 1,
	}
	put := func(b []byte, at int) {
		var s uint32
		for i := 0; i < len(b); i += 2 {
			s += uint32(b[i])<<8 | uint32(b[i+1])
		}
		s = s>>16 + s&0xffff
		s += s >> 16
		b[at], b[at+1] = byte(^s>>8), byte(^s)
	}
	put(echo[:20], 10)
	put(echo[20:], 2)
	for name, c := range map[string]struct {
		change int
		want   bool
	}{
		"good": {-1, false}, "ip checksum": {10, true}, "icmp checksum": {22, true}, "header length": {0, true},
	} {
		b := bytes.Clone(echo)
		if c.change >= 0 {
			b[c.change] ^= 0x01
		}
		path := filepath.Join(t.TempDir(), "judge.pcapng")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w, err := pcapng.NewWriter(file)
		if err != nil {
			t.Fatal(err)
		}
		ifc, err := w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WritePacket(pcapng.Packet{Interface: ifc, Time: time.Unix(1, 0), Data: b}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		file.Close()
		if got := findings(t, path); (got != "") != c.want {
			t.Errorf("%s: got findings %q, want some: %v", name, got, c.want)
		}
	}
}
