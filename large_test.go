package lwip_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// splitter is a driver that records every frame that it transmits. If it takes
// large segments, it cuts them before.
type splitter struct {
	netif.Driver
	large  bool
	pool   *pbuf.Pool
	frames [][]byte
}

func (s *splitter) Properties() netif.Properties {
	p := s.Driver.Properties()
	if s.large {
		p.MaxSegment = pbuf.MaxLen
	}
	return p
}

func (s *splitter) Attach(r netif.Receiver) error {
	s.pool = r.Pool()
	return s.Driver.Attach(r)
}

func (s *splitter) Transmit(frames []*pbuf.Buf) {
	var pieces []*pbuf.Buf
	for _, f := range frames {
		if s.large && f.SegmentSize != 0 {
			pieces = gso.Split(s.pool, pieces, f, -1)
		} else {
			pieces = append(pieces, f)
		}
	}
	for _, f := range pieces {
		b := make([]byte, f.TotalLen())
		f.CopyPartial(b, 0)
		s.frames = append(s.frames, withoutPush(b))
	}
	s.Driver.Transmit(pieces)
}

// withoutPush clears PSH and the checksum of a TCP packet, whose content the
// receiver has verified when the test passes.
func withoutPush(b []byte) []byte {
	if l, ok := gso.Parse(b, 14); ok && l.TCP {
		b[l.Transport+13] &^= byte(tcp.PSH)
		b[l.Checksum()], b[l.Checksum()+1] = 0, 0
	}
	return b
}

// TestLargeSegmentsAreTheSame: with a driver that splits large segments, what goes
// over the wire is byte for byte what goes over it without, losses and all, but for
// PSH.
func TestLargeSegmentsAreTheSame(t *testing.T) {
	for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s seed %d", addr, seed), func(t *testing.T) {
				plain, n := wireOf(t, addr, seed, false)
				if n != 0 {
					t.Fatalf("%d large segments to a driver that cannot split", n)
				}
				large, n := wireOf(t, addr, seed, true)
				if n < 20 {
					t.Errorf("only %d large segments", n)
				}
				for side := range plain {
					if len(plain[side]) != len(large[side]) {
						t.Errorf("side %d: %d frames, and %d from large segments", side, len(plain[side]), len(large[side]))
					}
					for i := range min(len(plain[side]), len(large[side])) {
						if !bytes.Equal(plain[side][i], large[side][i]) {
							t.Fatalf("side %d, frame %d of %d:\n% x\nand from large segments\n% x", side, i, len(plain[side]),
								head(plain[side][i]), head(large[side][i]))
						}
					}
				}
			})
		}
	}
}

func head(b []byte) []byte { return b[:min(len(b), 96)] }

// swallower is a server that checks what it gets and consumes it at once.
type swallower struct{ *client }

func (s *swallower) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	l.Accepted(p)
	return s
}

func (s *swallower) ListenerClosed(*tcp.Listener, error) {}

// swallow starts a swallower on st.
func swallow(t testing.TB, st *lwip.Stack, port uint16) *swallower {
	t.Helper()
	st.Lock()
	defer st.Unlock()
	p, err := st.TCP().NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, port), nil); err != nil {
		t.Fatal(err)
	}
	s := &swallower{&client{s: st}}
	if _, err := p.Listen(16, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// wireOf returns the frames that either side sends while a client sends writes of
// random size, and how many large segments there were.
func wireOf(t *testing.T, addr string, seed uint64, large bool) (frames [2][][]byte, n uint64) {
	t.Helper()
	clock := sysarch.NewManual()
	link := impair.Profile{Delay: 10 * time.Millisecond, Seed: seed}
	if seed%2 == 1 {
		link.Loss = 0.005
	}
	if seed == 4 {
		link.Rate, link.MarkPackets, link.QueuePackets = 100e6, 5, 1000
	}
	var drivers [2]*splitter
	a, b := twoStacks(t, func(i int) lwip.Config {
		return lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(seed + uint64(i)), TCP: tcp.Config{ECN: tcp.ECNAsk}}
	}, func(i int, d netif.Driver) netif.Driver {
		drivers[i] = &splitter{Driver: impaired(clock, link)(i, d), large: large}
		return drivers[i]
	})
	server := swallow(t, a, 7)
	c := dialCallback(t, b, addr)
	if seed%3 == 0 {
		c.p.Set(tcp.NoDelay)
	}
	r := sysarch.NewSeededRand(seed)
	for range 60 {
		b.Lock()
		if c.p.State() == tcp.Established {
			c.write(1 + r.IntN(200_000))
		}
		b.Unlock()
		clock.Advance(time.Duration(1+r.IntN(60)) * time.Millisecond)
	}
	b.Lock()
	c.p.Shutdown(tcp.ShutWrite)
	b.Unlock()
	clock.Advance(3 * time.Minute)
	if server.bad || server.received != c.sent || c.sent < 500_000 || c.err != nil {
		t.Errorf("%d bytes sent, %d arrived, wrong: %v, %v", c.sent, server.received, server.bad, c.err)
	}
	if bad := a.Stats().TCP.BadChecksum + b.Stats().TCP.BadChecksum; bad != 0 {
		t.Errorf("%d wrong checksums", bad)
	}
	if seed == 4 && b.Stats().TCP.ECNReductions == 0 {
		t.Error("no congestion was met")
	}
	n = a.Stats().TCP.LargeOut + b.Stats().TCP.LargeOut
	a.Close()
	b.Close()
	checkEmpty(t, a, b)
	return [2][][]byte{drivers[0].frames, drivers[1].frames}, n
}

// TestLargeSegmentsOverAWire: a wire in memory that takes large segments carries
// them whole, and they count as what they stand for.
func TestLargeSegmentsOverAWire(t *testing.T) {
	for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
		clock := sysarch.NewManual()
		var s [2]*lwip.Stack
		la, lb := memlink.New(memlink.Config{MaxSegment: pbuf.MaxLen})
		drivers := []netif.Driver{la, lb}
		s[0], s[1] = twoStacks(t, func(i int) lwip.Config {
			return lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i))}
		}, func(i int, _ netif.Driver) netif.Driver { return drivers[i] })
		listenCallback(t, s[0], 7)
		c := dialCallback(t, s[1], addr)
		for range 50 {
			s[1].Lock()
			c.write(1 << 20)
			s[1].Unlock()
			clock.Advance(time.Millisecond)
		}
		clock.Advance(time.Second)
		if c.bad || c.sent < 1<<20 || c.received != c.sent {
			t.Errorf("%s: %d bytes sent, %d came back, wrong: %v", addr, c.sent, c.received, c.bad)
		}
		for i := range s {
			st := s[i].Stats().TCP
			if st.LargeOut == 0 || st.LargeIn == 0 || st.BadChecksum != 0 || st.Retransmits != 0 || st.DelayedACKs > 5 {
				t.Errorf("%s: stack %d: %+v", addr, i, st)
			}
			s[i].Close()
		}
		checkEmpty(t, s[0], s[1])
	}
}
