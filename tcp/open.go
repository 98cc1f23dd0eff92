package tcp

import (
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/tcp/cc"
)

// What a peer's segments may carry unless it says otherwise, without the IP and
// TCP headers, and the least MSS that we believe.
//
// RFC 9293 §3.7.1 (MUST-15).
const (
	defaultMSS4 = 536
	defaultMSS6 = 1220
	minMSS      = 64 // a smaller one serves attacks only (CVE-2019-11479)
)

// Connect opens the connection to remote; h hears how it goes on. The SYN goes
// out when the core lock is released.
//
// Errors: ErrIsConnected unless CLOSED, ErrBadAddress, ErrInUse if the same
// connection exists, ErrNoPort, those of ip.Network.Route.
//
// lwIP: tcp_connect. RFC 9293 §3.10.1.
func (p *PCB) Connect(remote netip.AddrPort, h Handler) error {
	t := p.t
	if p.state != Closed || p.user.has(userToldClosed) {
		return ErrIsConnected
	}
	dst := remote.Addr().Unmap().WithZone("")
	if !dst.IsValid() || dst.IsMulticast() || dst.IsUnspecified() || remote.Port() == 0 {
		return ErrBadAddress
	}
	net := t.network(dst)
	if net == nil {
		return ip.ErrFamily
	}
	src := p.id.local
	if src.IsValid() && src.IsUnspecified() {
		src = netip.Addr{}
	}
	if src.IsValid() && src.Is4() != dst.Is4() {
		return ErrBadAddress
	}
	route, err := net.Route(dst, src, p.ifc)
	if err != nil {
		return err
	}
	if dst.Is4() && route.Ifc != nil && route.Ifc.IsBroadcast(dst) {
		return ErrBadAddress // RFC 9293 §3.9.2.3 (MUST-46)
	}
	id := tuple{local: route.Src, remote: dst, lport: p.id.lport, rport: remote.Port()}
	if id.lport == 0 {
		id.lport = t.choose.Choose(id.local, remote, func(port uint16) bool { return t.portFree(&id, port) })
		if id.lport == 0 {
			return ErrNoPort
		}
	}
	if t.findHalfOpen(&id) != nil {
		return ErrInUse
	}
	if old := t.conns.find(&id); old != nil {
		if !old.recyclable() {
			return ErrInUse
		}
		t.stats.TimeWaitReused++
		old.free(nil)
	}
	p.id, p.net, p.up = id, net, h
	if isLinkLocal(dst) {
		p.ifc = route.Ifc
	}
	p.prepare(route.MTU, t.initialSeq(&id), t.timestampOffset(&id))
	p.link()
	t.stats.ActiveOpens++
	p.setState(SynSent)
	p.queueSYN()
	return nil
}

// portFree reports whether a connection with the tuple but for its local port
// can use port.
func (t *Protocol) portFree(id *tuple, port uint16) bool {
	if t.bound[port] != nil {
		return false
	}
	if t.ports.get(port) == 0 {
		return true
	}
	probe := *id
	probe.lport = port
	old := t.conns.find(&probe)
	return (old == nil || old.recyclable()) && t.findHalfOpen(&probe) == nil
}

// prepare sets what both kinds of open need: sequence numbers, segment size,
// window scale, the pseudo-header's sum.
func (p *PCB) prepare(mtu int, iss Seq, tsOffset uint32) {
	t := p.t
	p.snd.iss, p.snd.una, p.snd.nxt = iss, iss, iss
	p.sendq.end = iss
	p.rec.recover = iss
	p.snd.mss = uint16(p.ourMSS(mtu))
	p.ourMax, p.rcv.mss = p.snd.mss, min(p.snd.mss, defaultMSS4)
	if !t.cfg.NoTimestamps {
		p.tsOffset = tsOffset
	}
	limit := p.receiveLimit()
	for p.rcv.scale = 0; p.rcv.scale < maxScale && limit>>p.rcv.scale > 0xffff; {
		p.rcv.scale++
	}
	p.pseudo = ip.PseudoSum(p.id.local, p.id.remote, ip.TCP, 0)
	p.lastRecv = t.q.Now()
}

// ourMSS returns the MSS that we announce: what a segment may carry on the
// interface, without options.
//
// RFC 9293 §3.7.1 (MUST-67): "The value sent … is the MTU minus the fixed IP and
// TCP headers."
func (p *PCB) ourMSS(mtu int) int {
	mss := max(mtu-p.net.HeaderLen()-HeaderLen, minMSS)
	if c := p.t.cfg.MSS; c != 0 {
		mss = min(mss, c)
	}
	if c := p.settings().maxSeg; c != 0 {
		mss = min(mss, c)
	}
	return min(mss, 65535-p.net.HeaderLen()-HeaderLen)
}

// queueSYN puts our SYN at the head of the send queue.
func (p *PCB) queueSYN() {
	s := p.t.newSegment()
	s.flags = segSYN
	p.sendq.append(s)
	p.t.markDirty(p)
}

