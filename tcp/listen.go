package tcp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

// Listener accepts connections on a local port: lwIP's tcp_pcb_listen.
type Listener struct {
	t       *Protocol
	addr    netip.Addr // invalid or unspecified: any
	port    uint16
	ifc     *netif.Interface
	backlog int
	pending int // children in SYN-RECEIVED, and established but not Accepted
	opts    Option
	ttl     uint8
	tos     uint8
	closed  bool
	sendBuf uint32
	recvBuf uint32
	keep    *keepAlive
	up      AcceptHandler
}

// Listen turns a bound PCB into a listener, which replaces it. backlog bounds
// the connections that are being opened or wait for Accepted; it is held to at
// least 1.
//
// Errors: ErrBadState unless CLOSED and bound, ErrInUse, ErrNoMemory.
//
// lwIP: tcp_listen_with_backlog_and_err. RFC 9293 §3.10.1.
func (p *PCB) Listen(backlog int, h AcceptHandler) (*Listener, error) {
	t := p.t
	if p.state != Closed || !p.user.has(userBound) || p.user.has(userToldClosed) {
		return nil, ErrBadState
	}
	if t.listeners >= t.cfg.MaxListeners {
		return nil, ErrNoMemory
	}
	u := t.use(p.id.lport)
	for _, l := range u.listeners {
		if l.addr == p.id.local && l.ifc == p.ifc && !(l.opts.Has(ReusePort) && p.opts.Has(ReusePort)) {
			return nil, ErrInUse
		}
	}
	l := &Listener{
		t: t, addr: p.id.local, port: p.id.lport, ifc: p.ifc, backlog: max(backlog, 1),
		opts: p.opts, ttl: p.ttl, tos: p.tos, sendBuf: p.sendBuf, recvBuf: p.rcv.buf, keep: p.keep, up: h,
	}
	u.listeners = append(u.listeners, l)
	t.listeners++
	p.up = nobody{}
	p.free(nil)
	return l, nil
}

// Addr returns the local address and port.
func (l *Listener) Addr() netip.AddrPort { return netip.AddrPortFrom(l.addr, l.port) }

// SetBacklog changes the backlog.
//
// lwIP: tcp_backlog_set.
func (l *Listener) SetBacklog(n int) { l.backlog = max(n, 1) }

// Accepted takes an established connection off the backlog.
//
// lwIP: tcp_backlog_accepted.
func (l *Listener) Accepted(p *PCB) {
	if p.listener == l {
		p.leaveBacklog()
	}
}

// leaveBacklog stops counting p against its listener's backlog.
func (p *PCB) leaveBacklog() {
	if p.listener != nil {
		p.listener.pending--
		p.listener = nil
	}
}

// Close ends the listener. Connections that nobody accepted are reset; those in
// SYN-RECEIVED too.
func (l *Listener) Close() {
	if l.closed {
		return
	}
	l.closed = true
	t := l.t
	t.listeners--
	u := t.bound[l.port]
	for i, x := range u.listeners {
		if x == l {
			u.listeners = append(u.listeners[:i], u.listeners[i+1:]...)
			break
		}
	}
	t.dropUse(l.port, u)
	if l.pending > 0 {
		t.conns.each(func(p *PCB) {
			if p.listener == l {
				p.kill(ErrAborted)
			}
		})
	}
}

// findListener returns the listener for a SYN, or nil: one on the exact address
// is preferred to one on any, one bound to the interface to one that is not.
func (t *Protocol) findListener(info *ip.Info, port uint16) *Listener {
	u := t.bound[port]
	if u == nil || len(u.listeners) == 0 {
		return nil
	}
	var best *Listener
	score := -1
	for i := range u.listeners {
		l := u.listeners[(i+u.next)%len(u.listeners)]
		if l.ifc != nil && l.ifc != info.Ifc {
			continue
		}
		s := 0
		switch {
		case l.addr == info.Dst:
			s = 4
		case covers(l.addr, l.opts, info.Dst):
			if l.addr.IsValid() && l.addr.Is4() == info.Dst.Is4() {
				s = 1
			}
		default:
			continue
		}
		if l.ifc != nil {
			s += 2
		}
		if s > score {
			best, score = l, s
		}
	}
	if len(u.listeners) > 1 {
		u.next = (u.next + 1) % len(u.listeners)
	}
	return best
}

// segmentArrives processes a segment that arrives for a listener.
//
// RFC 9293 §3.10.7.2.
func (l *Listener) segmentArrives(seg *Segment, info *ip.Info, id *tuple) {
	t := l.t
	switch {
	case seg.Flags.Has(RST): // first
		t.stats.BadFlags++
		return
	case seg.Flags.Has(ACK): // second
		t.reset(seg, info, id)
		return
	case !seg.Flags.Has(SYN): // fourth
		t.stats.BadFlags++
		return
	case seg.Flags.Has(FIN):
		// Deviation: RFC 9293 lets a FIN on a SYN pass; no host sends it, scanners
		// do. Pinned by TestListenIgnoresSYNFIN.
		t.stats.BadFlags++
		return
	}
	if l.pending >= l.backlog {
		t.stats.Backlog++
		return
	}
	p, err := t.NewPCB()
	if err != nil {
		return
	}
	p.id = *id
	p.net = t.network(info.Dst)
	p.ifc = l.ifc
	if isLinkLocal(info.Src) {
		p.ifc = info.Ifc
	}
	p.opts, p.tos, p.keep = l.opts, l.tos, l.keep
	if l.ttl != 0 {
		p.ttl = l.ttl
	}
	p.sendBuf, p.rcv.buf = l.sendBuf, l.recvBuf
	p.listener = l
	l.pending++
	t.stats.PassiveOpens++
	p.openPassive(seg, info)
}

// isLinkLocal reports whether a means something on one link only.
func isLinkLocal(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }
