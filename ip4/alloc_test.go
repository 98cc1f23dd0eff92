package ip4_test

import (
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestZeroAlloc(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.add(netif.Properties{}, "10.0.0.1/24", "10.0.0.254")
	h.arp.AddStatic(ifc, addr("10.0.0.254"), [6]byte{2, 9})
	h.arp.AddStatic(ifc, addr("10.0.0.2"), [6]byte{2, 8})
	linkOf(ifc).discard = true
	h.udp.input = func(buf *pbuf.Buf, info *ip.Info) { buf.Free() }
	receive := func(b []byte) {
		buf := h.pool.AllocBytes(24, len(b))
		copy(buf.Bytes(), b)
		h.ip.Input(ifc, buf)
		h.transmit()
	}
	udp := dgram{src: "192.0.2.7", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(500)}.bytes()
	padded := append(udp[:len(udp):len(udp)], 0, 0)
	echo := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(8, 0, 1, pattern(56))}.bytes()
	piece := [2][]byte{fragment(pattern(2000), 0, 1000, 3).bytes(), fragment(pattern(2000), 1000, 1000, 3).bytes()}
	for name, f := range map[string]func(){
		"input":      func() { receive(udp) },
		"padded":     func() { receive(padded) },
		"echo":       func() { receive(echo) },
		"reassembly": func() { receive(piece[0]); receive(piece[1]) },
		"output": func() {
			buf := h.pool.Alloc(pbuf.IP, 1000, pbuf.RAM)
			h.ip.Output(buf, ip.Header{Dst: addr("192.0.2.7"), Proto: ip.UDP})
			h.transmit()
		},
		"fragments": func() {
			buf := h.pool.Alloc(pbuf.IP, 4000, pbuf.RAM)
			h.ip.Output(buf, ip.Header{Dst: addr("192.0.2.7"), Proto: ip.UDP})
			h.transmit()
		},
	} {
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	h.drained()
}

func BenchmarkInput(b *testing.B) {
	h := newHost(b, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	h.tunnel("10.1.0.1/24")
	h.udp.input = func(buf *pbuf.Buf, info *ip.Info) {}
	buf := h.buf(dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(1400)}.bytes())
	for b.Loop() {
		h.ip.Input(ifc, buf)
		buf.AddHeaderForce(20)
	}
}

func BenchmarkOutput(b *testing.B) {
	h := newHost(b, ip4.Config{})
	ifc := h.add(netif.Properties{}, "10.0.0.1/24", "10.0.0.254")
	h.arp.AddStatic(ifc, addr("10.0.0.254"), [6]byte{2, 9})
	linkOf(ifc).discard = true
	buf := h.pool.Alloc(pbuf.IP, 1400, pbuf.RAM)
	hdr := ip.Header{Src: addr("10.0.0.1"), Dst: addr("192.0.2.7"), Proto: ip.TCP, Flags: ip.DontFragment}
	i := 0
	for b.Loop() {
		buf.Ref()
		h.ip.Output(buf, hdr)
		buf.RemoveHeader(34)
		if i++; i&255 == 255 {
			h.transmit()
		}
	}
}
