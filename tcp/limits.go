package tcp

// Limits that a program may set on one connection. Set on a PCB that listens, they
// are those of the connections that it accepts.

// SetMaxSegment caps the payload of a segment, in both directions, below what the
// MTU allows; 0 lifts that. At least 64. Before the connection is opened the peer
// is told.
//
// TCP_MAXSEG. RFC 9293 §3.7.1.
func (p *PCB) SetMaxSegment(n int) {
	if n != 0 {
		n = min(max(n, minMSS), 65535)
	}
	p.more().maxSeg = n
	if n != 0 && int(p.snd.mss) > n {
		p.snd.mss = uint16(n)
		if p.cc != nil {
			p.cc.SetMSS(p.SegmentPayload())
		}
	}
}

// MaxSegment returns what SetMaxSegment set.
func (p *PCB) MaxSegment() int { return p.settings().maxSeg }

// SetSYNRetransmits sets how often our SYN is sent again, or, of a listener, the
// SYN,ACK; 0 is Config.MaxSYNRetransmits.
//
// TCP_SYNCNT. RFC 9293 §3.8.3 (MUST-23) wants three minutes.
func (p *PCB) SetSYNRetransmits(n int) { p.more().synRetries = min(max(n, 0), 255) }

// SYNRetransmits returns how often our SYN is sent again.
func (p *PCB) SYNRetransmits() int { return p.t.synRetransmits(p.own) }

func (t *Protocol) synRetransmits(own *settings) int {
	if own == nil || own.synRetries == 0 {
		return t.cfg.MaxSYNRetransmits
	}
	return own.synRetries
}

// SetWindowClamp bounds the receive window below what the receive buffer allows; 0
// lifts that. What the peer was promised stays promised. The buffer does not grow by
// itself any more.
//
// TCP_WINDOW_CLAMP.
func (p *PCB) SetWindowClamp(n int) {
	s := p.more()
	if s.clamp == 0 {
		s.buffer = int(p.rcv.buf)
	}
	s.clamp = max(n, 0)
	p.SetReceiveBuffer(s.buffer)
}

// WindowClamp returns what SetWindowClamp set.
func (p *PCB) WindowClamp() int { return p.settings().clamp }
