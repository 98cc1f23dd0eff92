package interop

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// datagrams are payload sizes in bytes: none, small, a full frame for IPv6 and
// for IPv4, one more, several fragments.
var datagrams = []int{0, 1, 2, 511, 1452, 1453, 1472, 1473, 9000, 60000}

// largest is the longest payload: an IP packet of 65535 bytes.
func largest(f family) int {
	if f.ours.Is4() {
		return 65535 - 20 - 8
	}
	return 65535 - 40 - 8
}

// echo answers every datagram with its own bytes until c is closed.
func echo(c net.PacketConn) {
	b := make([]byte, 65536)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		c.WriteTo(b[:n], from)
	}
}

// exchange sends a datagram of each size over c and expects it back. The link
// loses nothing, so one try must do.
func exchange(t *testing.T, c net.Conn, f family) {
	t.Helper()
	in := make([]byte, 65536)
	for i, size := range append(slices.Clone(datagrams), largest(f)) {
		out := bytes.Repeat([]byte{byte(i), 0xa5, byte(size), byte(size >> 8)}, size/4+1)[:size]
		if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Write(out); err != nil || n != size {
			t.Fatalf("send %d bytes: %d, %v", size, n, err)
		}
		n, err := c.Read(in)
		if err != nil || !bytes.Equal(in[:n], out) {
			t.Fatalf("echo of %d bytes: %d bytes, %v", size, n, err)
		}
	}
}

// TestUDPEcho: each side answers the other's datagrams.
func TestUDPEcho(t *testing.T) {
	for _, l := range []link{tap, tun} {
		for _, f := range families {
			t.Run(fmt.Sprintf("%s/%s", l.name, f.name), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, l)
				t.Run("kernel asks us", func(t *testing.T) {
					at := netip.AddrPortFrom(f.ours, 7)
					ours, err := r.stack.ListenPacket(f.udp, at.String())
					if err != nil {
						t.Fatal(err)
					}
					defer ours.Close()
					go echo(ours)
					c, err := r.dial(f.udp, at)
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					exchange(t, c, f)
				})
				t.Run("we ask the kernel", func(t *testing.T) {
					var kernel net.PacketConn
					err := r.do(func() (err error) {
						kernel, err = net.ListenPacket(f.udp, netip.AddrPortFrom(f.kernel, 0).String())
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					defer kernel.Close()
					go echo(kernel)
					c, err := r.stack.Dial(f.udp, kernel.LocalAddr().String())
					if err != nil {
						t.Fatal(err)
					}
					defer c.Close()
					exchange(t, c, f)
				})
			})
		}
	}
}
