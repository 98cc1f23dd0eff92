package tcp

// Recved tells that the application consumed n bytes that Received handed over.
// The window reopens; an ACK of its own says so once the growth is worth it.
//
// lwIP: tcp_recved. RFC 9293 §3.10.3, §3.8.6.2.2.
func (p *PCB) Recved(n int) {
	if n <= 0 || p.state == Closed {
		return
	}
	p.consumed(n)
	if !p.state.oneOf(receiving) {
		return
	}
	p.tuneReceive(n)
	size := p.receiveSize()
	if edge := p.rcv.nxt.Add(p.rcv.room(size)); edge.Sub(p.rcv.adv) >= min(p.windowUpdate(), size/2) {
		p.wishACK(ackNow)
		p.t.markDirty(p)
	}
}
