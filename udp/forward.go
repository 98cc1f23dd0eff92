package udp

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// Forwarder takes datagrams to any address that come in through one interface:
// what a tunnel's far end needs. The first of a flow makes an endpoint, connected
// to the sender and bound to where the datagram was sent; it ends when it is idle.
type Forwarder struct {
	u           *Protocol
	ifc         *netif.Interface
	cfg         ForwardConfig
	h           ForwardHandler
	n           int
	first, last *flow // least recently used first
	timer       timers.Timer
}

// ForwardConfig bounds what a Forwarder holds.
type ForwardConfig struct {
	// MaxFlows is the most endpoints; the one idle for longest makes room for a
	// new one. Default 4096.
	MaxFlows int
	// Idle is after how long without a datagram, either way, a flow ends. Default
	// 2 minutes (RFC 4787 §4.3, REQ-5).
	Idle time.Duration
}

// Verdict is what becomes of the first datagram of a flow.
type Verdict uint8

const (
	Take     Verdict = iota // it makes an endpoint
	Drop                    // nothing; the next one is asked about anew
	Refuse                  // port unreachable
	Prohibit                // administratively prohibited
)

// ForwardHandler hears of flows.
type ForwardHandler interface {
	// Flow decides about the flow from remote to local, which is no address of
	// ours. With Take it returns the endpoint's handler.
	Flow(local, remote netip.AddrPort) (Handler, Verdict)
	// Opened tells of the endpoint, before its handler gets the first datagram.
	Opened(p *PCB, h Handler)
}

// flow is a forwarded endpoint's place in the list.
type flow struct {
	f          *Forwarder
	pcb        *PCB
	prev, next *flow
	until      timers.Time
}

// Forward makes h hear of each flow that comes in through ifc for an address that
// is not ours. Other endpoints do not hear of its datagrams, and only these may
// send from such addresses.
//
// Errors: ErrInUse if ifc has a forwarder.
func (u *Protocol) Forward(ifc *netif.Interface, cfg ForwardConfig, h ForwardHandler) (*Forwarder, error) {
	if u.forwarders[ifc] != nil {
		return nil, ErrInUse
	}
	if cfg.MaxFlows <= 0 {
		cfg.MaxFlows = 4096
	}
	if cfg.Idle <= 0 {
		cfg.Idle = 2 * time.Minute
	}
	f := &Forwarder{u: u, ifc: ifc, cfg: cfg, h: h}
	f.timer.Init(f.onTimer)
	if u.forwarders == nil {
		u.forwarders = make(map[*netif.Interface]*Forwarder)
	}
	u.forwarders[ifc] = f
	ifc.SetForeign(netif.TakeUDP, true)
	return f, nil
}

// Close ends the forwarder and its endpoints.
func (f *Forwarder) Close() {
	if f.u.forwarders[f.ifc] != f {
		return
	}
	delete(f.u.forwarders, f.ifc)
	for f.first != nil {
		f.end(f.first)
	}
	f.ifc.SetForeign(netif.TakeUDP, false)
}

// Flows returns how many endpoints there are.
func (f *Forwarder) Flows() int { return f.n }

// forward takes a datagram to an address that is not ours: the one of a flow goes
// to its endpoint, the first of one is decided about. It consumes buf, which
// begins with the UDP header.
func (u *Protocol) forward(buf *pbuf.Buf, dst, src netip.AddrPort, info *ip.Info) {
	t := &u.table
	var q *PCB
	if g := t.find(t.hash(dst.Addr(), dst.Port(), src.Addr(), src.Port()), dst, src, info.Ifc, false); g != nil {
		q = g.pcbs[0]
	} else if q = u.newFlow(buf, dst, src, info); q == nil {
		buf.Free()
		return
	}
	if q.flow != nil {
		q.flow.touch()
	}
	if q.h == nil {
		u.drop(buf, &u.stats.NoHandler)
		return
	}
	u.stats.Delivered++
	q.h.Received(q, payload(buf), src, info)
}

// newFlow asks what becomes of the first datagram of a flow, and returns the
// endpoint, or nil. It borrows buf.
func (u *Protocol) newFlow(buf *pbuf.Buf, dst, src netip.AddrPort, info *ip.Info) *PCB {
	f := u.forwarders[info.Ifc]
	if f == nil || src.Port() == 0 || dst.Port() == 0 {
		u.stats.NoPort++
		return nil
	}
	h, v := f.h.Flow(dst, src)
	switch v {
	case Take:
	case Drop:
		u.stats.ForwardRefused++
		return nil
	case Refuse, Prohibit:
		u.stats.ForwardRefused++
		why := ip.PortUnreachable
		if v == Prohibit {
			why = ip.AdminProhibited
		}
		u.network(dst.Addr()).Unreachable(buf, info, why)
		return nil
	}
	if f.n >= f.cfg.MaxFlows {
		u.stats.ForwardEvicted++
		f.end(f.first)
	}
	p, err := u.NewPCB(h)
	if err != nil {
		u.stats.RxNoMemory++
		return nil
	}
	u.stats.Forwarded++
	p.bound, p.local, p.remote, p.ifc = dst.Addr(), dst, src, info.Ifc
	p.fromBound = true
	p.flow = &flow{f: f, pcb: p}
	p.link()
	f.n++
	p.flow.push()
	if !f.timer.Armed() {
		u.q.Arm(&f.timer, p.flow.until)
	}
	f.h.Opened(p, h)
	return p
}

// push puts the flow at the end of the list: it was used now.
func (w *flow) push() {
	f := w.f
	w.until = f.u.q.Now().Add(f.cfg.Idle)
	w.prev, w.next = f.last, nil
	if f.last != nil {
		f.last.next = w
	} else {
		f.first = w
	}
	f.last = w
}

// pull takes the flow out of the list.
func (w *flow) pull() {
	f := w.f
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		f.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		f.last = w.prev
	}
}

// touch notes that the flow is used.
func (w *flow) touch() {
	if w.f.last == w {
		w.until = w.f.u.q.Now().Add(w.f.cfg.Idle)
		return
	}
	w.pull()
	w.push()
}

// leave forgets a flow whose endpoint is closed.
func (w *flow) leave() {
	w.pull()
	w.f.n--
	w.pcb.flow = nil
	if w.f.first == nil {
		w.f.u.q.Remove(&w.f.timer)
	}
}

// end closes a flow's endpoint and tells its handler ErrFlowEnded.
func (f *Forwarder) end(w *flow) {
	p, h := w.pcb, w.pcb.h
	p.Close()
	if h != nil {
		h.Error(p, ErrFlowEnded)
	}
}

// onTimer ends the flows that were idle for too long.
func (f *Forwarder) onTimer() {
	now := f.u.q.Now()
	for f.first != nil && f.first.until <= now {
		f.u.stats.ForwardIdle++
		f.end(f.first)
	}
	if f.first != nil {
		f.u.q.Arm(&f.timer, f.first.until)
	}
}
