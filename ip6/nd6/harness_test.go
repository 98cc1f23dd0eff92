package nd6

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// The two stations of most tests.
var (
	ourHW  = ethernet.Addr{0x02, 0, 0, 0, 0, 0x01}
	peerHW = ethernet.Addr{0x02, 0, 0, 0, 0, 0x02}
	ourLL  = netip.MustParseAddr("fe80::ff:fe00:1")
	peerLL = netip.MustParseAddr("fe80::ff:fe00:2")
	ourGA  = netip.MustParseAddr("2001:db8::1")
	peerGA = netip.MustParseAddr("2001:db8::2")
	farGA  = netip.MustParseAddr("2001:db8:ffff::9")
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
		var b []byte
		for e := f; e != nil; e = e.Next() {
			b = append(b, e.Bytes()...)
		}
		w.sent = append(w.sent, b)
		f.Free()
	}
}

// host is neighbor discovery on one interface, in virtual time.
type host struct {
	testing.TB
	q    *timers.Queue
	pool *pbuf.Pool
	ifs  *netif.Protocol
	nd   *Protocol
	ifc  *netif.Interface
	w    *wire

	failed []*pbuf.Buf
	start  timers.Time
}

// frame is a sent frame and when.
type frame struct {
	at time.Duration
	gopacket.Packet
	raw []byte
}

// newHost returns a host whose interface is up but not started. DAD is off
// unless cfg says otherwise.
func newHost(t testing.TB, cfg Config) *host {
	t.Helper()
	h := &host{TB: t, q: new(timers.Queue), pool: pbuf.NewPool(pbuf.Config{})}
	h.q.Advance(timers.Time(time.Second))
	r := sysarch.NewSeededRand(1)
	h.ifs = netif.New(h.q, r, h.pool)
	cfg.ExactReachableTime = true
	h.nd = New(h.ifs, h.q, r, h.pool, cfg)
	h.nd.SetHandler(h)
	h.ifc, h.w = h.addInterface(netif.Properties{HWAddr: ourHW})
	h.start = h.q.Now()
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

// readyHost returns a host with ourLL and ourGA/64, preferred.
func readyHost(t testing.TB, cfg Config) *host {
	cfg.DADAttempts, cfg.StartDelay = -1, -1
	h := newHost(t, cfg)
	h.nd.Start(h.ifc, true)
	if _, err := h.nd.AddAddress(h.ifc, netip.PrefixFrom(ourGA, 64)); err != nil {
		t.Fatal(err)
	}
	h.nd.q.Stop(&h.nd.link(h.ifc).rs)
	return h
}

// Unresolved implements Handler.
func (h *host) Unresolved(_ *netif.Interface, buf *pbuf.Buf) {
	h.failed = append(h.failed, buf)
}

// sent returns what has been sent since the last call, on the main interface.
func (h *host) sent() []frame { return h.sentOn(h.ifc, h.w) }

func (h *host) sentOn(ifc *netif.Interface, w *wire) []frame {
	h.Helper()
	if batch, ok := ifc.Publish(); ok {
		ifc.Transmit(batch)
	}
	var out []frame
	for _, b := range w.sent {
		f := frame{h.q.Now().Sub(h.start), gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default), b}
		if e := f.ErrorLayer(); e != nil {
			h.Fatalf("gopacket: %v in % x", e.Error(), b)
		}
		out = append(out, f)
	}
	w.sent = nil
	return out
}

// advance moves time by d, firing timers at their times, and returns what was
// sent meanwhile.
func (h *host) advance(d time.Duration) []frame {
	h.Helper()
	end := h.q.Now().Add(d)
	out := h.sent()
	for h.q.Next() <= end {
		h.q.Advance(h.q.Next())
		h.q.Run()
		out = append(out, h.sent()...)
	}
	h.q.Advance(end)
	return out
}

// packet returns an IPv6 packet with one byte of payload.
func (h *host) packet(src, dst netip.Addr, mark byte) *pbuf.Buf {
	buf := h.pool.Alloc(pbuf.Link, 41, pbuf.RAM)
	b := buf.Bytes()
	clear(b)
	s, d := src.As16(), dst.As16()
	b[0], b[5], b[6], b[7], b[40] = 0x60, 1, byte(ip.NoNext), 64, mark
	copy(b[8:], s[:])
	copy(b[24:], d[:])
	return buf
}

func (h *host) output(dst netip.Addr, mark byte) error {
	return h.nd.Output(h.ifc, h.packet(ourGA, dst, mark), dst)
}

// input hands the stack the ICMPv6 message m from src to dst.
func (h *host) input(src, dst netip.Addr, m []byte) { h.inputHop(src, dst, m, 255) }

