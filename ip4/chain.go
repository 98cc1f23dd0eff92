package ip4

import (
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// slice returns a chain of views on n bytes of buf from off on, which must be
// there, or nil if the pool is exhausted. It borrows buf.
func slice(buf *pbuf.Buf, off, n int) *pbuf.Buf {
	e, off := buf.Skip(off)
	if e == nil {
		return nil
	}
	take := min(n, e.Len()-off)
	v := e.View(off, take)
	if v == nil || take == n {
		return v
	}
	rest := slice(e.Next(), 0, n-take)
	if rest == nil {
		v.Free()
		return nil
	}
	v.SetNext(rest)
	return v
}

// sum returns the one's complement sum of the chain.
func sum(buf *pbuf.Buf) uint16 {
	if buf.Next() == nil {
		return checksum.Sum(buf.Bytes())
	}
	var s uint16
	odd := false
	for e := buf; e != nil; e = e.Next() {
		part := checksum.Sum(e.Bytes())
		if odd {
			part = checksum.Swap(part)
		}
		s = checksum.Add(s, part)
		odd = odd != (e.Len()&1 != 0)
	}
	return s
}

// prepend returns buf with n more bytes in front, which it returns too. They
// are written into buf's own block if nobody else looks at it, else into a new
// one with room for the link header. It consumes buf; nil if the pool is
// exhausted.
func (p *Protocol) prepend(buf *pbuf.Buf, n int) (*pbuf.Buf, []byte) {
	if buf.Writable() {
		if h := buf.AddHeader(n); h != nil {
			return buf, h
		}
	}
	head := p.pool.Alloc(pbuf.Link, n, pbuf.RAM)
	if head == nil {
		buf.Free()
		return nil, nil
	}
	head.Flags, head.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
	head.SetNext(buf)
	return head, head.Bytes()
}

// pin returns the memory that the chain holds on to, in bytes.
func pin(buf *pbuf.Buf) int {
	n := 0
	for e := buf; e != nil; e = e.Next() {
		n += e.BlockSize()
	}
	return n
}
