package oracle

import "time"

// incarnation is what a connection knows of the one that had its addresses and
// ports before it.
//
// A host may open a connection anew while segments of the former one are under
// way (RFC 9293 §3.4.1), and a peer that does not know yet goes on with it:
// neither is a fault of the connection that is judged.
//
//	former:   base ──────── nxt        late segments lie here
//	this one:                      synAt ───────── nxt ──── edge
type incarnation struct {
	base, end uint32 // sequence numbers that the former one used
	known     bool

	passedOver bool   // a segment was taken for one of the former incarnation
	passedAck  uint32 // what the last of them acknowledged
}

// lateSpan is how far beyond what was captured of it a former incarnation may
// have sent.
const lateSpan = 1 << 16

// inherit tells the halves what their predecessors used.
func (f *flow) inherit(old *flow) {
	for _, o := range []*half{&old.a, &old.b} {
		x := &f.a
		if o.addr != x.addr {
			x = &f.b
		}
		if o.known {
			x.incarnation = incarnation{base: uint32(o.base), end: uint32(o.nxt), known: true}
		}
	}
}

// isLate reports whether a segment belongs to a former incarnation, or answers
// one that does: it lies below its sender's SYN, comes before its sender has
// answered the peer's SYN, or lies where the former incarnation was and this one
// is not.
func (f *flow) isLate(x *half, p *Packet) bool {
	if p.Flags.Has(SYN) {
		return false
	}
	y := x.peer
	late := false
	switch rst := p.Flags.Has(RST); {
	case rst && y.passedOver && p.Seq == y.passedAck:
		late = true // RFC 9293 §3.5.1: the answer to a half-open peer
	case rst && !x.incarnation.known:
	case !x.synSeen:
		late = !rst && !x.known && y.synSeen && !y.synAck
	default:
		lo := x.unwrap(p.Seq)
		above := lo > max(x.nxt, x.edge)+lateSpan
		late = lo < x.synAt || above && x.incarnation.used(p.Seq)
	}
	if late {
		x.passedOver, x.passedAck = true, p.Ack
	}
	return late
}

// used reports whether the former incarnation may have sent a sequence number.
func (i *incarnation) used(seq uint32) bool {
	return i.known && seq-i.base <= i.end-i.base+lateSpan
}

// stamp is when a segment was captured and, if it has a timestamp, sent.
type stamp struct {
	at   time.Duration
	ts   uint32
	told bool
}

func (s *segment) stamp() stamp { return stamp{s.At, s.Options.TSval, s.Options.Timestamps} }

// overtake is by how much, at most, one packet of a host may overtake another
// one before they are captured next to it.
const overtake = time.Second

// sentAfter reports whether a segment was surely sent after another one of the
// same host. The order of capture alone does not tell: processors that send for
// one host may overtake each other. Timestamps do (RFC 7323 §5.4).
func (f *flow) sentAfter(s *segment, m stamp) bool {
	switch d := s.At - m.at; {
	case d > overtake:
		return true
	case s.Options.Timestamps && m.told:
		return int32(s.Options.TSval-m.ts) > 0
	default:
		return d > f.j.opts.Slack
	}
}
