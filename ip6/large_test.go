package ip6

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// TestForwardLarge: a large segment with a partial checksum, as a driver delivers
// it, leaves by a link that takes neither in pieces, if they fit.
func TestForwardLarge(t *testing.T) {
	for _, c := range []struct{ size, want int }{{1200, 3}, {1241, 0}, {1240, 3}} {
		h, tun, w := newRouter(t)
		segment := append(make([]byte, 20), octets(3000)...)
		segment[12] = 5 << 4
		binary.BigEndian.PutUint16(segment[16:], ip.PseudoSum(peerGA, behind, ip.TCP, len(segment)))
		b := packet(peerGA, behind, ip.TCP, segment)
		buf := h.pool.AllocBytes(0, len(b))
		copy(buf.Bytes(), b)
		buf.Flags |= pbuf.Verified | pbuf.Partial
		buf.SegmentSize = uint16(c.size)
		h.p.Input(h.ifc, buf)
		var whole []byte
		frames := h.sentOn(tun, w)
		for i, f := range frames {
			body := f[40:]
			if checksum.Add(ip.PseudoSum(peerGA, behind, ip.TCP, len(body)), checksum.Sum(body)) != 0xffff || len(f) > 1300 {
				t.Errorf("frame %d of %d bytes, or its checksum is wrong", i, len(f))
			}
			whole = append(whole, body[20:]...)
		}
		if len(frames) != c.want || c.want > 0 && !bytes.Equal(whole, octets(3000)) {
			t.Errorf("segments of %d: %d frames, want %d; %+v", c.size, len(frames), c.want, h.p.Stats())
		}
		h.sent()
		h.checkLeaks()
	}
}
