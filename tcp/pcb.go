package tcp

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp/cc"
	"github.com/golwip/lwip/timers"
)

// PCB is one TCP connection: the TCB of RFC 9293 §3.3.1. Each part has its own
// file.
type PCB struct {
	t       *Protocol
	id      tuple // demux.go
	chain   *PCB  // in the same slot of the table
	hash    uint32
	sendBuf uint32           // capacity in bytes
	net     ip.Network       // of the peer's family, fixed when the peer is known
	ifc     *netif.Interface // bound to, or that of a link-local peer; else nil

	snd    sendSpace     // sendspace.go   SND.UNA, SND.NXT, SND.WND, ISS …
	rcv    recvSpace     // recvspace.go   RCV.NXT, RCV.WND, IRS …
	sendq  sendQueue     // sendqueue.go   unsent and in flight
	reasm  reassembly    // reassembly.go  out-of-order data
	rtt    estimator     // rtt.go         SRTT, RTTVAR, RTO
	rec    recovery      // recovery.go    which bytes are lost
	cc     cc.Controller // tcp/cc         how many bytes may fly
	timers pcbTimers     // timers.go
	up     Handler       // callbacks.go
	todo   decisions     // finish.go

	// Ordered by size: an idle connection should stay small (TestPCBSize).
	listener       *Listener      // that made it, while it counts against the backlog
	own            *settings      // settings.go; nil: the defaults
	mtu            *mtuSearch     // plpmtud.go; nil: no search
	tune           *receiveTuning // autotune.go; nil: not tuned yet
	lastSend       timers.Time    // when a segment with payload was last sent
	lastRecv       timers.Time    // when anything acceptable last came in
	probing        keepProbes     // keepalive.go
	userLimit      time.Duration
	prevTW, nextTW *PCB      // neighbours in the list of TIME-WAIT
	challenge      challenge // challenge.go
	ecnEnd         Seq       // SND.NXT when the window was last reduced
	tsOffset       uint32
	retransmit     uint32 // segments sent again, for Info
	ourMax         uint16 // the MSS that we announced
	pseudo         uint16 // sum of the pseudo-header's fixed part
	state          State  // state.go; written only by setState
	features       features
	opts           Option
	user           userState
	ecn            ecnState    // ecn.go
	buffers        bufferFlags // sendtune.go
	ttl, tos       uint8
	prio           uint8 // priority.go
	linked         bool  // in the table
}

// features are what both ends agreed on.
type features uint8

const (
	useTimestamps features = 1 << iota
	useSACK
	useScale
	lostSYN // not agreed upon: the handshake took a retransmission
)

func (f features) has(g features) bool { return f&g != 0 }

// Option is a socket option that is on or off.
type Option uint8

const (
	NoDelay   Option = 1 << iota // no Nagle algorithm (RFC 9293 §3.7.4, MUST-17)
	KeepAlive                    // probe an idle peer (RFC 9293 §3.8.4)
	ReuseAddr                    // allow bind next to others that allow it
	ReusePort                    // allow several listeners
	V6Only                       // [::] does not take IPv4
	Cork                         // hold back partial segments
	QuickACK                     // acknowledge every segment at once
)

// Has reports whether any of g is set.
func (o Option) Has(g Option) bool { return o&g != 0 }

// userState is what the application has done and been told.
type userState uint8

const (
	userBound      userState = 1 << iota // Bind was called; it is in the port's list
	userNoRead                           // Shutdown(ShutRead): payload is discarded
	userNoWrite                          // Shutdown(ShutWrite): a FIN is queued
	userGone                             // Close: nobody reads or writes any more
	userToldClosed                       // Handler.Closed was called
	userOrphan                           // counted in Protocol.orphans; orphan.go
	userForeign                          // made by a Forwarder: the local address is not ours
	userReleased                         // Release: nobody will touch it again; reuse.go
)

func (u userState) has(g userState) bool { return u&g != 0 }

// NewPCB returns a PCB in state CLOSED, or ErrNoMemory if MaxPCBs are in use.
//
// lwIP: tcp_new, tcp_alloc.
func (t *Protocol) NewPCB() (*PCB, error) { return t.newPCB(PriorityNormal) }

