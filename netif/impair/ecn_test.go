package impair_test

import (
	"bytes"
	"net"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// packet has gopacket write a UDP datagram with the given ECN field.
func packet(t testing.TB, framing netif.Framing, v6, vlan bool, dscp, ecn uint8) []byte {
	t.Helper()
	udp := &layers.UDP{SrcPort: 1, DstPort: 2}
	var network gopacket.SerializableLayer
	typ := layers.EthernetTypeIPv4
	if v6 {
		h := &layers.IPv6{Version: 6, TrafficClass: dscp<<2 | ecn, FlowLabel: 0xabcde, HopLimit: 64,
			NextHeader: layers.IPProtocolUDP, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
		udp.SetNetworkLayerForChecksum(h)
		network, typ = h, layers.EthernetTypeIPv6
	} else {
		h := &layers.IPv4{Version: 4, TOS: dscp<<2 | ecn, Id: 0x1234, TTL: 64, Protocol: layers.IPProtocolUDP,
			SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
		udp.SetNetworkLayerForChecksum(h)
		network = h
	}
	ls := []gopacket.SerializableLayer{network, udp, gopacket.Payload("payload")}
	if framing == netif.Ethernet {
		eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: typ}
		if vlan {
			eth.EthernetType = layers.EthernetTypeDot1Q
			ls = append([]gopacket.SerializableLayer{&layers.Dot1Q{Type: typ}}, ls...)
		}
		ls = append([]gopacket.SerializableLayer{eth}, ls...)
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buf.Bytes())
}

func first(framing netif.Framing, b []byte) gopacket.LayerType {
	if framing == netif.Ethernet {
		return layers.LayerTypeEthernet
	}
	if b[0]>>4 == 6 {
		return layers.LayerTypeIPv6
	}
	return layers.LayerTypeIPv4
}

// through sends two of the frame b over a link that marks from the first queued
// packet on, and returns what becomes of the second. split cuts the frame into
// a chain; share keeps a second view of its blocks.
func through(t *testing.T, framing netif.Framing, b []byte, split int, share bool) ([]byte, impair.DirStats) {
	t.Helper()
	pool := pbuf.NewPool(pbuf.Config{})
	clock := sysarch.NewManual()
	port, peer := memlink.New(memlink.Config{Framing: framing})
	d := impair.New(port, clock, impair.Config{Out: impair.Profile{Rate: 1e6, MarkPackets: 1}})
	a, e := &end{pool: pool, clock: clock}, &end{pool: pool, clock: clock}
	if d.Attach(a) != nil || peer.Attach(e) != nil {
		t.Fatal("not attached")
	}
	for range 2 {
		f := pool.Alloc(pbuf.Raw, len(b), pbuf.RAM)
		if split > 0 {
			f.Free()
			f = pool.Alloc(pbuf.Raw, split, pbuf.RAM)
			tail := pool.Alloc(pbuf.Raw, len(b)-split, pbuf.RAM)
			copy(tail.Bytes(), b[split:])
			f.SetNext(tail)
		}
		copy(f.Bytes(), b)
		var keep *pbuf.Buf
		if share {
			keep = f.Share()
		}
		d.Transmit([]*pbuf.Buf{f})
		if share && !bytes.Equal(keep.Bytes(), b[:keep.Len()]) {
			t.Error("a shared block was written to")
		}
		keep.Free()
	}
	clock.RunUntil(func() bool { return false })
	if len(e.got) != 2 || !bytes.Equal(e.got[0], b) {
		t.Fatalf("%d frames; the first came to an empty queue and is not to be marked", len(e.got))
	}
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("leaked: %+v", s)
	}
	return e.got[1], d.Stats().Out
}

func TestECNMark(t *testing.T) {
	for _, c := range []struct {
		name     string
		framing  netif.Framing
		v6, vlan bool
		ecn      uint8
		want     uint8
	}{
		{"IPv4 Not-ECT stays", netif.Ethernet, false, false, 0, 0},
		{"IPv4 ECT(1)", netif.Ethernet, false, false, 1, 3},
		{"IPv4 ECT(0)", netif.Ethernet, false, false, 2, 3},
		{"IPv4 CE stays", netif.Ethernet, false, false, 3, 3},
		{"IPv4 in a VLAN", netif.Ethernet, false, true, 2, 3},
		{"IPv4 without framing", netif.IP, false, false, 1, 3},
		{"IPv6 Not-ECT stays", netif.Ethernet, true, false, 0, 0},
		{"IPv6 ECT(1)", netif.Ethernet, true, false, 1, 3},
		{"IPv6 ECT(0)", netif.Ethernet, true, false, 2, 3},
		{"IPv6 CE stays", netif.Ethernet, true, false, 3, 3},
		{"IPv6 in a VLAN", netif.Ethernet, true, true, 1, 3},
		{"IPv6 without framing", netif.IP, true, false, 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			for dscp := range uint8(64) {
				b := packet(t, c.framing, c.v6, c.vlan, dscp, c.ecn)
				want := packet(t, c.framing, c.v6, c.vlan, dscp, c.want) // its checksum too
				got, stats := through(t, c.framing, b, 0, false)
				if !bytes.Equal(got, want) {
					t.Fatalf("DSCP %d: got\n% x, want\n% x", dscp, got, want)
				}
				if marked := stats.Marked == 1; marked != (c.ecn != c.want) || stats.Marked > 1 {
					t.Errorf("%d marked", stats.Marked)
				}
			}
			b := packet(t, c.framing, c.v6, c.vlan, 5, c.ecn)
			want := packet(t, c.framing, c.v6, c.vlan, 5, c.want)
			for split := range len(b) {
				for _, share := range []bool{false, true} {
					if got, _ := through(t, c.framing, b, split, share); !bytes.Equal(got, want) {
						t.Fatalf("split at %d, shared %v: got\n% x, want\n% x", split, share, got, want)
					}
				}
			}
			p := gopacket.NewPacket(want, first(c.framing, want), gopacket.Default)
			if e := p.ErrorLayer(); e != nil {
				t.Errorf("gopacket: %v", e.Error())
			}
		})
	}
}

