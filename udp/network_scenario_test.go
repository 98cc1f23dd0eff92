package udp_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// tun is a link of IP packets that keeps what it is given.
type tun struct{ out [][]byte }

func (*tun) Properties() netif.Properties {
	return netif.Properties{Framing: netif.IP, MTU: 1500}
}
func (*tun) Attach(netif.Receiver) error { return nil }
func (*tun) Detach() error               { return nil }
func (d *tun) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		d.out = append(d.out, flatten(f))
		f.Free()
	}
}

// host is UDP over the real network layers and one link.
type host struct {
	t    *testing.T
	q    *timers.Queue
	pool *pbuf.Pool
	ifc  *netif.Interface
	link *tun
	udp  *udp.Protocol
}

func newHost(t *testing.T) *host {
	t.Helper()
	q := &timers.Queue{}
	q.Advance(1e9)
	r := sysarch.NewSeededRand(1)
	h := &host{t: t, q: q, pool: pbuf.NewPool(pbuf.Config{}), link: &tun{}}
	ifs := netif.New(q, r, h.pool)
	n4 := ip4.New(ifs, q, r, h.pool, nil, ip4.Config{})
	n6 := ip6.New(ifs, q, r, h.pool, nd6.New(ifs, q, r, h.pool, nd6.Config{}), ip6.Config{})
	h.udp = udp.New(h.pool, q, r, n4, n6, ifs, udp.Config{})
	n4.Handle(ip.UDP, h.udp)
	n6.Handle(ip.UDP, h.udp)
	var err error
	if h.ifc, err = ifs.Add(h.link, netif.Config{}); err != nil {
		t.Fatal(err)
	}
	h.ifc.SetUp(true)
	h.ifc.SetAddr4(netip.PrefixFrom(addrA, 24), netip.Addr{})
	if _, err := h.ifc.AddAddr6(netif.Addr6{Addr: addrA6, Bits: 64, State: netif.Preferred, PreferredUntil: timers.Never, ValidUntil: timers.Never}); err != nil {
		t.Fatal(err)
	}
	h.flush()
	return h
}

// flush returns what was sent since the last time.
func (h *host) flush() [][]byte {
	if batch, sender := h.ifc.Publish(); sender {
		h.ifc.Transmit(batch)
	}
	out := h.link.out
	h.link.out = nil
	return out
}

// receive passes a packet that gopacket builds to the interface.
func (h *host) receive(src, dst netip.AddrPort, edit func(b []byte), payload string) {
	h.t.Helper()
	u := &layers.UDP{SrcPort: layers.UDPPort(src.Port()), DstPort: layers.UDPPort(dst.Port())}
	var network interface {
		gopacket.NetworkLayer
		gopacket.SerializableLayer
	}
	from, to := net.IP(src.Addr().AsSlice()), net.IP(dst.Addr().AsSlice())
	if src.Addr().Is4() {
		network = &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: from, DstIP: to}
	} else {
		network = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: from, DstIP: to}
	}
	if err := u.SetNetworkLayerForChecksum(network); err != nil {
		h.t.Fatal(err)
	}
	out := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(out, opts, network, u, gopacket.Payload(payload)); err != nil {
		h.t.Fatal(err)
	}
	b := out.Bytes()
	if edit != nil {
		edit(b)
	}
	buf := h.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	h.ifc.Input(buf)
}

// decode returns gopacket's view of an IP packet.
func decode(b []byte) gopacket.Packet {
	first := layers.LayerTypeIPv4
	if b[0]>>4 == 6 {
		first = layers.LayerTypeIPv6
	}
	return gopacket.NewPacket(b, first, gopacket.Default)
}

// replier sends every datagram back.
type replier struct{ n int }

func (r *replier) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, _ *ip.Info) {
	r.n++
	if err := p.SendTo(buf, from); err != nil {
		panic(err)
	}
}
func (r *replier) Error(*udp.PCB, error) {}

