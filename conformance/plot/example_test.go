package plot_test

import (
	"log"
	"net/netip"
	"os"

	"github.com/golwip/lwip/conformance/plot"
)

func ExampleTrace_SVG() {
	in, err := os.Open("capture.pcapng")
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	trace, err := plot.Load(in, 1, netip.AddrPort{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := trace.SVG(os.Stdout, plot.Options{}); err != nil {
		log.Fatal(err)
	}
}
