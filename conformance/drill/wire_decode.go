package drill

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// decoded is a packet that the stack sent.
type decoded struct {
	Packet
	payload []byte
	bad     string // a checksum or length that is wrong; "" if none
}

// fragment is one part of a packet in fragments.
type fragment struct {
	off  int
	more bool
	data []byte
}

// fragmentKey says which fragments belong together.
type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	proto    layers.IPProtocol
}

// assembler puts the stack's fragments together.
type assembler map[fragmentKey][]fragment

// decode reads a packet that the stack sent. It returns nil without an error for
// a fragment that does not complete one, and for what a script does not see:
// neighbour discovery and group management.
func (a assembler) decode(b []byte) (*decoded, error) {
	if len(b) == 0 {
		return nil, fmt.Errorf("empty packet")
	}
	d := &decoded{Packet: *newPacket(Outbound)}
	if b[0]>>4 == 6 {
		return a.decode6(d, b)
	}
	return a.decode4(d, b)
}

func (a assembler) decode4(d *decoded, b []byte) (*decoded, error) {
	var h layers.IPv4
	if err := h.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return nil, err
	}
	if checksum(0, b[:int(h.IHL)*4]) != 0 {
		d.bad = "IP header checksum"
	}
	if int(h.Length) != len(b) {
		d.bad = "IP length"
	}
	d.Src.Addr, _ = netip.AddrFromSlice(h.SrcIP.To4())
	d.Dst.Addr, _ = netip.AddrFromSlice(h.DstIP.To4())
	d.IP = IPInfo{ECN: ECNTOS, TOS: h.TOS, TTL: int(h.TTL), FlowLabel: -1}
	if h.Flags&layers.IPv4DontFragment != 0 {
		d.IP.DF = 1
	}
	if h.Protocol == layers.IPProtocolIGMP {
		return nil, nil
	}
	body := h.Payload
	if more := h.Flags&layers.IPv4MoreFragments != 0; more || h.FragOffset > 0 {
		key := fragmentKey{d.Src.Addr, d.Dst.Addr, uint32(h.Id), h.Protocol}
		if body, d.IP.Fragment = a.add(key, fragment{int(h.FragOffset) * 8, more, body}); body == nil {
			return nil, nil
		}
	}
	return d, d.transport(h.Protocol, body)
}

func (a assembler) decode6(d *decoded, b []byte) (*decoded, error) {
	var h layers.IPv6
	if err := h.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return nil, err
	}
	if int(h.Length)+40 != len(b) {
		d.bad = "IP length"
	}
	d.Src.Addr, _ = netip.AddrFromSlice(h.SrcIP)
	d.Dst.Addr, _ = netip.AddrFromSlice(h.DstIP)
	d.IP = IPInfo{ECN: ECNTOS, TOS: h.TrafficClass, TTL: int(h.HopLimit), FlowLabel: int(h.FlowLabel), DF: 1}
	proto, body := h.NextHeader, b[40:]
	for {
		switch proto {
		case layers.IPProtocolIPv6HopByHop:
			if len(body) < 8 || len(body) < 8+int(body[1])*8 {
				return nil, fmt.Errorf("short hop-by-hop header")
			}
			proto, body = layers.IPProtocol(body[0]), body[8+int(body[1])*8:]
		case layers.IPProtocolIPv6Fragment:
			if len(body) < 8 {
				return nil, fmt.Errorf("short fragment header")
			}
			word := binary.BigEndian.Uint16(body[2:])
			next := layers.IPProtocol(body[0])
			key := fragmentKey{d.Src.Addr, d.Dst.Addr, binary.BigEndian.Uint32(body[4:]), next}
			if body, d.IP.Fragment = a.add(key, fragment{int(word &^ 7), word&1 != 0, body[8:]}); body == nil {
				return nil, nil
			}
			proto = next
		case layers.IPProtocolICMPv6:
			if len(body) > 0 && (body[0] >= 130 && body[0] <= 137 || body[0] == 143) {
				return nil, nil // neighbour discovery, MLD
			}
			return d, d.transport(proto, body)
		default:
			return d, d.transport(proto, body)
		}
	}
}

