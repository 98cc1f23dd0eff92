package tcp

import (
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// halfOpen is a connection in SYN-RECEIVED that a listener has made: what the
// peer's SYN said, and what ours did. It becomes a PCB when the ACK comes, so a
// flood of SYNs costs a fraction of what connections do.
//
// RFC 9293 §3.10.7.2; RFC 4987 §3.4 calls it a SYN cache.
type halfOpen struct {
	id         tuple
	chain      *halfOpen // in the same slot of the table
	prev, next *halfOpen // in its level
	l          *Listener
	ifc        *netif.Interface // what the PCB will be bound to
	due        timers.Time
	end        timers.Time // Config.SynReceived; 0: none
	hash       uint32
	iss, irs   Seq
	tsRecent   uint32
	tsOffset   uint32
	mtu        uint16
	wnd        uint16
	mss        uint16 // the peer's option
	options    optionSet
	scale      uint8
	flags      Flags    // of the peer's SYN: ECE and CWR
	tries      uint8    // SYN,ACKs sent
	spare      uint8    // challenge ACKs left
	again      bool     // the SYN,ACK was sent more than once: no round trip is known
	deferred   deferral // deferaccept.go
}

// synQueue holds the half-open connections of all listeners: by tuple in a hash
// table, and by the number of SYN,ACKs sent in lists, each ordered by time since
// all that are in it wait equally long. One timer stands at the earliest.
type synQueue struct {
	slots  []*halfOpen // length a power of two
	n      int
	levels []synLevel // by tries; those in the first wait for the driver
	timer  timers.Timer
	free   *halfOpen
	nfree  int
	// What a half-open connection looks like as a PCB, to send its segments with,
	// and its SYN. The PCB is in no table and not counted.
	pcb PCB
	syn outSegment
}

type synLevel struct{ first, last *halfOpen }

// Half-open connections kept for reuse, and challenge ACKs that one may cause.
const (
	maxFreeHalfOpen   = 256
	halfOpenChallenge = 10
)

func (t *Protocol) initSynQueue() {
	q := &t.syn
	q.levels = make([]synLevel, t.cfg.MaxSYNRetransmits+2)
	q.timer.Init(t.onSynQueue)
	q.syn = outSegment{flags: segSYN}
}

// findHalfOpen returns the half-open connection with the tuple, or nil.
func (t *Protocol) findHalfOpen(id *tuple) *halfOpen {
	q := &t.syn
	if q.n == 0 {
		return nil
	}
	hash := t.conns.hash(id)
	for h := q.slots[int(hash)&(len(q.slots)-1)]; h != nil; h = h.chain {
		if h.hash == hash && h.id == *id {
			return h
		}
	}
	return nil
}

// addHalfOpen takes the SYN seg for l and answers it.
func (t *Protocol) addHalfOpen(l *Listener, seg *Segment, info *ip.Info, id *tuple) {
	q := &t.syn
	h := q.free
	if h == nil {
		h = new(halfOpen)
	} else {
		q.free = h.next
		q.nfree--
	}
	*h = t.newHalfOpen(l, seg, info, id)
	h.iss = t.initialSeq(id)
	if d := t.cfg.SynReceived; d != 0 {
		h.end = t.q.Now().Add(d)
	}
	h.hash = t.conns.hash(id)
	if q.n >= len(q.slots) {
		q.resize(max(minSlots, 2*len(q.slots)))
	}
	slot := &q.slots[int(h.hash)&(len(q.slots)-1)]
	h.chain, *slot = *slot, h
	q.n++
	l.half++
	t.count[SynReceived]++
	t.stats.PassiveOpens++
	t.sendSYNACK(h)
	t.schedule(h, t.synWait(h.tries))
}

// newHalfOpen returns what is to be remembered of the SYN seg, but for our
// initial sequence number.
func (t *Protocol) newHalfOpen(l *Listener, seg *Segment, info *ip.Info, id *tuple) halfOpen {
	h := halfOpen{
		id: *id, l: l, ifc: l.ifc, irs: seg.Seq, wnd: uint16(seg.Wnd), flags: seg.Flags & (ECE | CWR),
		options: seg.opt.set, scale: seg.opt.scale, mss: seg.opt.mss, tsRecent: seg.opt.tsval,
		spare: halfOpenChallenge,
	}
	if isLinkLocal(info.Src) {
		h.ifc = info.Ifc
	}
	mtu := info.Ifc.MTU()
	if r, err := t.network(id.local).Route(id.remote, id.local, h.ifc); err == nil {
		mtu = r.MTU
	}
	h.mtu = uint16(min(mtu, 65535))
	if !t.cfg.NoTimestamps {
		h.tsOffset = t.timestampOffset(id)
	}
	return h
}

// load makes p, which is new, what the connection would be in SYN-RECEIVED.
func (h *halfOpen) load(t *Protocol, p *PCB) {
	l := h.l
	p.id, p.net, p.ifc = h.id, t.network(h.id.local), h.ifc
	p.opts, p.tos, p.own = l.opts, l.tos, l.own
	p.ttl = t.cfg.TTL
	if l.ttl != 0 {
		p.ttl = l.ttl
	}
	p.sendBuf, p.rcv.buf, p.buffers = l.sendBuf, l.recvBuf, l.buffers
	p.prepare(int(h.mtu), h.iss, h.tsOffset)
	syn := Segment{Seq: h.irs, Wnd: uint32(h.wnd), Flags: SYN | h.flags}
	syn.opt = options{set: h.options, scale: h.scale, mss: h.mss, tsval: h.tsRecent}
	p.takeSYN(&syn)
}

// asPCB returns the connection as a PCB to send segments with; it is good until
// the next call.
func (t *Protocol) asPCB(h *halfOpen) *PCB {
	p := &t.syn.pcb
	*p = PCB{t: t, up: nobody{}, state: SynReceived} // setState would count it
	ecn := t.stats.ECN                               // counts connections that open
	h.load(t, p)
	// Until there is a PCB to remember it, no more is promised than the SYN,ACK has.
	p.rcv.buf = min(p.rcv.buf, 0xffff)
	t.stats.ECN = ecn
	p.sendq.end = h.iss.Add(1)
	p.snd.nxt = h.iss.Add(1)
	return p
}

// sendSYNACK sends the SYN,ACK, at once; if the driver has no room, soon.
func (t *Protocol) sendSYNACK(h *halfOpen) {
	t.syn.syn.seq = h.iss
	if t.asPCB(h).emit(&t.syn.syn) && h.tries < 255 {
		h.tries++
	}
}

// wait returns how long to wait after the SYN,ACK that was sent last.
//
// RFC 6298 §5.5.
func (t *Protocol) synWait(tries uint8) time.Duration {
	cfg := &t.cfg
	switch {
	case tries == 0:
		return retryOutput
	case cfg.LastWait > 0 && int(tries) > cfg.MaxSYNRetransmits:
		return cfg.LastWait
	case cfg.NoSYNACKBackoff:
		return cfg.InitialRTO
	}
	e := estimator{rto: cfg.InitialRTO}
	return e.timeout(int(tries)-1, cfg.MaxRTO)
}

// schedule puts h into the list of those that have sent as many SYN,ACKs, to be
// due in d.
func (t *Protocol) schedule(h *halfOpen, d time.Duration) {
	q := &t.syn
	h.due = t.q.Now().Add(d)
	if h.end != 0 {
		h.due = min(h.due, h.end)
	}
	v := &q.levels[min(int(h.tries), len(q.levels)-1)]
	after := v.last
	for after != nil && after.due > h.due {
		after = after.prev
	}
	h.prev = after
	if after != nil {
		h.next, after.next = after.next, h
	} else {
		h.next, v.first = v.first, h
	}
	if h.next != nil {
		h.next.prev = h
	} else {
		v.last = h
	}
	if h.due < q.timer.Deadline() {
		t.q.Arm(&q.timer, h.due)
	}
}

// unschedule takes h out of its list.
func (t *Protocol) unschedule(h *halfOpen) {
	v := &t.syn.levels[min(int(h.tries), len(t.syn.levels)-1)]
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		v.first = h.next
	}
	if h.next != nil {
		h.next.prev = h.prev
	} else {
		v.last = h.prev
	}
	h.prev, h.next = nil, nil
}

