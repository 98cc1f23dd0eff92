package property

import (
	"fmt"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// tap looks at the frames that a stack sends, before the weather has its way
// with them. It also plays a router with a small MTU behind it.
type tap struct {
	netif.Driver
	w  *world
	rx netif.Receiver
	n  int
	// pathMTU is the largest packet that the router forwards; 0: any. It answers
	// longer ones, unless it may cut them up, with an ICMP error.
	pathMTU int
}

// Attach implements netif.Driver.
func (t *tap) Attach(r netif.Receiver) error {
	t.rx = r
	return t.Driver.Attach(r)
}

// Transmit implements netif.Driver. The first frames, and then one of five, are
// decoded.
func (t *tap) Transmit(frames []*pbuf.Buf) {
	passed := frames[:0:len(frames)]
	var errors []*pbuf.Buf
	for _, f := range frames {
		b := make([]byte, f.TotalLen())
		f.CopyPartial(b, 0)
		if t.n++; t.n <= 50 || t.n%5 == 0 {
			if err := checkFrame(b); err != nil {
				t.w.fail("a frame of host with %v: %v", t.Properties().HWAddr, err)
			}
		}
		if e := t.tooBig(b); e != nil {
			f.Free()
			errors = append(errors, e)
			continue
		}
		passed = append(passed, f)
	}
	if len(passed) > 0 {
		t.Driver.Transmit(passed)
	}
	if len(errors) > 0 {
		t.rx.Deliver(errors)
	}
}

// tooBig returns the router's answer to a frame that is too long for it, or nil.
// The error comes from the packet's destination, which is as good as a router
// for a host, and quotes the first 100 bytes of it.
func (t *tap) tooBig(b []byte) *pbuf.Buf {
	if t.pathMTU == 0 || len(b)-14 <= t.pathMTU {
		return nil
	}
	quote := gopacket.Payload(b[14:114])
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	out := gopacket.NewSerializeBuffer()
	var err error
	switch n := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy).NetworkLayer().(type) {
	case *layers.IPv4:
		if n.Flags&layers.IPv4DontFragment == 0 {
			return nil
		}
		err = gopacket.SerializeLayers(out, opts, back(b, layers.EthernetTypeIPv4),
			&layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolICMPv4, SrcIP: n.DstIP, DstIP: n.SrcIP},
			&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 4), Seq: uint16(t.pathMTU)}, quote)
	case *layers.IPv6:
		h := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolICMPv6, SrcIP: n.DstIP, DstIP: n.SrcIP}
		icmp := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(2, 0)}
		icmp.SetNetworkLayerForChecksum(h)
		mtu := gopacket.Payload{0, 0, byte(t.pathMTU >> 8), byte(t.pathMTU)}
		err = gopacket.SerializeLayers(out, opts, back(b, layers.EthernetTypeIPv6), h, icmp, mtu, quote)
	default:
		return nil
	}
	if err != nil {
		t.w.fail("ICMP error: %v", err)
		return nil
	}
	e := t.rx.Pool().AllocBytes(0, len(out.Bytes()))
	copy(e.Bytes(), out.Bytes())
	return e
}

// back returns the Ethernet header of an answer to a frame.
func back(b []byte, typ layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{DstMAC: b[6:12], SrcMAC: b[:6], EthernetType: typ}
}

// checkFrame lets gopacket decode a frame and checks its checksums.
func checkFrame(b []byte) error {
	pkt := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true})
	if e := pkt.ErrorLayer(); e != nil {
		return fmt.Errorf("%w in % x", e.Error(), b)
	}
	var pseudo uint32
	switch n := pkt.NetworkLayer().(type) {
	case *layers.IPv4:
		if sum(0, n.Contents) != 0xffff {
			return fmt.Errorf("wrong IPv4 checksum: %v", pkt)
		}
		if int(n.Length) != len(n.Contents)+len(n.Payload) {
			return fmt.Errorf("wrong IPv4 length: %v", pkt)
		}
		if n.FragOffset != 0 || n.Flags&layers.IPv4MoreFragments != 0 {
			return nil
		}
		pseudo = sum(sum(0, n.SrcIP.To4()), n.DstIP.To4())
	case *layers.IPv6:
		if pkt.Layer(layers.LayerTypeIPv6Fragment) != nil {
			return nil
		}
		pseudo = sum(sum(0, n.SrcIP), n.DstIP)
	}
	switch x := last(pkt).(type) {
	case *layers.TCP:
		x.SetNetworkLayerForChecksum(pkt.NetworkLayer())
		if got, err := x.ComputeChecksum(); err != nil || got != 0 {
			return fmt.Errorf("wrong TCP checksum, %v: %v", err, pkt)
		}
	case *layers.UDP:
		if !summed(pseudo, 17, x.Contents, x.Payload) || int(x.Length) != 8+len(x.Payload) {
			return fmt.Errorf("wrong UDP checksum or length: %v", pkt)
		}
	case *layers.ICMPv6:
		if !summed(pseudo, 58, x.Contents, x.Payload) {
			return fmt.Errorf("wrong ICMPv6 checksum: %v", pkt)
		}
	case *layers.ICMPv4:
		if sum(sum(0, x.Contents), x.Payload) != 0xffff {
			return fmt.Errorf("wrong ICMP checksum: %v", pkt)
		}
	case *layers.ARP:
	default:
		return fmt.Errorf("nothing that a host sends: %v", pkt)
	}
	return nil
}

// last returns the layer behind the network layer.
func last(pkt gopacket.Packet) gopacket.Layer {
	for _, typ := range []gopacket.LayerType{
		layers.LayerTypeTCP, layers.LayerTypeUDP, layers.LayerTypeICMPv6, layers.LayerTypeICMPv4, layers.LayerTypeARP,
	} {
		if l := pkt.Layer(typ); l != nil {
			return l
		}
	}
	return nil
}

// summed reports whether header and payload have a right checksum, with the
// pseudo-header.
func summed(pseudo uint32, proto byte, header, payload []byte) bool {
	n := len(header) + len(payload)
	return sum(sum(sum(pseudo, []byte{0, proto, byte(n >> 8), byte(n)}), header), payload) == 0xffff
}

// sum adds 16-bit words in one's complement. All but the last slice of a
// sequence must have an even length.
func sum(x uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		x += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		x += uint32(b[0]) << 8
	}
	for x > 0xffff {
		x = x&0xffff + x>>16
	}
	return x
}
