package raw

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// header4Len and header6Len are the lengths in bytes of the IP headers.
const (
	header4Len = 20
	header6Len = 40
)

// withHeader returns a packet of new views on buf's bytes behind an IPv4 header
// made from info, or nil if packet memory is exhausted. It borrows buf.
//
// It is for packets that came in fragments: they have no header of their own
// any more. The identification and the options are lost.
func (p *Protocol) withHeader(buf *pbuf.Buf, info *ip.Info) *pbuf.Buf {
	n := header4Len + buf.TotalLen()
	if n > pbuf.MaxLen {
		return nil
	}
	head := p.pool.AllocBytes(0, header4Len)
	if head == nil {
		return nil
	}
	tail := buf.Share()
	if tail == nil {
		head.Free()
		return nil
	}
	b := head.Bytes()
	clear(b)
	b[0] = 4<<4 | header4Len/4
	b[1] = info.TOS
	binary.BigEndian.PutUint16(b[2:4], uint16(n))
	b[8], b[9] = info.TTL, byte(info.Proto)
	src, dst := info.Src.As4(), info.Dst.As4()
	copy(b[12:16], src[:])
	copy(b[16:20], dst[:])
	binary.BigEndian.PutUint16(b[10:12], ^checksum.Sum(b))
	head.Flags = buf.Flags &^ pbuf.HasSum
	head.SetNext(tail)
	return head
}
