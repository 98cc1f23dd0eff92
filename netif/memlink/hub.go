package memlink

import (
	"slices"
	"sync/atomic"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/internal/gate"
	"github.com/golwip/lwip/pbuf"
)

// Hub is a wire with any number of ends: every other Port gets what one
// transmits. The copies are views on the same blocks.
type Hub struct{ ports []*HubPort }

// HubPort is one end of a Hub. It implements netif.Driver.
type HubPort struct {
	hub   *Hub
	props netif.Properties
	down  atomic.Bool
	gate  gate.Gate
	stats counters
}

// NewHub returns a hub of n Ports whose stations, on an Ethernet, are
// 02:00:00:00:00:01 and up; HWAddrA and HWAddrB name the first two.
func NewHub(n int, cfg Config) *Hub {
	h := &Hub{ports: make([]*HubPort, n)}
	for i := range h.ports {
		p := &HubPort{hub: h, props: cfg.properties(i+1, station(i+1))}
		h.ports[i] = p
	}
	if n > 0 && !cfg.HWAddrA.IsZero() {
		h.ports[0].props = cfg.properties(1, cfg.HWAddrA)
	}
	if n > 1 && !cfg.HWAddrB.IsZero() {
		h.ports[1].props = cfg.properties(2, cfg.HWAddrB)
	}
	return h
}

// Port returns the ith Port, from 0.
func (h *Hub) Port(i int) *HubPort { return h.ports[i] }

// Ports returns all Ports. The slice is a copy.
func (h *Hub) Ports() []*HubPort { return slices.Clone(h.ports) }

// Properties implements netif.Driver.
func (p *HubPort) Properties() netif.Properties { return p.props }

// Attach implements netif.Driver.
func (p *HubPort) Attach(r netif.Receiver) error {
	if err := p.gate.Open(r); err != nil {
		return err
	}
	if p.down.Load() {
		p.gate.SetLink(false)
	}
	return nil
}

// Detach implements netif.Driver, as Port.Detach does.
func (p *HubPort) Detach() error {
	p.gate.Close()
	return nil
}

// Stats returns a copy of the counters.
func (p *HubPort) Stats() Stats { return p.stats.snapshot() }

// SetLink plugs this Port in or pulls it out, and tells its stack.
func (p *HubPort) SetLink(up bool) {
	if p.down.Swap(!up) != !up {
		p.gate.SetLink(up)
	}
}

// Transmit implements netif.Driver. The Ports are served in order, each with
// the whole batch; the last one gets the frames themselves, the others views.
func (p *HubPort) Transmit(frames []*pbuf.Buf) {
	if p.down.Load() {
		drop(frames, &p.stats.linkDown)
		return
	}
	batch := make([]*pbuf.Buf, 0, len(frames))
	bytes := 0
	for _, f := range frames {
		if !fits(&p.props, f) {
			drop([]*pbuf.Buf{f}, &p.stats.tooLong)
			continue
		}
		f.Flags &= onWire
		bytes += f.TotalLen()
		batch = append(batch, f)
	}
	p.stats.txFrames.Add(uint64(len(batch)))
	p.stats.txBytes.Add(uint64(bytes))
	last := len(p.hub.ports) - 1
	if last >= 0 && p.hub.ports[last] == p {
		last--
	}
	for i, q := range p.hub.ports {
		switch {
		case q == p:
		case q.down.Load() || !q.gate.IsOpen():
			p.stats.notAttached.Add(uint64(len(batch)))
		case i == last:
			p.deliver(q, batch)
			return
		default:
			p.deliver(q, p.share(batch))
		}
	}
	for _, f := range batch {
		f.Free()
	}
}

// share returns views on the frames, leaving out those for which there is no
// memory.
func (p *HubPort) share(frames []*pbuf.Buf) []*pbuf.Buf {
	views := make([]*pbuf.Buf, 0, len(frames))
	for _, f := range frames {
		if v := f.Share(); v != nil {
			views = append(views, v)
		} else {
			p.stats.noMemory.Add(1)
		}
	}
	return views
}

// deliver gives q the frames. It consumes them.
func (p *HubPort) deliver(q *HubPort, frames []*pbuf.Buf) {
	bytes := 0
	for _, f := range frames {
		bytes += f.TotalLen()
	}
	n := uint64(len(frames))
	if !q.gate.Deliver(frames) {
		drop(frames, &p.stats.notAttached)
		return
	}
	q.stats.rxFrames.Add(n)
	q.stats.rxBytes.Add(uint64(bytes))
}
