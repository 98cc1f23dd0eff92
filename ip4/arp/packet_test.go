package arp_test

import (
	"bytes"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif/ethernet"
)

func TestPacketAgreesWithGopacket(t *testing.T) {
	p := arp.Packet{Op: arp.Reply, SenderHW: peerHW, Sender: num(peerIP), TargetHW: ourHW, Target: num(ourIP)}
	g, ok := gopacket.NewPacket(packet(p), layers.LayerTypeARP, gopacket.Default).Layer(layers.LayerTypeARP).(*layers.ARP)
	if !ok {
		t.Fatal("gopacket finds no ARP")
	}
	got := arp.Packet{
		Op: arp.Op(g.Operation), SenderHW: ethernet.Addr(g.SourceHwAddress), TargetHW: ethernet.Addr(g.DstHwAddress),
		Sender: be32(g.SourceProtAddress), Target: be32(g.DstProtAddress),
	}
	if got != p {
		t.Errorf("gopacket reads %+v, want %+v", got, p)
	}
	if g.AddrType != layers.LinkTypeEthernet || g.Protocol != layers.EthernetTypeIPv4 || g.HwAddressSize != 6 || g.ProtAddressSize != 4 {
		t.Errorf("wrong types: %+v", g)
	}
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func FuzzParsePacket(f *testing.F) {
	f.Add(packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Sender: 1, Target: 2}))
	f.Add([]byte{0, 1, 8, 0, 6, 4, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := arp.ParsePacket(b)
		if !ok {
			return
		}
		if got := packet(p); !bytes.Equal(got, b[:arp.PacketLen]) {
			t.Errorf("put after parse: % x, want % x", got, b[:arp.PacketLen])
		}
	})
}
