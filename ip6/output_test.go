package ip6

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// sendChain sends data by UDP to peerGA in elements of at most n bytes.
func sendChain(t testing.TB, h *host, data []byte, n int) {
	t.Helper()
	var head *pbuf.Buf
	for rest := data; len(rest) > 0; {
		e := h.pool.Alloc(pbuf.Transport, min(n, len(rest)), pbuf.RAM)
		rest = rest[copy(e.Bytes(), rest):]
		if head == nil {
			head = e
		} else {
			head.Cat(e)
		}
	}
	if err := h.p.Output(head, ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP}); err != nil {
		t.Fatal(err)
	}
}

func (h *host) buf(n int) *pbuf.Buf {
	b := h.pool.Alloc(pbuf.Transport, n, pbuf.RAM)
	copy(b.Bytes(), octets(n))
	return b
}

func TestOutputHeader(t *testing.T) {
	h := newHost(t, Config{})
	if err := h.p.Output(h.buf(20), ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP, TOS: 0xb9, TTL: 3}); err != nil {
		t.Fatal(err)
	}
	out := h.sent()
	v6 := gopacket.NewPacket(out[0], layers.LayerTypeIPv6, gopacket.Default).Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	if v6.Version != 6 || v6.TrafficClass != 0xb9 || v6.HopLimit != 3 || v6.Length != 20 || v6.NextHeader != layers.IPProtocolUDP ||
		v6.SrcIP.String() != ourGA.String() || v6.DstIP.String() != peerGA.String() || v6.FlowLabel == 0 {
		t.Errorf("%+v", v6)
	}
	if !bytes.Equal(out[0][40:], octets(20)) {
		t.Error("payload")
	}
	h.checkLeaks()
}

// RFC 6437: one label for one flow, another for another, zero if asked.
func TestFlowLabel(t *testing.T) {
	label := func(h *host, port byte) uint32 {
		b := h.buf(20)
		b.Bytes()[0], b.Bytes()[1] = 0x80, port
		h.p.Output(b, ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP})
		out := h.sent()[0]
		return uint32(out[1]&15)<<16 | uint32(out[2])<<8 | uint32(out[3])
	}
	h := newHost(t, Config{})
	if a, b := label(h, 1), label(h, 1); a != b {
		t.Errorf("%x and %x for one flow", a, b)
	}
	seen := map[uint32]bool{}
	for port := range 200 {
		seen[label(h, byte(port))] = true
	}
	if len(seen) < 195 {
		t.Errorf("%d labels for 200 flows", len(seen))
	}
	h.checkLeaks()
	off := newHost(t, Config{NoFlowLabel: true})
	if l := label(off, 1); l != 0 {
		t.Errorf("label %x", l)
	}
	off.checkLeaks()
}

func TestOutputErrors(t *testing.T) {
	h := newHost(t, Config{})
	for _, tt := range []struct {
		name string
		n    int
		h    ip.Header
		want error
	}{
		{"no route", 20, ip.Header{Dst: loopback}, ip.ErrNoRoute},
		{"do not fragment", 1461, ip.Header{Dst: peerGA, Flags: ip.DontFragment}, ip.ErrTooBig},
		{"router alert and too big", 1453, ip.Header{Dst: peerGA, Flags: ip.RouterAlert}, ip.ErrTooBig},
		{"fits", 1460, ip.Header{Dst: peerGA, Flags: ip.DontFragment}, nil},
		{"router alert, fits", 1452, ip.Header{Dst: peerGA, Flags: ip.RouterAlert}, nil},
	} {
		tt.h.Src, tt.h.Proto = ourGA, ip.UDP
		if err := h.p.Output(h.buf(tt.n), tt.h); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	h.sent()
	h.ifc.SetUp(false)
	if err := h.p.Output(h.buf(20), ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP}); !errors.Is(err, ip.ErrNoRoute) {
		t.Errorf("interface down: %v", err)
	}
	h.checkLeaks()
}

// RFC 2711: the alert sits in a hop-by-hop header, right behind the IPv6 one.
func TestRouterAlert(t *testing.T) {
	h := newHost(t, Config{})
	h.p.Output(h.buf(8), ip.Header{Src: ourLL, Dst: aGroup, Ifc: h.ifc, Proto: ip.ICMPv6, TTL: 1, Flags: ip.RouterAlert})
	out := h.sent()
	want := []byte{byte(ip.ICMPv6), 0, 5, 2, 0, 0, 1, 0}
	if len(out) != 1 || out[0][6] != 0 || out[0][5] != 16 || !bytes.Equal(out[0][40:48], want) || !bytes.Equal(out[0][48:], octets(8)) {
		t.Errorf("% x", out)
	}
	h.checkLeaks()
}

