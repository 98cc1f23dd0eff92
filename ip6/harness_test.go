package ip6

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

var (
	ourHW    = ethernet.Addr{0x02, 0, 0, 0, 0, 0x01}
	peerHW   = ethernet.Addr{0x02, 0, 0, 0, 0, 0x02}
	ourLL    = netip.MustParseAddr("fe80::ff:fe00:1")
	peerLL   = netip.MustParseAddr("fe80::ff:fe00:2")
	ourGA    = netip.MustParseAddr("2001:db8::1")
	peerGA   = netip.MustParseAddr("2001:db8::2")
	farGA    = netip.MustParseAddr("2001:db8:ffff::9")
	aGroup   = netip.MustParseAddr("ff02::1:3")
	loopback = netip.IPv6Loopback()
)

// wire is a driver that keeps what is sent.
type wire struct {
	props netif.Properties
	sent  [][]byte
}

func (w *wire) Properties() netif.Properties { return w.props }
func (w *wire) Attach(netif.Receiver) error  { return nil }
func (w *wire) Detach() error                { return nil }
func (w *wire) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		b := make([]byte, f.TotalLen())
		f.CopyPartial(b, 0)
		w.sent = append(w.sent, b)
		f.Free()
	}
}

// sink is a transport that keeps what it gets.
type sink struct {
	got    []received
	errors []ip.Error
	quotes [][]byte
}

type received struct {
	ip.Info
	data []byte
}

func (s *sink) Input(buf *pbuf.Buf, info *ip.Info) {
	b := make([]byte, buf.TotalLen())
	buf.CopyPartial(b, 0)
	s.got = append(s.got, received{*info, b})
	buf.Free()
}

func (s *sink) Error(buf *pbuf.Buf, e *ip.Error) {
	b := make([]byte, buf.TotalLen())
	buf.CopyPartial(b, 0)
	s.errors, s.quotes = append(s.errors, *e), append(s.quotes, b)
}

// groups is a fixed membership.
type groups map[netip.Addr]bool

func (g groups) Member(_ *netif.Interface, a netip.Addr) bool { return g[a] }

// host is IPv6 on one Ethernet interface in virtual time, with peerGA and peerLL
// as neighbors, peerLL as router, and a transport for UDP.
type host struct {
	testing.TB
	q    *timers.Queue
	pool *pbuf.Pool
	ifs  *netif.Protocol
	nd   *nd6.Protocol
	p    *Protocol
	ifc  *netif.Interface
	w    *wire
	udp  *sink
}

func newHost(t testing.TB, cfg Config) *host {
	t.Helper()
	h := &host{TB: t, q: new(timers.Queue), pool: pbuf.NewPool(pbuf.Config{}), udp: new(sink)}
	h.q.Advance(timers.Time(time.Second))
	r := sysarch.NewSeededRand(1)
	h.ifs = netif.New(h.q, r, h.pool)
	h.nd = nd6.New(h.ifs, h.q, r, h.pool, nd6.Config{DADAttempts: -1, StartDelay: -1, NoRouterDiscovery: true, ExactReachableTime: true})
	h.p = New(h.ifs, h.q, r, h.pool, h.nd, cfg)
	h.p.Handle(ip.UDP, h.udp)
	h.p.SetGroups(groups{aGroup: true})
	h.ifc, h.w = h.addInterface(netif.Properties{HWAddr: ourHW})
	h.nd.Start(h.ifc, true)
	h.addAddress(h.ifc, netip.PrefixFrom(ourGA, 64))
	for _, a := range []netip.Addr{peerGA, peerLL} {
		if err := h.nd.AddNeighbor(h.ifc, a, peerHW); err != nil {
			t.Fatal(err)
		}
	}
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	return h
}

func (h *host) addInterface(props netif.Properties) (*netif.Interface, *wire) {
	h.Helper()
	w := &wire{props: props}
	ifc, err := h.ifs.Add(w, netif.Config{})
	if err != nil {
		h.Fatal(err)
	}
	ifc.SetUp(true)
	return ifc, w
}

func (h *host) addAddress(ifc *netif.Interface, pre netip.Prefix) {
	h.Helper()
	if _, err := h.nd.AddAddress(ifc, pre); err != nil {
		h.Fatal(err)
	}
}

// sent returns the IPv6 packets sent on the main interface since the last call.
func (h *host) sent() [][]byte {
	h.Helper()
	var out [][]byte
	for _, f := range h.sentOn(h.ifc, h.w) {
		pkt := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
		if e := pkt.ErrorLayer(); e != nil && pkt.Layer(layers.LayerTypeIPv6Fragment) == nil {
			h.Fatalf("gopacket: %v in % x", e.Error(), f)
		}
		if pkt.Layer(layers.LayerTypeIPv6) == nil {
			h.Fatalf("no IPv6: % x", f)
		}
		out = append(out, f[14:])
	}
	return out
}

