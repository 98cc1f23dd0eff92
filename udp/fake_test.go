package udp_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// fakeDriver is a link that swallows everything.
type fakeDriver struct{}

func (fakeDriver) Properties() netif.Properties { return netif.Properties{} }
func (fakeDriver) Attach(netif.Receiver) error  { return nil }
func (fakeDriver) Detach() error                { return nil }
func (fakeDriver) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		f.Free()
	}
}

// sent is one packet given to a fakeNet.
type sent struct {
	ip.Header
	bytes []byte
	parts int // elements of the chain
}

// fakeNet is a network layer that records what it gets.
type fakeNet struct {
	ifs     *netif.Protocol
	is4     bool
	out     []sent
	count   int   // outputs while keep is false
	keep    bool  // record outputs
	err     error // what Output returns
	refused []ip.Reason
	quoted  [][]byte
	routes  int // Route calls
}

func (n *fakeNet) Output(buf *pbuf.Buf, h ip.Header) error {
	n.count++
	if n.keep {
		s := sent{Header: h, bytes: flatten(buf)}
		for e := buf; e != nil; e = e.Next() {
			s.parts++
		}
		n.out = append(n.out, s)
	}
	buf.Free()
	return n.err
}

func (n *fakeNet) Route(dst, src netip.Addr, ifc *netif.Interface) (ip.Route, error) {
	n.routes++
	for _, i := range n.ifs.List() {
		if ifc != nil && i != ifc || src.IsValid() && !i.Owns(src) {
			continue
		}
		from := src
		if !from.IsValid() {
			from = n.pick(i, dst)
		}
		if from.IsValid() && n.onLink(i, dst, ifc) {
			return ip.Route{Ifc: i, Src: from, MTU: i.MTU()}, nil
		}
	}
	if src.IsValid() {
		return ip.Route{}, ip.ErrNoSource
	}
	return ip.Route{}, ip.ErrNoRoute
}

// pick returns a source address of i for dst.
func (n *fakeNet) pick(i *netif.Interface, dst netip.Addr) netip.Addr {
	if n.is4 {
		return i.Addr4().Addr
	}
	for _, a := range i.Addrs6() {
		if a.State.Valid() && a.Addr.IsLinkLocalUnicast() == dst.IsLinkLocalUnicast() {
			return a.Addr
		}
	}
	return netip.Addr{}
}

// onLink: 203.0.113.0/24 is nowhere; an interface that was asked for, and the
// first one, reach everything else.
func (n *fakeNet) onLink(i *netif.Interface, dst netip.Addr, asked *netif.Interface) bool {
	if netip.MustParsePrefix("203.0.113.0/24").Contains(dst) {
		return false
	}
	return asked != nil || i.Addr4().Prefix.Contains(dst) || i == n.ifs.List()[0]
}

func (n *fakeNet) Unreachable(buf *pbuf.Buf, info *ip.Info, why ip.Reason) {
	n.refused = append(n.refused, why)
	n.quoted = append(n.quoted, flatten(buf))
}

func (n *fakeNet) Reachable(*netif.Interface, netip.Addr) {}

func (n *fakeNet) Owner(a netip.Addr) *netif.Interface {
	for _, i := range n.ifs.List() {
		if i.Owns(a) {
			return i
		}
	}
	return nil
}

func (n *fakeNet) HeaderLen() int {
	if n.is4 {
		return 20
	}
	return 40
}

func flatten(buf *pbuf.Buf) []byte {
	b := []byte{}
	for e := buf; e != nil; e = e.Next() {
		b = append(b, e.Bytes()...)
	}
	return b
}

// world is UDP over two fake networks and two interfaces.
type world struct {
	t      testing.TB
	pool   *pbuf.Pool
	ifs    *netif.Protocol
	a, b   *netif.Interface
	n4, n6 *fakeNet
	udp    *udp.Protocol
}

var (
	addrA   = netip.MustParseAddr("10.0.0.1") // of interface a, /24
	addrB   = netip.MustParseAddr("10.1.0.1") // of interface b, /24
	bcastA  = netip.MustParseAddr("10.0.0.255")
	limited = netip.MustParseAddr("255.255.255.255")
	group   = netip.MustParseAddr("224.1.2.3")
	peer    = netip.MustParseAddr("10.0.0.9")
	addrA6  = netip.MustParseAddr("2001:db8::1")
	linkA6  = netip.MustParseAddr("fe80::1")
	linkB6  = netip.MustParseAddr("fe80::2")
	peer6   = netip.MustParseAddr("2001:db8::9")
	group6  = netip.MustParseAddr("ff02::1234")
	any4    = netip.IPv4Unspecified()
	any6    = netip.IPv6Unspecified()
)

