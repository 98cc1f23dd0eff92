package tcp

import "fmt"

// checkAll holds every connection of h against its invariants. Everything due
// must have been flushed.
func (h *host) checkAll() {
	h.t.Helper()
	unread, unacked := 0, 0
	h.tcp.conns.each(func(p *PCB) {
		if err := p.invariant(); err != nil {
			h.t.Fatalf("%v, %v: %v", h.addr, p.state, err)
		}
		unread += int(p.rcv.used)
		unacked += p.sendq.bytes
	})
	if t := h.tcp; t.unread != unread || t.unacked != unacked {
		h.t.Fatalf("%v: connections hold %d and %d bytes, counted are %d and %d", h.addr, unread, unacked, t.unread, t.unacked)
	}
}

// invariant recounts what the connection keeps count of, and looks whether it can
// go on by itself: something sent or to be sent must have a timer behind it.
func (p *PCB) invariant() error {
	if err := p.queueInvariant(); err != nil {
		return err
	}
	q := &p.sendq
	if q.head != nil && !p.isArmed(tRexmit) && !p.isArmed(tPersist) && !p.isArmed(tOutput) &&
		!(p.opts.Has(Cork) && p.snd.flight() == 0) {
		return fmt.Errorf("stuck: %d bytes in flight, %d queued, window %d, and no timer", p.snd.flight(), q.bytes, p.snd.wnd)
	}
	if p.todo.ack != ackNone && !p.isArmed(tDelack) && !p.isArmed(tOutput) {
		return fmt.Errorf("an ACK is due and nothing will send it")
	}
	if p.timers.armed != 0 && !p.timers.timer.Armed() {
		return fmt.Errorf("deadlines %b without a timer", p.timers.armed)
	}
	for k := range numTimers {
		if p.isArmed(k) && p.timers.at[k] < p.timers.timer.Deadline() {
			return fmt.Errorf("deadline %d is before the timer's", k)
		}
	}
	if p.state == TimeWait && (q.head != nil || !p.isArmed(tEnd)) {
		return fmt.Errorf("TIME-WAIT with data or without an end")
	}
	return p.reasm.invariant(p.rcv.nxt)
}

func (p *PCB) queueInvariant() error {
	q := &p.sendq
	var bytes, segs, lost, sacked int
	seq := p.snd.una
	inFlight, seen := q.unsent != q.head, q.unsent == nil
	var last *outSegment
	for s := q.head; s != nil; s = s.next {
		if s == q.unsent {
			inFlight, seen = false, true
			if s.seq != p.snd.nxt {
				return fmt.Errorf("the first unsent segment begins at %d, SND.NXT is %d", s.seq, p.snd.nxt)
			}
		}
		if s.seq != seq {
			return fmt.Errorf("a segment begins at %d, want %d", s.seq, seq)
		}
		seq = s.end()
		bytes += int(s.n)
		segs++
		if s.flags&(segLost|segFlying) == segLost {
			if !inFlight {
				return fmt.Errorf("an unsent segment is marked lost")
			}
			lost += s.seqLen()
		}
		if s.flags.has(segSacked) {
			sacked += s.seqLen()
		}
		if s.buf == nil && s.n != 0 || s.buf != nil && (s.buf.Len() != int(s.n) || s.buf.Next() != nil) {
			return fmt.Errorf("a segment of %d octets has another buffer", s.n)
		}
		last = s
	}
	switch {
	case !seen:
		return fmt.Errorf("unsent is not in the queue")
	case q.tail != last:
		return fmt.Errorf("tail is not the last segment")
	case q.head != nil && seq != q.end:
		return fmt.Errorf("the queue ends at %d, want %d", q.end, seq)
	case q.unsent == nil && p.snd.nxt != q.end:
		return fmt.Errorf("all is sent, but SND.NXT is %d, want %d", p.snd.nxt, q.end)
	case bytes != q.bytes || segs != int(q.segs) || lost != q.lost || sacked != q.sacked:
		return fmt.Errorf("counts bytes %d segs %d lost %d sacked %d, want %d %d %d %d",
			q.bytes, q.segs, q.lost, q.sacked, bytes, segs, lost, sacked)
	}
	if err := q.board.invariant(q); err != nil {
		return err
	}
	again := *q
	first := again.firstLost()
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags&(segLost|segFlying) == segLost {
			if s != first {
				return fmt.Errorf("firstLost found another segment")
			}
			return nil
		}
	}
	if first != nil {
		return fmt.Errorf("firstLost found a segment that is not lost")
	}
	return nil
}

func (r *reassembly) invariant(nxt Seq) error {
	mem := 0
	for i := range r.pieces {
		c := &r.pieces[i]
		if c.n <= 0 || c.buf.TotalLen() != int(c.n) {
			return fmt.Errorf("piece %d of %d octets has %d", i, c.n, c.buf.TotalLen())
		}
		if c.seq.AtMost(nxt) {
			return fmt.Errorf("piece %d begins at %d, not after RCV.NXT %d", i, c.seq, nxt)
		}
		if i > 0 && c.seq.Before(r.pieces[i-1].end()) {
			return fmt.Errorf("pieces %d and %d overlap", i-1, i)
		}
		mem += int(c.mem)
	}
	if mem != r.mem {
		return fmt.Errorf("memory %d, want %d", r.mem, mem)
	}
	return nil
}

// invariant recounts the scoreboard: its ranges are the segments that are marked,
// and in the order of transmission is what may be taken for lost.
func (b *board) invariant(q *sendQueue) error {
	if b == nil {
		if q.sacked > 0 {
			return fmt.Errorf("%d bytes reported and no board", q.sacked)
		}
		return nil
	}
	var ranges []sackBlock
	segs, listed := 0, 0
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags.has(segSacked) {
			segs++
			if n := len(ranges); n > 0 && ranges[n-1].right == s.seq {
				ranges[n-1].right = s.end()
			} else {
				ranges = append(ranges, sackBlock{s.seq, s.end()})
			}
		} else if s.flags&(segLost|segFlying) != segLost {
			listed++
		}
	}
	if segs != b.segs || fmt.Sprint(ranges) != fmt.Sprint(b.ranges) {
		return fmt.Errorf("%d segments in ranges %v, want %d in %v", b.segs, b.ranges, segs, ranges)
	}
	var last *outSegment
	for s := b.oldest; s != nil; s = s.nextSent {
		if s.prevSent != last || last != nil && sentAfter(last.sentAt, last.end(), s.sentAt, s.end()) {
			return fmt.Errorf("the order of transmission is broken at %d", s.seq)
		}
		if s.flags.has(segSacked) || s.flags&(segLost|segFlying) == segLost {
			return fmt.Errorf("segment %d is in the order of transmission", s.seq)
		}
		last = s
		listed--
	}
	if b.newest != last || listed != 0 {
		return fmt.Errorf("%d segments are missing in the order of transmission", listed)
	}
	return nil
}
