package goodput

import (
	"math"
	"time"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/tcp/cc"
)

// Path is a bottleneck and what sends through it. The data goes one way; ACKs come
// back with the same delay and without losses.
type Path struct {
	Rate    int64         // bits a second; default 100 Mbit/s
	RTT     time.Duration // without the queue
	Queue   float64       // of the bottleneck, in products of Rate and RTT
	Loss    float64       // probability that a packet is lost
	Reorder float64       // probability that a packet comes later
	Late    time.Duration // by how much; default a quarter of RTT
	// Jitter varies the delay of ACKs, in order. Flows that share a path in lock step
	// hit the full queue in turn, or always the same one does: phase effects, which no
	// real path shows.
	Jitter time.Duration
	IPv6   bool
	Seed   uint64
	// Flows are the controllers of the connections that share the path. Default: one
	// with what TCP uses by itself.
	Flows []func(cc.Params) cc.Controller
}

// Sizes of a full packet: MTU 1500 with timestamps, in an Ethernet frame.
const (
	mtu     = 1500
	framing = 14
	header4 = 20 + 32
	header6 = 40 + 32
)

// payload is what a full packet carries.
func (p *Path) payload() int {
	if p.IPv6 {
		return mtu - header6
	}
	return mtu - header4
}

func (p *Path) rate() int64 {
	if p.Rate == 0 {
		return 100_000_000
	}
	return p.Rate
}

// Capacity returns the bytes of payload that the bottleneck carries in a second.
func (p *Path) Capacity() float64 {
	return float64(p.rate()) / 8 * float64(p.payload()) / (mtu + framing)
}

// BDP returns the product of rate and round trip in bytes on the wire.
func (p *Path) BDP() int { return int(float64(p.rate()) / 8 * p.RTT.Seconds()) }

// queuePackets is the queue in full packets.
func (p *Path) queuePackets() int {
	return max(int(p.Queue*float64(p.BDP())/(mtu+framing)), 4)
}

// profiles returns what the link does to data and to ACKs.
func (p *Path) profiles() (data, acks impair.Profile) {
	late := p.Late
	if late == 0 {
		late = p.RTT / 4
	}
	const many = 1 << 20
	data = impair.Profile{
		Delay: p.RTT / 2, Rate: p.rate(), QueuePackets: p.queuePackets(), Loss: p.Loss,
		Reorder: p.Reorder, ReorderDelay: late, Limit: many, Seed: p.Seed*2 + 1,
	}
	return data, impair.Profile{Delay: p.RTT - p.RTT/2, Jitter: p.Jitter, Limit: many, Seed: p.Seed*2 + 2}
}

// ResponseFunction returns the bytes of payload a second that CUBIC reaches on average
// where only random losses slow it down: the larger of its curve's and Reno's, and no
// more than the path has.
//
// RFC 9438 §5.1 (equation 5), §5.2; for Reno, RFC 9438 §5.1 with α 1 and β 1/2.
func (p *Path) ResponseFunction() float64 {
	if p.Loss == 0 {
		return p.Capacity()
	}
	const c, beta = 0.4, 0.7
	rtt := p.RTT.Seconds()
	curve := math.Pow(c*(3+beta)/(4*(1-beta)), 0.25) * math.Pow(rtt/p.Loss, 0.75)
	reno := math.Sqrt(1.5 / p.Loss)
	return min(max(curve, reno)*float64(p.payload())/rtt, p.Capacity())
}
