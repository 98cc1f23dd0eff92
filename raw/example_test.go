package raw_test

import (
	"fmt"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
)

// watch prints what it sees and leaves it to the stack.
type watch struct{}

func (watch) Received(_ *raw.PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	fmt.Printf("%d bytes from %v, with the IP header\n", buf.TotalLen(), info.Src)
	return false
}

// An endpoint that sees every IPv4 packet of protocol 1, ICMP. In a program the
// Protocol is the stack's, and the network layers call its InputRaw; here the
// test's fake ones do.
func Example() {
	w := newWorld(raw.Config{})
	pcb, err := w.raw.NewPCB(ip.ICMP, watch{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := pcb.Bind(any4, nil); err != nil {
		fmt.Println(err)
		return
	}
	echo := w.payload("\x08\x00\xf7\xff\x00\x00\x00\x00") // type, code, checksum, id, sequence
	if err := pcb.SendTo(echo, peer); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d bytes to %v\n", len(w.n4.out[0].bytes), w.n4.out[0].Dst)

	answer := w.pool.AllocBytes(20, 8) // behind the header that IP has removed
	reply := info(peer, addrA, ip.ICMP, w.a)
	reply.HeaderLen = 20
	w.raw.InputRaw(answer, reply)
	answer.Free()
	// Output:
	// 8 bytes to 10.0.0.9
	// 28 bytes from 10.0.0.9, with the IP header
}
