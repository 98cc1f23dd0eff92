package tcp

import (
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Input takes one received segment: checks it, finds its connection and lets it
// process the segment. It consumes buf.
//
// RFC 9293 §3.10.7; lwIP: tcp_input.
func (t *Protocol) Input(buf *pbuf.Buf, info *ip.Info) {
	t.stats.Segments++
	buf, h := t.pullHeader(buf)
	if h == nil {
		t.drop(buf, &t.stats.BadHeader)
		return
	}
	if !info.Ifc.Checksums().Has(netif.NoCheckTCP) && !buf.Flags.Has(pbuf.Verified) && !verify(buf, info) {
		t.drop(buf, &t.stats.BadChecksum)
		return
	}
	id := tuple{local: info.Dst, remote: info.Src, lport: h.DstPort(), rport: h.SrcPort()}
	// RFC 9293 §3.9.2.3 (MUST-57): a SYN to a group must be silently discarded;
	// so is everything else.
	if info.Broadcast || info.Multicast || info.Src.IsMulticast() || info.Src.IsUnspecified() ||
		id.lport == 0 || id.rport == 0 {
		t.drop(buf, &t.stats.BadAddress)
		return
	}
	seg := &t.seg
	seg.Seq, seg.Ack, seg.Wnd, seg.Flags = h.Seq(), h.Ack(), uint32(h.Window()), h.Flags()
	seg.TOS = info.TOS
	parseOptions(h.Options(), &seg.opt)
	if seg.opt.broken {
		t.stats.BadOption++
	}
	seg.Len = buf.TotalLen() - h.Len()
	if seg.Count = wireSegments(buf, seg.Len); seg.Count > 1 {
		t.stats.LargeIn++
	}
	seg.buf = stripHeader(buf, h.Len())
	if t.held.p != nil && t.mergeNext(&id, info.Ifc, seg) {
		return
	}
	p := t.conns.find(&id)
	if p != nil && p.ifc != nil && p.ifc != info.Ifc {
		t.stats.NoConnection++ // it is the peer's namesake on another link
		seg.drop()
		return
	}
	if seg.Flags == ACK && seg.Len > 0 && p != nil && t.merge(p, info.Ifc, seg) {
		return
	}
	if p != nil && p.state == TimeWait && p.reusable(seg) && (info.Foreign || t.findListener(info, &id) != nil) {
		t.stats.TimeWaitReused++
		p.free(nil)
		p = nil
	}
	switch {
	case p == nil:
		t.noConnection(seg, info, &id)
	case p.state == SynSent:
		p.synSentArrives(seg)
	default:
		p.segmentArrives(seg)
	}
	seg.drop()
	if p != nil {
		p.tell()
		t.markDirty(p)
	}
}

// noConnection processes a segment for which no connection exists: a listener
// takes a SYN, everything else is answered with a RST.
//
// RFC 9293 §3.10.7.1, §3.10.7.2.
func (t *Protocol) noConnection(seg *Segment, info *ip.Info, id *tuple) {
	if info.Foreign {
		t.forward(seg, info, id)
		return
	}
	if h := t.findHalfOpen(id); h != nil {
		if h.ifc != nil && h.ifc != info.Ifc {
			t.stats.NoConnection++ // the peer's namesake on another link
			return
		}
		t.halfOpenArrives(h, seg)
		return
	}
	if l := t.findListener(info, id); l != nil {
		l.segmentArrives(seg, info, id)
		return
	}
	t.stats.NoConnection++
	if !seg.Flags.Has(RST) {
		t.reset(seg, info, id)
	}
}

func (t *Protocol) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}

// pullHeader returns a view on the segment's header, which it makes contiguous
// if need be; h is nil if the segment is too short for it.
func (t *Protocol) pullHeader(buf *pbuf.Buf) (_ *pbuf.Buf, h Header) {
	h, ok := ParseHeader(buf.Bytes())
	if ok {
		return buf, h
	}
	if buf.Next() == nil || buf.TotalLen() < HeaderLen {
		return buf, nil
	}
	flat := t.pool.Coalesce(buf, pbuf.Raw)
	h, _ = ParseHeader(flat.Bytes())
	return flat, h
}

// stripHeader takes n bytes off the front and drops elements that are empty
// then. It returns nil if nothing is left.
func stripHeader(buf *pbuf.Buf, n int) *pbuf.Buf {
	if n == buf.TotalLen() {
		buf.Free()
		return nil
	}
	return buf.FreeHeader(n)
}

// verify reports whether the segment's checksum is right.
//
// RFC 9293 §3.1 (MUST-3).
func verify(buf *pbuf.Buf, info *ip.Info) bool {
	sum := ip.PseudoSum(info.Src, info.Dst, ip.TCP, buf.TotalLen())
	odd := false
	for e := buf; e != nil; e = e.Next() {
		s := checksum.Sum(e.Bytes())
		if odd {
			s = checksum.Swap(s)
		}
		sum = checksum.Add(sum, s)
		odd = odd != (e.Len()&1 == 1)
	}
	return sum == 0xffff
}