// takeSYN takes the peer's SYN over: IRS, the window and the options.
//
// A first window is not scaled (RFC 7323 §2.2).
func (p *PCB) takeSYN(seg *Segment) {
	p.rcv.irs = seg.Seq
	p.rcv.nxt = seg.Seq.Add(1)
	p.rcv.adv = p.rcv.nxt
	p.rcv.acked = p.rcv.nxt
	p.snd.wnd, p.snd.maxWnd = seg.Wnd, seg.Wnd
	p.snd.wl1, p.snd.wl2 = seg.Seq, seg.Ack
	o := &seg.opt
	peer := defaultMSS4
	if p.id.remote.Is6() {
		peer = defaultMSS6
	}
	if o.has(hasMSS) {
		peer = max(int(o.mss), minMSS)
	}
	p.snd.mss = uint16(min(int(p.snd.mss), peer))
	p.beginSearch()
	cfg := &p.t.cfg
	p.features = 0
	if o.has(hasScale) && !cfg.NoWindowScale {
		p.features |= useScale
		p.snd.scale = o.scale
	} else {
		p.rcv.scale = 0
	}
	if o.has(hasTimestamp) && !cfg.NoTimestamps {
		p.features |= useTimestamps
		p.rcv.tsRecent = o.tsval
	}
	if o.has(hasSACKOK) && !cfg.NoSACK {
		p.features |= useSACK
	}
	p.takeSYNECN(seg)
	p.advertise()
}

// advertise promises the first window, which the 16-bit field of a SYN limits.
func (p *PCB) advertise() {
	w := p.rcv.room(int(p.rcv.buf))
	if p.rcv.scale == 0 {
		w = min(w, 0xffff)
	}
	p.rcv.adv = p.rcv.nxt.Add(min(w, 0xffff))
}

// synSentArrives processes a segment in SYN-SENT.
//
// RFC 9293 §3.10.7.3.
func (p *PCB) synSentArrives(seg *Segment) {
	if seg.Flags.Has(ACK) && (seg.Ack.AtMost(p.snd.iss) || seg.Ack.After(p.snd.nxt)) { // first
		p.t.stats.BadAck++
		if !seg.Flags.Has(RST) {
			p.resetFor(seg)
		}
		return
	}
	if seg.Flags.Has(RST) { // second
		if seg.Flags.Has(ACK) && seg.Ack == p.snd.nxt {
			p.free(ErrRefused)
		} else {
			p.t.stats.BadReset++
		}
		return
	}
	if !seg.Flags.Has(SYN) { // fourth, fifth
		p.t.stats.BadFlags++
		return
	}
	p.lastRecv = p.t.q.Now()
	p.takeSYN(seg)
	seg.Flags &^= SYN
	seg.Seq = seg.Seq.Add(1)
	if !seg.Flags.Has(ACK) {
		// Simultaneous open: our SYN goes again, now with an ACK.
		p.setState(SynReceived)
		p.sendq.markLost(p.sendq.head)
		return
	}
	p.establish(seg)
	p.snd.wnd, p.snd.maxWnd = seg.Wnd, max(p.snd.maxWnd, seg.Wnd)
	p.newACK(seg)
	p.wishACK(ackNow)
	if p.state == Closed {
		return
	}
	p.checkText(seg)
	p.checkFIN(seg)
}

// establish enters ESTABLISHED, and goes on to FIN-WAIT-1 if the application has
// closed meanwhile.
func (p *PCB) establish(seg *Segment) {
	t := p.t
	passive := p.state == SynReceived && p.listener != nil
	p.stop(tEnd)
	p.setState(Established)
	t.stats.Established++
	p.snd.wl1, p.snd.wl2 = seg.Seq, seg.Ack
	if p.rec.backoff > 0 {
		p.features |= lostSYN
		// RFC 6298 §5.7: the handshake was not sampled and its timer had fired.
		p.rtt.rto = max(p.rtt.rto, min(3*t.cfg.InitialRTO, t.cfg.MaxRTO))
	}
	p.rec = recovery{recover: p.snd.iss, full: p.snd.iss}
	if p.opts.Has(KeepAlive) {
		p.armKeep()
	}
	if passive {
		p.todo.events |= evAccept
	} else {
		p.todo.events |= evConnected
	}
	if p.user.has(userNoWrite) {
		p.setState(FinWait1)
	}
}

// needCC makes the congestion controller, when there is payload to send, or
// anything sent may be lost: many a connection only listens.
//
// RFC 6928 §2; RFC 5681 §3.1: one segment if the SYN or SYN,ACK was lost.
func (p *PCB) needCC() {
	if p.cc == nil {
		p.setController(p.controller()(p.ccParams(p.initialWindow())))
	}
}

// ccParams are what a controller starts with.
func (p *PCB) ccParams(window int) cc.Params {
	return cc.Params{MSS: p.SegmentPayload(), InitialWindow: window, Seed: p.t.rand.Uint64()}
}

// initialWindow returns the congestion window of a connection that begins to send.
func (p *PCB) initialWindow() int {
	if p.features.has(lostSYN) {
		return p.SegmentPayload()
	}
	return p.t.cfg.InitialWindow * p.SegmentPayload()
}

// sumOf returns the checksum field of a segment whose header h, checksum zero,
// precedes n bytes of payload with the given sum.
func (p *PCB) sumOf(h []byte, payload uint16, n int) uint16 {
	s := checksum.Add(p.pseudo, uint16(len(h)+n))
	s = checksum.Add(s, checksum.Sum(h))
	return ^checksum.Add(s, payload)
}
