package tcp

import "time"

// timeWaitList is the connections in TIME-WAIT, oldest first.
type timeWaitList struct {
	first, last *PCB
	n           int
}

func (l *timeWaitList) add(p *PCB) {
	p.prevTW = l.last
	if l.last != nil {
		l.last.nextTW = p
	} else {
		l.first = p
	}
	l.last = p
	l.n++
}

func (l *timeWaitList) remove(p *PCB) {
	if p.prevTW != nil {
		p.prevTW.nextTW = p.nextTW
	} else {
		l.first = p.nextTW
	}
	if p.nextTW != nil {
		p.nextTW.prevTW = p.prevTW
	} else {
		l.last = p.prevTW
	}
	p.prevTW, p.nextTW = nil, nil
	l.n--
}

// enterTimeWait begins the wait for old segments to die: everything but the
// numbers is given back.
//
// RFC 9293 §3.6.1 (MUST-13).
func (p *PCB) enterTimeWait() {
	t := p.t
	for k := range numTimers {
		if k != tDelack {
			p.stop(k)
		}
	}
	p.setState(TimeWait)
	p.leaveOrphans()
	t.clear(&p.sendq)
	p.reasm.clear()
	p.cc = nil
	p.arm(tEnd, 2*t.cfg.MSL)
	p.lastSend = t.q.Now()
	t.timeWait.add(p)
	p.todo.events |= evFinished
	if t.timeWait.n > t.cfg.MaxTimeWait {
		t.stats.TimeWaitFull++
		t.timeWait.first.free(nil)
	}
}

// evictTimeWait ends the oldest connection in TIME-WAIT, to make room, and
// reports whether there was one.
//
// lwIP: tcp_kill_timewait.
func (t *Protocol) evictTimeWait() bool {
	p := t.timeWait.first
	if p == nil {
		return false
	}
	t.stats.TimeWaitFull++
	p.free(nil)
	return true
}

// reusable reports whether a segment that arrives in TIME-WAIT is a SYN that may
// begin a new incarnation: its timestamp is newer than the last one, or without
// timestamps its sequence number is.
//
// RFC 6191 §2, RFC 9293 §3.6.1 (MAY-2).
func (p *PCB) reusable(seg *Segment) bool {
	if seg.Flags&(SYN|ACK|RST|FIN) != SYN {
		return false
	}
	if p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) {
		d := int32(seg.opt.tsval - p.rcv.tsRecent)
		return d > 0 || d == 0 && seg.Seq.After(p.rcv.nxt)
	}
	return seg.Seq.After(p.rcv.nxt)
}

// recyclable reports whether Connect may take over the tuple of a connection in
// TIME-WAIT: the peer must see our timestamp grow.
//
// RFC 6191 §3, appendix A: the same clock and offset serve the tuple again.
func (p *PCB) recyclable() bool {
	return p.state == TimeWait && p.features.has(useTimestamps) && p.t.q.Now().Sub(p.lastSend) > 2*time.Millisecond
}
