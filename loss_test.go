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

func (k *source) Connected(p *tcp.PCB)            { k.pump(p) }
func (k *source) Sent(p *tcp.PCB, _ int)          { k.pump(p) }
func (k *source) PeerClosed(*tcp.PCB)             {}
func (k *source) SoftError(*tcp.PCB, error)       {}
func (k *source) Closed(*tcp.PCB, error)          {}
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
	if testing.Verbose() {
		for i := 0; i < 10; i++ {
			clock.Advance(d / 10)
			b.Lock()
			in := p.Info()
			b.Unlock()
			t.Logf("cwnd %d ssthresh %d flight %d srtt %v minrtt %v rto %v", in.Cwnd/1448, in.Ssthresh/1448, in.InFlight/1448, in.RTT, in.MinRTT, in.RTO)
		}
	} else {
		clock.Advance(d)
	}
	frames := float64(in.n-from) * (1514.0 / 1448)
	return frames * 8 / d.Seconds() / pathRate, b.Stats().TCP
}

func TestGoodputXX(t *testing.T) {
	for _, rtt := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond} {
		for _, q := range []float64{0.5, 1} {
			for _, loss := range []float64{0, 0.0001, 0.001, 0.01, 0.03} {
				for _, re := range []float64{0, 0.03} {
					if loss > 0 && re > 0 {
						continue
					}
					k := path{rtt: rtt, bdps: q, loss: loss, reorder: re, seed: 3}
					t.Run(fmt.Sprintf("%v/%v/%v/%v", rtt, q, loss, re), func(t *testing.T) {
						share, st := k.goodput(t, 5*time.Second, 20*time.Second)
						w := math.Inf(1)
						if loss > 0 {
							w = max(1.17*math.Pow(rtt.Seconds(), .75)/math.Pow(loss, .75)*1, math.Sqrt(1.5/loss))
						}
						bound := w * 1514 * 8 / rtt.Seconds() / pathRate
						t.Logf("share %.3f  bound %.3f rtx %d fast %d to %d rack %d lostrtx %d tlp %d/%d undone %d/%d dsack %d sacks %d bad %d segs %d", share, bound, st.Retransmits, st.FastRetransmits, st.Timeouts, st.RACKLosses, st.LostRetransmits, st.TLPs, st.TLPRecoveries, st.SpuriousUndone, st.SpuriousTimeouts, st.DSACKs, st.SACKs, st.BadSACK, st.SegmentsOut)
					})
				}
			}
		}
	}
}
