package tcp

// countArrival counts a segment with payload in order towards the ACK that is
// due. A segment that was merged counts as those that it was made of.
//
// rcv.mss is what the peer's full segments seem to carry: the longest so far,
// between the default MSS, so that short ones first do not mislead, and what we
// announced.
func (p *PCB) countArrival(seg *Segment) {
	p.rcv.unacked = uint8(min(int(p.rcv.unacked)+seg.Count, 255))
	if size := seg.Len / max(seg.Count, 1); size > int(p.rcv.mss) {
		p.rcv.mss = uint16(min(size, int(p.ourMax)))
	}
}

// ackDue reports whether enough has come for an ACK that may be delayed: two
// segments, or the payload of two full ones, however it came.
//
// RFC 5681 §4.2, RFC 9293 §3.8.6.3 (SHLD-18, SHLD-19).
func (p *PCB) ackDue() bool {
	return p.rcv.unacked >= 2 || p.rcv.unacked > 0 && p.rcv.nxt.Sub(p.rcv.acked) >= 2*int(p.rcv.mss) || p.opts.Has(QuickACK)
}

// onDelack sends an ACK that has waited long enough.
func (p *PCB) onDelack() {
	if p.todo.ack != ackNone {
		p.t.stats.DelayedACKs++
		p.todo.ack = ackNow
	}
}
