package lwip_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// tunnel joins a client, which has addresses and sends everything into the tunnel,
// and a far end whose interface has none.
func tunnel(t *testing.T, framing netif.Framing) (client, far *lwip.Stack, ifc *netif.Interface) {
	t.Helper()
	a, b := memlink.New(memlink.Config{Framing: framing})
	client, err := lwip.New(lwip.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if far, err = lwip.New(lwip.Config{}); err != nil {
		t.Fatal(err)
	}
	farCfg := netif.Config{NoLinkLocal6: true}
	if framing == netif.Ethernet { // neighbours must be found
		farCfg.Addr4, farCfg.Addrs6 = netip.MustParsePrefix("10.0.0.1/24"), []netip.Prefix{netip.MustParsePrefix("fd00::1/64")}
	}
	if ifc, err = far.AddInterface(b, farCfg); err != nil {
		t.Fatal(err)
	}
	if _, err = client.AddInterface(a, netif.Config{
		Addr4: netip.MustParsePrefix("10.0.0.2/24"), Gateway4: netip.MustParseAddr("10.0.0.1"),
		Addrs6: []netip.Prefix{netip.MustParsePrefix("fd00::2/64")}, Gateway6: netip.MustParseAddr("fd00::1"),
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		far.Close()
		checkEmpty(t, client, far)
	})
	return client, far, ifc
}

var framings = []netif.Framing{netif.IP, netif.Ethernet}

// Connections to anywhere are offered with their original destination, and carry
// bytes both ways.
func TestForwardTCP(t *testing.T) {
	for _, framing := range framings {
		for _, to := range []string{"192.0.2.7:80", "[2001:db8::7]:80"} {
			t.Run(fmt.Sprint(framing, to), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, far, ifc := tunnel(t, framing)
					if _, err := far.Listen("tcp", ":80"); err != nil { // must not hear of it
						t.Fatal(err)
					}
					stop, err := far.ForwardTCP(ifc, tcp.ForwardConfig{}, func(r *api.TCPRequest) {
						if r.Local().String() != to || r.Interface() != ifc {
							t.Errorf("request for %v", r.Local())
						}
						c, err := r.Accept(context.Background())
						if err != nil {
							t.Error(err)
							return
						}
						if c.LocalAddr().String() != to {
							t.Errorf("local address %v", c.LocalAddr())
						}
						fmt.Fprintf(c, "you asked for %v\n", r.Local())
						io.Copy(c, c)
						c.Close()
					})
					if err != nil {
						t.Fatal(err)
					}
					pass(5 * time.Second) // addresses are probed
					c, err := client.Dial("tcp", to)
					if err != nil {
						t.Fatal(err)
					}
					big := strings.Repeat("0123456789", 20_000)
					go func() {
						io.WriteString(c, big)
						c.(*api.TCPConn).CloseWrite()
					}()
					got, err := io.ReadAll(c)
					if want := "you asked for " + to + "\n" + big; err != nil || string(got) != want {
						t.Errorf("%d bytes, %v", len(got), err)
					}
					c.Close()
					stop()
					if _, err := client.Dial("tcp", to); err == nil {
						t.Error("connected after the end")
					}
				})
			})
		}
	}
}

