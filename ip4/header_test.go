package ip4_test

import (
	"bytes"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
)

// What the view reads is what gopacket reads.
func FuzzParseHeader(f *testing.F) {
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(12), frag: 0x2003}.bytes())
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, options: []byte{148, 4, 0, 0}}.bytes())
	f.Add([]byte{0x4f, 0, 0, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := ip4.ParseHeader(b)
		if want := len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 && int(b[0]&15)*4 <= len(b); ok != want {
			t.Fatalf("ok %v, want %v", ok, want)
		}
		if !ok {
			return
		}
		var l layers.IPv4
		if l.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
			return // it judges lengths and options too
		}
		src, dst := h.Src().As4(), h.Dst().As4()
		if int(l.IHL)*4 != len(h) || l.TOS != h.TOS() || l.Id != h.ID() || l.TTL != h.TTL() ||
			uint8(l.Protocol) != uint8(h.Proto()) || int(l.FragOffset)*8 != h.Offset() ||
			(l.Flags&layers.IPv4DontFragment != 0) != h.DontFragment() ||
			(l.Flags&layers.IPv4MoreFragments != 0) != h.MoreFragments() ||
			!bytes.Equal(l.SrcIP, src[:]) || !bytes.Equal(l.DstIP, dst[:]) {
			t.Errorf("gopacket reads %+v from % x", l, []byte(h))
		}
	})
}

// Nothing that comes in makes the stack panic, leak or lose count.
func FuzzInput(f *testing.F) {
	echo := icmp(8, 0, 0x10001, pattern(20))
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: echo}.bytes(), uint8(0))
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(24), frag: 0x2000}.bytes(), uint8(3))
	f.Add(dgram{src: "10.0.0.2", dst: "10.9.0.1", proto: ip.UDP, payload: pattern(24)}.bytes(), uint8(30))
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: 99, payload: pattern(24), options: []byte{131, 3, 4, 0}}.bytes(), uint8(21))
	quote := dgram{src: "10.0.0.1", dst: "10.0.0.2", proto: ip.UDP, payload: pattern(8)}.bytes()
	f.Add(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(3, 4, 1000, quote)}.bytes(), uint8(28))
	f.Fuzz(func(t *testing.T, b []byte, split uint8) {
		if len(b) > 0 && b[0]>>4 == 4 && len(b) >= 20 && int(b[0]&15) >= 5 && int(b[0]&15)*4 <= len(b) {
			fix(b) // a fuzzer does not find checksums
		}
		h := newHost(t, ip4.Config{})
		in := h.tunnel("10.0.0.1/24")
		out := h.tunnel("10.9.0.1/24")
		in.SetForwarding(true)
		out.SetForwarding(true)
		if n := int(split); n > 0 && n < len(b) {
			h.ip.Input(in, h.buf(b, n))
		} else {
			h.ip.Input(in, h.buf(b))
		}
		h.turn()
		for _, frame := range append(take(in), take(out)...) {
			if _, ok := ip4.ParseHeader(frame); !ok {
				t.Errorf("sent % x", frame)
			}
		}
		h.accounted()
		h.advance(31e9)
		h.drained()
	})
}
