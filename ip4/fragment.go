package ip4

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// fragment sends a packet, which begins with its IP header, in pieces that fit
// the interface's MTU. The payload is not copied: each piece is a header of its
// own and views. A packet that is itself a fragment keeps its place. It
// consumes buf. The error is that of the first piece that could not be sent;
// those after it are not tried.
//
// RFC 791 §3.2; the first piece keeps all options, the others those that say so.
// lwIP: ip4_frag, which handles no options.
func (p *Protocol) fragment(via hop, buf *pbuf.Buf) error {
	p.stats.Fragmented++
	b := buf.Bytes()
	start := int(b[0]&15) * 4
	payload := buf.TotalLen() - start

	var storage [MaxHeaderLen]byte
	h := Header(storage[:copy(storage[:], b[:start])])
	word := binary.BigEndian.Uint16(h[6:])
	base, last := word&offsetMask, word&moreFragments

	var err error
	for off := 0; off < payload && err == nil; {
		size, more := payload-off, last
		if room := via.ifc.MTU() - len(h); size > room {
			size, more = room&^7, moreFragments
		}
		if size <= 0 { // the MTU is at least 68, a header at most 60
			p.stats.TooBig++
			err = ip.ErrTooBig
			break
		}
		h.setFragment(len(h)+size, more|(base+uint16(off/8)))
		err = p.emitPiece(via, h, slice(buf, start+off, size))
		if off == 0 && len(h) > HeaderLen {
			n := HeaderLen + copiedOptions(h[HeaderLen:], b[HeaderLen:start])
			h = h[:n]
			h[0] = 0x40 | uint8(n/4)
		}
		off += size
	}
	buf.Free()
	return err
}

// emitPiece sends a copy of the header h with payload, which may be nil for
// want of memory. It consumes payload.
func (p *Protocol) emitPiece(via hop, h Header, payload *pbuf.Buf) error {
	head := p.pool.Alloc(pbuf.Link, len(h), pbuf.RAM)
	if payload == nil || head == nil {
		head.Free()
		payload.Free()
		p.stats.NoMemory++
		return ip.ErrNoMemory
	}
	copy(head.Bytes(), h)
	head.SetNext(payload)
	return p.emit(via, head)
}