func TestOutputFromUnspecified(t *testing.T) {
	h := newHost(t, Config{})
	if err := h.p.Output(h.buf(8), ip.Header{Src: netip.IPv6Unspecified(), Dst: aGroup, Ifc: h.ifc, Proto: ip.ICMPv6}); err != nil {
		t.Fatal(err)
	}
	if out := h.sent(); len(out) != 1 || !bytes.Equal(out[0][8:24], make([]byte, 16)) {
		t.Errorf("% x", out)
	}
	h.checkLeaks()
}

func TestHeaderIncluded(t *testing.T) {
	h := newHost(t, Config{})
	b := packet(ourGA, peerGA, ip.UDP, octets(30))
	buf := h.pool.AllocBytes(40, len(b))
	copy(buf.Bytes(), b)
	if err := h.p.Output(buf, ip.Header{Dst: peerGA, Flags: ip.HeaderIncluded}); err != nil {
		t.Fatal(err)
	}
	if out := h.sent(); len(out) != 1 || !bytes.Equal(out[0], b) {
		t.Errorf("% x", out)
	}
	big := h.pool.AllocBytes(40, 1501)
	if err := h.p.Output(big, ip.Header{Dst: peerGA, Flags: ip.HeaderIncluded}); !errors.Is(err, ip.ErrTooBig) {
		t.Error(err)
	}
	h.checkLeaks()
}

// lwIP, measured for IPv4: 3000 bytes over 1500 make 3 fragments. gopacket reads
// ours.
func TestFragmentation(t *testing.T) {
	h := newHost(t, Config{})
	sendChain(t, h, octets(3000), 700)
	out := h.sent()
	if len(out) != 3 || h.p.Stats().FragmentsSent != 3 {
		t.Fatalf("%d fragments", len(out))
	}
	var data []byte
	var id uint32
	for i, b := range out {
		p := gopacket.NewPacket(b, layers.LayerTypeIPv6, gopacket.Default)
		f, ok := p.Layer(layers.LayerTypeIPv6Fragment).(*layers.IPv6Fragment)
		if !ok {
			t.Fatalf("fragment %d: %v", i, p)
		}
		if int(f.FragmentOffset)*8 != len(data) || f.MoreFragments != (i < 2) || f.NextHeader != layers.IPProtocolUDP {
			t.Errorf("fragment %d: %+v", i, f)
		}
		if i > 0 && f.Identification != id {
			t.Error("identifications differ")
		}
		id = f.Identification
		data = append(data, f.Payload...)
	}
	if !bytes.Equal(data, octets(3000)) {
		t.Error("data differ")
	}
	sendChain(t, h, octets(3000), 3000)
	next := h.sent()
	if bytes.Equal(next[0][44:48], out[0][44:48]) {
		t.Error("identification repeated")
	}
	h.checkLeaks()
}

// A packet whose block others look at gets its header in a block of its own.
func TestOutputSharedBlock(t *testing.T) {
	h := newHost(t, Config{})
	b := h.buf(60)
	v := b.View(20, 40)
	if err := h.p.Output(v, ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP}); err != nil {
		t.Fatal(err)
	}
	if out := h.sent(); len(out) != 1 || !bytes.Equal(out[0][40:], octets(60)[20:]) {
		t.Errorf("% x", out)
	}
	if !bytes.Equal(b.Bytes(), octets(60)) {
		t.Error("the other view's bytes were written over")
	}
	b.Free()
	h.checkLeaks()
}

// A driver that splits gets the large segment whole.
func TestLargeSegment(t *testing.T) {
	h := newHost(t, Config{})
	tun, w := h.addInterface(netif.Properties{Framing: netif.IP, MaxSegment: 65535})
	h.nd.Start(tun, true)
	b := h.buf(20000)
	b.PutAt(12, 5<<4)
	b.SegmentSize = 1400
	if err := h.p.Output(b, ip.Header{Src: ourGA, Dst: farGA, Ifc: tun, Proto: ip.TCP}); err != nil {
		t.Fatal(err)
	}
	if out := h.sentOn(tun, w); len(out) != 1 || len(out[0]) != 20040 {
		t.Errorf("%d packets", len(out))
	}
	h.checkLeaks()
}

