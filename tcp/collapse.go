package tcp

import "github.com/golwip/lwip/pbuf"

// What waits is charged with the storage that it pins, not with its payload: a
// peer that sends single octets must not pin a block with each. So small payloads
// move to small blocks (shrink), or behind the one before (reassembly.join, and
// the same in the receive mailbox of package api).

// shrink returns a payload in the smallest block that holds it if it pins four
// times as much or more. A block that others look at too counts in part
// (memory). It consumes buf.
func (t *Protocol) shrink(buf *pbuf.Buf) *pbuf.Buf {
	n := buf.TotalLen()
	pins := memory(buf)
	if pins <= pbuf.Small || 4*n > pins || pins <= pbuf.Standard && n > pbuf.Small {
		return buf
	}
	small := t.pool.AllocBytes(0, n)
	if small == nil {
		return buf
	}
	buf.CopyPartial(small.Bytes(), 0)
	buf.Free()
	return small
}

// reassemblyLimits returns what may wait for missing segments. Both limits grow
// with the receive buffer: what it takes must have room also if its first segment
// is lost.
func (p *PCB) reassemblyLimits() limits {
	c := &p.t.cfg
	l := limits{c.MaxOutOfOrder, c.MaxOutOfOrderBytes}
	if l.pieces == 0 {
		l.pieces = max(1024, int(p.rcv.buf)/512)
	}
	if l.mem == 0 {
		l.mem = 4 * max(int(p.rcv.buf), pbuf.Standard)
	}
	return l
}