// TestEchoOverNetwork: in through the interface, to a dual-stack endpoint, and
// out again, both families.
func TestEchoOverNetwork(t *testing.T) {
	for _, e := range [][2]netip.AddrPort{
		{withPort(peer, 9), withPort(addrA, 7)}, {withPort(peer6, 9), withPort(addrA6, 7)},
	} {
		h := newHost(t)
		p, err := h.udp.NewPCB(&replier{})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Bind(withPort(any6, 7), nil); err != nil {
			t.Fatal(err)
		}
		h.receive(e[0], e[1], nil, "hello")
		out := h.flush()
		if len(out) != 1 {
			t.Fatalf("sent %d packets, stats %+v", len(out), h.udp.Stats())
		}
		pkt := decode(out[0])
		u, ok := pkt.TransportLayer().(*layers.UDP)
		if !ok || pkt.ErrorLayer() != nil {
			t.Fatalf("gopacket: %v", pkt)
		}
		src, dst := pkt.NetworkLayer().NetworkFlow().Endpoints()
		if src.String() != e[1].Addr().String() || dst.String() != e[0].Addr().String() || u.SrcPort != 7 || u.DstPort != 9 || string(u.Payload) != "hello" {
			t.Errorf("gopacket reads %v", pkt)
		}
		hlen := len(pkt.NetworkLayer().LayerContents())
		judge(t, sent{Header: ip.Header{Src: e[1].Addr(), Dst: e[0].Addr(), Proto: ip.UDP}, bytes: out[0][hlen:]}, e[1], e[0], "hello")
		noLeak(t, h.pool)
	}
}

// TestClosedPortOverNetwork: measured with C lwIP: ICMP 3/3 to a unicast,
// silence to a broadcast.
func TestClosedPortOverNetwork(t *testing.T) {
	h := newHost(t)
	h.receive(withPort(peer, 9), withPort(addrA, 7), nil, "hello")
	out := h.flush()
	if len(out) != 1 {
		t.Fatalf("sent %d packets", len(out))
	}
	pkt := decode(out[0])
	icmp, ok := pkt.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4)
	if !ok || icmp.TypeCode != layers.CreateICMPv4TypeCode(3, 3) {
		t.Fatalf("gopacket: %v", pkt)
	}
	quote := decode(icmp.Payload)
	if u, ok := quote.TransportLayer().(*layers.UDP); !ok || u.SrcPort != 9 || u.DstPort != 7 {
		t.Errorf("quotes %v", quote)
	}
	h.receive(withPort(peer, 9), withPort(limited, 7), nil, "hello")
	if out := h.flush(); len(out) != 0 {
		t.Errorf("answered a broadcast: %v", decode(out[0]))
	}
	h.receive(withPort(peer6, 9), withPort(addrA6, 7), nil, "hello")
	if out := h.flush(); len(out) != 1 || decode(out[0]).Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6).TypeCode != layers.CreateICMPv6TypeCode(1, 4) {
		t.Errorf("IPv6: %d packets", len(out))
	}
	noLeak(t, h.pool)
}

// TestPortUnreachableOverNetwork: the error about our own datagram comes back to
// the connected endpoint.
func TestPortUnreachableOverNetwork(t *testing.T) {
	a, b := newHost(t), newHost(t)
	b.ifc.SetAddr4(netip.PrefixFrom(peer, 24), netip.Addr{})
	var r recorder
	p, err := a.udp.NewPCB(&r)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	buf := a.pool.Alloc(pbuf.Transport, 5, pbuf.RAM)
	if err := p.Send(buf); err != nil {
		t.Fatal(err)
	}
	carry(a, b)
	carry(b, a)
	if len(r.got) != 1 || r.got[0].err != udp.ErrRefused {
		t.Errorf("got %+v, stats %+v", r.got, a.udp.Stats())
	}
	noLeak(t, a.pool)
	noLeak(t, b.pool)
}

// carry delivers what a sent to b.
func carry(a, b *host) {
	for _, f := range a.flush() {
		buf := b.pool.AllocBytes(0, len(f))
		copy(buf.Bytes(), f)
		b.ifc.Input(buf)
	}
}