// To ourselves, without a loopback interface and with one.
func TestOwnAddresses(t *testing.T) {
	h := newHost(t, Config{})
	send := func(dst netip.Addr, ifc *netif.Interface) {
		t.Helper()
		r, err := h.p.Route(dst, netip.Addr{}, ifc)
		if err != nil {
			t.Fatal(err)
		}
		if r.Src != dst {
			t.Errorf("source %v for own %v", r.Src, dst)
		}
		if err := h.p.Output(h.buf(20), ip.Header{Src: r.Src, Dst: dst, Ifc: ifc, Proto: ip.UDP}); err != nil {
			t.Fatal(err)
		}
	}
	send(ourGA, nil)
	send(ourLL, h.ifc)
	if len(h.udp.got) != 0 {
		t.Fatal("delivered within the sender's call")
	}
	h.advance(0)
	if len(h.udp.got) != 2 || len(h.sent()) != 0 {
		t.Fatalf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	lo, w := h.addInterface(netif.Properties{Framing: netif.IP, Loopback: true, MTU: 65535})
	h.nd.Start(lo, false)
	h.addAddress(lo, netip.MustParsePrefix("::1/128"))
	for _, dst := range []netip.Addr{loopback, ourGA} {
		send(dst, nil)
	}
	send(ourLL, h.ifc)
	for _, b := range h.sentOn(lo, w) {
		h.receiveOn(lo, b, 0)
	}
	if len(h.udp.got) != 5 {
		t.Errorf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	// What the wire claims to be from us is still refused.
	h.receive(packet(ourGA, ourGA, ip.UDP, octets(9)))
	if len(h.udp.got) != 5 || h.p.Stats().BadSource != 1 {
		t.Errorf("%+v", h.p.Stats())
	}
	h.checkLeaks()
}

func TestLoopQueueBound(t *testing.T) {
	h := newHost(t, Config{LoopQueue: 2})
	var err error
	for range 3 {
		err = h.p.Output(h.buf(20), ip.Header{Src: ourGA, Dst: ourGA, Proto: ip.UDP})
	}
	if !errors.Is(err, ip.ErrQueueFull) || h.p.Stats().LoopQueueFull != 1 {
		t.Errorf("%v, %+v", err, h.p.Stats())
	}
	h.checkLeaks() // also: the interface goes with packets waiting
}

func TestMulticastLoop(t *testing.T) {
	h := newHost(t, Config{})
	send := func(dst netip.Addr, f ip.HeaderFlags) {
		if err := h.p.Output(h.buf(20), ip.Header{Src: ourLL, Dst: dst, Ifc: h.ifc, Proto: ip.UDP, Flags: f}); err != nil {
			t.Fatal(err)
		}
	}
	send(aGroup, 0)
	send(netip.MustParseAddr("ff02::9999"), ip.MulticastLoop)
	send(aGroup, ip.MulticastLoop)
	h.advance(0)
	if len(h.udp.got) != 1 || !h.udp.got[0].Multicast || h.udp.got[0].Ifc != h.ifc || !bytes.Equal(h.udp.got[0].data, octets(20)) {
		t.Errorf("got %+v", h.udp.got)
	}
	if n := len(h.sent()); n != 3 {
		t.Errorf("%d sent, want 3", n)
	}
	h.checkLeaks()
}

func TestZeroAllocOutput(t *testing.T) {
	h := newHost(t, Config{})
	h.advance(0)
	n := testing.AllocsPerRun(1000, func() {
		h.p.Output(h.pool.Alloc(pbuf.Transport, 100, pbuf.RAM), ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP})
		h.p.Reachable(nil, peerGA)
		batch, ok := h.ifc.Publish()
		if !ok {
			t.Fatal("nothing sent")
		}
		pbuf.FreeAll(batch)
		h.ifc.Transmit(batch[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
	h.checkLeaks()
}

func BenchmarkOutput(b *testing.B) {
	h := newHost(b, Config{})
	buf := h.buf(100)
	for b.Loop() {
		buf.Ref()
		h.p.Output(buf, ip.Header{Src: ourGA, Dst: peerGA, Proto: ip.UDP})
		buf.RemoveHeader(ethernet.HeaderLen + HeaderLen)
		if batch, ok := h.ifc.Publish(); ok {
			batch[0].Free()
			h.ifc.Transmit(batch[:0])
		}
	}
}
