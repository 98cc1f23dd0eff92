package oracle

import (
	"fmt"
	"time"
)

// flow is one TCP connection.
type flow struct {
	j       *judge
	key     key
	a, b    half // a was seen first
	name    string
	first   int
	packets int
	start   time.Duration
	last    time.Duration
	missing int  // holes of the capture's own
	dead    bool // reset
}

// segment is a packet in its connection's terms.
type segment struct {
	*Packet
	x, y   *half // sender and receiver
	lo, hi int64 // what it takes of the sequence space, SYN and FIN included
	data   int64 // first octet of payload
	ack    int64 // valid if the ACK flag is set
	wnd    int64 // scaled, -1 if the scale is unknown
}

func newFlow(j *judge, k key, p *Packet) *flow {
	f := &flow{j: j, key: k, first: p.Number, start: p.At}
	f.name = fmt.Sprintf("%v > %v", p.Src, p.Dst)
	for _, x := range []*half{&f.a, &f.b} {
		x.f, x.fin, x.advWnd, x.answers = f, -1, -1, -1
		x.counts = make(map[string]int)
	}
	f.a.peer, f.b.peer = &f.b, &f.a
	f.a.addr, f.b.addr = p.Src, p.Dst
	f.a.name, f.b.name = p.Src.String(), p.Dst.String()
	return f
}

// sender returns the half that sent the packet.
func (f *flow) sender(p *Packet) *half {
	if p.Src == f.a.addr {
		return &f.a
	}
	return &f.b
}

// closed reports whether the connection is over, but for stragglers.
func (f *flow) closed() bool {
	return f.dead || f.a.fin >= 0 && f.b.fin >= 0
}

// packet judges the next packet and enters it. The order matters: rules look at
// the connection as it was before the packet.
func (f *flow) packet(p *Packet) {
	x := f.sender(p)
	f.packets++
	f.last = p.At
	x.segments++
	if !f.tcpSum(x, p) {
		return
	}
	if f.isLate(x, p) {
		return
	}
	s := f.locate(x, p)
	f.checkOptions(s)
	f.checkTimestamps(s)
	if !f.checkReset(s) {
		return
	}
	f.resolve(s)
	if s.Flags.Has(ACK) {
		f.checkAck(s)
		f.checkSACK(s)
		f.checkCadence(s)
		f.checkShrunk(s)
		f.takeAck(s)
	}
	f.checkFin(s)
	f.checkSequence(s)
	f.checkWindow(s)
	f.checkProbe(s)
	f.checkRetransmission(s)
	f.checkGrowth(s)
	f.take(s)
}

// locate places a packet in the sequence spaces, which it opens if it is the
// first one.
func (f *flow) locate(x *half, p *Packet) *segment {
	s := &segment{Packet: p, x: x, y: x.peer, wnd: -1}
	if !x.known {
		x.nxt = 1<<32 + int64(p.Seq)
		x.begin(x.nxt)
	}
	s.lo = x.unwrap(p.Seq)
	if p.Flags.Has(SYN) && !x.synSeen && s.lo != x.base {
		x.begin(s.lo) // only acknowledgments of it were known
	}
	s.hi = s.lo + int64(p.SeqLen())
	s.data = s.lo
	if p.Flags.Has(SYN) {
		s.data++
		x.synSeen, x.synAt, x.synAck = true, s.lo, p.Flags.Has(ACK)
		x.syns++
		mss := x.syn.MSS
		x.syn = p.Options
		x.syn.SACK = nil
		if x.syns > 1 && x.syn.MSS != 0 {
			x.syn.MSS = max(x.syn.MSS, mss) // the peer may have taken either
		}
		x.synWnd = int64(p.Window)
		s.wnd = int64(p.Window)
	} else if n := x.scale(); n >= 0 {
		s.wnd = int64(p.Window) << n
	}
	if p.Flags.Has(ACK) {
		if !s.y.known {
			s.y.nxt = 1<<32 + int64(p.Ack)
			s.y.begin(s.y.nxt)
		}
		s.ack = s.y.unwrap(p.Ack)
	}
	return s
}

// take enters a segment: first what it tells the peer, then what it carries.
func (f *flow) take(s *segment) {
	x, y := s.x, s.y
	front, inOrder := x.front, s.lo <= x.front
	again := x.record(s)
	if again {
		y.owedAgain(s)
	}
	x.catchUp()
	switch {
	case x.front > front:
		// A receiver owes an ACK for what it got in order.
		y.owe(owed{end: x.front, at: s.At, number: s.Number, size: s.PayloadLen, fin: s.Flags.Has(FIN) && s.hi <= x.front})
	case s.PayloadLen > 0 && !inOrder && !again:
		y.strand(owed{lo: s.lo, end: s.hi, at: s.At, number: s.Number})
	}
	if s.Flags.Has(FIN) && x.fin < 0 {
		x.fin, x.finNo = s.hi-1, s.Number
	}
	x.lastNo, x.lastAt = s.Number, s.At
}

