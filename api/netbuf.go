package api

import (
	"net/netip"

	"github.com/golwip/lwip/pbuf"
)

// Netbuf is a received or outgoing packet, or a part of a stream: a chain of
// buffers with a position in it, and addresses. The zero value is empty. A
// Netbuf is used by one goroutine at a time.
//
// lwIP: struct netbuf.
type Netbuf struct {
	buf *pbuf.Buf
	cur *pbuf.Buf

	// From is the sender's address and port: where a reply goes. For a Netbuf
	// that is sent it is the destination, invalid for the connected peer.
	//
	// lwIP: netbuf_fromaddr, netbuf_fromport, netbuf_set_fromaddr.
	From netip.AddrPort
	// To is the address that the packet was sent to; its port is the receiver's.
	//
	// lwIP: netbuf_destaddr, netbuf_destport.
	To netip.AddrPort
	// Index is the number of the interface it came in through; 0 is unknown.
	Index int
	// TTL and TOS are the received header's.
	TTL, TOS uint8
}

// Delete frees the data and forgets everything.
//
// lwIP: netbuf_delete.
func (b *Netbuf) Delete() {
	b.Free()
	*b = Netbuf{}
}

// Alloc gives b new data of n bytes, contents undefined, and returns them. It
// returns nil if n is out of range or there is no memory. Room for the headers
// is left, so sending needs no more.
//
// lwIP: netbuf_alloc.
func (b *Netbuf) Alloc(p *Protocol, n int) []byte {
	b.Free()
	buf := p.pool.Alloc(pbuf.Transport, n, pbuf.RAM)
	if buf == nil {
		return nil
	}
	b.buf, b.cur = buf, buf
	return buf.Bytes()
}

// Free frees the data; the addresses stay.
//
// lwIP: netbuf_free.
func (b *Netbuf) Free() {
	b.buf.Free()
	b.buf, b.cur = nil, nil
}

// Ref makes b refer to the caller's bytes, which must stay as they are until
// nobody looks at them any more. It reports whether it could.
//
// lwIP: netbuf_ref.
func (b *Netbuf) Ref(p *Protocol, bytes []byte) bool {
	b.Free()
	buf := p.pool.AllocReference(bytes, pbuf.Reference)
	b.buf, b.cur = buf, buf
	return buf != nil
}

// Chain appends tail's data to b's and takes it over. It reports false, and
// changes nothing, if together they are too long.
//
// lwIP: netbuf_chain.
func (b *Netbuf) Chain(tail *Netbuf) bool {
	switch {
	case tail.buf == nil:
		return true
	case b.buf == nil:
		b.buf = tail.buf
	case !b.buf.Cat(tail.buf):
		return false
	}
	b.cur = b.buf
	tail.buf, tail.cur = nil, nil
	return true
}

// Data returns the bytes of the current part; nil if there is none.
//
// lwIP: netbuf_data.
func (b *Netbuf) Data() []byte {
	if b.cur == nil {
		return nil
	}
	return b.cur.Bytes()
}

// Next goes to the next part and reports whether there is one. last says that it
// is the last.
//
// lwIP: netbuf_next, which returns -1, 0 and 1.
func (b *Netbuf) Next() (ok, last bool) {
	if b.cur == nil || b.cur.Next() == nil {
		return false, true
	}
	b.cur = b.cur.Next()
	return true, b.cur.Next() == nil
}

// First goes to the first part.
//
// lwIP: netbuf_first.
func (b *Netbuf) First() { b.cur = b.buf }

// Len returns the length of the data in bytes.
//
// lwIP: netbuf_len.
func (b *Netbuf) Len() int {
	if b.buf == nil {
		return 0
	}
	return b.buf.TotalLen()
}

// Copy copies data from offset off on to dst and returns how many bytes.
//
// lwIP: netbuf_copy, netbuf_copy_partial.
func (b *Netbuf) Copy(dst []byte, off int) int {
	if b.buf == nil {
		return 0
	}
	return b.buf.CopyPartial(dst, off)
}

// Take copies src over the start of the data. It reports false, and copies
// nothing, if src is longer.
//
// lwIP: netbuf_take.
func (b *Netbuf) Take(src []byte) bool { return b.buf != nil && b.buf.Take(src) }

// Buf returns the data, which stays b's.
func (b *Netbuf) Buf() *pbuf.Buf { return b.buf }

// SetBuf makes buf the data. It consumes buf.
func (b *Netbuf) SetBuf(buf *pbuf.Buf) {
	b.Free()
	b.buf, b.cur = buf, buf
}

// fill takes a received datagram over; port is the receiver's.
func (b *Netbuf) fill(k *packet, port uint16) {
	b.SetBuf(k.buf)
	b.From = k.from
	b.To = netip.AddrPortFrom(k.to, port)
	b.Index = int(k.index)
	b.TTL, b.TOS = k.ttl, k.tos
}