func (h *host) sentOn(ifc *netif.Interface, w *wire) [][]byte {
	if batch, ok := ifc.Publish(); ok {
		ifc.Transmit(batch)
	}
	out := w.sent
	w.sent = nil
	return out
}

// advance moves time by d, firing timers at their times.
func (h *host) advance(d time.Duration) {
	end := h.q.Now().Add(d)
	for h.q.Next() <= end {
		h.q.Advance(h.q.Next())
		h.q.Run()
	}
	h.q.Advance(end)
}

// receive hands the host a packet.
func (h *host) receive(b []byte) { h.receiveOn(h.ifc, b, 0) }

func (h *host) receiveOn(ifc *netif.Interface, b []byte, flags pbuf.Flags) {
	buf := h.pool.AllocBytes(pbuf.Link.Room(), len(b))
	copy(buf.Bytes(), b)
	buf.Flags = flags
	h.p.Input(ifc, buf)
}

// receiveSplit hands the host a packet in two elements, cut at n.
func (h *host) receiveSplit(b []byte, n int) {
	head := h.pool.AllocBytes(pbuf.Link.Room(), n)
	copy(head.Bytes(), b[:n])
	tail := h.pool.AllocBytes(0, len(b)-n)
	copy(tail.Bytes(), b[n:])
	head.SetNext(tail)
	h.p.Input(h.ifc, head)
}

func (h *host) checkLeaks() {
	h.Helper()
	for len(h.ifs.List()) > 0 {
		ifc := h.ifs.List()[0]
		h.ifs.Remove(ifc)
		if batch, ok := ifc.Publish(); ok {
			ifc.Transmit(batch)
		}
	}
	for h.p.reass.head != nil {
		h.p.reass.remove(h.p.reass.head)
	}
	if h.p.reass.bytes != 0 || h.p.reass.n != 0 {
		h.Errorf("reassembly counts %d bytes, %d datagrams", h.p.reass.bytes, h.p.reass.n)
	}
	if s := h.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		h.Errorf("leaked %d blocks, %d views", s.BlocksInUse, s.ViewsInUse)
	}
}

// total returns the sum of all counters but Received.
func total(s Stats) uint64 {
	s.Received = 0
	var n uint64
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		n += v.Field(i).Uint()
	}
	return n
}

// Packets, built by hand.

func packet(src, dst netip.Addr, next ip.Proto, body []byte) []byte {
	b := make([]byte, HeaderLen, HeaderLen+len(body))
	s, d := src.As16(), dst.As16()
	b[0] = 0x60
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	b[6], b[7] = byte(next), 61
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	return append(b, body...)
}

// octets returns n bytes that count up.
func octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// icmp returns an ICMPv6 message with its checksum.
func icmp(src, dst netip.Addr, typ, code uint8, word uint32, body []byte) []byte {
	m := make([]byte, 8, 8+len(body))
	m[0], m[1] = typ, code
	binary.BigEndian.PutUint32(m[4:], word)
	m = append(m, body...)
	sum := checksum.Add(ip.PseudoSum(src, dst, ip.ICMPv6, len(m)), checksum.Sum(m))
	binary.BigEndian.PutUint16(m[2:], ^sum)
	return m
}

func icmpPacket(src, dst netip.Addr, typ, code uint8, word uint32, body []byte) []byte {
	return packet(src, dst, ip.ICMPv6, icmp(src, dst, typ, code, word, body))
}

// fragmentOf returns a fragment with data at off.
func fragmentOf(src, dst netip.Addr, next ip.Proto, id uint32, off int, more bool, data []byte) []byte {
	x := make([]byte, 8)
	x[0] = byte(next)
	binary.BigEndian.PutUint16(x[2:], uint16(off))
	if more {
		x[3] |= 1
	}
	binary.BigEndian.PutUint32(x[4:], id)
	return packet(src, dst, ip.FragmentHdr, append(x, data...))
}

// parseICMP checks a sent ICMPv6 packet's checksum and returns its message.
func (h *host) parseICMP(b []byte) []byte {
	h.Helper()
	m := b[HeaderLen:]
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	if b[6] != byte(ip.ICMPv6) || int(binary.BigEndian.Uint16(b[4:])) != len(m) {
		h.Fatalf("not ICMPv6 or wrong length: % x", b)
	}
	if sum := checksum.Add(ip.PseudoSum(src, dst, ip.ICMPv6, len(m)), checksum.Sum(m)); sum != 0xffff {
		h.Errorf("checksum sums to %04x", sum)
	}
	return m
}

// oneError returns the one ICMPv6 error sent, or fails.
func (h *host) oneError() (typ, code uint8, word uint32, quote []byte) {
	h.Helper()
	out := h.sent()
	if len(out) != 1 {
		h.Fatalf("%d packets sent, want one error", len(out))
	}
	m := h.parseICMP(out[0])
	return m[0], m[1], binary.BigEndian.Uint32(m[4:]), m[8:]
}
