package oracle

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/sys_arch"
)

// profiles are links that the stacks talk over.
var profiles = []struct {
	name string
	p    impair.Profile
}{
	{"clean", impair.Profile{Delay: 10 * time.Millisecond}},
	{"loss", impair.Profile{Delay: 10 * time.Millisecond, Loss: 0.02, Seed: 1}},
	{"bursts", impair.Profile{Delay: 20 * time.Millisecond, Burst: impair.Burst{PGoodBad: 0.01, PBadGood: 0.3}, Seed: 2}},
	{"reorder", impair.Profile{Delay: 10 * time.Millisecond, Reorder: 0.05, ReorderDelay: 5 * time.Millisecond, Seed: 3}},
	{"duplicates", impair.Profile{Delay: 10 * time.Millisecond, Duplicate: 0.05, Seed: 4}},
	{"corruption", impair.Profile{Delay: 10 * time.Millisecond, Corrupt: 0.01, Seed: 5}},
	{"bottleneck", impair.Profile{Delay: 15 * time.Millisecond, Rate: 20e6, QueuePackets: 20, Seed: 6}},
	{"all", impair.Profile{Delay: 15 * time.Millisecond, Jitter: 5 * time.Millisecond, AllowReorder: true, Loss: 0.02, Reorder: 0.02, Duplicate: 0.02, Corrupt: 0.005, Rate: 50e6, QueuePackets: 60, Seed: 7}},
}

// recorded are the captures of two stacks that talked: next to each of them,
// and half-way.
type recorded struct{ near, far, middle bytes.Buffer }

// talk runs f in a bubble with two stacks on a link, the second at 10.0.0.2 and
// fd00::2, and returns what was captured.
func talk(t *testing.T, p impair.Profile, f func(t *testing.T, near, far *lwip.Stack)) *recorded {
	t.Helper()
	var rec recorded
	synctest.Test(t, func(t *testing.T) {
		clock := sysarch.Real()
		tap := func(d netif.Driver, w io.Writer) netif.Driver {
			r, err := pcapng.New(d, w, clock, pcapng.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		a, b := memlink.New(memlink.Config{})
		half := p
		half.Delay /= 2
		half.Loss /= 2
		quiet := half
		quiet.Rate, quiet.Seed = 0, 100+half.Seed // other luck: the same would mend what was corrupted
		var stacks [2]*lwip.Stack
		for i, d := range []netif.Driver{
			tap(impair.New(tap(impair.New(a, clock, impair.Config{Out: quiet, In: quiet}), &rec.middle), clock, impair.Config{Out: half, In: half}), &rec.near),
			tap(b, &rec.far),
		} {
			s, err := lwip.New(lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i))})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.AddInterface(d, netif.Config{
				Addr4:  netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24),
				Addrs6: []netip.Prefix{netip.MustParsePrefix([]string{"fd00::1/64", "fd00::2/64"}[i])},
			})
			if err != nil {
				t.Fatal(err)
			}
			stacks[i] = s
		}
		time.Sleep(5 * time.Second) // duplicate address detection
		f(t, stacks[0], stacks[1])
		time.Sleep(3 * time.Minute)
		stacks[0].Close()
		stacks[1].Close()
	})
	return &rec
}

// clear fails the test if any of the captures has a finding.
func (r *recorded) clear(t *testing.T, opts Options) {
	t.Helper()
	for _, c := range []struct {
		name string
		file *bytes.Buffer
		near int // connections next to A and B, at least
	}{{"client", &r.near, 0}, {"server", &r.far, 1}, {"middle", &r.middle, -1}} {
		list, report := judged(t, c.file.Bytes(), opts)
		if len(alarms(list)) != 0 {
			t.Errorf("%s:\n%s", c.name, lines(alarms(list)))
			keep(t, c.name, c.file)
		}
		if report.TCP < 10 || len(report.Flows) == 0 {
			t.Errorf("%s: %+v", c.name, report)
		}
		for _, f := range report.Flows {
			if f.Missing != 0 {
				keep(t, c.name, c.file)
				t.Errorf("%s: holes in a capture that has none: %+v", c.name, f)
			}
			near := []bool{f.A.Near, f.B.Near}
			for i := range near {
				// What a host drops looks as if it had not arrived.
				dropped := strings.Contains(t.Name(), "/all") || strings.Contains(t.Name(), "/corruption")
				if near[i] != (i == c.near) && f.Packets > 5 && (near[i] || !dropped) {
					t.Errorf("%s: taken next to %v: %+v", c.name, near, f)
				}
			}
		}
	}
}

// keep leaves a capture that has findings in the directory ORACLE_KEEP.
func keep(t *testing.T, name string, file *bytes.Buffer) {
	dir := os.Getenv("ORACLE_KEEP")
	if dir == "" {
		return
	}
	f, err := os.CreateTemp(dir, strings.ReplaceAll(t.Name(), "/", "_")+"-"+name+"-*.pcapng")
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	t.Logf("kept as %s", f.Name())
	if _, err := f.Write(file.Bytes()); err != nil {
		t.Error(err)
	}
}

