package netif

import (
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// outputLarge stages a large segment, or a frame whose checksum is Partial: as it
// is if the driver can do the rest, in pieces and complete if not, which happens
// to packets that are forwarded from an interface that takes large ones. It
// consumes buf. Pieces that find no room are lost.
func (ifc *Interface) outputLarge(buf *pbuf.Buf) error {
	if ifc.takesLarge(buf) {
		ifc.stage(buf)
		return nil
	}
	off := 0
	if ifc.framing == Ethernet {
		off = -1
	}
	pieces := gso.Split(ifc.list.pool, ifc.list.pieces[:0], buf, off)
	for i, piece := range pieces {
		pieces[i] = nil
		if !ifc.room() {
			ifc.tx.Refuse()
			ifc.drop(piece, &ifc.stats.TxQueueFull)
			continue
		}
		ifc.stage(piece)
	}
	ifc.list.pieces = pieces[:0]
	return nil
}

// takesLarge reports whether the driver does what is left to do for buf.
func (ifc *Interface) takesLarge(buf *pbuf.Buf) bool {
	if buf.SegmentSize != 0 && (ifc.maxSegment == 0 || buf.TotalLen() > ifc.maxSegment+gso.MaxHeaders) {
		return false
	}
	return ifc.partial || !buf.Flags.Has(pbuf.Partial)
}
