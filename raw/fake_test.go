package raw_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
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
}

// fakeNet is a network layer that records what it gets. Everything but
// 203.0.113.1 is reached through the interface asked for, the source's, or the
// first.
type fakeNet struct {
	ifs   *netif.Protocol
	is4   bool
	out   []sent
	quiet bool
	err   error
}

func (n *fakeNet) Output(buf *pbuf.Buf, h ip.Header) error {
	if !n.quiet {
		n.out = append(n.out, sent{h, flatten(buf)})
	}
	buf.Free()
	return n.err
}

func (n *fakeNet) Route(dst, src netip.Addr, ifc *netif.Interface) (ip.Route, error) {
	if dst == nowhere {
		return ip.Route{}, ip.ErrNoRoute
	}
	if src.IsValid() && n.Owner(src) == nil {
		return ip.Route{}, ip.ErrNoSource
	}
	if ifc == nil {
		ifc = n.ifs.List()[0]
	}
	if src.IsValid() {
		ifc = n.Owner(src)
	} else if src = ifc.Addr4().Addr; !n.is4 {
		src = ifc.Addrs6()[1].Addr
	}
	return ip.Route{Ifc: ifc, Src: src, MTU: 1500}, nil
}

func (n *fakeNet) Unreachable(*pbuf.Buf, *ip.Info, ip.Reason) {}
func (n *fakeNet) Reachable(*netif.Interface, netip.Addr)     {}

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

var (
	addrA   = netip.MustParseAddr("10.0.0.1") // of interface a, /24
	addrB   = netip.MustParseAddr("10.1.0.1") // of interface b, /24
	bcastA  = netip.MustParseAddr("10.0.0.255")
	group   = netip.MustParseAddr("224.1.2.3")
	peer    = netip.MustParseAddr("10.0.0.9")
	other   = netip.MustParseAddr("10.0.0.8")
	nowhere = netip.MustParseAddr("203.0.113.1")
	addrA6  = netip.MustParseAddr("2001:db8::1")
	peer6   = netip.MustParseAddr("2001:db8::9")
	any4    = netip.IPv4Unspecified()
	any6    = netip.IPv6Unspecified()
)

// world is raw over two fake networks and two interfaces.
type world struct {
	pool   *pbuf.Pool
	ifs    *netif.Protocol
	a, b   *netif.Interface
	n4, n6 *fakeNet
	raw    *raw.Protocol
}

func newWorld(cfg raw.Config) *world {
	w := &world{pool: pbuf.NewPool(pbuf.Config{})}
	w.ifs = netif.New(&timers.Queue{}, sysarch.NewSeededRand(1), w.pool)
	w.a = w.addInterface("10.0.0.1/24", addrA6)
	w.b = w.addInterface("10.1.0.1/24", netip.MustParseAddr("2001:db8:1::1"))
	w.n4, w.n6 = &fakeNet{ifs: w.ifs, is4: true}, &fakeNet{ifs: w.ifs}
	w.raw = raw.New(w.pool, w.n4, w.n6, w.ifs, cfg)
	return w
}

func (w *world) addInterface(prefix string, a6 netip.Addr) *netif.Interface {
	ifc, err := w.ifs.Add(fakeDriver{}, netif.Config{})
	if err != nil {
		panic(err)
	}
	ifc.SetAddr4(netip.MustParsePrefix(prefix), netip.Addr{})
	if _, err := ifc.AddAddr6(netif.Addr6{Addr: a6, Bits: 64, State: netif.Preferred}); err != nil {
		panic(err)
	}
	return ifc
}

func noLeak(t testing.TB, pool *pbuf.Pool) {
	t.Helper()
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("packet memory leaks: %+v", s)
	}
}

// recorder is a handler that keeps what it is offered.
type recorder struct {
	got  []string
	pcbs []*raw.PCB
	eat  bool
	then func(p *raw.PCB)
}

func (r *recorder) Received(p *raw.PCB, buf *pbuf.Buf, _ *ip.Info) (eaten bool) {
	r.got = append(r.got, string(flatten(buf)))
	r.pcbs = append(r.pcbs, p)
	if r.then != nil {
		r.then(p)
	}
	if r.eat {
		buf.Free()
	}
	return r.eat
}

func (w *world) pcb(t testing.TB, proto ip.Proto, h raw.Handler) *raw.PCB {
	t.Helper()
	p, err := w.raw.NewPCB(proto, h)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// header4 returns an IPv4 header, with options if optLen is not 0.
func header4(src, dst netip.Addr, proto ip.Proto, payload, optLen int) []byte {
	b := make([]byte, 20+optLen)
	b[0] = byte(0x40 + len(b)/4)
	b[2], b[3] = byte((len(b)+payload)>>8), byte(len(b)+payload)
	b[8], b[9] = 64, byte(proto)
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	for i := range optLen {
		b[20+i] = 1 // no operation
	}
	sum := ^checksum.Sum(b)
	b[10], b[11] = byte(sum>>8), byte(sum)
	return b
}

func info(src, dst netip.Addr, proto ip.Proto, ifc *netif.Interface) *ip.Info {
	return &ip.Info{
		Ifc: ifc, Src: src, Dst: dst, Proto: proto, TTL: 64,
		Broadcast: dst.Is4() && ifc.IsBroadcast(dst), Multicast: dst.IsMulticast(),
	}
}

// input offers an IPv4 packet as the network layer does, with its header in
// front of the payload. It reports whether it was eaten, and fails the test if
// it was not and came back changed.
func (w *world) input(t testing.TB, i *ip.Info, optLen int, payload string) bool {
	t.Helper()
	var b []byte
	if i.Dst.Is4() {
		b = header4(i.Src, i.Dst, i.Proto, len(payload), optLen)
	} else {
		b = make([]byte, 40)
	}
	i.HeaderLen = len(b)
	buf := w.pool.AllocBytes(0, len(b)+len(payload))
	copy(buf.Bytes()[copy(buf.Bytes(), b):], payload)
	buf.RemoveHeader(len(b))
	buf.Sum, buf.Flags = 0x1234, pbuf.HasSum|pbuf.Push
	if w.raw.InputRaw(buf, i) {
		return true
	}
	if string(buf.Bytes()) != payload || buf.Sum != 0x1234 || buf.Flags != pbuf.HasSum|pbuf.Push {
		t.Errorf("borrowed packet came back changed: %q %x %v", buf.Bytes(), buf.Sum, buf.Flags)
	}
	buf.Free()
	return false
}

// payload returns a packet to send.
func (w *world) payload(s string) *pbuf.Buf {
	buf := w.pool.Alloc(pbuf.IP, len(s), pbuf.RAM)
	copy(buf.Bytes(), s)
	return buf
}
