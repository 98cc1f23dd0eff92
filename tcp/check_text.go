package tcp

import "github.com/golwip/lwip/pbuf"

// checkText is the seventh check: payload. What is in order is taken, with what
// waited behind it; what is ahead of a gap is kept; the rest was had before.
//
// RFC 9293 §3.10.7.4, seventh; RFC 5681 §4.2 for when to acknowledge.
func (p *PCB) checkText(seg *Segment) {
	if seg.Len == 0 {
		return
	}
	if !p.state.oneOf(receiving) {
		// After the peer's FIN there can be no payload (RFC 9293: "ignore").
		p.t.stats.Duplicate++
		p.wishACK(ackNow)
		return
	}
	if p.user.has(userGone) && seg.End().After(p.rcv.nxt) {
		// RFC 9293 §3.6.1 (MUST-14): nobody is left to read it.
		p.t.stats.AfterClose++
		p.resetFor(seg)
		p.free(ErrReset)
		return
	}
	p.trim(seg)
	if seg.Len == 0 {
		p.wishACK(ackNow)
		return
	}
	if seg.Seq != p.rcv.nxt {
		p.keepForLater(seg)
		return
	}
	p.takeInOrder(seg)
}

// trim cuts off what lies before RCV.NXT and what lies beyond the window; a FIN
// or PSH beyond the window goes with it.
//
// RFC 9293 §3.10.7.4: "segments with higher beginning sequence numbers SHOULD be
// held"; only new data in the window is kept.
func (p *PCB) trim(seg *Segment) {
	if over := p.rcv.nxt.Sub(seg.Seq); over > 0 {
		if over >= seg.Len {
			p.t.stats.Duplicate++
			p.reportDuplicate(seg)
			seg.drop()
			seg.Seq, seg.Len = seg.Seq.Add(seg.Len), 0
			return
		}
		p.reportPart(sackBlock{seg.Seq, p.rcv.nxt})
		seg.buf = seg.buf.FreeHeader(over)
		seg.Seq, seg.Len = p.rcv.nxt, seg.Len-over
	}
	if over := seg.Seq.Add(seg.Len).Sub(p.rcv.nxt.Add(p.rcv.window())); over > 0 {
		p.t.stats.OutOfWindow++
		seg.Flags &^= FIN | PSH
		p.wishACK(ackNow)
		if over >= seg.Len {
			seg.drop()
			seg.Len = 0
			return
		}
		seg.Len -= over
		seg.buf.Realloc(seg.Len)
	}
}

// keepForLater queues payload that is ahead of a gap and says so at once.
//
// RFC 5681 §4.2: "A TCP receiver SHOULD send an immediate duplicate ACK when an
// out-of-order segment arrives."
func (p *PCB) keepForLater(seg *Segment) {
	if p.reasm.insert(seg.Seq, seg.Len, seg.take(), p.t.cfg.MaxOutOfOrder) {
		p.t.stats.OutOfOrder++
	} else if len(p.reasm.pieces) >= p.t.cfg.MaxOutOfOrder {
		p.t.stats.OutOfOrderFull++
	} else {
		p.t.stats.Duplicate++
		p.reportPart(sackBlock{seg.Seq, seg.Seq.Add(seg.Len)})
	}
	p.wishACK(ackNow)
}

// takeInOrder advances RCV.NXT over the segment and what it makes contiguous.
func (p *PCB) takeInOrder(seg *Segment) {
	n := seg.Len
	p.todo.data = seg.take()
	if seg.Flags.Has(PSH) {
		p.todo.data.Flags |= pbuf.Push
	}
	p.rcv.nxt = p.rcv.nxt.Add(n)
	p.rcv.mss = max(p.rcv.mss, uint16(min(n, 65535)))
	if !p.reasm.empty() {
		// The segment fills a gap, or part of one (RFC 5681 §4.2: immediate ACK).
		for {
			buf, k := p.reasm.next(p.rcv.nxt)
			if buf == nil {
				break
			}
			p.t.ready = append(p.t.ready, buf)
			p.rcv.nxt = p.rcv.nxt.Add(k)
			n += k
		}
		p.wishACK(ackNow)
	}
	p.rcv.used += uint32(n)
	p.t.stats.BytesIn += uint64(n)
	if p.rcv.unacked < 255 {
		p.rcv.unacked++
	}
	p.wishACK(ackSoon)
}
