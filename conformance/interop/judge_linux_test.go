package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif/pcapng"
)

// suspicious is what tshark must not find: anything malformed and any wrong
// checksum (status 0). Linux writes a TCP checksum of zero as 0xffff when it
// computes it in software (CSUM_MANGLED_0), which sums up all the same; we do
// not.
const suspicious = "_ws.malformed || ip.checksum.status==0 || udp.checksum.status==0" +
	" || icmp.checksum.status==0 || icmpv6.checksum.status==0" +
	" || (tcp.checksum.status==0 && !(tcp.checksum==0xffff && (ip.src==10.77.0.1 || ipv6.src==fd77::1 || ip.src==10.78.0.2 || ipv6.src==fd78::2)))"

// findings returns the packets of a capture that are suspicious, one a line.
func findings(t *testing.T, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "tshark", "-n", "-r", path,
		// Its reassembly of streams calls a retransmission that overlaps malformed.
		"-o", "tcp.desegment_tcp_streams:FALSE",
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
	// An echo request, and the same with n bytes in all; f may change its bytes
	// after the checksums are there.
	echo := func(n int, f func(b []byte)) []byte {
		b := []byte{
			0x45, 0, 0, byte(n), 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
			8, 0, 0, 0, 0x12, 0x34, 0, 1,
		}[:n]
		binary.BigEndian.PutUint16(b[10:], ^checksum.Sum(b[:20]))
		binary.BigEndian.PutUint16(b[22:], ^checksum.Sum(b[20:]))
		f(b)
		return b
	}
	for name, c := range map[string]struct {
		packet []byte
		want   bool
	}{
		"good":          {echo(28, func([]byte) {}), false},
		"ip checksum":   {echo(28, func(b []byte) { b[10] ^= 1 }), true},
		"icmp checksum": {echo(28, func(b []byte) { b[23] ^= 1 }), true},
		"malformed":     {echo(26, func([]byte) {}), true},
	} {
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
		if err := w.WritePacket(pcapng.Packet{Interface: ifc, Time: time.Unix(1, 0), Data: c.packet}); err != nil {
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
