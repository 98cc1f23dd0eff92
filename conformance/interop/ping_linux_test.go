package interop

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/apps/ping"
)

// pingSizes are payloads in bytes: common, a full frame, several fragments.
var pingSizes = []int{56, 1400, 4000, 20000}

func pingBothWays(t *testing.T, l link, f family) {
	r := newRig(t, l)
	for _, size := range pingSizes {
		out := r.run(t, "ping", "-n", "-c", "5", "-i", "0.05", "-W", "10", "-s", strconv.Itoa(size), f.ours.String())
		if !strings.Contains(out, "5 received") || strings.Contains(out, "wrong data") || strings.Contains(out, "DUP") {
			t.Errorf("kernel to us, %d bytes:\n%s", size, out)
		}

		conn, err := r.stack.ListenPacket(ping.Network(f.kernel), "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := ping.New(conn, r.stack.Clock(), f.kernel, ping.Config{
			Count: 5, Interval: 50 * time.Millisecond, Timeout: 10 * time.Second, Size: size,
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Run(r.ctx)
		if err != nil || p.Sent != 5 || p.Replies != 5 || p.Duplicates+p.Corrupt+p.Late+p.Errors != 0 {
			t.Errorf("us to the kernel, %d bytes: %+v, %v", size, p, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPing(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		t.Parallel()
		pingBothWays(t, tap, f)
	})
}

func TestPingOverTUN(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		t.Parallel()
		pingBothWays(t, tun, f)
	})
}

// TestPingNobody: an address on the link that nobody has is not resolved, and
// every request counts as unanswered.
func TestPingNobody(t *testing.T) {
	r := newRig(t, tap)
	target := families[0].kernel.Next().Next() // 10.77.0.3: nobody answers ARP
	conn, err := r.stack.ListenPacket(ping.Network(target), "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s, err := ping.New(conn, r.stack.Clock(), target, ping.Config{Count: 2, Interval: 10 * time.Millisecond, Timeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Run(r.ctx); err != nil || p.Replies != 0 || p.TimedOut+p.SendFailed+p.Errors != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}
