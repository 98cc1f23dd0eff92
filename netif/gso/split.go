package gso

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// The TCP control bits that are not the same in all pieces.
const (
	bitFIN = 1 << 0
	bitPSH = 1 << 3
	bitCWR = 1 << 7
)

// Split cuts the large segment f into frames whose transport payload has at most
// f.SegmentSize bytes, and appends them to dst. off is the offset of the IP
// header; -1 says that an Ethernet header comes first. The payload is not copied,
// the headers are. It consumes f. Pieces for which there is no memory are lost, as
// on a link; a frame that is no large segment, or not one that can be cut, is
// appended as it is, with its checksum completed.
//
// FIN and PSH are the last piece's, CWR the first one's (RFC 3168 §6.1.2: once),
// as if the sender had sent the pieces.
func Split(pool *pbuf.Pool, dst []*pbuf.Buf, f *pbuf.Buf, off int) []*pbuf.Buf {
	var scratch [MaxHeaders]byte
	size := int(f.SegmentSize)
	b, l, ok := Headers(&scratch, f, off)
	total := l.End - l.Payload
	if !ok || size == 0 || total <= size {
		f.SegmentSize = 0
		if f = Complete(pool, f, off); f != nil {
			dst = append(dst, f)
		}
		return dst
	}
	var c cursor
	c.seek(f, l.Payload)
	for at := 0; at < total; at += size {
		n := min(size, total-at)
		piece := pool.AllocBytes(pbuf.Link.Room(), l.Payload)
		if piece == nil {
			break
		}
		h := piece.Bytes()
		copy(h, b)
		before := c
		sum := c.sum(n)
		payload := before.view(n)
		if payload == nil {
			piece.Free()
			break
		}
		l.rewrite(h, at, n, at/size, at+n == total)
		s := checksum.Add(l.PseudoSum(h, l.Payload-l.Transport+n), checksum.Sum(h[l.Transport:]))
		binary.BigEndian.PutUint16(h[l.Checksum():], l.field(checksum.Add(s, sum)))
		piece.Flags = f.Flags &^ (pbuf.HasSum | pbuf.Partial)
		piece.SetNext(payload)
		dst = append(dst, piece)
	}
	f.Free()
	return dst
}

// rewrite makes the headers of the whole, in h, those of the piece of n bytes of
// payload at offset at, the i-th. The transport checksum becomes zero.
func (l *Layout) rewrite(h []byte, at, n, i int, last bool) {
	ip := h[l.IP:l.Transport]
	length := l.Payload - l.Transport + n
	if l.V6 {
		binary.BigEndian.PutUint16(ip[4:], uint16(length))
	} else {
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+length))
		if id := binary.BigEndian.Uint16(ip[4:]); id != 0 || ip[6]&0x40 == 0 {
			binary.BigEndian.PutUint16(ip[4:], id+uint16(i))
		}
		ip[10], ip[11] = 0, 0
		binary.BigEndian.PutUint16(ip[10:], ^checksum.Sum(ip))
	}
	t := h[l.Transport:]
	if !l.TCP {
		binary.BigEndian.PutUint16(t[4:], uint16(length))
		t[6], t[7] = 0, 0
		return
	}
	binary.BigEndian.PutUint32(t[4:], binary.BigEndian.Uint32(t[4:])+uint32(at))
	if !last {
		t[13] &^= bitFIN | bitPSH
	}
	if i > 0 {
		t[13] &^= bitCWR
	}
	t[16], t[17] = 0, 0
}

// cursor is a place in a chain.
type cursor struct {
	e  *pbuf.Buf
	at int // offset in e
}

func (c *cursor) seek(f *pbuf.Buf, off int) { c.e, c.at = f.Skip(off) }

// sum returns the one's complement sum of the next n bytes, which must be there,
// and moves behind them. An element that knows its sum is not read.
func (c *cursor) sum(n int) (sum uint16) {
	odd := false
	for n > 0 {
		k := min(n, c.e.Len()-c.at)
		var s uint16
		if k == c.e.Len() && c.e.Flags.Has(pbuf.HasSum) {
			s = c.e.Sum
		} else {
			s = checksum.Sum(c.e.Bytes()[c.at : c.at+k])
		}
		if odd {
			s = checksum.Swap(s)
		}
		sum = checksum.Add(sum, s)
		odd = odd != (k&1 == 1)
		n -= k
		c.skip(k)
	}
	return sum
}

// skip moves on by k bytes, which are in c.e.
func (c *cursor) skip(k int) {
	if c.at += k; c.at == c.e.Len() {
		c.e, c.at = c.e.Next(), 0
	}
}

// view returns views on the next n bytes, which must be there, or nil if the pool
// is exhausted.
func (c *cursor) view(n int) *pbuf.Buf {
	k := min(n, c.e.Len()-c.at)
	v := c.e.View(c.at, k)
	if v == nil {
		return nil
	}
	if k == c.e.Len() && c.e.Flags.Has(pbuf.HasSum) {
		v.Sum = c.e.Sum
		v.Flags |= pbuf.HasSum
	}
	c.skip(k)
	if k == n {
		return v
	}
	rest := c.view(n - k)
	if rest == nil {
		v.Free()
		return nil
	}
	v.SetNext(rest)
	return v
}