// A request may be refused in three ways, and decided late: the peer's repeated
// SYNs do not matter.
func TestForwardTCPDecisions(t *testing.T) {
	for _, to := range []string{"192.0.2.7:80", "[2001:db8::7]:80"} {
		for _, c := range []struct {
			name   string
			decide func(*api.TCPRequest) error
			want   error // of Dial
		}{
			{"reset", (*api.TCPRequest).Reset, syscall.ECONNREFUSED},
			{"port unreachable", func(r *api.TCPRequest) error { return r.Unreachable(ip.PortUnreachable) }, syscall.ECONNREFUSED},
			{"prohibited", func(r *api.TCPRequest) error { return r.Unreachable(ip.AdminProhibited) }, syscall.EHOSTUNREACH},
			{"nobody decides", func(*api.TCPRequest) error { return nil }, syscall.ETIMEDOUT},
			{"late", func(r *api.TCPRequest) error {
				pass(10 * time.Second)
				c, err := r.Accept(context.Background())
				if err == nil {
					defer c.Close()
				}
				return err
			}, nil},
		} {
			t.Run(c.name+to, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, far, ifc := tunnel(t, netif.IP)
					var requests atomic.Int32
					if _, err := far.ForwardTCP(ifc, tcp.ForwardConfig{Timeout: time.Hour}, func(r *api.TCPRequest) {
						requests.Add(1)
						if err := c.decide(r); err != nil {
							t.Error(err)
						}
						if c.want != syscall.ETIMEDOUT && r.Drop() == nil {
							t.Error("decided twice")
						}
					}); err != nil {
						t.Fatal(err)
					}
					pass(5 * time.Second)
					conn, err := client.Dial("tcp", to)
					if c.want == syscall.EHOSTUNREACH { // soft: the reason is not told at once
						if err == nil {
							t.Error("connected")
						}
					} else if !errors.Is(err, c.want) {
						t.Errorf("dial: %v, want %v", err, c.want)
					}
					if conn != nil {
						conn.Close()
					}
					if c.want != syscall.EHOSTUNREACH && requests.Load() != 1 {
						t.Errorf("%d requests", requests.Load())
					}
					pass(5 * time.Minute)
				})
			})
		}
	}
}

// Requests that wait are bounded, and forgotten after a time.
func TestForwardTCPBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, far, ifc := tunnel(t, netif.IP)
		var mu sync.Mutex
		var held []*api.TCPRequest
		if _, err := far.ForwardTCP(ifc, tcp.ForwardConfig{MaxPending: 3, Timeout: 7 * time.Second}, func(r *api.TCPRequest) {
			mu.Lock()
			held = append(held, r)
			mu.Unlock()
		}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if _, err := client.DialContext(ctx, "tcp", fmt.Sprintf("192.0.2.%d:80", i+1)); err == nil {
					t.Error("connected")
				}
			})
		}
		wg.Wait()
		far.Lock()
		st := far.TCP().Stats()
		far.Unlock()
		mu.Lock()
		defer mu.Unlock()
		if len(held) != 3 || st.Forwarded != 3 || st.ForwardFull == 0 {
			t.Errorf("%d held, %+v", len(held), st)
		}
		pass(8 * time.Second)
		for _, r := range held {
			if err := r.Err(); !errors.Is(err, tcp.ErrTimeout) && !errors.Is(err, tcp.ErrReset) {
				t.Error(err)
			}
			if _, err := r.Accept(context.Background()); err == nil {
				t.Error("accepted what was forgotten")
			}
		}
	})
}

// Datagrams to anywhere make flows, whose answers come from the original
// destination.
func TestForwardUDP(t *testing.T) {
	for _, framing := range framings {
		for _, to := range []string{"192.0.2.53:53", "[2001:db8::53]:53"} {
			t.Run(fmt.Sprint(framing, to), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, far, ifc := tunnel(t, framing)
					own, err := far.ListenPacket("udp", ":53") // must not hear of it
					if err != nil {
						t.Fatal(err)
					}
					var ended atomic.Value
					_, err = far.ForwardUDP(ifc, api.ForwardUDPConfig{ForwardConfig: udp.ForwardConfig{Idle: time.Minute}}, func(c *api.UDPConn) {
						defer c.Close()
						if c.LocalAddr().String() != to {
							t.Errorf("local address %v", c.LocalAddr())
						}
						b := make([]byte, 3000)
						for {
							n, err := c.Read(b)
							if err != nil {
								ended.Store(err)
								return
							}
							if _, err := c.Write(append([]byte("re: "), b[:n]...)); err != nil {
								t.Error(err)
							}
						}
					})
					if err != nil {
						t.Fatal(err)
					}
					pass(5 * time.Second)
					c, err := client.Dial("udp", to) // hears its peer only
					if err != nil {
						t.Fatal(err)
					}
					for _, n := range []int{5, 0, 2500} { // the last in fragments
						q := strings.Repeat("q", n)
						c.Write([]byte(q))
						b := make([]byte, 3000)
						c.SetReadDeadline(time.Now().Add(5 * time.Second))
						k, err := c.Read(b)
						if err != nil || string(b[:k]) != "re: "+q {
							t.Errorf("%d bytes: %q, %v", n, b[:k], err)
						}
						pass(50 * time.Second) // not idle
					}
					if err := ended.Load(); err != nil {
						t.Error("ended early:", err)
					}
					pass(11 * time.Second)
					if err, _ := ended.Load().(error); !errors.Is(err, udp.ErrFlowEnded) {
						t.Error("ended with", err)
					}
					c.Write([]byte("again"))
					if k, err := c.Read(make([]byte, 100)); k != 9 || errors.Is(err, os.ErrDeadlineExceeded) {
						c.SetReadDeadline(time.Time{})
						if k, err = c.Read(make([]byte, 100)); k != 9 {
							t.Error("a new flow:", k, err)
						}
					}
					own.Close()
				})
			})
		}
	}
}

