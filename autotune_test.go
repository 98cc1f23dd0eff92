package lwip_test

import (
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/tcp/cc"
)

// drain counts what it receives.
type drain struct {
	p   *tcp.PCB
	got int
}

func (s *drain) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	l.Accepted(p)
	s.p = p
	return s
}
func (s *drain) ListenerClosed(*tcp.Listener, error) {}
func (s *drain) Connected(*tcp.PCB)                  {}
func (s *drain) Sent(*tcp.PCB, int)                  {}
func (s *drain) PeerClosed(*tcp.PCB)                 {}
func (s *drain) Closed(*tcp.PCB, error)              { s.p = nil }
func (s *drain) SoftError(*tcp.PCB, error)           {}
func (s *drain) Received(p *tcp.PCB, buf *pbuf.Buf) {
	n := buf.TotalLen()
	s.got += n
	buf.Free()
	p.Recved(n)
}

// faucet writes as much as there is room for, always.
type faucet struct {
	client
}

func (w *faucet) Connected(*tcp.PCB) { w.write(1 << 30) }
func (w *faucet) Sent(*tcp.PCB, int) { w.write(1 << 30) }

// fill lets a faucet run into a drain for d over a path of 100 Mbit/s and 100 ms whose
// queue holds its bandwidth-delay product, and returns what arrived in the last
// second of it.
func fill(t *testing.T, addr string, d time.Duration, cfg lwip.Config) (last int, p *faucet, s *drain, done func()) {
	const rate, delay = 100_000_000, 50 * time.Millisecond
	clock := sysarch.NewManual()
	a, b := twoStacks(t, func(i int) lwip.Config {
		c := cfg
		c.Clock, c.Rand = clock, sysarch.NewSeededRand(uint64(i))
		return c
	}, func(i int, dr netif.Driver) netif.Driver {
		out := impair.Profile{Delay: delay, Rate: rate, QueueBytes: rate / 8 / 10}
		return impair.New(dr, clock, impair.Config{Out: out})
	})
	s = new(drain)
	a.Lock()
	l, err := a.TCP().NewPCB()
	if err == nil {
		err = l.Bind(mustAddrPort("[::]:7"), nil)
	}
	if err == nil {
		_, err = l.Listen(4, s)
	}
	a.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	p = &faucet{client{s: b}}
	b.Lock()
	if p.p, err = b.TCP().NewPCB(); err == nil {
		err = p.p.Connect(mustAddrPort(addr), p)
	}
	b.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(d - time.Second)
	before := s.got
	clock.Advance(time.Second)
	return s.got - before, p, s, func() {
		a.Close()
		b.Close()
		checkEmpty(t, a, b)
	}
}

// TestAutotuneFillsPath: with buffers that nobody has set, a path whose
// bandwidth-delay product is five times what they begin with is filled after a
// few seconds; with buffers that do not grow it is not.
func TestAutotuneFillsPath(t *testing.T) {
	const mbit100 = 100_000_000 / 8
	for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
		cfg := lwip.Config{TCP: tcp.Config{NewController: cc.NewCubic}}
		last, p, s, done := fill(t, addr, 5*time.Second, cfg)
		if last < mbit100*90/100 {
			t.Errorf("%s: %d bytes in the fifth second, %d %% of the path", addr, last, last*100/mbit100)
		}
		snd, rcv := p.p.SendBuffer(), s.p.ReceiveBuffer()
		t.Logf("%s: %d %%, send buffer %d, receive buffer %d, cwnd %d", addr, last*100/mbit100, snd, rcv, p.p.Info().Cwnd)
		if snd <= 1<<20 || snd > 4<<20 || rcv <= 1<<20 || rcv > 6<<20 {
			t.Errorf("%s: send buffer %d, receive buffer %d", addr, snd, rcv)
		}
		done()

		cfg.TCP.NoReceiveTuning = true
		last, p, s, done = fill(t, addr, 5*time.Second, cfg)
		if rcv := s.p.ReceiveBuffer(); rcv != 256<<10 || last > mbit100/4 {
			t.Errorf("%s: without tuning: receive buffer %d, %d bytes in the fifth second", addr, rcv, last)
		}
		if snd := p.p.SendBuffer(); snd > 1<<20 { // the peer's window takes no more
			t.Errorf("%s: the send buffer grew to %d", addr, snd)
		}
		done()
	}
}

// TestAutotunePresets: the presets of small devices keep their windows.
func TestAutotunePresets(t *testing.T) {
	for name, cfg := range map[string]lwip.Config{"Upstream": lwip.Upstream(), "ESPIDF": lwip.ESPIDF(), "MinRAM": lwip.MinRAM()} {
		_, p, s, done := fill(t, "10.0.0.1:7", 3*time.Second, cfg)
		if snd, rcv := p.p.SendBuffer(), s.p.ReceiveBuffer(); snd != cfg.TCP.SendBuffer || rcv != cfg.TCP.ReceiveBuffer {
			t.Errorf("%s: send buffer %d, receive buffer %d", name, snd, rcv)
		}
		done()
	}
}
