package tcp

// Close ends the connection in order: what was written is still sent, then a
// FIN; nothing more is received. If received bytes were not consumed, the peer
// must learn that they are lost: it is reset instead.
//
// The owner hears Sent and Closed, nothing else, afterwards.
//
// lwIP: tcp_close. RFC 9293 §3.10.4, §3.6.1 (SHLD-3).
func (p *PCB) Close() {
	if p.user.has(userGone) || p.state == Closed && p.user.has(userToldClosed) {
		return
	}
	p.user |= userGone
	switch p.state {
	case Closed, SynSent:
		p.free(nil)
		return
	case Established, FinWait1, FinWait2, SynReceived:
		if p.rcv.used > 0 || !p.reasm.empty() {
			p.kill(ErrAborted)
			return
		}
	case CloseWait, LastAck, Closing:
		if p.rcv.used > 0 {
			p.kill(ErrAborted)
			return
		}
	case TimeWait:
		p.tellClosed(nil)
		return
	case Listen:
	}
	if p.state == FinWait2 {
		if p.adoptOrphan() && p.waitForFIN() {
			p.tellClosed(nil)
		} else if p.state != Closed {
			p.kill(nil)
		}
		return
	}
	p.sendFIN()
	if !p.adoptOrphan() {
		p.kill(ErrNoMemory)
	}
}

// sendFIN queues our FIN, once, and moves to the state that waits for its ACK.
func (p *PCB) sendFIN() {
	if p.user.has(userNoWrite) {
		return
	}
	p.user |= userNoWrite
	if t := p.sendq.tail; t != nil && p.sendq.unsent != nil && t.flags&(segSYN|segFIN) == 0 {
		t.flags |= segFIN | segPush
		p.sendq.end = p.sendq.end.Add(1)
	} else {
		s := p.t.newSegment()
		s.flags = segFIN
		p.sendq.append(s)
	}
	switch p.state {
	case Established:
		p.setState(FinWait1)
	case CloseWait:
		p.setState(LastAck)
		if d := p.t.cfg.LastAck; d != 0 {
			p.arm(tEnd, d)
		}
	case SynSent, SynReceived: // establish moves on
	case Closed, Listen, FinWait1, FinWait2, Closing, LastAck, TimeWait:
	}
	p.t.markDirty(p)
}

// Abort ends the connection at once with a RST. The owner, who calls it, is not
// told.
//
// lwIP: tcp_abort. RFC 9293 §3.10.5.
func (p *PCB) Abort() {
	p.up = nobody{}
	p.kill(ErrAborted)
}

// Ended reports whether the connection is gone: its owner has heard Closed, or has
// aborted it.
func (p *PCB) Ended() bool { return p.state == Closed && p.user.has(userToldClosed) }

// kill ends the connection at once, tells the peer by a RST where it has
// something to forget, and the owner why.
func (p *PCB) kill(err error) {
	switch p.state {
	case SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck:
		p.sendRST()
	case Closed, Listen, SynSent, TimeWait:
	}
	p.free(err)
}

// onEnd is the end of a state that does not last for ever.
func (p *PCB) onEnd() {
	switch p.state {
	case TimeWait, FinWait2:
		p.free(nil)
	case SynReceived:
		p.kill(ErrTimeout)
	case LastAck:
		p.free(ErrTimeout)
	case Closed, Listen, SynSent, Established, FinWait1, CloseWait, Closing:
	}
}