// onSynQueue repeats the SYN,ACKs that are due, and gives up on peers that have
// not answered any.
func (t *Protocol) onSynQueue() {
	q := &t.syn
	now := t.q.Now()
	for i := len(q.levels) - 1; i >= 0; i-- {
		for h := q.levels[i].first; h != nil && h.due <= now; h = q.levels[i].first {
			t.synDue(h, now)
		}
	}
	next := timers.Never
	for i := range q.levels {
		if h := q.levels[i].first; h != nil {
			next = min(next, h.due)
		}
	}
	if next != timers.Never {
		t.q.Arm(&q.timer, next)
	}
}

// synDue acts on a half-open connection whose time has come.
func (t *Protocol) synDue(h *halfOpen, now timers.Time) {
	switch {
	case h.end != 0 && h.end <= now:
		t.resetHalfOpen(h)
	case int(h.tries) > t.synRetransmits(h.l.own):
		t.stats.HalfOpenTimeout++
		t.removeHalfOpen(h)
	default:
		t.unschedule(h)
		if h.deferred == deferring {
			h.deferred = deferredEnough
		}
		if h.tries > 0 {
			t.stats.Timeouts++
			t.repeatSYNACK(h)
		} else {
			t.sendSYNACK(h)
		}
		t.schedule(h, t.synWait(h.tries))
	}
}

