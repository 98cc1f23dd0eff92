package netif

import (
	"encoding/binary"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Input takes one received frame up: it strips the link header and hands the
// payload to the protocol's handler. It consumes buf.
//
// lwIP: netif_input, ethernet_input.
func (ifc *Interface) Input(buf *pbuf.Buf) {
	ifc.stats.RxFrames++
	ifc.stats.RxBytes += uint64(buf.TotalLen())
	if !ifc.flags.Has(Up) {
		ifc.drop(buf, &ifc.stats.RxDown)
		return
	}
	if ifc.framing == IP {
		ifc.inputIP(buf)
		return
	}
	h, ok := ethernet.ParseHeader(buf.Bytes())
	if !ok || buf.TotalLen() == ethernet.HeaderLen {
		ifc.drop(buf, &ifc.stats.RxTooShort)
		return
	}
	t := h.Type()
	dst := h.Dst()
	if dst != ifc.hwaddr {
		switch {
		case dst == ethernet.Broadcast:
			buf.Flags |= pbuf.LinkBroadcast
		case dst.IsMulticast():
			buf.Flags |= pbuf.LinkMulticast
		case !ifc.flags.Has(Promiscuous):
			ifc.drop(buf, &ifc.stats.RxNotForUs)
			return
		}
	}
	if h[6]&1 != 0 {
		ifc.drop(buf, &ifc.stats.RxBadSource)
		return
	}
	buf.RemoveHeader(ethernet.HeaderLen)
	if t == ethernet.VLAN {
		if buf.Len() < ethernet.VLANLen {
			ifc.drop(buf, &ifc.stats.RxTooShort)
			return
		}
		tag := buf.Bytes()
		if binary.BigEndian.Uint16(tag)&0x0fff != 0 { // priority tags only
			ifc.drop(buf, &ifc.stats.RxVLAN)
			return
		}
		t = ethernet.Type(binary.BigEndian.Uint16(tag[2:]))
		buf.RemoveHeader(ethernet.VLANLen)
	}
	switch t {
	case ethernet.IPv4:
		ifc.handTo(ifc.list.ip4, buf)
	case ethernet.IPv6:
		ifc.handTo(ifc.list.ip6, buf)
	case ethernet.ARP:
		if !ifc.flags.Has(ARP) {
			ifc.drop(buf, &ifc.stats.RxUnknownType)
			return
		}
		ifc.handTo(ifc.list.arp, buf)
	default:
		ifc.handTo(ifc.list.other[t], buf)
	}
}

// inputIP tells the family from the version field.
func (ifc *Interface) inputIP(buf *pbuf.Buf) {
	if buf.Len() == 0 {
		ifc.drop(buf, &ifc.stats.RxTooShort)
		return
	}
	switch buf.Bytes()[0] >> 4 {
	case 4:
		ifc.handTo(ifc.list.ip4, buf)
	case 6:
		ifc.handTo(ifc.list.ip6, buf)
	default:
		ifc.drop(buf, &ifc.stats.RxUnknownType)
	}
}

func (ifc *Interface) handTo(h Handler, buf *pbuf.Buf) {
	if h == nil {
		ifc.drop(buf, &ifc.stats.RxUnknownType)
		return
	}
	h.Input(ifc, buf)
}

func (ifc *Interface) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}