// takeAck enters what a segment acknowledges and allows.
func (f *flow) takeAck(s *segment) {
	x, y := s.x, s.y
	claimed := s.ack > y.nxt // not captured, or false: nothing is held against it
	if (s.ack > x.ack || !x.acked) && !claimed {
		x.ack, x.acked, x.ackStamp = s.ack, true, s.stamp()
	}
	if s.ack <= y.nxt {
		if s.ack > y.una {
			// Its timestamp is new if the clock has gone on.
			y.unaTS, y.unaTold = s.Options.TSval, s.Options.Timestamps && x.lastTSNo == s.Number && x.step > 0
		}
		y.delivered += y.acknowledge(s.ack, s.At, y.mss())
		if g, ok := y.seen.gap(y.base, s.ack); ok && y.front < s.ack {
			f.lacks(y, g, s)
			y.seen.add(y.front, s.ack)
			y.front = y.seen.end(s.ack)
		}
	}
	if s.wnd < 0 {
		x.advWnd, y.edgeKnown = -1, false
	} else {
		x.advWnd = s.wnd
		if !claimed {
			x.advEdge, x.advStamp = s.ack+s.wnd, s.stamp()
		}
		if !y.edgeKnown || s.ack+s.wnd > y.edge {
			y.edge, y.edgeKnown = s.ack+s.wnd, true
		}
	}
}

// lacks notes that the capture itself lacks what y sent.
func (f *flow) lacks(y *half, g span, s *segment) {
	f.missing++
	if f.missing == 1 {
		f.find(y, "capture-hole", s.Packet, nil, "%d octets were acknowledged that were not captured", g.hi-g.lo)
	}
}

// find enters a candidate against x: the packets that led to it and p, which
// shows it.
func (f *flow) find(x *half, rule string, p *Packet, before []int, format string, args ...any) {
	f.findAt(x, rule, p.Number, p.At, before, fmt.Sprintf(format, args...))
}

func (f *flow) findAt(x *half, rule string, number int, at time.Duration, before []int, detail string) {
	x.counts[rule]++
	if x.counts[rule] > f.j.opts.PerRule {
		return
	}
	packets := make([]int, 0, len(before)+1)
	for _, n := range before {
		if n != 0 && n != number {
			packets = append(packets, n)
		}
	}
	x.list = append(x.list, candidate{rule, x.addr.String(), at, append(packets, number), detail})
}

// finish decides which candidates hold, now that it is known where the capture
// was taken and what it lacks.
func (f *flow) finish() {
	f.unresolved(&f.a)
	f.unresolved(&f.b)
	f.checkHole(&f.a)
	f.checkHole(&f.b)
	l := f.j.ledger
	for _, x := range []*half{&f.a, &f.b} {
		near := x.near()
		f.j.tallyGood(x)
		holds := func(id string) bool {
			r := l.rules[id]
			if id == "opt-mss" && f.j.large[x.addr.Addr()] {
				return false
			}
			return (r.Vantage == Anywhere || near) && (!r.Whole || f.missing == 0)
		}
		for _, c := range x.list {
			if !holds(c.rule) {
				continue
			}
			if c.rule == "tcp-checksum" && !x.sentDamaged() {
				c.rule = damaged[c.rule]
			}
			l.add(c, f.name)
		}
		for id, n := range x.counts {
			if holds(id) {
				l.suppress(id, n-f.j.opts.PerRule)
			}
		}
	}
	f.summarise()
}

// summarise enters the connection into the report.
func (f *flow) summarise() {
	r := &f.j.report
	r.FlowCount++
	if len(r.Flows) >= f.j.opts.MaxFlowList {
		return
	}
	side := func(x *half) Endpoint {
		return Endpoint{Addr: x.addr.String(), Segments: x.segments, Bytes: x.bytes, Resent: x.resent,
			Near: x.near(), Answers: max(x.answers, 0)}
	}
	r.Flows = append(r.Flows, Flow{
		First: f.first, Packets: f.packets,
		Start: time.Unix(0, int64(f.start)).UTC(), Duration: f.last - f.start,
		A: side(&f.a), B: side(&f.b), Opening: f.a.synSeen && f.b.synSeen, Missing: f.missing,
	})
}