// TestLengthFieldOverNetwork: C lwIP was measured to deliver 32 bytes for each
// of these length fields in a 40-byte IP payload.
func TestLengthFieldOverNetwork(t *testing.T) {
	for length, want := range map[uint16]int{12: 4, 5000: -1, 3: -1} {
		h := newHost(t)
		var r recorder
		p, err := h.udp.NewPCB(&r)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Bind(withPort(any4, 7), nil); err != nil {
			t.Fatal(err)
		}
		h.receive(withPort(peer, 9), withPort(addrA, 7), func(b []byte) {
			binary.BigEndian.PutUint16(b[24:], length)
			binary.BigEndian.PutUint16(b[26:], 0) // no checksum
		}, strings.Repeat("x", 32))
		got := -1
		if len(r.got) == 1 {
			got = len(r.got[0].payload)
		}
		if got != want {
			t.Errorf("length field %d: delivered %d bytes, want %d", length, got, want)
		}
		if out := h.flush(); len(out) != 0 {
			t.Errorf("length field %d: answered", length)
		}
		noLeak(t, h.pool)
	}
}

// TestFragmentsOverNetwork: measured with C lwIP: 3000 bytes over an MTU of 1500
// are 3 fragments at 0, 1480 and 2960, DF clear; and they come together again.
func TestFragmentsOverNetwork(t *testing.T) {
	a, b := newHost(t), newHost(t)
	b.ifc.SetAddr4(netip.PrefixFrom(peer, 24), netip.Addr{})
	var r recorder
	p, err := b.udp.NewPCB(&r)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Bind(withPort(any4, 9), nil); err != nil {
		t.Fatal(err)
	}
	q, err := a.udp.NewPCB(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("0123456789", 300)
	buf := a.pool.Alloc(pbuf.Transport, len(payload), pbuf.RAM)
	copy(buf.Bytes(), payload)
	if err := q.SendTo(buf, withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	frames := a.flush()
	var offsets []int
	for _, f := range frames {
		h := decode(f).NetworkLayer().(*layers.IPv4)
		offsets = append(offsets, int(h.FragOffset)*8)
		if h.Flags&layers.IPv4DontFragment != 0 {
			t.Errorf("fragment with DF")
		}
		in := b.pool.AllocBytes(0, len(f))
		copy(in.Bytes(), f)
		b.ifc.Input(in)
	}
	if len(offsets) != 3 || offsets[0] != 0 || offsets[1] != 1480 || offsets[2] != 2960 {
		t.Errorf("fragments at %v", offsets)
	}
	if len(r.got) != 1 || r.got[0].payload != payload {
		t.Errorf("received %d datagrams", len(r.got))
	}
	noLeak(t, a.pool)
	noLeak(t, b.pool)
}

// TestSelfOverNetwork: a datagram to our own address comes back.
func TestSelfOverNetwork(t *testing.T) {
	for _, own := range []netip.Addr{addrA, addrA6} {
		h := newHost(t)
		var r recorder
		p, err := h.udp.NewPCB(&r)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Bind(withPort(own, 7), nil); err != nil {
			t.Fatal(err)
		}
		if err := p.Connect(withPort(own, 7)); err != nil {
			t.Fatal(err)
		}
		if p.Local() != p.Remote() {
			t.Errorf("local %v, remote %v", p.Local(), p.Remote())
		}
		buf := h.pool.Alloc(pbuf.Transport, 5, pbuf.RAM)
		copy(buf.Bytes(), "to me")
		if err := p.Send(buf); err != nil {
			t.Fatal(err)
		}
		h.q.Run()
		if len(r.got) != 1 || r.got[0].payload != "to me" || r.got[0].from != withPort(own, 7) {
			t.Errorf("got %+v", r.got)
		}
		if out := h.flush(); len(out) != 0 {
			t.Errorf("left the host")
		}
		noLeak(t, h.pool)
	}
}
