package pcapng_test

import (
	"bytes"
	"fmt"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/google/gopacket/pcapgo"
)

func Example() {
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	wire, _ := memlink.New(memlink.Config{Framing: netif.IP})
	var file bytes.Buffer // or an *os.File
	recorded, err := pcapng.New(wire, &file, clock, pcapng.Options{Name: "tn0"})
	if err != nil {
		panic(err)
	}

	packet := pool.Alloc(pbuf.Raw, 20, pbuf.RAM)
	copy(packet.Bytes(), "\x45\x00\x00\x14")
	recorded.Transmit([]*pbuf.Buf{packet})
	if err := recorded.Flush(); err != nil {
		panic(err)
	}

	r, err := pcapgo.NewNgReader(&file, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		panic(err)
	}
	_, info, err := r.ReadPacketData()
	fmt.Println(info.Timestamp.UTC(), info.Length, err)
	// Output: 2000-01-01 00:00:01 +0000 UTC 20 <nil>
}
