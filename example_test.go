package lwip_test

import (
	"fmt"
	"net/http"
	"net/netip"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// Two stacks on a wire in memory, and net/http between them.
func ExampleStack() {
	a, b := memlink.New(memlink.Config{})
	server, _ := lwip.New(lwip.Config{})
	client, _ := lwip.New(lwip.Config{})
	server.AddInterface(a, netif.Config{Addr4: netip.MustParsePrefix("10.0.0.1/24")})
	client.AddInterface(b, netif.Config{Addr4: netip.MustParsePrefix("10.0.0.2/24")})
	l, _ := server.Listen("tcp", ":80")
	go http.Serve(l, http.FileServer(http.Dir(".")))
	web := http.Client{Transport: &http.Transport{DialContext: client.DialContext}}
	r, _ := web.Get("http://10.0.0.1/")
	fmt.Println(r.Status)

	r.Body.Close()
	web.CloseIdleConnections()
	server.Close()
	client.Close()
	// Output: 200 OK
}

// On a virtual clock, minutes take no time: a connection to a host that never
// answers, on a point-to-point link, is given up by the rules of TCP.
func ExampleStack_virtualTime() {
	clock := sysarch.NewManual()
	wire, _ := memlink.New(memlink.Config{Framing: netif.IP})
	s, _ := lwip.New(lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(1), NoIPv6: true})
	s.AddInterface(wire, netif.Config{Addr4: netip.MustParsePrefix("10.0.0.1/24")})

	s.Lock() // the callback API is used inside the core lock
	p, _ := s.TCP().NewPCB()
	err := p.Connect(netip.MustParseAddrPort("10.0.0.2:80"), &opening{clock: clock, since: clock.Now()})
	s.Unlock()
	if err != nil {
		fmt.Println(err)
	}
	for clock.Step() { // from one deadline to the next
	}
	fmt.Println(s.Stats().TCP.SegmentsOut, "segments sent")
	s.Close()
	// Output:
	// after 3m3s: tcp: connection timed out
	// 8 segments sent
}

// opening is a connection that is being opened. It has only the one callback
// that the example needs.
type opening struct {
	tcp.Handler
	clock *sysarch.Manual
	since timers.Time
}

func (o *opening) Closed(_ *tcp.PCB, err error) {
	fmt.Printf("after %v: %v\n", o.clock.Now().Sub(o.since), err)
}
