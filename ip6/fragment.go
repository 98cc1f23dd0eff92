package ip6

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/pbuf"
)

// fragmentHdrLen is the length of a fragment header:
//
//	 0      1          2                4
//	┌──────┬──────────┬────────────────┬────────────────┐
//	│ next │ reserved │ offset/8 · · M │ identification │
//	└──────┴──────────┴────────────────┴────────────────┘
const fragmentHdrLen = 8

// outputFragments sends buf, too big for the path, in fragments of at most mtu
// bytes. The fragments share buf's blocks. It consumes buf.
//
// RFC 8200 §4.5.
func (p *Protocol) outputFragments(buf *pbuf.Buf, h ip.Header, d *nd6.Destination, mtu int) error {
	step := (mtu - HeaderLen - fragmentHdrLen) &^ 7
	if h.Flags.Has(ip.DontFragment) || h.Flags.Has(ip.RouterAlert) || buf.TotalLen() > pbuf.MaxLen || step < 8 {
		p.drop(buf, &p.stats.TooBig)
		return ip.ErrTooBig
	}
	label := p.flowLabel(buf, h.Proto, d)
	id := p.nextID(h)
	ifc, hop := d.Ifc, d.NextHop
	var err error
	for off, total := 0, buf.TotalLen(); off < total && err == nil; off += step {
		n := min(step, total-off)
		more := uint16(0)
		if off+n < total {
			more = 1
		}
		body := p.slice(buf, off, n)
		if body == nil {
			p.stats.NoMemory++
			err = ip.ErrNoMemory
			break
		}
		f, b := p.prepend(body, HeaderLen+fragmentHdrLen)
		if f == nil {
			err = ip.ErrNoMemory
			break
		}
		p.writeHeader(b, h, ifc, ip.FragmentHdr, fragmentHdrLen+n, label)
		x := b[HeaderLen:]
		x[0], x[1] = byte(h.Proto), 0
		binary.BigEndian.PutUint16(x[2:], uint16(off)|more)
		binary.BigEndian.PutUint32(x[4:], id)
		p.stats.Sent++
		p.stats.FragmentsSent++
		if err = p.nd.Output(ifc, f, hop); err != nil {
			break
		}
	}
	buf.Free()
	return err
}

// slice returns a chain of views on n bytes of buf from off on, or nil without
// memory. It borrows buf.
func (p *Protocol) slice(buf *pbuf.Buf, off, n int) *pbuf.Buf {
	p.views = p.views[:0]
	for e := buf; e != nil; e = e.Next() {
		if off >= e.Len() && (n > 0 || e.Next() != nil) {
			off -= e.Len()
			continue
		}
		take := min(n, e.Len()-off)
		v := e.View(off, take)
		if v == nil {
			break
		}
		p.views = append(p.views, v)
		off = 0
		if n -= take; n == 0 {
			break
		}
	}
	var tail *pbuf.Buf
	for i := len(p.views) - 1; i >= 0; i-- {
		if tail != nil {
			p.views[i].SetNext(tail)
		}
		tail = p.views[i]
		p.views[i] = nil
	}
	if n != 0 {
		tail.Free()
		return nil
	}
	return tail
}

// nextID returns the identification for a packet's fragments: a keyed hash of
// the addresses plus a counter of the hash's bucket, so that ids towards one
// destination do not repeat early and tell nothing of those towards another.
//
// RFC 7739 §5.3.
func (p *Protocol) nextID(h ip.Header) uint32 {
	x := p.hash(h.Src, h.Dst)
	c := &p.ids[x%uint64(len(p.ids))]
	*c++
	return uint32(x>>32) + *c
}
