package drill

import "net/netip"

// flow is one conversation: what translates between the numbers of the script
// and those on the wire.
//
// A script counts the stack's sequence numbers from what its SYN says, usually 0;
// the stack chooses its own. So an outbound sequence number is the script's plus
// the difference, and an inbound acknowledgment likewise. The peer's numbers are
// the script's own. The stack's timestamps count from the first that the script
// names; what echoes one that was seen is translated exactly.
type flow struct {
	proto         Proto
	local, remote netip.AddrPort // as on the wire

	known     bool // the stack's ISN
	scriptISN uint32
	liveISN   uint32
	peerKnown bool
	peerISN   uint32
	offer     uint32 // the ISN of the peer's last SYN
	acked     bool   // the stack has acknowledged the peer's SYN
	reopened  bool   // a SYN or RST came since: the next SYN of the stack may be a new one

	tsKnown  bool
	scriptTS uint32
	liveTS   uint32
	stamps   map[uint32]uint32 // script's TS val to the one on the wire

	sent []byte // what was written, in order
	read uint32 // bytes read
	fd   int    // script's descriptor, or -1
}

// offset returns what is added to a script's sequence number of the stack to get
// the one on the wire.
func (f *flow) offset() uint32 {
	if !f.known {
		return 0
	}
	return f.liveISN - f.scriptISN
}

// toLive translates a number of the stack's space.
func (f *flow) toLive(n Number) uint32 {
	if n.Absolute {
		return n.Value
	}
	return n.Value + f.offset()
}

// liveEcho translates the echo of one of the stack's timestamps.
func (f *flow) liveEcho(n Number) uint32 {
	if n.Absolute {
		return n.Value
	}
	if live, ok := f.stamps[n.Value]; ok {
		return live
	}
	if n.Value == 0 || !f.tsKnown {
		return n.Value
	}
	return n.Value - f.scriptTS + f.liveTS
}

// learn takes from an outbound segment, expected and seen, what is needed to
// translate: the ISN from a SYN, the timestamps.
func (f *flow) learn(script, live *Segment) {
	f.learnPeer(live)
	if live.Flags&SYN != 0 && script.Flags&SYN != 0 && script.Seq.Given && (!f.known || f.reopened) {
		if !f.known || f.liveISN != live.Seq.Value {
			f.tsKnown, f.stamps, f.sent, f.read = false, nil, nil, 0
		}
		f.known, f.reopened = true, false
		f.scriptISN, f.liveISN = script.Seq.Value, live.Seq.Value
		if script.Seq.Absolute {
			f.scriptISN = f.liveISN
		}
	}
	s, l := script.option(optTS), live.option(optTS)
	if s == nil || l == nil || !s.Val.Given {
		return
	}
	if !f.tsKnown {
		f.tsKnown, f.scriptTS, f.liveTS = true, s.Val.Value, l.Val.Value
	}
	if f.stamps == nil {
		f.stamps = make(map[uint32]uint32)
	}
	f.stamps[s.Val.Value] = l.Val.Value
}

// learnPeer takes the peer's ISN from what the stack acknowledges: a SYN that it
// only challenges begins no new stream.
func (f *flow) learnPeer(live *Segment) {
	switch {
	case live.Flags&RST != 0:
	case live.Flags&(SYN|ACK) == SYN:
		f.acked = false
	case live.Flags&ACK != 0:
		// The ACK of a SYN may be that of text behind it, too.
		if live.Flags&SYN != 0 && live.Ack.Value == f.offer+1 || !f.acked && live.Ack.Value-f.offer-1 < 1<<16 {
			f.peerISN = f.offer
		}
		f.acked = true
	}
}

// inbound notes what an injected segment means for the translation.
func (f *flow) inbound(s *Segment) {
	if s.Flags&(SYN|RST) != 0 {
		f.reopened = true
	}
	if s.Flags&SYN != 0 {
		f.offer = s.Seq.Value
		if !f.acked {
			f.peerKnown, f.peerISN = true, f.offer
		}
	}
}

// toScript translates a segment that the stack sent, in place.
func (f *flow) toScript(s *Segment) {
	s.Seq.Value -= f.offset()
	if o := s.option(optTS); o != nil && f.tsKnown {
		o.Val.Value = o.Val.Value - f.liveTS + f.scriptTS
	}
}

// option returns the first option of a kind, or nil.
func (s *Segment) option(kind uint8) *TCPOption {
	for i := range s.Options {
		if s.Options[i].Kind == kind && s.Options[i].Data == nil {
			return &s.Options[i]
		}
	}
	return nil
}

// pattern returns the byte at an offset of a stream whose content the script
// leaves open, so that what arrives can be told from what does not.
func pattern(off uint32) byte { return byte(off ^ off>>8*31 ^ off>>16*17) }

// fill writes the pattern from an offset on.
func fill(b []byte, off uint32) {
	for i := range b {
		b[i] = pattern(off + uint32(i))
	}
}
