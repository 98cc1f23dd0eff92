package tcp

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// Forwarder takes connections to any address that come in through one interface:
// what a tunnel's far end needs. Each new one is a request, which somebody decides
// before the handshake goes on, then or later.
type Forwarder struct {
	t           *Protocol
	ifc         *netif.Interface
	cfg         ForwardConfig
	h           func(*ForwardRequest)
	pending     map[tuple]*ForwardRequest
	first, last *ForwardRequest // oldest first
	timer       timers.Timer
}

// ForwardConfig bounds what waits for a decision.
type ForwardConfig struct {
	// MaxPending is the most requests that wait; SYNs beyond it are dropped, and
	// come again. Default 1024.
	MaxPending int
	// Timeout is after how long a request that nobody has decided is forgotten.
	// Default 30 s.
	Timeout time.Duration
}

// ForwardRequest is a peer's wish to open a connection. Exactly one of Accept,
// Reset, Unreachable and Drop decides it, inside the core lock. Until then the
// peer hears nothing, and its repeated SYNs are no new requests.
type ForwardRequest struct {
	f          *Forwarder
	id         tuple
	syn        Segment
	info       ip.Info
	prev, next *ForwardRequest
	until      timers.Time
	err        error // why it can no longer be decided
}

// Forward makes h hear of each connection that somebody wants to open through ifc
// to an address that is not ours. h is called inside the core lock and must not
// block.
//
// The connections are made with the address that the peer sent to as their local
// one. Listeners do not hear of them, and only they may send from such addresses.
//
// Errors: ErrInUse if ifc has a forwarder.
func (t *Protocol) Forward(ifc *netif.Interface, cfg ForwardConfig, h func(*ForwardRequest)) (*Forwarder, error) {
	if t.forwarders[ifc] != nil {
		return nil, ErrInUse
	}
	set(&cfg.MaxPending, 1024)
	set(&cfg.Timeout, 30*time.Second)
	f := &Forwarder{t: t, ifc: ifc, cfg: cfg, h: h, pending: make(map[tuple]*ForwardRequest)}
	f.timer.Init(f.onTimer)
	if t.forwarders == nil {
		t.forwarders = make(map[*netif.Interface]*Forwarder)
	}
	t.forwarders[ifc] = f
	ifc.SetForeign(netif.TakeTCP, true)
	return f, nil
}

// Close ends the forwarder: its requests are forgotten, and its connections
// aborted.
func (f *Forwarder) Close() {
	t := f.t
	if t.forwarders[f.ifc] != f {
		return
	}
	t.conns.each(func(p *PCB) {
		if p.ifc == f.ifc && p.user.has(userForeign) {
			p.kill(ErrAborted)
		}
	})
	for f.first != nil {
		f.forget(f.first, ErrAborted)
	}
	delete(t.forwarders, f.ifc)
	f.ifc.SetForeign(netif.TakeTCP, false)
}

// Pending returns how many requests wait for a decision.
func (f *Forwarder) Pending() int { return len(f.pending) }

// forward takes a segment to an address that is not ours and belongs to no
// connection: a SYN is a request, unless it is one already.
func (t *Protocol) forward(seg *Segment, info *ip.Info, id *tuple) {
	f := t.forwarders[info.Ifc]
	if f == nil {
		t.stats.NoConnection++
		return
	}
	r := f.pending[*id]
	switch {
	case seg.Flags.Has(RST):
		if r != nil && (seg.Seq == r.syn.Seq || seg.Seq == r.syn.Seq.Add(1)) {
			f.forget(r, ErrReset) // the peer does not want it any more
		}
	case seg.Flags.Any(ACK|FIN) || !seg.Flags.Has(SYN):
		t.stats.NoConnection++
		t.reset(seg, info, id)
	case r != nil:
		t.stats.ForwardRepeated++
	case len(f.pending) >= f.cfg.MaxPending:
		t.stats.ForwardFull++
	default:
		f.request(seg, info, id)
	}
}

