package impair

import (
	"encoding/binary"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// ce is the ECN codepoint "congestion experienced"; 0 is "not ECN-capable", the
// other two are ECT(0) and ECT(1).
//
// RFC 3168 §5.
const ce = 3

// mark sets the congestion mark of an IPv4 or IPv6 packet that carries an
// ECN-capable transport and leaves any other frame as it is. It consumes f and
// returns the frame to go on with, or nil if there was no memory for a copy.
//
// RFC 3168 §5.
func (d *direction) mark(f *pbuf.Buf) *pbuf.Buf {
	off, contiguous := d.ipHeader(f.Bytes())
	if !contiguous && f.Next() != nil {
		if f = d.private(f); f == nil {
			return nil
		}
		off, contiguous = d.ipHeader(f.Bytes())
	}
	if !contiguous || !capable(f.Bytes()[off:]) {
		return f
	}
	if !f.Writable() {
		if f = d.private(f); f == nil {
			return nil
		}
	}
	setCE(f.Bytes()[off:])
	f.Flags &^= pbuf.HasSum
	d.stats.Marked++
	return f
}

// ipHeader returns where the IP header begins in a frame that begins with b, and
// whether b holds as much of it as a mark touches.
func (d *direction) ipHeader(b []byte) (off int, ok bool) {
	const touched = 12 // to the end of IPv4's checksum
	if d.framing == netif.Ethernet {
		h, ok := ethernet.ParseHeader(b)
		if !ok {
			return 0, false
		}
		off = ethernet.HeaderLen
		if h.Type() == ethernet.VLAN {
			off += ethernet.VLANLen
		}
		if len(b) < off {
			return 0, false
		}
		switch ethernet.Type(binary.BigEndian.Uint16(b[off-2:])) {
		case ethernet.IPv4, ethernet.IPv6:
		default:
			return 0, false
		}
	}
	return off, len(b) >= off+touched
}

// capable reports whether the packet with IP header h carries an ECN-capable
// transport and is not marked yet.
func capable(h []byte) bool {
	ecn := byte(0)
	switch h[0] >> 4 {
	case 4:
		ecn = h[1] & ce
	case 6:
		ecn = h[1] >> 4 & ce
	}
	return ecn != 0 && ecn != ce
}

// setCE marks the packet with IP header h, and updates IPv4's header checksum.
//
// RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m').
func setCE(h []byte) {
	if h[0]>>4 == 6 {
		h[1] |= ce << 4
		return
	}
	old := binary.BigEndian.Uint16(h)
	h[1] |= ce
	sum := uint32(^binary.BigEndian.Uint16(h[10:])) + uint32(^old) + uint32(binary.BigEndian.Uint16(h))
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum))
}
