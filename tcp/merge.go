package tcp

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// merging holds back the payload segments in order of one connection until the
// next one does not continue them, or the batch ends: a batch of a bulk transfer
// is then processed as the one large segment that it is part of.
//
//	driver's batch   [a 1][a 2][a 3][b 1][a 4]
//	processed        [a 1+2+3      ][b 1][a 4]
//
// Each segment has been verified by itself. All that processing looks at is the
// same in those that are merged: flags but PSH, acknowledgement, window,
// timestamps, ECN marks; Segment.Count says how many they are. Whatever is not
// plain payload in order is processed by itself, after what was held.
type merging struct {
	p    *PCB // whose; nil: nothing is held
	ifc  *netif.Interface
	seg  Segment
	data pbuf.FIFO // its payload
}

// merge holds the segment seg of the connection p back, which has payload and no flag
// but ACK, if it is in order and plain; nothing else is held. It reports
// whether it did: then it has taken the payload.
func (t *Protocol) merge(p *PCB, ifc *netif.Interface, seg *Segment) bool {
	if seg.Seq != p.rcv.nxt || !seg.opt.plain() ||
		!p.state.oneOf(receiving) || seg.Len > p.rcv.window() || !p.reasm.empty() {
		return false
	}
	h := &t.held
	h.p, h.ifc = p, ifc
	h.seg = *seg
	h.data.Append(seg.take())
	return true
}

// continued reports whether seg continues what is held, on the same connection,
// and nothing about it differs.
func (h *merging) continued(id *tuple, ifc *netif.Interface, seg *Segment) bool {
	s := &h.seg
	return seg.Seq == s.Seq.Add(s.Len) && seg.Len > 0 && seg.Flags&^PSH == ACK &&
		seg.Ack == s.Ack && seg.Wnd == s.Wnd && seg.TOS == s.TOS &&
		seg.opt.plain() && seg.opt.set == s.opt.set && seg.opt.tsval == s.opt.tsval && seg.opt.tsecr == s.opt.tsecr &&
		s.Len+seg.Len <= min(pbuf.MaxLen, h.p.rcv.window()) && ifc == h.ifc && *id == h.p.id
}

// plain reports whether the options are timestamps or none.
func (o *options) plain() bool { return o.set&^hasTimestamp == 0 && o.nsack == 0 && !o.broken }

// mergeNext adds seg to what is held, which there is, if it continues that; otherwise it has what
// is held processed. It reports whether seg is done with.
func (t *Protocol) mergeNext(id *tuple, ifc *netif.Interface, seg *Segment) bool {
	h := &t.held
	if !h.continued(id, ifc, seg) {
		t.release()
		return false
	}
	t.stats.Merged++
	h.seg.Len += seg.Len
	h.seg.Count += seg.Count
	h.seg.Flags |= seg.Flags
	h.data.Append(seg.take())
	if seg.Flags.Has(PSH) {
		t.release()
	}
	return true
}

// release has what is held processed.
func (t *Protocol) release() {
	h := &t.held
	p := h.p
	if p == nil {
		return
	}
	h.p = nil
	seg := &h.seg
	seg.buf = h.data.All()
	if p.state != Closed {
		p.segmentArrives(seg)
	}
	seg.drop()
	p.tell()
	t.markDirty(p)
}