// request makes a request of a SYN and asks.
func (f *Forwarder) request(seg *Segment, info *ip.Info, id *tuple) {
	t := f.t
	t.stats.Forwarded++
	r := &ForwardRequest{f: f, id: *id, syn: *seg, info: *info, prev: f.last, until: t.q.Now().Add(f.cfg.Timeout)}
	r.syn.buf, r.syn.Len = nil, 0
	if f.last != nil {
		f.last.next = r
	} else {
		f.first = r
	}
	f.last = r
	f.pending[r.id] = r
	if !f.timer.Armed() {
		t.q.Arm(&f.timer, r.until)
	}
	f.h(r)
}

// forget takes a request out.
func (f *Forwarder) forget(r *ForwardRequest, err error) {
	delete(f.pending, r.id)
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		f.first = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		f.last = r.prev
	}
	r.prev, r.next, r.err = nil, nil, err
	if f.first == nil {
		f.t.q.Remove(&f.timer)
	}
}

// onTimer forgets requests that nobody decided.
func (f *Forwarder) onTimer() {
	now := f.t.q.Now()
	for f.first != nil && f.first.until <= now {
		f.t.stats.ForwardTimeout++
		f.forget(f.first, ErrTimeout)
	}
	if f.first != nil {
		f.t.q.Arm(&f.timer, f.first.until)
	}
}

// Local returns where the peer wants to connect to.
func (r *ForwardRequest) Local() netip.AddrPort { return netip.AddrPortFrom(r.id.local, r.id.lport) }

// Remote returns the peer's address and port.
func (r *ForwardRequest) Remote() netip.AddrPort { return netip.AddrPortFrom(r.id.remote, r.id.rport) }

// Interface returns the interface that the request came through.
func (r *ForwardRequest) Interface() *netif.Interface { return r.info.Ifc }

// Err returns why the request cannot be decided any more: ErrReset, that the peer
// took it back; ErrTimeout; ErrAborted, that the forwarder was closed; or
// ErrBadState, that it was decided.
func (r *ForwardRequest) Err() error { return r.err }

// decide ends the request; it fails if that was done before.
func (r *ForwardRequest) decide() error {
	if r.err != nil {
		return r.err
	}
	r.f.forget(r, ErrBadState)
	return nil
}

// Accept answers the SYN and returns the connection, in SYN-RECEIVED; h hears
// Connected when the peer has acknowledged. Errors: Err's, ErrNoMemory, with which
// the request is dropped.
func (r *ForwardRequest) Accept(h Handler) (*PCB, error) {
	if err := r.decide(); err != nil {
		return nil, err
	}
	t := r.f.t
	p, err := t.NewPCB()
	if err != nil {
		return nil, err
	}
	p.id, p.ifc, p.up = r.id, r.info.Ifc, h
	p.net = t.network(r.id.local)
	p.user |= userForeign
	p.prepare(p.routeMTU(), t.initialSeq(&r.id), t.timestampOffset(&r.id))
	p.link()
	p.takeSYN(&r.syn)
	p.setState(SynReceived)
	p.queueSYN()
	if d := t.cfg.SynReceived; d != 0 {
		p.arm(tEnd, d)
	}
	t.stats.PassiveOpens++
	return p, nil
}

// Reset refuses the connection as a host does on which nobody listens.
func (r *ForwardRequest) Reset() error {
	if err := r.decide(); err != nil {
		return err
	}
	r.f.t.reset(&r.syn, &r.info, &r.id)
	return nil
}

// Drop forgets the request without an answer. The peer's next SYN is a new one.
func (r *ForwardRequest) Drop() error { return r.decide() }

// Unreachable refuses the connection by an ICMP error, as a router or host on the
// way does.
func (r *ForwardRequest) Unreachable(why ip.Reason) error {
	if err := r.decide(); err != nil {
		return err
	}
	t := r.f.t
	buf := t.pool.AllocBytes(lowerRoom, HeaderLen)
	if buf == nil {
		t.stats.NoMemory++
		return nil
	}
	h := buf.Bytes()
	s := &r.syn
	putHeader(h, r.id.rport, r.id.lport, s.Seq, s.Ack, HeaderLen, s.Flags, uint16(s.Wnd))
	sum := ^checksum.Add(ip.PseudoSum(r.id.remote, r.id.local, ip.TCP, HeaderLen), checksum.Sum(h))
	h[16], h[17] = byte(sum>>8), byte(sum)
	t.network(r.id.local).Unreachable(buf, &r.info, why)
	buf.Free()
	return nil
}
