package ip

import "github.com/golwip/lwip/pbuf"

// PieceLen returns the length in bytes of the longest packet that goes over the
// link for buf, whose transport header begins at offset off, behind the IP
// header: less than buf's length if it is a large segment (pbuf.Buf.SegmentSize),
// which is cut below. It borrows buf.
func PieceLen(buf *pbuf.Buf, off int, proto Proto) int {
	if buf.SegmentSize == 0 {
		return buf.TotalLen()
	}
	n := 8
	if proto == TCP {
		n = int(buf.GetAt(off+12)>>4) * 4
	}
	return min(buf.TotalLen(), off+n+int(buf.SegmentSize))
}