func TestECNMarkLeavesOtherFramesAlone(t *testing.T) {
	v4 := packet(t, netif.Ethernet, false, false, 0, 2)
	v6 := packet(t, netif.Ethernet, true, true, 0, 2)
	arp := bytes.Clone(v4)
	ethernet.Put(arp, ethernet.Broadcast, ethernet.Addr{2}, ethernet.ARP)
	other := bytes.Clone(v4[14:])
	other[0] = 0x55 // version 5
	for name, c := range map[string]struct {
		framing netif.Framing
		b       []byte
	}{"ARP": {netif.Ethernet, arp}, "version 5": {netif.IP, other}} {
		if got, stats := through(t, c.framing, c.b, 0, false); !bytes.Equal(got, c.b) || stats.Marked != 0 {
			t.Errorf("%s: changed", name)
		}
	}
	for _, c := range []struct {
		whole  []byte
		enough int // bytes: the headers up to IPv4's checksum
	}{{v4, 14 + 12}, {v6, 14 + 4 + 12}} {
		for n := range len(c.whole) { // every truncation
			b := c.whole[:n]
			got, stats := through(t, netif.Ethernet, b, 0, false)
			if marked := stats.Marked == 1; marked != (n >= c.enough) || marked == bytes.Equal(got, b) {
				t.Errorf("truncated to %d bytes: %d marked", n, stats.Marked)
			}
		}
	}
}

func TestECNMarkThresholds(t *testing.T) {
	b := packet(t, netif.IP, false, false, 0, 2)
	n := len(b)
	for _, c := range []struct {
		name string
		p    impair.Profile
		want uint64 // of ten marked
	}{
		{"off", impair.Profile{}, 0},
		{"third packet queued", impair.Profile{MarkPackets: 3}, 7},
		{"bytes", impair.Profile{MarkBytes: 4 * n}, 6},
		{"whichever comes first", impair.Profile{MarkBytes: 4 * n, MarkPackets: 2}, 8},
	} {
		pool := pbuf.NewPool(pbuf.Config{})
		clock := sysarch.NewManual()
		c.p.Rate = 1e6
		port, peer := memlink.New(memlink.Config{Framing: netif.IP})
		d := impair.New(port, clock, impair.Config{Out: c.p})
		if d.Attach(sink{pool}) != nil || peer.Attach(sink{pool}) != nil {
			t.Fatal("not attached")
		}
		for range 10 {
			f := pool.Alloc(pbuf.Raw, n, pbuf.RAM)
			copy(f.Bytes(), b)
			d.Transmit([]*pbuf.Buf{f})
		}
		if got := d.Stats().Out.Marked; got != c.want {
			t.Errorf("%s: %d marked, want %d", c.name, got, c.want)
		}
		d.Detach()
	}
}