// The table of flows is bounded: the one idle for longest goes. A flow may be
// refused.
func TestForwardUDPBounds(t *testing.T) {
	for _, family := range []string{"192.0.2.%d:7", "[2001:db8::%d]:7"} {
		synctest.Test(t, func(t *testing.T) {
			client, far, ifc := tunnel(t, netif.IP)
			var mu sync.Mutex
			flows := map[string]error{}
			cfg := api.ForwardUDPConfig{ForwardConfig: udp.ForwardConfig{MaxFlows: 2}}
			cfg.Decide = func(local, remote netip.AddrPort) udp.Verdict {
				if local.String() == fmt.Sprintf(family, 9) {
					return udp.Refuse
				}
				return udp.Take
			}
			stop, err := far.ForwardUDP(ifc, cfg, func(c *api.UDPConn) {
				defer c.Close()
				var err error
				for err == nil {
					_, err = c.Read(make([]byte, 10))
				}
				mu.Lock()
				flows[c.LocalAddr().String()] = err
				mu.Unlock()
			})
			if err != nil {
				t.Fatal(err)
			}
			pass(5 * time.Second)
			send := func(i int) net.Conn {
				c, err := client.Dial("udp", fmt.Sprintf(family, i))
				if err != nil {
					t.Fatal(err)
				}
				c.Write([]byte("x"))
				pass(time.Second)
				return c
			}
			one := send(1)
			send(2)
			one.Write([]byte("y"))
			pass(time.Second)
			send(3)
			mu.Lock()
			if len(flows) != 1 || !errors.Is(flows[fmt.Sprintf(family, 2)], udp.ErrFlowEnded) {
				t.Errorf("ended: %v", flows)
			}
			mu.Unlock()
			nine := send(9)
			if _, err := nine.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("refused: %v", err)
			}
			stop()
			synctest.Wait()
			if len(flows) != 3 {
				t.Errorf("%d flows ended", len(flows))
			}
		})
	}
}

// Addresses that are not ours are taken on the one interface alone, for the one
// transport alone, and no other endpoint can send from them.
func TestForwardIsConfined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, far, ifc := tunnel(t, netif.IP)
		stop, err := far.ForwardTCP(ifc, tcp.ForwardConfig{}, func(r *api.TCPRequest) { r.Reset() })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := far.ForwardTCP(ifc, tcp.ForwardConfig{}, nil); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("a second forwarder: %v", err)
		}
		u, err := client.Dial("udp", "192.0.2.1:9")
		if err != nil {
			t.Fatal(err)
		}
		u.Write([]byte("x"))
		u.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := u.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("UDP was taken: %v", err)
		}
		if _, err := far.API().DialTCP(context.Background(), netip.MustParseAddrPort("192.0.2.1:5"), netip.MustParseAddrPort("10.0.0.2:5"), ifc); !errors.Is(err, syscall.EADDRNOTAVAIL) {
			t.Errorf("TCP from a foreign address: %v", err)
		}
		far.Lock()
		p, err := far.UDP().NewPCB(nil)
		if err != nil {
			t.Fatal(err)
		}
		err = p.SendToIf(far.Pool().AllocBytes(100, 4), netip.MustParseAddrPort("10.0.0.2:5"), ifc, netip.MustParseAddr("192.0.2.1"))
		p.Close()
		far.Unlock()
		if !errors.Is(err, udp.ErrNoAddress) {
			t.Errorf("UDP from a foreign address: %v", err)
		}
		stop()
		stop()
	})
}