// add takes a fragment and returns the whole once it is complete, and the length
// of the first fragment.
func (a assembler) add(key fragmentKey, f fragment) (whole []byte, first int) {
	f.data = append([]byte(nil), f.data...)
	a[key] = append(a[key], f)
	end := 0
	for {
		grown := false
		for _, f := range a[key] {
			if f.off != end || len(f.data) == 0 {
				continue
			}
			if f.off == 0 {
				first = len(f.data)
			}
			whole = append(whole, f.data...)
			end += len(f.data)
			grown = true
			if !f.more {
				delete(a, key)
				return whole, first
			}
			break
		}
		if !grown {
			return nil, 0
		}
	}
}

// transport reads what follows the IP header.
func (d *decoded) transport(proto layers.IPProtocol, b []byte) error {
	sum := func(n uint8) bool { return checksum(pseudo(d.Src.Addr, d.Dst.Addr, len(b), n), b) == 0 }
	switch proto {
	case layers.IPProtocolTCP:
		d.Proto = TCP
		if !sum(6) {
			d.bad = "TCP checksum"
		}
		return d.segment(b)
	case layers.IPProtocolUDP:
		d.Proto = UDP
		var h layers.UDP
		if err := h.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
			return err
		}
		if !sum(17) && h.Checksum != 0 {
			d.bad = "UDP checksum"
		}
		if int(h.Length) != len(b) {
			d.bad = "UDP length"
		}
		d.Src.Port, d.Dst.Port = int(h.SrcPort), int(h.DstPort)
		d.Len, d.payload = len(h.Payload), h.Payload
		return nil
	case layers.IPProtocolICMPv4:
		d.Proto = ICMP
		if checksum(0, b) != 0 {
			d.bad = "ICMP checksum"
		}
		return d.message(b)
	case layers.IPProtocolICMPv6:
		d.Proto = ICMPv6
		if !sum(58) {
			d.bad = "ICMPv6 checksum"
		}
		return d.message(b)
	}
	d.Proto, d.Len = RawIP, len(b)
	return nil
}

// segment reads a TCP segment.
func (d *decoded) segment(b []byte) error {
	var h layers.TCP
	if err := h.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return err
	}
	d.Src.Port, d.Dst.Port = int(h.SrcPort), int(h.DstPort)
	s := &d.TCP
	for i, on := range [...]bool{h.FIN, h.SYN, h.RST, h.PSH, h.ACK, h.URG, h.ECE, h.CWR, h.NS} {
		if on {
			s.Flags |= 1 << i
		}
	}
	s.Seq = Number{Value: h.Seq, Given: true}
	s.Ack = Number{Value: h.Ack, Given: true}
	s.Win = Number{Value: uint32(h.Window), Given: true}
	s.Urg, s.Len = h.Urgent, len(h.Payload)
	d.payload = h.Payload
	s.Options = decodeOptions(b[20 : int(h.DataOffset)*4])
	return nil
}

// decodeOptions reads the options of a segment that gopacket has found whole.
func decodeOptions(b []byte) (list []TCPOption) {
	e := binary.BigEndian
	for len(b) > 0 {
		o := TCPOption{Kind: b[0]}
		if o.Kind == optEOL || o.Kind == optNOP {
			list = append(list, o)
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			o.Data = b[1:]
			return append(list, o)
		}
		data := b[2:b[1]]
		b = b[b[1]:]
		switch {
		case o.Kind == optMSS && len(data) == 2:
			o.Val = Number{Value: uint32(e.Uint16(data)), Given: true}
		case o.Kind == optScale && len(data) == 1:
			o.Val = Number{Value: uint32(data[0]), Given: true}
		case o.Kind == optSACKOK && len(data) == 0:
		case o.Kind == optTS && len(data) == 8:
			o.Val = Number{Value: e.Uint32(data), Given: true}
			o.Ecr = Number{Value: e.Uint32(data[4:]), Given: true}
		case o.Kind == optSACK && len(data)%8 == 0:
			for ; len(data) > 0; data = data[8:] {
				o.Blocks = append(o.Blocks, Block{Left: e.Uint32(data), Right: e.Uint32(data[4:])})
			}
		case o.Kind == optExp && len(data) >= 2 && e.Uint16(data) == magicFOExp:
			o.Exp, o.Data = true, append([]byte{}, data[2:]...)
		default:
			o.Data = append([]byte{}, data...)
		}
		list = append(list, o)
	}
	return list
}

