package interop

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// closedPort is one on which nobody listens, on either side.
const closedPort = 4444

// TestRefused: a closed TCP port answers with a reset and a closed UDP port with
// an ICMP port unreachable; each side tells its program ECONNREFUSED.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		t.Parallel()
		r := newRig(t, tap)
		sides := []struct {
			name string
			dial func(network string, to netip.AddrPort) (net.Conn, error)
			to   netip.AddrPort
		}{
			{"kernel asks us", r.dial, netip.AddrPortFrom(f.ours, closedPort)},
			{"we ask the kernel", func(network string, to netip.AddrPort) (net.Conn, error) {
				return r.stack.DialContext(r.ctx, network, to.String())
			}, netip.AddrPortFrom(f.kernel, closedPort)},
		}
		for _, side := range sides {
			t.Run(side.name+"/tcp", func(t *testing.T) {
				start := time.Now()
				c, err := side.dial(f.tcp, side.to)
				if err == nil {
					c.Close()
				}
				if !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("got %v, want ECONNREFUSED", err)
				}
				if d := time.Since(start); d > 10*time.Second {
					t.Errorf("refused after %v: not by a reset", d)
				}
			})
			t.Run(side.name+"/udp", func(t *testing.T) {
				c, err := side.dial(f.udp, side.to)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, err := c.Write([]byte("anybody there?")); err != nil {
					t.Fatal(err)
				}
				if n, err := c.Read(make([]byte, 100)); !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("got %d bytes, %v; want ECONNREFUSED", n, err)
				}
			})
		}
	})
}