func (t *Protocol) newPCB(prio uint8) (*PCB, error) {
	if t.pcbs >= t.cfg.MaxPCBs && !t.makeRoom(prio) {
		t.stats.NoMemory++
		return nil, ErrNoMemory
	}
	p := t.blank()
	p.t, p.up, p.ttl, p.prio = t, nobody{}, t.cfg.TTL, prio
	t.prios[prio]++
	p.sendBuf = uint32(t.cfg.SendBuffer)
	p.rcv.buf = uint32(t.cfg.ReceiveBuffer)
	p.rtt.rto = t.cfg.InitialRTO
	t.pcbs++
	t.count[Closed]++
	return p, nil
}

// SetHandler makes h the owner of the connection.
//
// lwIP: tcp_arg, tcp_recv, tcp_sent, tcp_err.
func (p *PCB) SetHandler(h Handler) { p.up = h }

// Local returns the local address and port.
func (p *PCB) Local() netip.AddrPort { return netip.AddrPortFrom(p.id.local, p.id.lport) }

// Remote returns the peer's address and port; invalid before Connect.
func (p *PCB) Remote() netip.AddrPort { return netip.AddrPortFrom(p.id.remote, p.id.rport) }

// State returns the connection's state.
func (p *PCB) State() State { return p.state }

// Interface returns the interface that the connection is bound to, or nil.
func (p *PCB) Interface() *netif.Interface { return p.ifc }

// Set turns options on.
func (p *PCB) Set(o Option) {
	p.opts |= o
	if o.Has(KeepAlive) && p.state.oneOf(keepStates) {
		p.armKeep()
	}
	if o.Has(NoDelay) {
		p.Push()
	}
	if o.Has(QuickACK) {
		p.t.markDirty(p)
	}
}

// Clear turns options off.
func (p *PCB) Clear(o Option) {
	p.opts &^= o
	if o.Has(KeepAlive) {
		p.stop(tKeep)
	}
	if o.Has(Cork) {
		p.buffers &^= moreToCome
		p.t.markDirty(p)
	}
}

// Has reports whether any of the options is on.
func (p *PCB) Has(o Option) bool { return p.opts.Has(o) }

// SetTTL sets the TTL or hop limit of what is sent; 0 is the default.
func (p *PCB) SetTTL(ttl uint8) { p.ttl = ttl }

// SetTOS sets the DSCP bits of what is sent.
func (p *PCB) SetTOS(tos uint8) { p.tos = tos &^ 3 }

// TTL and TOS return what was set.
func (p *PCB) TTL() uint8 { return p.ttl }

// TOS returns what SetTOS set.
func (p *PCB) TOS() uint8 { return p.tos }

// SetUserTimeout bounds how long sent data may stay unacknowledged; 0 for the
// retransmission limit alone (RFC 9293 §3.8.3, RFC 5482).
func (p *PCB) SetUserTimeout(d time.Duration) { p.userLimit = max(d, 0) }

// UserTimeout returns what SetUserTimeout set.
func (p *PCB) UserTimeout() time.Duration { return p.userLimit }

// SegmentPayload returns how many bytes of payload a full segment carries now:
// writers build their buffers in elements of this size.
func (p *PCB) SegmentPayload() int {
	n := int(p.snd.mss)
	if n == 0 {
		n = defaultMSS4
	}
	if p.features.has(useTimestamps) {
		n -= lenTimestamp
	}
	return n
}

func (p *PCB) windowUpdate() int {
	if p.t.cfg.WindowUpdate != 0 {
		return p.t.cfg.WindowUpdate
	}
	return max(int(p.rcv.buf)/4, 1)
}

// free ends the connection: it leaves the tables, its memory goes back, and its
// owner hears why unless it is the one who ended it.
func (p *PCB) free(err error) {
	if p.state == Closed && p.user.has(userToldClosed) {
		return
	}
	t := p.t
	p.leaveBacklog()
	p.leaveOrphans()
	p.unstall()
	if p.state == TimeWait {
		t.timeWait.remove(p)
	}
	p.unlink()
	t.q.Remove(&p.timers.timer)
	p.timers.armed = 0
	t.clear(&p.sendq)
	p.consumed(int(p.rcv.used))
	p.reasm.clear()
	p.todo.dropData()
	if p.state != Closed {
		p.setState(Closed)
	}
	t.count[Closed]--
	t.prios[p.prio]--
	t.pcbs--
	p.tellClosed(err)
	t.retire(p)
}

