package raw_test

import (
	"net"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
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

// host is raw over the real IPv4 and one link.
type host struct {
	pool *pbuf.Pool
	ifc  *netif.Interface
	link *tun
	raw  *raw.Protocol
}

func newHost(t *testing.T) *host {
	t.Helper()
	q := &timers.Queue{}
	q.Advance(1e9)
	r := sysarch.NewSeededRand(1)
	h := &host{pool: pbuf.NewPool(pbuf.Config{}), link: &tun{}}
	ifs := netif.New(q, r, h.pool)
	n4 := ip4.New(ifs, q, r, h.pool, nil, ip4.Config{})
	h.raw = raw.New(h.pool, n4, nil, ifs, raw.Config{})
	n4.HandleRaw(h.raw)
	var err error
	if h.ifc, err = ifs.Add(h.link, netif.Config{}); err != nil {
		t.Fatal(err)
	}
	h.ifc.SetUp(true)
	h.ifc.SetAddr4(netip.PrefixFrom(addrA, 24), netip.Addr{})
	return h
}

// exchange passes a packet to the interface and returns what is sent then.
func (h *host) exchange(b []byte) [][]byte {
	buf := h.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	h.ifc.Input(buf)
	return h.flush()
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

// packet returns an IPv4 packet as gopacket builds it.
func packet(t *testing.T, proto layers.IPProtocol, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	head := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: proto, SrcIP: net.IP(peer.AsSlice()), DstIP: net.IP(addrA.AsSlice())}
	out := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(out, opts, append([]gopacket.SerializableLayer{head}, parts...)...); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestEatenPacketIsNotAnswered: a raw endpoint comes before the stack. Eaten, an
// echo request has no reply and an unknown protocol no ICMP 3/2; only seen, they
// have.
func TestEatenPacketIsNotAnswered(t *testing.T) {
	echo := packet(t, layers.IPProtocolICMPv4,
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(layers.ICMPv4TypeEchoRequest, 0), Id: 1, Seq: 2}, gopacket.Payload("ping"))
	unknown := packet(t, 99, gopacket.Payload("what is this"))
	for _, c := range []struct {
		name   string
		packet []byte
		proto  ip.Proto
		answer layers.ICMPv4TypeCode
	}{
		{"echo request", echo, ip.ICMP, layers.CreateICMPv4TypeCode(0, 0)},
		{"unknown protocol", unknown, 99, layers.CreateICMPv4TypeCode(3, 2)},
	} {
		for _, eat := range []bool{true, false} {
			h := newHost(t)
			r := recorder{eat: eat}
			if _, err := h.raw.NewPCB(c.proto, &r); err != nil {
				t.Fatal(err)
			}
			out := h.exchange(c.packet)
			if len(r.got) != 1 || r.got[0] != string(c.packet) {
				t.Errorf("%s: offered %x, want %x", c.name, r.got, c.packet)
			}
			if answered := len(out) == 1; answered == eat {
				t.Errorf("%s, eaten %v: answered %v", c.name, eat, answered)
				continue
			}
			if eat {
				continue
			}
			pkt := gopacket.NewPacket(out[0], layers.LayerTypeIPv4, gopacket.Default)
			if icmp, ok := pkt.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); !ok || icmp.TypeCode != c.answer {
				t.Errorf("%s: answered %v", c.name, pkt)
			}
			noLeak(t, h.pool)
		}
	}
}

// TestSendOverNetwork: gopacket reads the header that IPv4 adds.
func TestSendOverNetwork(t *testing.T) {
	h := newHost(t)
	p, err := h.raw.NewPCB(99, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.SetTTL(7)
	buf := h.pool.Alloc(pbuf.IP, 4, pbuf.RAM)
	copy(buf.Bytes(), "data")
	if err := p.SendTo(buf, peer); err != nil {
		t.Fatal(err)
	}
	out := h.flush()
	if len(out) != 1 {
		t.Fatalf("sent %d packets", len(out))
	}
	v4, ok := gopacket.NewPacket(out[0], layers.LayerTypeIPv4, gopacket.Default).NetworkLayer().(*layers.IPv4)
	if !ok || v4.Protocol != 99 || v4.TTL != 7 || string(v4.Payload) != "data" || !v4.SrcIP.Equal(net.IP(addrA.AsSlice())) || !v4.DstIP.Equal(net.IP(peer.AsSlice())) {
		t.Errorf("gopacket reads %+v", v4)
	}
	noLeak(t, h.pool)
}

// TestFragmentsOverNetwork: an endpoint sees the reassembled packet with a
// header of its length.
func TestFragmentsOverNetwork(t *testing.T) {
	h := newHost(t)
	var r recorder
	if _, err := h.raw.NewPCB(99, &r); err != nil {
		t.Fatal(err)
	}
	whole := packet(t, 99, gopacket.Payload("sixteen bytes.. and the end"))
	for _, part := range []struct {
		from, to int
		more     bool
	}{{0, 16, true}, {16, 27, false}} {
		flags := layers.IPv4Flag(0)
		if part.more {
			flags = layers.IPv4MoreFragments
		}
		head := &layers.IPv4{Version: 4, IHL: 5, Id: 77, TTL: 64, Protocol: 99, Flags: flags, FragOffset: uint16(part.from / 8),
			SrcIP: net.IP(peer.AsSlice()), DstIP: net.IP(addrA.AsSlice())}
		out := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			head, gopacket.Payload(whole[20+part.from:20+part.to])); err != nil {
			t.Fatal(err)
		}
		h.exchange(out.Bytes())
	}
	if len(r.got) != 1 {
		t.Fatalf("offered %d times", len(r.got))
	}
	v4, ok := gopacket.NewPacket([]byte(r.got[0]), layers.LayerTypeIPv4, gopacket.Default).NetworkLayer().(*layers.IPv4)
	if !ok || int(v4.Length) != len(whole) || string(v4.Payload) != string(whole[20:]) || v4.FragOffset != 0 || v4.Flags != 0 {
		t.Errorf("gopacket reads %+v", v4)
	}
	noLeak(t, h.pool)
}
