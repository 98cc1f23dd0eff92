package ip4

import (
	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
)

// identifiers chooses the ID of packets that may be fragmented. The IDs of one
// source, destination and protocol are consecutive, from a keyed start, so they
// repeat as late as 16 bits allow, and tell nothing about other flows.
//
// RFC 6864 §4.2–4.3; RFC 7739 §5.3 (the same for IPv6).
type identifiers struct {
	key    siphash.Key
	counts [64]uint16
	next   uint16 // Config.SequentialID

	// The last flow and its hash: a burst of datagrams is hashed once.
	addrs uint64
	proto ip.Proto
	sum   uint64
}

// ident returns the ID of a packet. Packets that cannot be fragmented need
// none.
//
// RFC 6864 §4.1: "originating sources MAY set the IPv4 ID field of atomic
// datagrams to any value".
func (p *Protocol) ident(src, dst uint32, proto ip.Proto, word uint16) uint16 {
	ids := &p.ids
	if p.cfg.SequentialID {
		ids.next++
		return ids.next - 1
	}
	if word == dontFragment {
		return 0
	}
	if addrs := uint64(src)<<32 | uint64(dst); addrs != ids.addrs || proto != ids.proto {
		h := siphash.New(ids.key)
		h.Word(addrs)
		h.Word(uint64(proto))
		ids.addrs, ids.proto, ids.sum = addrs, proto, h.Sum()
	}
	n := &ids.counts[ids.sum>>58]
	*n++
	return uint16(ids.sum) + *n
}
