package tcp

import (
	"time"

	"github.com/golwip/lwip/pbuf"
)

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
		return
	}
	if p.user.has(userGone) && seg.Seq.Add(seg.Len).After(p.rcv.nxt) {
		// RFC 9293 §3.6.1 (SHLD-3): nobody is left to read it.
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
	p.reportWaiting(seg.Seq, seg.Len)
	buf := p.t.shrink(seg.take())
	switch p.reasm.insert(seg.Seq, seg.Len, buf, p.reassemblyLimits()) {
	case pieceKept:
		p.t.stats.OutOfOrder++
	case pieceNoRoom:
		p.t.stats.OutOfOrderFull++
	case pieceKnown:
		p.t.stats.Duplicate++
	}
	p.acknowledge() // each one, since the peer counts duplicate ACKs
}

// expireOutOfOrder drops what waits for a missing segment if nothing has come for so
// long that the peer will send it all again: looked at when something comes, so that
// no timer runs for it.
//
// lwIP: TCP_OOSEQ_TIMEOUT. RFC 2018 §8: data that was reported may be dropped.
func (p *PCB) expireOutOfOrder() {
	n := p.t.cfg.OutOfOrderRTOs
	if n == 0 || p.reasm.empty() || p.t.q.Now().Sub(p.lastRecv) < time.Duration(n)*p.rtt.rto {
		return
	}
	p.t.stats.OutOfOrderExpired++
	p.reasm.clear()
}

// takeInOrder advances RCV.NXT over the segment and what it makes contiguous.
func (p *PCB) takeInOrder(seg *Segment) {
	n := seg.Len
	p.countArrival(seg)
	p.todo.data = seg.take()
	if seg.Flags.Has(PSH) {
		p.todo.data.Flags |= pbuf.Push
	}
	p.rcv.nxt = p.rcv.nxt.Add(n)
	if !p.reasm.empty() {
		// The segment fills a gap, or part of one (RFC 5681 §4.2: immediate ACK).
		p.reportWaiting(seg.Seq, n)
		var k int
		p.t.ready, k = p.reasm.take(p.t.ready, p.rcv.nxt)
		p.rcv.nxt = p.rcv.nxt.Add(k)
		n += k
		p.wishACK(ackNow)
	}
	p.rcv.used += uint32(n)
	p.t.unread += n
	p.t.stats.BytesIn += uint64(n)
	p.sampleReceive(seg)
	p.wishACK(ackSoon)
}
