package tcp

import "github.com/golwip/lwip/tcp/cc"

// ECNMode says what a stack does about explicit congestion notification.
//
// RFC 3168.
type ECNMode uint8

const (
	// ECNAccept uses ECN on connections whose peer asks for it.
	ECNAccept ECNMode = iota
	// ECNAsk asks for it, too. A SYN that gets no answer goes again without, since
	// some middleboxes drop it (RFC 3168 §6.1.1.1).
	ECNAsk
	// ECNOff ignores it.
	ECNOff
)

// ecnState is a connection's part in ECN.
//
//	sender                      network                  receiver
//	ECT(0) on new payload ───▶ marks CE ───▶ ecnEcho: ECE on every ACK
//	                                                         │
//	reduces the window once ◀──── ECE ◀──────────────────────┘
//	ecnReduced: CWR on new payload ────────▶ ecnEcho ends
type ecnState uint8

const (
	ecnAsked   ecnState = 1 << iota // our last SYN asked
	ecnOn                           // both ends take part
	ecnEcho                         // the peer's payload was marked
	ecnReduced                      // the peer is to be told that we slowed down
)

func (e ecnState) has(f ecnState) bool { return e&f != 0 }

// The ECN field of an IP header (RFC 3168 §5).
const (
	ecnMask = 3
	ect0    = 2
	ecnCE   = 3
)

// synECN returns the flags for our SYN or SYN,ACK.
//
// RFC 3168 §6.1.1.
func (p *PCB) synECN() Flags {
	if p.state != SynSent {
		if p.ecn.has(ecnOn) {
			return ECE
		}
		return 0
	}
	if p.t.cfg.ECN != ECNAsk || p.rec.backoff > 0 {
		p.ecn &^= ecnAsked
		return 0
	}
	p.ecn |= ecnAsked
	return ECE | CWR
}

// takeSYNECN agrees upon ECN, or not, by the peer's SYN or SYN,ACK. One that has the
// flags of ours reflected is no answer.
//
// RFC 3168 §6.1.1.
func (p *PCB) takeSYNECN(seg *Segment) {
	p.ecn &^= ecnOn
	p.ecnEnd = p.snd.iss.Add(1) // the ECE of a SYN,ACK is no congestion
	switch f := seg.Flags & (ECE | CWR); {
	case p.t.cfg.ECN == ECNOff:
	case seg.Flags.Has(ACK):
		if f == ECE && p.ecn.has(ecnAsked) {
			p.ecn |= ecnOn
		}
	case f == ECE|CWR:
		p.ecn |= ecnOn
	}
	if p.ecn.has(ecnOn) {
		p.t.stats.ECN++
	}
}

// ectFor returns the ECN field and the flag for a segment that is sent: ECT(0) on
// payload that goes out the first time, but not on a window probe, and CWR on the
// first of it after the window was reduced.
//
// RFC 3168 §6.1.2, §6.1.5, §6.1.6.
func (p *PCB) ectFor(s *outSegment) (tos uint8, f Flags) {
	again := s.sentAt != p.t.q.Now()
	if !p.ecn.has(ecnOn) || s.n == 0 || again || p.snd.wnd == 0 {
		return 0, 0
	}
	if p.ecn.has(ecnReduced) {
		f = CWR
	}
	return ect0, f
}

// takeCE notes that the network has marked the peer's segment, and forgets it when the
// peer says that it has slowed down. The segment has a part in the window.
//
// RFC 3168 §6.1.3, §6.1.5.
func (p *PCB) takeCE(seg *Segment) {
	if !p.ecn.has(ecnOn) {
		return
	}
	if seg.Flags.Has(CWR) {
		p.ecn &^= ecnEcho
	}
	if seg.TOS&ecnMask == ecnCE {
		p.t.stats.ECNMarks += uint64(seg.Count)
		if !p.ecn.has(ecnEcho) {
			p.ecn |= ecnEcho
			p.wishACK(ackNow)
		}
	}
}

// takeECE reduces the window for an ACK with ECE, once for what was in flight, and
// reports whether there is one: such an ACK must not let the window grow.
//
// RFC 3168 §6.1.2.
func (p *PCB) takeECE(seg *Segment) bool {
	if !p.ecn.has(ecnOn) || p.cc == nil {
		return false
	}
	again := seg.Ack.After(p.ecnEnd) // what was in flight then is acknowledged
	if again {
		p.ecnEnd = seg.Ack.Add(-1) // keep up, lest the comparison wrap
	}
	if !seg.Flags.Has(ECE) {
		return false
	}
	if again && p.rec.mode == recNone && p.snd.flight() > 0 {
		p.t.stats.ECNReductions++
		p.reduce(cc.ECN, p.pipe(), false)
	}
	return true
}

// reduce has the window reduced, with flight bytes in flight. The peer is told so,
// whatever the reason, if it takes part in ECN.
//
// RFC 3168 §6.1.2.
func (p *PCB) reduce(why cc.Kind, flight int, again bool) {
	p.cc.OnLoss(cc.Loss{Now: p.t.q.Now(), Kind: why, Flight: flight, Pipe: p.pipe(), Again: again})
	if p.ecn.has(ecnOn) {
		p.ecn |= ecnReduced
		p.ecnEnd = p.snd.nxt
	}
}