// tellClosed calls Handler.Closed, once.
func (p *PCB) tellClosed(err error) {
	if p.user.has(userToldClosed) {
		return
	}
	p.user |= userToldClosed
	up := p.up
	p.up = nobody{}
	up.Closed(p, err)
}

// link enters the connection into the table; its tuple must be complete.
func (p *PCB) link() {
	p.t.conns.insert(p)
	p.t.ports.add(p.id.lport, 1)
	p.linked = true
}

// unlink takes the connection out of the table and its port's list.
func (p *PCB) unlink() {
	if p.linked {
		p.t.conns.remove(p)
		p.t.ports.add(p.id.lport, -1)
		p.linked = false
	}
	if p.user.has(userBound) {
		p.t.unbind(p)
	}
}

// Info is what a connection tells of itself.
type Info struct {
	State                State
	RTT, RTTVar, RTO     time.Duration
	MinRTT               time.Duration
	Cwnd, Ssthresh       int // bytes
	InFlight             int // bytes of sequence space
	SendWindow           int // the peer's window, bytes
	ReceiveWindow        int // ours, bytes
	Unsent               int // bytes written and never sent
	MSS                  int // payload bytes of a full segment
	Retransmits          uint32
	Recovery             CAState
	Sacked, Lost, Again  int  // segments in flight reported, taken for lost, and sent again
	Reordering           bool // packets were seen to overtake each other
	Timestamps, SACK     bool
	WindowScale          bool
	SendScale, RecvScale uint8
}

// CAState is what the sender is doing about losses, by Linux's numbers.
type CAState uint8

const (
	CAOpen     CAState = 0 // nothing special
	CADisorder CAState = 1 // something is out of order
	CARecovery CAState = 3 // fast recovery
	CALoss     CAState = 4 // after a time-out
)

// caState returns what the sender is doing about losses.
func (p *PCB) caState() CAState {
	switch {
	case p.rec.mode == recFast:
		return CARecovery
	case p.rec.mode == recRTO:
		return CALoss
	case p.sendq.sacked > 0 || p.rec.dupacks > 0:
		return CADisorder
	}
	return CAOpen
}

// Info returns a snapshot of the connection's figures.
func (p *PCB) Info() Info {
	i := Info{
		State: p.state, RTT: p.rtt.srtt, RTTVar: p.rtt.rttvar, RTO: p.rtt.rto, MinRTT: p.rtt.min,
		InFlight: p.snd.flight(), SendWindow: int(p.snd.wnd), ReceiveWindow: p.rcv.window(),
		Unsent: p.sendq.end.Sub(p.snd.nxt), MSS: p.SegmentPayload(), Retransmits: p.retransmit,
		Timestamps: p.features.has(useTimestamps), SACK: p.features.has(useSACK),
		WindowScale: p.features.has(useScale), SendScale: p.snd.scale, RecvScale: p.rcv.scale,
	}
	i.Recovery, i.Reordering = p.caState(), p.rec.flags.has(recReordered)
	for s := p.sendq.head; s != p.sendq.unsent; s = s.next {
		if s.flags.has(segSacked) {
			i.Sacked++
		} else if s.flags.has(segLost) {
			i.Lost++
		}
		if s.flags&(segSacked|segFlying) == segFlying {
			i.Again++
		}
	}
	if p.state.oneOf(synchronized) {
		i.Cwnd, i.Ssthresh = p.initialWindow(), 1<<30
	}
	if p.cc != nil {
		i.Cwnd, i.Ssthresh = p.window(), p.cc.SlowStartThreshold()
	}
	return i
}

// dropData frees payload that was never told.
func (d *decisions) dropData() {
	if d.data != nil {
		d.data.Free()
		d.data = nil
	}
}