func (h *host) inputHop(src, dst netip.Addr, m []byte, hops uint8) {
	buf := h.pool.AllocBytes(40, len(m))
	copy(buf.Bytes(), m)
	info := ip.Info{Ifc: h.ifc, Src: src, Dst: dst, Proto: ip.ICMPv6, TTL: hops, HeaderLen: 40, Multicast: dst.IsMulticast()}
	h.nd.Input(buf, &info)
}

// checkLeaks fails if a buffer is still held.
func (h *host) checkLeaks() {
	h.Helper()
	for _, b := range h.failed {
		b.Free()
	}
	h.failed = nil
	h.ifs.Remove(h.ifc)
	h.sent()
	if s := h.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		h.Errorf("leaked %d blocks, %d views", s.BlocksInUse, s.ViewsInUse)
	}
}

// Messages, built by hand.

func llOption(typ byte, hw ethernet.Addr) []byte {
	return append([]byte{typ, 1}, hw[:]...)
}

func ns(target netip.Addr, opts ...[]byte) []byte {
	t := target.As16()
	m := append([]byte{NeighborSolicitation, 0, 0, 0, 0, 0, 0, 0}, t[:]...)
	return join(m, opts)
}

func na(target netip.Addr, flags byte, opts ...[]byte) []byte {
	m := ns(target)
	m[0], m[4] = NeighborAdvertisement, flags
	return join(m, opts)
}

// ra builds a router advertisement: hop limit 0, lifetime in seconds.
func ra(flags byte, lifetime uint16, opts ...[]byte) []byte {
	m := make([]byte, 16)
	m[0], m[5] = RouterAdvertisement, flags
	binary.BigEndian.PutUint16(m[6:], lifetime)
	return join(m, opts)
}

func prefixOption(pre netip.Prefix, flags byte, valid, preferred uint32) []byte {
	o := make([]byte, 32)
	o[0], o[1], o[2], o[3] = optPrefix, 4, byte(pre.Bits()), flags
	binary.BigEndian.PutUint32(o[4:], valid)
	binary.BigEndian.PutUint32(o[8:], preferred)
	a := pre.Addr().As16()
	copy(o[16:], a[:])
	return o
}

func redirect(target, dst netip.Addr, opts ...[]byte) []byte {
	t, d := target.As16(), dst.As16()
	m := append([]byte{Redirect, 0, 0, 0, 0, 0, 0, 0}, t[:]...)
	return join(append(m, d[:]...), opts)
}

func join(m []byte, opts [][]byte) []byte {
	for _, o := range opts {
		m = append(m, o...)
	}
	return m
}

// judge checks a sent neighbor discovery frame from outside: addresses, hop
// limit, checksum.
func (h *host) judge(f frame) {
	h.Helper()
	v6, ok := f.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	if !ok {
		h.Fatalf("no IPv6 in % x", f.raw)
	}
	if v6.HopLimit != 255 {
		h.Errorf("hop limit %d, want 255", v6.HopLimit)
	}
	m := f.raw[14+40:]
	if int(v6.Length) != len(m) {
		h.Errorf("payload length %d, want %d", v6.Length, len(m))
	}
	src, _ := netip.AddrFromSlice(v6.SrcIP)
	dst, _ := netip.AddrFromSlice(v6.DstIP)
	if sum := checksum.Add(ip.PseudoSum(src, dst, ip.ICMPv6, len(m)), checksum.Sum(m)); sum != 0xffff {
		h.Errorf("checksum sums to %04x", sum)
	}
	if dst.IsMulticast() {
		eth := f.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
		if want := ethernet.Multicast(dst); string(eth.DstMAC) != string(want[:]) {
			h.Errorf("sent to %v, want %v", eth.DstMAC, want)
		}
	}
}

// solicitation describes a sent NS in a word, or fails.
func (h *host) solicitation(f frame) (src, dst, target netip.Addr) {
	h.Helper()
	h.judge(f)
	m, ok := f.Layer(layers.LayerTypeICMPv6NeighborSolicitation).(*layers.ICMPv6NeighborSolicitation)
	if !ok {
		h.Fatalf("not a solicitation: %v", f.Packet)
	}
	v6 := f.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	src, _ = netip.AddrFromSlice(v6.SrcIP)
	dst, _ = netip.AddrFromSlice(v6.DstIP)
	target, _ = netip.AddrFromSlice(m.TargetAddress)
	return src, dst, target
}

// state returns what the cache says of addr.
func (h *host) state(addr netip.Addr) (n Neighbor, ok bool) {
	h.nd.Neighbors(func(x Neighbor) bool {
		if x.Addr == addr {
			n, ok = x, true
		}
		return !ok
	})
	return n, ok
}

// times returns when frames were sent.
func times(fs []frame) []time.Duration {
	var out []time.Duration
	for _, f := range fs {
		out = append(out, f.at)
	}
	return out
}
