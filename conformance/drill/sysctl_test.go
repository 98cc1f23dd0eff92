package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip"
)

// TestSettings: each sysctl changes the configuration by one of these values,
// and refuses nonsense.
func TestSettings(t *testing.T) {
	var none lwip.Config
	for name, set := range settings() {
		if name == "net.inet.tcp.functions_default" || strings.HasSuffix(name, "rst_on_sock_fail") {
			continue // accepted for what is so anyhow
		}
		changed := false
		for _, v := range []string{"0", "1", "3", "1 2 3", "reno", "cubic"} {
			var c lwip.Config
			if set(&c, v) && !same(c, none) {
				changed = true
			}
		}
		if !changed {
			t.Errorf("%s changes nothing", name)
		}
		var c lwip.Config
		if set(&c, "nonsense") || !same(c, none) {
			t.Errorf("%s takes nonsense", name)
		}
	}
}

// same compares configurations; functions by being there.
func same(a, b lwip.Config) bool {
	if (a.TCP.NewController == nil) != (b.TCP.NewController == nil) {
		return false
	}
	a.TCP.NewController, b.TCP.NewController = nil, nil
	return reflect.DeepEqual(a, b)
}

// TestShell: what commands mean.
func TestShell(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "defaults.sh"), []byte("#!/bin/sh\n# comment\nsysctl -q net.ipv4.tcp_sack=0\nsysctl -q net.ipv4.tcp_foo=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text  string
		check func(c *lwip.Config) bool
		sleep time.Duration
		notes int
	}{
		{"sysctl -q net.ipv4.tcp_timestamps=0", func(c *lwip.Config) bool { return c.TCP.NoTimestamps }, 0, 0},
		{"sysctl -w net.ipv4.tcp_rmem='4096 1000 2000'", func(c *lwip.Config) bool { return c.TCP.ReceiveBuffer == 1000 && c.TCP.ReceiveBufferMax == 2000 }, 0, 0},
		{"sysctl net.ipv4.tcp_moderate_rcvbuf=0 net.inet.tcp.sendbuf_auto=0", func(c *lwip.Config) bool { return c.TCP.NoReceiveTuning && c.TCP.NoSendTuning }, 0, 0},
		{"sysctl net.ipv4.tcp_notsent_lowat=16384", func(c *lwip.Config) bool { return c.TCP.NotSentLowat == 16384 }, 0, 0},
		{"sysctl net.ipv4.tcp_notsent_lowat=2147483647", func(c *lwip.Config) bool { return c.TCP.NotSentLowat == 0 }, 0, 0},
		{"sysctl net.inet.tcp.recvbuf_max=3000000 net.inet.tcp.sendbuf_max=4000000", func(c *lwip.Config) bool { return c.TCP.ReceiveBufferMax == 3000000 && c.TCP.SendBufferMax == 4000000 }, 0, 0},
		{"sysctl net.inet.tcp.rfc1323=2", func(c *lwip.Config) bool { return c.TCP.NoTimestamps && !c.TCP.NoWindowScale }, 0, 0},
		{"sysctl net.inet.tcp.keepidle=5000 net.inet.tcp.keepcnt=3", func(c *lwip.Config) bool { return c.TCP.KeepIdle == 5*time.Second && c.TCP.KeepCount == 3 }, 0, 0},
		{"sudo sysctl -q net.ipv4.tcp_sack = 0", func(c *lwip.Config) bool { return c.TCP.NoSACK }, 0, 0},
		{"../x/set_sysctls.py /proc/sys/net/ipv4/tcp_dsack=0 \\\n  /proc/sys/net/ipv4/tcp_nothing=0", func(c *lwip.Config) bool { return c.TCP.NoDSACK }, 0, 1},
		{"ip route change default via 1.2.3.4 initcwnd 20", func(c *lwip.Config) bool { return c.TCP.InitialWindow == 20 }, 0, 0},
		{"sleep 1.5; sleep 1", func(*lwip.Config) bool { return true }, 2500 * time.Millisecond, 0},
		{"./defaults.sh", func(c *lwip.Config) bool { return c.TCP.NoSACK }, 0, 1},
		{"tc qdisc add dev tun0 root pfifo\nethtool -K tun0 tso off", func(*lwip.Config) bool { return true }, 0, 2},
		{"echo 1 > /proc/sys/net/ipv4/tcp_sack", func(*lwip.Config) bool { return true }, 0, 1},
	} {
		var cfg lwip.Config
		sleep, notes := shell(&cfg, c.text, filepath.Join(dir, "x.pkt"), 0)
		if !c.check(&cfg) || sleep != c.sleep || len(notes) != c.notes {
			t.Errorf("%q: sleep %v, notes %q", c.text, sleep, notes)
		}
	}
}

// TestProfiles: every profile runs, and shows its window scale and time-outs.
func TestProfiles(t *testing.T) {
	for _, c := range []struct {
		p     Profile
		scale int
		delay time.Duration
		rto   time.Duration
	}{
		{LwIP, 7, 40 * time.Millisecond, 200 * time.Millisecond},
		{Linux, 8, 40 * time.Millisecond, 200 * time.Millisecond},
		{FreeBSD, 6, 40 * time.Millisecond, 230 * time.Millisecond},
		{RFC, 7, 500 * time.Millisecond, time.Second},
	} {
		script := fmt.Sprintf(`--profile=%v
			0  socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
			+0 bind(3, ..., ...) = 0
			+0 listen(3, 1) = 0
			+0 < S 0:0(0) win 10000 <mss 1000,nop,wscale 0>
			+0 > S. 0:0(0) ack 1 <mss ...,nop,wscale %d>
			+.001 < . 1:1(0) ack 1 win 10000
			+0 accept(3, ..., ...) = 4
			+0 < P. 1:101(100) ack 1 win 10000
			+%f > . 1:1(0) ack 101
			+0 write(4, ..., 100) = 100
			+0 > P. 1:101(100) ack 101
			+%f > P. 1:101(100) ack 101
		`, c.p, c.scale, c.delay.Seconds(), c.rto.Seconds())
		if r := Run(c.p.String(), script, nil); r.Err != nil || r.Profile != c.p {
			t.Errorf("%v: %v", c.p, r.Err)
		}
	}
	if _, err := ParseProfile("plan9"); err == nil {
		t.Error("plan9 is a profile")
	}
}
