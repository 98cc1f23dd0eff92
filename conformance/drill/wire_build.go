package drill

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// inboundTTL is the TTL of injected packets, quoteLen how much of a transport
// header an ICMP error quotes (RFC 792).
const (
	inboundTTL = 255
	quoteLen   = 8
)

// build makes the packets to inject: one, or its fragments.
func build(k *Packet, f *flow, id uint16) ([][]byte, error) {
	body, err := transport(k, f)
	if err != nil {
		return nil, err
	}
	if k.IP.Fragment == 0 || len(body) <= k.IP.Fragment {
		b, err := packetIP(k, f, body, len(body), id, 0, false)
		return [][]byte{b}, err
	}
	var list [][]byte
	for off := 0; off < len(body); off += k.IP.Fragment {
		end := min(off+k.IP.Fragment, len(body))
		b, err := packetIP(k, f, body[off:end], end-off, id, off, end < len(body))
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	if k.IP.Reverse {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	return list, nil
}

// ends returns the addresses and ports of a packet: what it says, else the
// flow's.
func ends(k *Packet, f *flow) (src, dst netip.AddrPort) {
	src, dst = f.remote, f.local
	if k.Dir == Outbound {
		src, dst = dst, src
	}
	return over(k.Src, src), over(k.Dst, dst)
}

// over returns a with the parts that e gives.
func over(e Endpoint, a netip.AddrPort) netip.AddrPort {
	addr, port := a.Addr(), a.Port()
	if e.Addr.IsValid() {
		addr = e.Addr
	}
	if e.Port >= 0 {
		port = uint16(e.Port)
	}
	return netip.AddrPortFrom(addr, port)
}

// ipProto returns the protocol number of a packet; raw quotes have 255.
func ipProto(p Proto) layers.IPProtocol {
	switch p {
	case TCP:
		return layers.IPProtocolTCP
	case UDP:
		return layers.IPProtocolUDP
	case ICMP:
		return layers.IPProtocolICMPv4
	case ICMPv6:
		return layers.IPProtocolICMPv6
	}
	return 255
}

// tos returns the octet with the ECN bits that are asked for.
func (i *IPInfo) tos() uint8 {
	switch i.ECN {
	case ECNECT0, ECNECT01:
		return 2
	case ECNECT1:
		return 1
	case ECNCE:
		return 3
	case ECNTOS:
		return i.TOS
	}
	return 0
}

// packetIP puts an IP header before a payload, of which size bytes were meant to
// be there: an ICMP error quotes less.
func packetIP(k *Packet, f *flow, payload []byte, size int, id uint16, off int, more bool) ([]byte, error) {
	src, dst := ends(k, f)
	ttl := uint8(inboundTTL)
	if k.IP.TTL >= 0 {
		ttl = uint8(k.IP.TTL)
	}
	buf := gopacket.NewSerializeBuffer()
	opt := gopacket.SerializeOptions{ComputeChecksums: true}
	if src.Addr().Is4() {
		h := &layers.IPv4{
			Version: 4, IHL: 5, TOS: k.IP.tos(), Length: uint16(20 + size), Id: id, TTL: ttl,
			Protocol: ipProto(k.Proto), SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(),
			FragOffset: uint16(off / 8),
		}
		if more {
			h.Flags |= layers.IPv4MoreFragments
		}
		if k.IP.DF == 1 {
			h.Flags |= layers.IPv4DontFragment
		}
		err := gopacket.SerializeLayers(buf, opt, h, gopacket.Payload(payload))
		return buf.Bytes(), err
	}
	h := &layers.IPv6{
		Version: 6, TrafficClass: k.IP.tos(), FlowLabel: uint32(max(k.IP.FlowLabel, 0)), Length: uint16(size),
		NextHeader: ipProto(k.Proto), HopLimit: ttl, SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(),
	}
	if off > 0 || more {
		frag := make([]byte, 8, 8+len(payload))
		frag[0] = byte(h.NextHeader)
		binary.BigEndian.PutUint16(frag[2:], uint16(off))
		if more {
			frag[3] |= 1
		}
		binary.BigEndian.PutUint32(frag[4:], uint32(id))
		payload = append(frag, payload...)
		h.NextHeader, h.Length = layers.IPProtocolIPv6Fragment, uint16(size+8)
	}
	err := gopacket.SerializeLayers(buf, opt, h, gopacket.Payload(payload))
	return buf.Bytes(), err
}

// transport makes what follows the IP header.
func transport(k *Packet, f *flow) ([]byte, error) {
	src, dst := ends(k, f)
	var network gopacket.NetworkLayer = &layers.IPv4{SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(), Protocol: ipProto(k.Proto)}
	if src.Addr().Is6() {
		network = &layers.IPv6{SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(), NextHeader: ipProto(k.Proto)}
	}
	buf := gopacket.NewSerializeBuffer()
	opt := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	var err error
	switch k.Proto {
	case TCP:
		h := tcpLayer(k, f, src.Port(), dst.Port())
		if err = h.SetNetworkLayerForChecksum(network); err == nil {
			err = gopacket.SerializeLayers(buf, opt, h, gopacket.Payload(payloadOf(k, f)))
		}
		if err == nil {
			rawOptions(k, buf.Bytes(), src.Addr(), dst.Addr())
		}
	case UDP:
		h := &layers.UDP{SrcPort: layers.UDPPort(src.Port()), DstPort: layers.UDPPort(dst.Port())}
		body := make([]byte, k.Len)
		fill(body, 0)
		if err = h.SetNetworkLayerForChecksum(network); err == nil {
			err = gopacket.SerializeLayers(buf, opt, h, gopacket.Payload(body))
		}
	case ICMP:
		var body []byte
		if body, err = message(k, f); err == nil {
			binary.BigEndian.PutUint16(body[2:], checksum(0, body))
			return body, nil
		}
	case ICMPv6:
		var body []byte
		if body, err = message(k, f); err == nil {
			binary.BigEndian.PutUint16(body[2:], checksum(pseudo(src.Addr(), dst.Addr(), len(body), 58), body))
			return body, nil
		}
	case RawIP:
		return make([]byte, k.Len), nil
	}
	return buf.Bytes(), err
}

// tcpLayer makes the header of a segment: of an inbound one, whose ACK and echo
// are of the stack's space, or of an outbound one that is quoted, whose sequence
// number is.
func tcpLayer(k *Packet, f *flow, sport, dport uint16) *layers.TCP {
	s := &k.TCP
	h := &layers.TCP{
		SrcPort: layers.TCPPort(sport), DstPort: layers.TCPPort(dport), Window: uint16(s.Win.Value), Urgent: s.Urg,
		FIN: s.Flags&FIN != 0, SYN: s.Flags&SYN != 0, RST: s.Flags&RST != 0, PSH: s.Flags&PSH != 0,
		ACK: s.Flags&ACK != 0, URG: s.Flags&URG != 0, ECE: s.Flags&ECE != 0, CWR: s.Flags&CWR != 0, NS: s.Flags&AE != 0,
	}
	if k.Dir == Outbound {
		h.Seq, h.Ack = f.toLive(s.Seq), s.Ack.Value
	} else {
		h.Seq = s.Seq.Value
		if s.Ack.Given {
			h.Ack = f.toLive(s.Ack)
		}
	}
	for _, o := range s.Options {
		switch {
		case o.Raw:
			for range o.Data { // rawOptions puts it there
				h.Options = append(h.Options, layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1})
			}
			continue
		case k.Dir == Outbound:
		case o.Kind == optTS && o.Data == nil:
			if o.Ecr.Given {
				o.Ecr.Value = f.liveEcho(o.Ecr)
			}
		case o.Kind == optSACK && o.Data == nil:
			blocks := make([]Block, len(o.Blocks))
			for i, b := range o.Blocks {
				blocks[i] = b
				if !b.Absolute {
					blocks[i].Left += f.offset()
					blocks[i].Right += f.offset()
				}
			}
			o.Blocks = blocks
		}
		data := o.payload()
		h.Options = append(h.Options, layers.TCPOption{
			OptionType: layers.TCPOptionKind(o.Kind), OptionLength: uint8(2 + len(data)), OptionData: data,
		})
	}
	return h
}

// rawOptions puts raw options in place of the NOPs that tcpLayer left for them,
// in a segment b, and corrects its checksum.
func rawOptions(k *Packet, b []byte, src, dst netip.Addr) {
	at, found := 20, false
	for i := range k.TCP.Options {
		o := &k.TCP.Options[i]
		if o.Raw {
			copy(b[at:], o.Data)
			found = true
		}
		at += o.len()
	}
	if found {
		b[16], b[17] = 0, 0
		binary.BigEndian.PutUint16(b[16:], checksum(pseudo(src, dst, len(b), 6), b))
	}
}

// payloadOf returns what a segment carries: the pattern at its place in the
// stream.
func payloadOf(k *Packet, f *flow) []byte {
	s := &k.TCP
	b := make([]byte, s.Len)
	off := s.Seq.Value - f.peerISN - 1
	if s.Flags&SYN != 0 {
		off = 0
	}
	fill(b, off)
	return b
}

// message makes an ICMP message, its checksum zero.
func message(k *Packet, f *flow) ([]byte, error) {
	m := &k.ICMP
	b := make([]byte, 8)
	b[0], b[1] = m.Type, m.Code
	if !m.errorMessage(k.Proto) {
		binary.BigEndian.PutUint16(b[4:], uint16(max(m.ID, 0)))
		binary.BigEndian.PutUint16(b[6:], uint16(max(m.Seq, 0)))
		body := make([]byte, m.Len)
		fill(body, 0)
		return append(b, body...), nil
	}
	if m.MTU >= 0 {
		binary.BigEndian.PutUint32(b[4:], uint32(m.MTU))
	}
	if m.Quote == nil {
		return b, nil
	}
	q := *m.Quote
	body, err := transport(&q, f)
	if err != nil {
		return nil, err
	}
	if q.IP.TTL < 0 {
		q.IP.TTL = 64
	}
	quote, err := packetIP(&q, f, body[:min(len(body), quoteLen)], len(body), 0, 0, false)
	return append(b, quote...), err
}

// pseudo returns the sum of a pseudo-header.
func pseudo(src, dst netip.Addr, n int, proto uint8) uint32 {
	return sumOf(src.AsSlice()) + sumOf(dst.AsSlice()) + uint32(n) + uint32(proto)
}

// sumOf adds up 16-bit words.
func sumOf(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// checksum returns the Internet checksum of b and what is summed already
// (RFC 1071); 0 if b holds a right one.
func checksum(sum uint32, b []byte) uint16 {
	sum += sumOf(b)
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
