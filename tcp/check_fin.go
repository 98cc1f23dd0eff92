package tcp

// checkFIN is the eighth check: the end of the peer's stream, when everything
// before it has come.
//
// RFC 9293 §3.10.7.4, eighth.
func (p *PCB) checkFIN(seg *Segment) {
	if p.state == Closed {
		return
	}
	if seg.Flags.Has(FIN) {
		if fin := seg.Seq.Add(seg.Len); fin != p.rcv.nxt {
			if fin.After(p.rcv.nxt) && p.state.oneOf(receiving) {
				p.reasm.setFIN(fin)
			}
			if seg.Len == 0 || !p.state.oneOf(receiving) { // otherwise checkText has acknowledged it
				p.wishACK(ackNow)
			}
			return
		}
		p.wishACK(ackNow)
	} else if !p.reasm.hasFIN || p.reasm.fin != p.rcv.nxt {
		return
	}
	switch p.state {
	case Established:
		p.takeFIN()
		p.setState(CloseWait)
	case FinWait1:
		// checkACK has moved to FIN-WAIT-2 if our FIN was acknowledged.
		p.takeFIN()
		p.setState(Closing)
	case FinWait2:
		p.takeFIN()
		p.enterTimeWait()
	case TimeWait:
		p.arm(tEnd, 2*p.t.cfg.MSL)
	case Closed, Listen, SynSent, SynReceived, CloseWait, Closing, LastAck:
	}
}

// takeFIN advances over the FIN. Nothing can follow it, so nothing else waits.
func (p *PCB) takeFIN() {
	p.rcv.nxt = p.rcv.nxt.Add(1)
	p.rcv.adv = p.rcv.adv.Add(max(p.rcv.nxt.Sub(p.rcv.adv), 0))
	p.reasm.clear()
	p.todo.events |= evPeerClosed
	p.wishACK(ackNow)
}
