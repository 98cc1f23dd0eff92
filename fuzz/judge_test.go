package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// judge lets gopacket decode frames up to the transport, which is all that the
// stack answers for, and checks their lengths and checksums.
type judge struct {
	kind kind
	four *gopacket.DecodingLayerParser
	six  *gopacket.DecodingLayerParser
	seen []gopacket.LayerType

	eth  layers.Ethernet
	arp  layers.ARP
	ip4  layers.IPv4
	ip6  layers.IPv6
	tcp  layers.TCP
	udp  layers.UDP
	icm4 layers.ICMPv4
	icm6 layers.ICMPv6
}

// judges are made once for each kind: a judge keeps nothing from frame to frame.
var judges [256]*judge

func judgeOf(k kind) *judge {
	if judges[k] == nil {
		judges[k] = newJudge(k)
	}
	return judges[k]
}

func newJudge(k kind) *judge {
	j := &judge{kind: k}
	first4, first6 := gopacket.LayerType(layers.LayerTypeEthernet), gopacket.LayerType(layers.LayerTypeEthernet)
	if k.ip() {
		first4, first6 = layers.LayerTypeIPv4, layers.LayerTypeIPv6
	}
	all := []gopacket.DecodingLayer{&j.eth, &j.arp, &j.ip4, &j.ip6, &j.tcp, &j.udp, &j.icm4, &j.icm6}
	j.four = gopacket.NewDecodingLayerParser(first4, all...)
	j.six = gopacket.NewDecodingLayerParser(first6, all...)
	j.four.IgnoreUnsupported, j.six.IgnoreUnsupported = true, true
	j.four.IgnorePanic, j.six.IgnorePanic = true, true
	return j
}

// frame judges a frame that the stack sends.
func (j *judge) frame(b []byte) error {
	parser := j.four
	if j.kind.ip() && b[0]>>4 == 6 {
		parser = j.six
	}
	if err := parser.DecodeLayers(b, &j.seen); err != nil && !j.forwarded(b) {
		return err
	}
	if parser.Truncated && !j.forwarded(b) {
		return errors.New("gopacket finds the end missing")
	}
	has := func(t gopacket.LayerType) bool { return slices.Contains(j.seen, t) }
	if len(j.seen) == 0 {
		return errors.New("nothing that gopacket knows")
	}
	switch {
	case j.seen[0] == layers.LayerTypeIPv4, len(j.seen) > 1 && j.seen[1] == layers.LayerTypeIPv4:
		return j.packet4(b, has)
	case j.seen[0] == layers.LayerTypeIPv6, len(j.seen) > 1 && j.seen[1] == layers.LayerTypeIPv6:
		return j.packet6(b, has)
	case has(layers.LayerTypeARP):
		return nil
	}
	return errors.New("nothing that a host sends")
}

// network returns the packet in a frame. gopacket's own view is of the innermost
// header, should one packet be in another.
func (j *judge) network(b []byte) []byte {
	if j.kind.ip() {
		return b
	}
	return b[14:]
}

func (j *judge) packet4(b []byte, has func(gopacket.LayerType) bool) error {
	h := j.network(b)
	n := int(h[0]&15) * 4
	switch {
	case fold(sum(0, h[:n])) != 0xffff:
		return errors.New("wrong IPv4 checksum")
	case int(be.Uint16(h[2:])) != len(h):
		return errors.New("wrong IPv4 length")
	case h[8] == 0:
		return errors.New("no hop left")
	case be.Uint16(h[6:])&0x3fff != 0:
		return nil
	}
	return j.transport(b, h[12:20], has)
}

func (j *judge) packet6(b []byte, has func(gopacket.LayerType) bool) error {
	h := j.network(b)
	switch {
	case 40+int(be.Uint16(h[4:])) != len(h):
		return errors.New("wrong IPv6 length")
	case h[7] == 0:
		return errors.New("no hop left")
	case h[6] == byte(layers.IPProtocolIPv6Fragment):
		return nil
	}
	return j.transport(b, h[8:40], has)
}

// forwarded reports whether a packet is somebody else's: its transport is as it
// came.
func (j *judge) forwarded(b []byte) bool {
	if !j.kind.forward() {
		return false
	}
	p := parse(b, j.kind.ip())
	switch {
	case p.arp != nil:
		return false
	case p.six:
		return !bytes.Equal(p.src, addrBytes(host6)) && p.src[0] != 0xfe
	}
	return !bytes.Equal(p.src, addrBytes(host4))
}

// transport judges what follows the IP header.
func (j *judge) transport(b, addrs []byte, has func(gopacket.LayerType) bool) error {
	p := parse(b, j.kind.ip())
	if j.forwarded(b) {
		return nil
	}
	switch p.proto {
	case 6:
		if !has(layers.LayerTypeTCP) {
			return errors.New("no TCP header")
		}
	case 17:
		if !has(layers.LayerTypeUDP) || int(j.udp.Length) != len(p.body) {
			return errors.New("no UDP header, or a wrong length")
		}
	case 1, 58:
		if !has(layers.LayerTypeICMPv4) && !has(layers.LayerTypeICMPv6) {
			return errors.New("no ICMP header")
		}
	default:
		return fmt.Errorf("protocol %d, which nobody here sends", p.proto)
	}
	if fold(sum(pseudo(p.proto, addrs, len(p.body)), p.body)) != 0xffff {
		return fmt.Errorf("wrong checksum of protocol %d", p.proto)
	}
	return nil
}
