package ip4_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/pbuf"
)

// tcpSum returns the sum of a TCP packet's pseudo-header and segment.
func tcpSum(h ip4.Header, segment []byte) uint16 {
	return checksum.Add(ip.PseudoSum(h.Src(), h.Dst(), ip.TCP, len(segment)), checksum.Sum(segment))
}

// TestForwardLarge: a large segment with a partial checksum, as a driver delivers
// it, leaves by a link that takes neither in pieces, or in fragments where it may be
// fragmented and the pieces do not fit.
func TestForwardLarge(t *testing.T) {
	const payload = 3000
	for _, c := range []struct {
		name string
		size uint16
		frag uint16
		want int // frames
	}{
		{"in pieces", 500, 0x4000, 6},
		{"pieces are too long", 600, 0x4000, 0},
		{"in fragments", 600, 0, 6},
		{"not large", 0, 0, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, in, out := router(t, ip4.Config{})
			segment := append(make([]byte, 20), pattern(payload)...)
			segment[12] = 5 << 4
			packet := dgram{src: "10.0.0.9", dst: "10.1.0.9", proto: ip.TCP, payload: segment, frag: c.frag}.bytes()
			hdr, _ := ip4.ParseHeader(packet)
			binary.BigEndian.PutUint16(packet[36:], ip.PseudoSum(hdr.Src(), hdr.Dst(), ip.TCP, len(segment)))
			buf := h.buf(packet)
			buf.Flags |= pbuf.Verified | pbuf.Partial
			buf.SegmentSize = c.size
			in.Input(buf)
			h.turn()
			frames := take(out)
			if len(frames) != c.want {
				t.Fatalf("%d frames, want %d; %+v", len(frames), c.want, h.ip.Stats())
			}
			var whole []byte
			for i, f := range frames {
				p, ok := ip4.ParseHeader(f)
				if !ok || len(f) > 576 {
					t.Fatalf("frame %d has %d bytes", i, len(f))
				}
				body := f[len(p):]
				if c.frag != 0 {
					if tcpSum(p, body) != 0xffff {
						t.Errorf("frame %d has a wrong checksum", i)
					}
					body = body[20:]
				}
				whole = append(whole, body...)
			}
			if c.frag == 0 {
				if tcpSum(hdr, whole) != 0xffff {
					t.Error("the fragmented packet has a wrong checksum")
				}
				whole = whole[20:]
			}
			if c.want > 0 && !bytes.Equal(whole, pattern(payload)) {
				t.Error("other bytes left than came")
			}
			h.drained()
		})
	}
}
