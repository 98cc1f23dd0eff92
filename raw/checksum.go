package raw

import (
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// checksumOK reports whether an IPv6 packet's checksum, wherever it is, is
// right: pseudo-header and payload sum up to all ones.
//
// RFC 3542 §3.1, RFC 8200 §8.1. The length in the pseudo-header is that of what
// follows the extension headers.
func checksumOK(buf *pbuf.Buf, info *ip.Info) bool {
	if buf.Flags.Has(pbuf.Verified) {
		return true
	}
	return checksum.Add(ip.ChainSum(buf), ip.PseudoSum(info.Src, info.Dst, info.Proto, buf.TotalLen())) == 0xffff
}

// fillChecksum stores the checksum of an IPv6 packet at the endpoint's offset.
// It returns the packet, copied if its bytes may not be changed, and consumes
// buf; on an error it only borrows it.
//
// RFC 3542 §3.1: "the offset ... assumed to be located in the user data".
func (p *PCB) fillChecksum(buf *pbuf.Buf, src, dst netip.Addr) (*pbuf.Buf, error) {
	if p.csum+2 > buf.TotalLen() {
		return nil, ErrTooShort
	}
	if p.csum+2 > buf.Len() || !buf.Writable() {
		c := p.proto.pool.Clone(buf, pbuf.IP, pbuf.RAM)
		if c == nil {
			return nil, ip.ErrNoMemory
		}
		buf.Free()
		buf = c
	}
	b := buf.Bytes()[p.csum : p.csum+2]
	b[0], b[1] = 0, 0
	buf.Flags &^= pbuf.HasSum
	sum := ^checksum.Add(ip.ChainSum(buf), ip.PseudoSum(src, dst, p.number, buf.TotalLen()))
	if sum == 0 && p.number == ip.UDP { // RFC 8200 §8.1
		sum = 0xffff
	}
	b[0], b[1] = byte(sum>>8), byte(sum)
	return buf, nil
}
