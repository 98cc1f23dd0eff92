package tcp

// ackDue reports whether enough has come for an ACK that may be delayed: every
// second segment, or what fills two, be it in one.
//
// RFC 5681 §4.2, RFC 9293 §3.8.6.3 (SHLD-18, SHLD-19).
func (p *PCB) ackDue() bool {
	return p.rcv.unacked >= 2 || p.rcv.nxt.Sub(p.rcv.acked) >= 2*int(p.rcv.mss) || p.opts.Has(QuickACK)
}

// onDelack sends an ACK that has waited long enough.
func (p *PCB) onDelack() {
	if p.todo.ack != ackNone {
		p.t.stats.DelayedACKs++
		p.todo.ack = ackNow
	}
}
