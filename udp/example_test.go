package udp_test

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// echo answers every datagram with its own payload.
type echo struct{}

func (echo) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, _ *ip.Info) {
	fmt.Printf("%s from %v\n", buf.Bytes(), from)
	if err := p.SendTo(buf, from); err != nil {
		fmt.Println(err)
	}
}

func (echo) Error(*udp.PCB, error) {}

// An echo server on port 7. In a program the Protocol is the stack's, and the
// network layers call its Input; here the test's fake ones do.
func Example() {
	w := newWorld(nil, udp.Config{})
	pcb, err := w.udp.NewPCB(echo{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := pcb.Bind(netip.MustParseAddrPort("0.0.0.0:7"), nil); err != nil {
		fmt.Println(err)
		return
	}
	client, server := netip.MustParseAddrPort("10.0.0.9:4000"), netip.MustParseAddrPort("10.0.0.1:7")
	b := datagram(client, server, "hello")
	w.udp.Input(chain(w.pool, b), info(client.Addr(), server.Addr(), w.a))

	out := w.n4.out[0]
	h, _ := udp.ParseHeader(out.bytes)
	fmt.Printf("%s to %v:%d\n", out.bytes[udp.HeaderLen:], out.Dst, h.DstPort())
	// Output:
	// hello from 10.0.0.9:4000
	// hello to 10.0.0.9:4000
}