// message reads an ICMP message, with what it quotes.
func (d *decoded) message(b []byte) error {
	if len(b) < 8 {
		return fmt.Errorf("short ICMP message")
	}
	m := &d.ICMP
	m.Type, m.Code = b[0], b[1]
	if !m.errorMessage(d.Proto) {
		m.ID, m.Seq = int(binary.BigEndian.Uint16(b[4:])), int(binary.BigEndian.Uint16(b[6:]))
		m.Len, d.payload = len(b)-8, b[8:]
		return nil
	}
	if d.Proto == ICMP && m.Type == 3 && m.Code == 4 {
		m.MTU = int(binary.BigEndian.Uint16(b[6:]))
	} else if d.Proto == ICMPv6 && m.Type == 2 {
		m.MTU = int(binary.BigEndian.Uint32(b[4:]))
	}
	m.Quote = decodeQuote(b[8:])
	return nil
}

// decodeQuote reads the beginning of a packet; nil if it cannot be.
func decodeQuote(b []byte) *Packet {
	q := newPacket(Inbound)
	var proto layers.IPProtocol
	size := 0
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		n := int(b[0]&15) * 4
		if n < 20 || len(b) < n {
			return nil
		}
		proto, size = layers.IPProtocol(b[9]), int(binary.BigEndian.Uint16(b[2:]))-n
		q.Src.Addr, q.Dst.Addr = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
		q.IP.ECN, q.IP.TOS = ECNTOS, b[1]
		b = b[n:]
	case len(b) >= 40 && b[0]>>4 == 6:
		proto, size = layers.IPProtocol(b[6]), int(binary.BigEndian.Uint16(b[4:]))
		q.Src.Addr, q.Dst.Addr = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
		q.IP.ECN, q.IP.TOS = ECNTOS, b[0]<<4|b[1]>>4
		b = b[40:]
	default:
		return nil
	}
	q.Proto, q.Len = RawIP, size
	if len(b) < 8 {
		return q
	}
	switch proto {
	case layers.IPProtocolTCP:
		q.Proto = TCP
		q.Src.Port, q.Dst.Port = int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
		q.TCP.Seq = Number{Value: binary.BigEndian.Uint32(b[4:]), Given: true}
		q.TCP.AnyFlags = true
		q.TCP.Len = size - 20
		if len(b) >= 14 {
			q.TCP.Len = size - int(b[12]>>4)*4
			q.TCP.Flags, q.TCP.AnyFlags = Flags(b[13])|Flags(b[12]&1)<<8, false
			q.TCP.Ack = Number{Value: binary.BigEndian.Uint32(b[8:]), Given: true}
		}
	case layers.IPProtocolUDP:
		q.Proto, q.Len = UDP, size-8
		q.Src.Port, q.Dst.Port = int(binary.BigEndian.Uint16(b)), int(binary.BigEndian.Uint16(b[2:]))
	case layers.IPProtocolICMPv4, layers.IPProtocolICMPv6:
		q.Proto = ICMP
		if proto == layers.IPProtocolICMPv6 {
			q.Proto = ICMPv6
		}
		q.ICMP.Type, q.ICMP.Code, q.ICMP.Len = b[0], b[1], size-8
	}
	return q
}