// alarms are the findings that say that a host did wrong.
func alarms(list []Finding) (a []Finding) {
	for _, f := range list {
		if f.Severity > Info {
			a = append(a, f)
		}
	}
	return a
}

var peers = map[string]string{"v4": "10.0.0.2:7", "v6": "[fd00::2]:7"}

// serve accepts one connection and runs f with it.
func serve(t *testing.T, s *lwip.Stack, wg *sync.WaitGroup, f func(net.Conn)) {
	l, err := s.Listen("tcp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	wg.Go(func() {
		defer l.Close()
		c, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		f(c)
	})
}

// TestStacksTransfer: two stacks of ours move data both ways at once, over every
// link and both families, and close.
func TestStacksTransfer(t *testing.T) {
	const n = 300_000
	for _, pr := range profiles {
		for v, addr := range peers {
			t.Run(pr.name+"/"+v, func(t *testing.T) {
				rec := talk(t, pr.p, func(t *testing.T, near, far *lwip.Stack) {
					var wg sync.WaitGroup
					serve(t, far, &wg, func(c net.Conn) { exchange(t, c, n) })
					c, err := near.Dial("tcp", addr)
					if err != nil {
						t.Fatal(err)
					}
					exchange(t, c, n)
					wg.Wait()
				})
				rec.clear(t, Options{})
			})
		}
	}
}

// exchange writes and reads n bytes and closes.
func exchange(t *testing.T, c net.Conn, n int) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for left := n; left > 0; left -= 10_000 {
			if _, err := c.Write(make([]byte, 10_000)); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := io.CopyN(io.Discard, c, int64(n)); err != nil {
		t.Error(err)
	}
	wg.Wait()
	c.Close()
}

// TestStacksTalk: requests and answers with pauses.
func TestStacksTalk(t *testing.T) {
	for _, pr := range profiles {
		for v, addr := range peers {
			t.Run(pr.name+"/"+v, func(t *testing.T) {
				rec := talk(t, pr.p, func(t *testing.T, near, far *lwip.Stack) {
					var wg sync.WaitGroup
					serve(t, far, &wg, func(c net.Conn) { io.Copy(c, c); c.Close() })
					c, err := near.Dial("tcp", addr)
					if err != nil {
						t.Fatal(err)
					}
					b := make([]byte, 5000)
					for i := range 100 {
						k := 1 + i*37%5000
						c.Write(b[:k])
						if _, err := io.ReadFull(c, b[:k]); err != nil {
							t.Error(err)
						}
						time.Sleep(time.Duration(i*13%700) * time.Millisecond)
					}
					c.Close()
					wg.Wait()
				})
				rec.clear(t, Options{})
			})
		}
	}
}

// TestStacksZeroWindow: the reader stops for half a minute.
func TestStacksZeroWindow(t *testing.T) {
	for _, pr := range profiles[:3] {
		for v, addr := range peers {
			t.Run(pr.name+"/"+v, func(t *testing.T) {
				rec := talk(t, pr.p, func(t *testing.T, near, far *lwip.Stack) {
					var wg sync.WaitGroup
					serve(t, far, &wg, func(c net.Conn) {
						time.Sleep(30 * time.Second)
						io.Copy(io.Discard, c)
						c.Close()
					})
					c, err := near.Dial("tcp", addr)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := c.Write(make([]byte, 600_000)); err != nil {
						t.Error(err)
					}
					c.Close()
					wg.Wait()
				})
				rec.clear(t, Options{})
			})
		}
	}
}

// TestStacksClose: both close at once; one aborts; nobody listens.
func TestStacksClose(t *testing.T) {
	for _, pr := range profiles {
		for v, addr := range peers {
			t.Run(pr.name+"/"+v, func(t *testing.T) {
				rec := talk(t, pr.p, func(t *testing.T, near, far *lwip.Stack) {
					for i := range 6 {
						var wg sync.WaitGroup
						ready := make(chan struct{})
						serve(t, far, &wg, func(c net.Conn) {
							<-ready
							c.Write(make([]byte, 3000))
							c.Close()
						})
						c, err := near.Dial("tcp", addr)
						if err != nil {
							t.Error(err)
							close(ready)
							continue
						}
						time.Sleep(time.Second)
						close(ready)
						if i%2 == 1 {
							c.(interface{ SetLinger(int) error }).SetLinger(0)
						} else {
							io.CopyN(io.Discard, c, 3000)
						}
						c.Close()
						wg.Wait()
						time.Sleep(time.Second)
					}
					if c, err := near.Dial("tcp", addr); err == nil {
						c.Close()
					}
				})
				rec.clear(t, Options{})
			})
		}
	}
}