// repeatSYNACK sends the SYN,ACK again.
func (t *Protocol) repeatSYNACK(h *halfOpen) {
	tries := h.tries
	if t.sendSYNACK(h); h.tries != tries {
		h.again = true
		t.stats.Retransmits++
	}
}

// retrySynQueue sends the SYN,ACKs that a full queue has held up.
func (t *Protocol) retrySynQueue() {
	for h := t.syn.levels[0].first; h != nil; h = t.syn.levels[0].first {
		t.unschedule(h)
		t.sendSYNACK(h)
		t.schedule(h, t.synWait(h.tries))
		if h.tries == 0 {
			return
		}
	}
}

// removeHalfOpen forgets h.
func (t *Protocol) removeHalfOpen(h *halfOpen) {
	q := &t.syn
	t.unschedule(h)
	for at := &q.slots[int(h.hash)&(len(q.slots)-1)]; *at != nil; at = &(*at).chain {
		if *at == h {
			*at = h.chain
			break
		}
	}
	q.n--
	h.l.half--
	t.count[SynReceived]--
	if q.nfree < maxFreeHalfOpen {
		*h = halfOpen{next: q.free}
		q.free = h
		q.nfree++
	}
	switch {
	case q.n == 0:
		t.q.Remove(&q.timer)
		if len(q.slots) > minSlots {
			q.slots = nil
		}
	case len(q.slots) > minSlots && q.n < len(q.slots)/8:
		q.resize(len(q.slots) / 4)
	}
}

func (q *synQueue) resize(size int) {
	old := q.slots
	q.slots = make([]*halfOpen, size)
	for _, h := range old {
		for h != nil {
			next := h.chain
			slot := &q.slots[int(h.hash)&(size-1)]
			h.chain, *slot = *slot, h
			h = next
		}
	}
}

// resetHalfOpen forgets h and tells its peer.
func (t *Protocol) resetHalfOpen(h *halfOpen) {
	t.asPCB(h).sendRST()
	t.removeHalfOpen(h)
}

// resetHalfOpens forgets the half-open connections that which chooses.
func (t *Protocol) resetHalfOpens(which func(*halfOpen) bool) {
	if t.syn.n == 0 {
		return
	}
	var gone []*halfOpen
	for _, h := range t.syn.slots {
		for ; h != nil; h = h.chain {
			if which(h) {
				gone = append(gone, h)
			}
		}
	}
	for _, h := range gone {
		t.resetHalfOpen(h)
	}
}