// withPort is shorthand for netip.AddrPortFrom.
func withPort(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

func newWorld(t testing.TB, cfg udp.Config) *world {
	q := &timers.Queue{}
	r := sysarch.NewSeededRand(1)
	w := &world{t: t, pool: pbuf.NewPool(pbuf.Config{})}
	w.ifs = netif.New(q, r, w.pool)
	w.a = w.addInterface("10.0.0.1/24", addrA6, linkA6)
	w.b = w.addInterface("10.1.0.1/24", linkB6)
	w.n4 = &fakeNet{ifs: w.ifs, is4: true, keep: true}
	w.n6 = &fakeNet{ifs: w.ifs, keep: true}
	w.udp = udp.New(w.pool, q, r, w.n4, w.n6, w.ifs, cfg)
	return w
}

func (w *world) addInterface(prefix string, addrs6 ...netip.Addr) *netif.Interface {
	ifc, err := w.ifs.Add(fakeDriver{}, netif.Config{})
	if err != nil {
		panic(err)
	}
	ifc.SetAddr4(netip.MustParsePrefix(prefix), netip.Addr{})
	for _, a := range addrs6 {
		if _, err := ifc.AddAddr6(netif.Addr6{Addr: a, Bits: 64, State: netif.Preferred, ValidUntil: timers.Never, PreferredUntil: timers.Never}); err != nil {
			panic(err)
		}
	}
	return ifc
}

// noLeak fails the test if packet memory is still held.
func (w *world) noLeak() { w.t.Helper(); noLeak(w.t, w.pool) }

func noLeak(t testing.TB, pool *pbuf.Pool) {
	t.Helper()
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("packet memory leaks: %+v", s)
	}
}

// got is one upcall.
type got struct {
	pcb     *udp.PCB
	payload string
	from    netip.AddrPort
	err     error
}

// recorder is a handler that keeps what it is told.
type recorder struct {
	got  []got
	then func(p *udp.PCB) // called in Received
}

func (r *recorder) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, info *ip.Info) {
	r.got = append(r.got, got{pcb: p, payload: string(flatten(buf)), from: from})
	buf.Free()
	if r.then != nil {
		r.then(p)
	}
}

func (r *recorder) Error(p *udp.PCB, err error) {
	r.got = append(r.got, got{pcb: p, err: err})
}

// pcb returns an endpoint with options, not bound.
func (w *world) pcb(h udp.Handler, opts udp.Option) *udp.PCB {
	w.t.Helper()
	p, err := w.udp.NewPCB(h)
	if err != nil {
		w.t.Fatal(err)
	}
	p.Set(opts)
	return p
}

// bound returns an endpoint bound to an address and port.
func (w *world) bound(h udp.Handler, opts udp.Option, local netip.AddrPort, ifc *netif.Interface) *udp.PCB {
	w.t.Helper()
	p := w.pcb(h, opts)
	if err := p.Bind(local, ifc); err != nil {
		w.t.Fatalf("Bind(%v): %v", local, err)
	}
	return p
}

// datagram returns the bytes of a valid UDP datagram.
func datagram(src, dst netip.AddrPort, payload string) []byte {
	b := append(make([]byte, udp.HeaderLen), payload...)
	udp.PutHeader(b, src.Port(), dst.Port(), len(b), 0)
	sum := ^checksum.Add(checksum.Sum(b), ip.PseudoSum(src.Addr(), dst.Addr(), ip.UDP, len(b)))
	if sum == 0 {
		sum = 0xffff
	}
	b[6], b[7] = byte(sum>>8), byte(sum)
	return b
}

// info returns what the network layer says of a packet that came in on ifc.
func info(src, dst netip.Addr, ifc *netif.Interface) *ip.Info {
	return &ip.Info{
		Ifc: ifc, Src: src, Dst: dst, Proto: ip.UDP, TTL: 64,
		Broadcast: dst.Is4() && ifc.IsBroadcast(dst), Multicast: dst.IsMulticast(),
	}
}

// input passes a received datagram to UDP.
func (w *world) input(src, dst netip.AddrPort, ifc *netif.Interface, payload string) {
	w.t.Helper()
	w.inputBytes(datagram(src, dst, payload), info(src.Addr(), dst.Addr(), ifc))
}

func (w *world) inputBytes(b []byte, i *ip.Info) {
	w.t.Helper()
	buf := w.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	w.udp.Input(buf, i)
}

// payload returns a packet to send.
func (w *world) payload(s string) *pbuf.Buf {
	buf := w.pool.Alloc(pbuf.Transport, len(s), pbuf.RAM)
	copy(buf.Bytes(), s)
	return buf
}
