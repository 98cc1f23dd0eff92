package tcp

import (
	"math/bits"
	"net/netip"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// Listener accepts connections on a local port: lwIP's tcp_pcb_listen.
type Listener struct {
	t       *Protocol
	addr    netip.Addr // invalid or unspecified: any
	port    uint16
	ifc     *netif.Interface
	backlog int
	pending int // established, or about to be, and not Accepted
	half    int // half-open: synqueue.go
	opts    Option
	ttl     uint8
	tos     uint8
	prio    uint8
	closed  bool
	sendBuf uint32
	recvBuf uint32
	buffers bufferFlags
	own     *settings
	up      AcceptHandler

	deferAccept time.Duration // deferaccept.go
	cookies     timers.Time   // when the last one was sent; syncookie.go
}

// Listen turns a bound PCB into a listener, which replaces it. backlog bounds
// the connections that wait for Accepted; it is held to at least 1. Those that are
// being opened are bounded by Config.SynQueue.
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
		opts: p.opts, ttl: p.ttl, tos: p.tos, prio: p.prio, sendBuf: p.sendBuf, recvBuf: p.rcv.buf, own: p.own, up: h,
		buffers:     p.buffers & inherited,
		deferAccept: p.settings().deferAccept,
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
	if l.half > 0 {
		t.resetHalfOpens(func(h *halfOpen) bool { return h.l == l })
	}
	if l.pending > 0 {
		t.conns.each(func(p *PCB) {
			if p.listener == l {
				p.kill(ErrAborted)
			}
		})
	}
}

// findListener returns the listener for a SYN to the local end of id, or nil: one
// on the exact address is preferred to one on any, one bound to the interface to
// one that is not. Of several alike, which have ReusePort, each gets its share of
// the peers: the same one always the same peer's connection.
func (t *Protocol) findListener(info *ip.Info, id *tuple) *Listener {
	u := t.bound[id.lport]
	if u == nil || len(u.listeners) == 0 {
		return nil
	}
	best, score, same := (*Listener)(nil), -1, 0
	for _, l := range u.listeners {
		s := l.score(info)
		switch {
		case s < 0 || s < score:
		case s > score:
			best, score, same = l, s, 1
		default:
			same++
		}
	}
	if same < 2 {
		return best
	}
	n, _ := bits.Mul32(t.conns.hash(id), uint32(same))
	for _, l := range u.listeners {
		if l.score(info) != score {
			continue
		}
		if n == 0 {
			return l
		}
		n--
	}
	return best
}

// score tells how closely the listener matches a SYN; negative: not at all.
func (l *Listener) score(info *ip.Info) int {
	if l.ifc != nil && l.ifc != info.Ifc {
		return -1
	}
	s := 0
	switch {
	case l.addr == info.Dst:
		s = 4
	case !covers(l.addr, l.opts, info.Dst):
		return -1
	case l.addr.IsValid() && l.addr.Is4() == info.Dst.Is4():
		s = 1
	}
	if l.ifc != nil {
		s += 2
	}
	return s
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
		if seg.Flags.Has(SYN) || !t.cookieArrives(l, seg, info, id) {
			t.reset(seg, info, id)
		}
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
	switch l.admit() {
	case admitted:
		t.addHalfOpen(l, seg, info, id)
	case byCookie:
		t.sendCookie(l, seg, info, id)
	case notAdmitted:
	}
}

// admission is what becomes of a SYN.
type admission uint8

const (
	admitted admission = iota
	byCookie
	notAdmitted
)

// admit decides whether there is room for one more half-open connection. While the
// accept queue is full none is begun: it could not be completed.
//
// RFC 4987 §3.
func (l *Listener) admit() admission {
	t := l.t
	cfg := &t.cfg
	switch {
	case cfg.SynQueue < 0: // as lwIP
		if l.pending+l.half >= l.backlog {
			t.stats.Backlog++
			return notAdmitted
		}
		if t.pcbs+t.syn.n >= cfg.MaxPCBs && !t.makeRoom(l.prio) {
			t.stats.NoMemory++
			return notAdmitted
		}
		return admitted
	case l.full():
		t.stats.Backlog++
		return notAdmitted
	case cfg.Cookies == CookiesAlways:
		return byCookie
	case l.half < cfg.SynQueue && t.syn.n < cfg.MaxHalfOpen:
		return admitted
	}
	t.stats.HalfOpenFull++
	if cfg.Cookies == CookiesNever {
		return notAdmitted
	}
	return byCookie
}

// full reports whether no more connections may wait to be accepted.
func (l *Listener) full() bool { return l.pending >= l.backlog }

// isLinkLocal reports whether a means something on one link only.
func isLinkLocal(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }
