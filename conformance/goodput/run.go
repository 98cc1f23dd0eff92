package goodput

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/tcp/cc"
)

// Result is what came of a run.
type Result struct {
	Goodput []float64    // bytes of payload a second that each flow delivered in order
	Dropped uint64       // packets that found the queue full
	Lost    uint64       // packets lost at random
	Sender  tcp.Stats    // of the whole run
	Link    impair.Stats // of the whole run, of the sender's end
}

// Sum is the goodput of all flows.
func (r *Result) Sum() float64 {
	sum := 0.0
	for _, g := range r.Goodput {
		sum += g
	}
	return sum
}

// Run lets the path's flows send for warmUp and measures them in the time after that.
func Run(path Path, warmUp, measured time.Duration) (Result, error) {
	w, err := newWorld(path)
	if err != nil {
		return Result{}, err
	}
	defer w.close()
	w.clock.Advance(warmUp)
	before := w.received()
	w.clock.Advance(measured)
	after := w.received()
	link := w.link.Stats()
	r := Result{Sender: w.stacks[0].Stats().TCP, Link: link, Dropped: link.Out.QueueDropped, Lost: link.Out.Lost}
	for i := range after {
		if w.senders[i].err != nil {
			return r, fmt.Errorf("goodput: flow %d: %w", i, w.senders[i].err)
		}
		r.Goodput = append(r.Goodput, float64(after[i]-before[i])/measured.Seconds())
	}
	return r, nil
}

// world is two stacks on a clock that is stepped, and a path between them.
type world struct {
	clock   *sysarch.Manual
	stacks  [2]*lwip.Stack // sender, receiver
	link    *impair.Driver // at the sender
	sink    *sink
	senders []*sender
}

// port is where the receiver listens.
const port = 5001

func newWorld(path Path) (*world, error) {
	w := &world{clock: sysarch.NewManual(), sink: &sink{byPort: map[uint16]*receiver{}}}
	flows := path.Flows
	if len(flows) == 0 {
		flows = []func(cc.Params) cc.Controller{nil}
	}
	da, db := memlink.New(memlink.Config{MTU: mtu})
	data, acks := path.profiles()
	w.link = impair.New(da, w.clock, impair.Config{Out: data})
	next := 0
	drivers := [2]netif.Driver{w.link, impair.New(db, w.clock, impair.Config{Out: acks})}
	for i, d := range drivers {
		cfg := lwip.Config{Clock: w.clock, Rand: sysarch.NewSeededRand(path.Seed*2 + uint64(i))}
		cfg.ND6.DADAttempts = -1
		buffer := max(4*(path.BDP()+path.queuePackets()*mtu), 1<<20)
		cfg.TCP.SendBuffer, cfg.TCP.ReceiveBuffer = buffer, buffer
		cfg.TCP.MaxOutOfOrder = buffer / 1000
		if i == 0 && flows[0] != nil {
			cfg.TCP.NewController = func(p cc.Params) cc.Controller {
				next++
				return flows[(next-1)%len(flows)](p)
			}
		}
		s, err := lwip.New(cfg)
		if err != nil {
			return nil, err
		}
		w.stacks[i] = s
		_, err = s.AddInterface(d, netif.Config{
			Addr4:  netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24),
			Addrs6: []netip.Prefix{netip.MustParsePrefix([]string{"fd00::1/64", "fd00::2/64"}[i])},
		})
		if err != nil {
			return nil, err
		}
	}
	if err := w.listen(); err != nil {
		return nil, err
	}
	for range flows {
		if err := w.dial(path.IPv6); err != nil {
			return nil, err
		}
		w.clock.Advance(path.RTT/3 + 7*time.Millisecond) // not all at once
	}
	return w, nil
}

func (w *world) listen() error {
	s := w.stacks[1]
	s.Lock()
	defer s.Unlock()
	p, err := s.TCP().NewPCB()
	if err != nil {
		return err
	}
	if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, port), nil); err != nil {
		return err
	}
	_, err = p.Listen(16, w.sink)
	return err
}

func (w *world) dial(v6 bool) error {
	s := w.stacks[0]
	s.Lock()
	defer s.Unlock()
	p, err := s.TCP().NewPCB()
	if err != nil {
		return err
	}
	snd := &sender{pool: s.Pool(), p: p}
	addr := netip.MustParseAddr("10.0.0.2")
	if v6 {
		addr = netip.MustParseAddr("fd00::2")
	}
	w.senders = append(w.senders, snd)
	return p.Connect(netip.AddrPortFrom(addr, port), snd)
}

// received returns what each flow has delivered so far.
func (w *world) received() []int64 {
	out := make([]int64, len(w.senders))
	for i, s := range w.senders {
		if r := w.sink.byPort[s.p.Local().Port()]; r != nil {
			out[i] = r.bytes
		}
	}
	return out
}

func (w *world) close() {
	for _, s := range w.stacks {
		s.Close()
	}
}
