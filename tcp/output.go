package tcp

import "time"

// output sends what may be sent now: first what was lost, then new segments as
// far as both windows, Nagle and silly-window avoidance allow.
//
// RFC 9293 §3.8.6.2.1, RFC 5681 §3.1, RFC 6675 §5 (C).
func (p *PCB) output() {
	if p.sendq.head == nil || !p.state.oneOf(synchronized|1<<SynSent|1<<SynReceived) {
		return
	}
	if !p.state.oneOf(synchronized) {
		p.outputSYN()
		return
	}
	if p.cc != nil || !p.outputFIN() {
		p.needCC()
		p.outputData()
	}
	if p.rec.flags.has(recProbeDue) {
		p.armProbe()
	}
}

// outputFIN sends our FIN if there was never anything else to send, which takes no
// congestion controller, and reports whether that was all.
func (p *PCB) outputFIN() bool {
	q := &p.sendq
	switch {
	case q.bytes > 0 || q.lost > 0:
		return false
	case q.unsent == nil:
	case q.unsent != q.head || p.snd.usable() < 1:
		return false
	default:
		p.sendNew(q.head)
	}
	return true
}

// outputData sends what was lost, then what is new.
func (p *PCB) outputData() {
	if p.rec.frto >= frtoSend {
		p.frtoOutput()
		return
	}
	cwnd := p.window()
	for s := p.sendq.firstLost(); s != nil; s = p.sendq.firstLost() {
		if !p.mayPace() {
			return
		}
		if pipe := p.pipe(); pipe > 0 && pipe+s.seqLen() > cwnd {
			p.rec.full = p.snd.nxt
			return
		}
		if !p.resend(s) {
			return
		}
	}
	p.restartIdle()
	p.probeMTU()
	cwnd = p.window()
	pipe := p.pipe()
	for s := p.sendq.unsent; s != nil; s = p.sendq.unsent {
		n := s.seqLen()
		if pipe > 0 && pipe+n > cwnd {
			break
		}
		if n > p.snd.usable() && !p.fitWindow(s) || !p.worthSending(s) || !p.mayPace() {
			break
		}
		sent, ok := p.sendRun(s, cwnd-pipe)
		if !ok {
			return
		}
		pipe += sent
	}
	if pipe+p.SegmentPayload() > cwnd {
		p.rec.full = p.snd.nxt
	}
	p.ranDry()
	p.watchWindow()
}

// outputSYN sends the SYN or SYN,ACK, the first time or again.
func (p *PCB) outputSYN() {
	head := p.sendq.head
	switch {
	case head == p.sendq.unsent:
		p.sendNew(head)
	case p.sendq.lost > 0:
		p.resend(head)
	}
}

// restartIdle lets the controller forget a window that was not used for long.
//
// RFC 5681 §4.1.
func (p *PCB) restartIdle() {
	if p.sendq.unsent == nil || p.snd.flight() > 0 || p.lastSend == 0 {
		return
	}
	if now := p.t.q.Now(); now.Sub(p.lastSend) > p.rtt.rto {
		p.cc.OnIdle(now)
	}
}

// sendNew sends the first unsent segment and reports whether there was memory and
// room in the driver's queue. If not, the segment stays where it is.
func (p *PCB) sendNew(s *outSegment) bool {
	if limit := p.SegmentPayload(); int(s.n) > limit && !p.isProbe(s) && !p.t.split(&p.sendq, s, limit) {
		p.t.stats.NoMemory++
		p.stall()
		return false
	}
	now := p.t.q.Now()
	if p.snd.flight() == 0 {
		p.rec.since = now
	}
	pipe := p.pipe()
	s.sentAt = now
	p.sendq.unsent = s.next
	p.snd.nxt = s.end()
	if !p.emit(s) {
		p.sendq.unsent = s
		p.snd.nxt = s.seq
		p.stall()
		return false
	}
	p.paced(s, pipe)
	p.t.stats.BytesOut += uint64(s.n)
	p.lastSend = now
	p.rec.flags |= recProbeDue
	if b := p.sendq.board; b != nil {
		b.enlist(s)
		p.spend(int(s.n))
	}
	if !p.isArmed(tRexmit) {
		p.armRexmit() // RFC 6298 §5.1
	}
	return true
}

// retryOutput is how long to wait for memory, or for a driver whose queue is
// full, if nobody says earlier that there is room.
const retryOutput = 10 * time.Millisecond

// stall makes p wait for memory or for room in the driver's queue.
func (p *PCB) stall() {
	p.arm(tOutput, retryOutput)
	if p.todo.stalled == 0 {
		p.t.stalled = append(p.t.stalled, p)
		p.todo.stalled = int32(len(p.t.stalled))
	}
}

// unstall takes p out of the list of those that wait.
func (p *PCB) unstall() {
	i := int(p.todo.stalled) - 1
	if i < 0 {
		return
	}
	list := p.t.stalled
	last := len(list) - 1
	list[i] = list[last]
	list[i].todo.stalled = int32(i) + 1
	list[last] = nil
	p.t.stalled = list[:last]
	p.todo.stalled = 0
}

// Retry lets the connections go on that a driver's full queue has stopped.
func (t *Protocol) Retry() {
	for i, p := range t.stalled {
		t.stalled[i] = nil
		p.todo.stalled = 0
		t.markDirty(p)
	}
	t.stalled = t.stalled[:0]
	t.retrySynQueue()
}

// fitWindow cuts a segment that is too long for the peer's window, if what fits
// is worth sending, and reports whether it fits now.
//
// RFC 9293 §3.8.6.2.1 (MUST-38): at least Fs = 1/2 of the largest window seen.
func (p *PCB) fitWindow(s *outSegment) bool {
	usable := p.snd.usable()
	if usable <= 0 {
		return false
	}
	if s.n > 0 && int(s.n) <= usable && s.flags.has(segFIN) {
		p.t.splitFIN(&p.sendq, s) // only the FIN does not fit
		return true
	}
	if usable < min(p.SegmentPayload(), int(p.snd.maxWnd)/2) {
		return false
	}
	return p.t.split(&p.sendq, s, usable)
}

// worthSending reports whether the segment may go now though it may be short:
// the Nagle algorithm, and silly-window avoidance of the sender.
//
// RFC 9293 §3.7.4 (SHLD-7), §3.8.6.2.1.
func (p *PCB) worthSending(s *outSegment) bool {
	switch {
	case int(s.n) >= p.SegmentPayload(), s.flags.has(segFIN | segSYN), s.next != nil:
		return true
	case p.heldBack():
		return false
	case p.opts.Has(NoDelay):
		return true
	default:
		return p.snd.flight() == 0 || p.snd.maxWnd > 1 && int(s.n) >= int(p.snd.maxWnd)/2
	}
}

// watchWindow arms the persist timer if only the peer's window stops us.
//
// RFC 9293 §3.8.6.1.
func (p *PCB) watchWindow() {
	s := p.sendq.unsent
	if s == nil || p.snd.flight() > 0 || p.isArmed(tPersist) || s.seqLen() <= p.snd.usable() {
		return
	}
	p.rec.backoff, p.rec.tries = 0, 0
	p.armPersist()
}
