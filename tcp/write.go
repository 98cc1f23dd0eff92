package tcp

import "github.com/golwip/lwip/pbuf"

// WriteFlags modify a Write.
type WriteFlags uint8

// More says that more will follow soon: no PSH, and a last segment that is not
// full waits for it, 200 ms at most. lwIP TCP_WRITE_FLAG_MORE.
const More WriteFlags = 1

// Write queues payload, whole or not at all. Each element of the chain becomes a
// segment if its length is that of SegmentPayload; longer ones are cut, short
// ones are joined to a short last segment. An element whose HasSum is set is
// not summed again. The bytes must not change until they are acknowledged.
//
// It consumes buf if it returns nil. Errors: ErrWouldBlock if SendSpace is too
// small, ErrNotConnected before the connection was opened, ErrClosed after
// Shutdown or Close.
//
// lwIP: tcp_write. RFC 9293 §3.10.2.
func (p *PCB) Write(buf *pbuf.Buf, f WriteFlags) error {
	switch {
	case p.user.has(userNoWrite | userGone):
		return ErrClosed
	case !p.state.oneOf(sending | 1<<SynSent | 1<<SynReceived):
		return ErrNotConnected
	case buf.TotalLen() > p.SendSpace():
		return ErrWouldBlock
	}
	p.noteMore(f)
	p.t.unacked += buf.TotalLen()
	for buf != nil {
		next := buf.Unchain()
		p.enqueue(buf)
		buf = next
	}
	if t := p.sendq.tail; t != nil && f&More == 0 {
		t.flags |= segPush
	}
	p.t.markDirty(p)
	return nil
}

// enqueue takes one element over.
func (p *PCB) enqueue(buf *pbuf.Buf) {
	mss := p.SegmentPayload()
	n := buf.Len()
	if n == 0 {
		buf.Free()
		return
	}
	if n < mss {
		if buf = p.t.topUp(&p.sendq, buf, mss); buf == nil {
			return
		}
		n = buf.Len()
	}
	s := p.t.newSegment()
	s.buf, s.n = buf, int32(n)
	s.sum, s.summed = buf.Sum, buf.Flags.Has(pbuf.HasSum)
	p.sendq.append(s)
	for n > mss && p.state.oneOf(synchronized) && p.t.split(&p.sendq, s, mss) {
		s = s.next
		n -= mss
	}
}

// Shutdown ends one or both directions.
type Shutdown uint8

const (
	ShutRead  Shutdown = 1 << iota // what still arrives is discarded
	ShutWrite                      // a FIN follows what was written
)

// Shutdown ends directions of the connection. Errors: ErrNotConnected.
//
// lwIP: tcp_shutdown.
func (p *PCB) Shutdown(which Shutdown) error {
	if p.state == Closed {
		return ErrNotConnected
	}
	if which&ShutRead != 0 {
		p.user |= userNoRead
	}
	if which&ShutWrite != 0 {
		p.sendFIN()
	}
	return nil
}
