package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
)

// PseudoSum returns the one's complement sum of the pseudo-header of a
// transport packet of n bytes.
//
// RFC 9293 §3.1, RFC 768, RFC 8200 §8.1. Both families give the same words: the
// addresses, the length, the protocol.
func PseudoSum(src, dst netip.Addr, proto Proto, n int) uint16 {
	var sum uint64
	if src.Is4() {
		s, d := src.As4(), dst.As4()
		sum = uint64(binary.BigEndian.Uint32(s[:])) + uint64(binary.BigEndian.Uint32(d[:]))
	} else {
		s, d := src.As16(), dst.As16()
		sum = uint64(checksum.Sum(s[:])) + uint64(checksum.Sum(d[:]))
	}
	sum += uint64(proto) + uint64(n)
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum>>16 + sum&0xffff)
}
