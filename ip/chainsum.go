package ip

import (
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// ChainSum returns the one's complement sum of the bytes of a chain. Elements
// that know their sum (pbuf.HasSum) are not read. It borrows buf.
//
// RFC 1071 §2 (B): a part that starts at an odd offset counts swapped.
func ChainSum(buf *pbuf.Buf) uint16 {
	var sum uint16
	odd := false
	for e := buf; e != nil; e = e.Next() {
		s := e.Sum
		if !e.Flags.Has(pbuf.HasSum) {
			s = checksum.Sum(e.Bytes())
		}
		if odd {
			s = checksum.Swap(s)
		}
		sum = checksum.Add(sum, s)
		odd = odd != (e.Len()&1 != 0)
	}
	return sum
}
