package lwip_test

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// sink takes a stream through the callback API and counts it.
type sink struct{ n int }

func (k *sink) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler { l.Accepted(p); return k }
func (k *sink) ListenerClosed(*tcp.Listener, error)            {}
func (k *sink) Connected(*tcp.PCB)                             {}
func (k *sink) PeerClosed(*tcp.PCB)                            {}
func (k *sink) Sent(*tcp.PCB, int)                             {}
func (k *sink) SoftError(*tcp.PCB, error)                      {}
func (k *sink) Closed(*tcp.PCB, error)                         {}
func (k *sink) Received(p *tcp.PCB, b *pbuf.Buf) {
	n := b.TotalLen()
	k.n += n
	b.Free()
	p.Recved(n)
}

// source writes as much as there is room for, for ever.
type source struct {
	s *lwip.Stack
	p *tcp.PCB
}

func (k *source) Connected(p *tcp.PCB)             { k.pump(p) }
func (k *source) Sent(p *tcp.PCB, _ int)           { k.pump(p) }
func (k *source) PeerClosed(*tcp.PCB)              {}
func (k *source) SoftError(*tcp.PCB, error)        {}
func (k *source) Closed(*tcp.PCB, error)           {}
func (k *source) Received(_ *tcp.PCB, b *pbuf.Buf) { b.Free() }

func (k *source) pump(p *tcp.PCB) {
	for p.SendSpace() >= p.SegmentPayload() {
		b := k.s.Pool().Alloc(pbuf.Transport, p.SegmentPayload(), pbuf.RAM)
		if b == nil || p.Write(b, 0) != nil {
			return
		}
	}
}

// path is a path of 100 Mbit/s.
type path struct {
	rtt     time.Duration
	bdps    float64 // queue of the bottleneck, in bandwidth-delay products
	loss    float64
	reorder float64
	seed    uint64
	cfg     tcp.Config
}

const pathRate = 100e6

// goodput lets a stream run for d and returns what arrived after the first warm
// of it as a share of what the bottleneck carries, and the sender's counters.
func (k path) goodput(t testing.TB, warm, d time.Duration) (share float64, st tcp.Stats) {
	t.Helper()
	clock := sysarch.NewManual()
	bdp := pathRate / 8 * k.rtt.Seconds()
	a, b := twoStacks(t, func(i int) lwip.Config {
		c := lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i) + k.seed), TCP: k.cfg}
		c.TCP.SendBuffer, c.TCP.ReceiveBuffer, c.TCP.MaxOutOfOrder = 8<<20, 8<<20, 16384
		c.Pbuf.MaxBytes = 1 << 30
		return c
	}, func(i int, dr netif.Driver) netif.Driver {
		p := impair.Profile{Delay: k.rtt / 2, Seed: k.seed + uint64(i)}
		if i == 1 { // the sender
			p.Rate, p.QueueBytes = pathRate, int(bdp*(1+k.bdps))
			p.Loss, p.Reorder, p.ReorderDelay = k.loss, k.reorder, k.rtt/4
		}
		return impair.New(dr, clock, impair.Config{Out: p})
	})
	in := new(sink)
	a.Lock()
	p, err := a.TCP().NewPCB()
	if err == nil {
		if err = p.Bind(netip.AddrPortFrom(netip.Addr{}, 9), nil); err == nil {
			_, err = p.Listen(1, in)
		}
	}
	a.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	b.Lock()
	if p, err = b.TCP().NewPCB(); err == nil {
		err = p.Connect(mustAddrPort("10.0.0.1:9"), &source{s: b, p: p})
	}
	b.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(warm)
	from := in.n
	clock.Advance(d)
	frames := float64(in.n-from) * (1514.0 / 1448)
	return frames * 8 / d.Seconds() / pathRate, b.Stats().TCP
}

// TestGoodput lets streams run over a path of 100 Mbit/s and holds what arrives
// against what the path carries: all but a twentieth without losses of its own,
// nine tenths where 3 % of the packets come a quarter of a round trip late, and
// with random losses the rate that RFC 9438 §5.2 gives for CUBIC, or if that is
// more, for Reno.
func TestGoodput(t *testing.T) {
	const ms = time.Millisecond
	for _, k := range []path{
		{rtt: 20 * ms, bdps: 0.5}, {rtt: 20 * ms, bdps: 1}, {rtt: 100 * ms, bdps: 0.5}, {rtt: 100 * ms, bdps: 1},
		{rtt: 20 * ms, bdps: 0.5, reorder: 0.03}, {rtt: 100 * ms, bdps: 1, reorder: 0.03},
		{rtt: 20 * ms, bdps: 1, loss: 0.0001}, {rtt: 20 * ms, bdps: 1, loss: 0.001},
		{rtt: 20 * ms, bdps: 1, loss: 0.01}, {rtt: 20 * ms, bdps: 1, loss: 0.03},
		{rtt: 100 * ms, bdps: 1, loss: 0.0001}, {rtt: 100 * ms, bdps: 1, loss: 0.001},
		{rtt: 100 * ms, bdps: 1, loss: 0.01}, {rtt: 100 * ms, bdps: 1, loss: 0.03},
	} {
		t.Run(fmt.Sprintf("rtt %v, queue %v, loss %v, reordered %v", k.rtt, k.bdps, k.loss, k.reorder), func(t *testing.T) {
			k.seed = 3
			d := 20 * time.Second
			want := 0.95
			switch {
			case k.reorder > 0:
				want = 0.9
			case k.loss > 0:
				d = 60 * time.Second
				want = response(k.loss, k.rtt)
			}
			share, st := k.goodput(t, 5*time.Second, d)
			t.Logf("%.4f of the rate, want %.4f; %d sent again, %d recoveries, %d time-outs, %d undone",
				share, want, st.Retransmits, st.FastRetransmits, st.Timeouts, st.SpuriousUndone)
			if share < want {
				t.Errorf("%.4f of the rate, want %.4f", share, want)
			}
			if k.reorder > 0 && st.SpuriousUndone == 0 {
				t.Error("no recovery was undone: does the path reorder?")
			}
			if st.Timeouts > 3 && k.loss < 0.03 {
				t.Errorf("%d time-outs", st.Timeouts)
			}
		})
	}
}

// response is the rate, as a share of the path's, that RFC 9438 §5.2 expects at
// a rate of losses, less a twentieth: at a window of seven segments the round
// trip of a recovery, which the formula leaves out, is a large part of the time
// between two.
func response(loss float64, rtt time.Duration) float64 {
	w := max(1.054*math.Pow(rtt.Seconds()/loss, 0.75), 1.2/math.Sqrt(loss))
	return 0.95 * w * 1514 * 8 / rtt.Seconds() / pathRate
}
