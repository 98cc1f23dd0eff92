package drill

import (
	"fmt"
	"strings"
)

// String returns the packet in the language of scripts, without its direction.
func (k *Packet) String() string {
	var b strings.Builder
	if k.Other != "" {
		return k.Other
	}
	k.IP.write(&b, k.Dir)
	if k.Proto == TCP {
		k.writePorts(&b)
		k.TCP.write(&b)
		return b.String()
	}
	switch k.Proto {
	case UDP:
		b.WriteString("udp ")
		k.writePorts(&b)
		fmt.Fprintf(&b, "(%d)", k.Len)
	case RawIP:
		fmt.Fprintf(&b, "raw (%d)", k.Len)
	case ICMP, ICMPv6:
		k.ICMP.write(&b, k.Proto)
	case TCP:
	}
	return b.String()
}

func (k *Packet) writePorts(b *strings.Builder) {
	if k.Src.Port >= 0 && k.Dst.Port >= 0 {
		fmt.Fprintf(b, "%d > %d ", k.Src.Port, k.Dst.Port)
	}
}

// write writes what is given of the IP header. Of a packet that was seen, that
// is the ECN bits if there are any.
func (i *IPInfo) write(b *strings.Builder, d Direction) {
	var parts []string
	switch i.ECN {
	case ECNAny:
	case ECNNone:
		parts = append(parts, "noecn")
	case ECNECT0:
		parts = append(parts, "ect0")
	case ECNECT1:
		parts = append(parts, "ect1")
	case ECNECT01:
		parts = append(parts, "ect01")
	case ECNCE:
		parts = append(parts, "ce")
	case ECNTOS:
		if i.TOS != 0 {
			parts = append(parts, fmt.Sprintf("tos 0x%02x", i.TOS))
		}
	}
	if i.Fragment > 0 {
		parts = append(parts, fmt.Sprintf("frag %d", i.Fragment))
	}
	if len(parts) > 0 {
		fmt.Fprintf(b, "[%s] ", strings.Join(parts, ", "))
	}
}

// String returns the control bits as scripts write them.
func (f Flags) String() string {
	if f == 0 {
		return "-"
	}
	var b strings.Builder
	for _, x := range [...]struct {
		f Flags
		c byte
	}{{FIN, 'F'}, {SYN, 'S'}, {RST, 'R'}, {PSH, 'P'}, {URG, 'U'}, {ECE, 'E'}, {CWR, 'W'}, {AE, 'A'}, {ACK, '.'}} {
		if f&x.f != 0 {
			b.WriteByte(x.c)
		}
	}
	return b.String()
}

func (s *Segment) write(b *strings.Builder) {
	if s.AnyFlags {
		b.WriteString("*")
	} else {
		b.WriteString(s.Flags.String())
	}
	if s.Seq.Given {
		fmt.Fprintf(b, " %d:%d(%d)", s.Seq.Value, s.Seq.Value+uint32(s.Len), s.Len)
	} else {
		fmt.Fprintf(b, " ...:...(%d)", s.Len)
	}
	switch {
	case s.AnyAck:
		b.WriteString(" ack ...")
	case s.Ack.Given && (s.AnyFlags || s.Flags&ACK != 0):
		fmt.Fprintf(b, " ack %d", s.Ack.Value)
	}
	if s.Win.Given {
		fmt.Fprintf(b, " win %d", s.Win.Value)
	}
	if s.Urg != 0 {
		fmt.Fprintf(b, " urg %d", s.Urg)
	}
	if len(s.Options) == 0 && !s.AnyOptions {
		return
	}
	parts := make([]string, 0, len(s.Options)+1)
	for i := range s.Options {
		parts = append(parts, s.Options[i].String())
	}
	if s.AnyOptions {
		parts = append(parts, "...")
	}
	fmt.Fprintf(b, " <%s>", strings.Join(parts, ","))
}

func (n Number) String() string {
	if !n.Given {
		return "..."
	}
	return fmt.Sprint(n.Value)
}

// String returns the option as scripts write it.
func (o *TCPOption) String() string {
	switch {
	case o.Raw:
		return fmt.Sprintf("raw 0x%x", o.Data)
	case o.Exp:
		return fmt.Sprintf("FOEXP %x", o.Data)
	case o.Kind == optTFO:
		return strings.TrimRight(fmt.Sprintf("FO %x", o.Data), " ")
	case o.Kind == optMD5:
		return fmt.Sprintf("md5 %x", o.Data)
	case o.Data != nil:
		return fmt.Sprintf("%d 0x%x", o.Kind, o.Data)
	case o.Kind == optEOL:
		return "eol"
	case o.Kind == optNOP:
		return "nop"
	case o.Kind == optMSS:
		return "mss " + o.Val.String()
	case o.Kind == optScale:
		return "wscale " + o.Val.String()
	case o.Kind == optSACKOK:
		return "sackOK"
	case o.Kind == optTS:
		return "TS val " + o.Val.String() + " ecr " + o.Ecr.String()
	case o.Kind == optSACK:
		parts := []string{"sack"}
		for _, b := range o.Blocks {
			parts = append(parts, fmt.Sprintf("%d:%d", b.Left, b.Right))
		}
		return strings.Join(parts, " ")
	}
	return fmt.Sprint(o.Kind)
}

func (m *Message) write(b *strings.Builder, proto Proto) {
	b.WriteString(map[bool]string{false: "icmp ", true: "icmpv6 "}[proto == ICMPv6])
	t, c := icmpNames(proto, m.Type, m.Code)
	if t == "" {
		t = fmt.Sprintf("type %d", m.Type)
	}
	b.WriteString(t)
	switch {
	case m.AnyCode:
	case c != "":
		b.WriteString(" " + c)
	case m.Code != 0:
		fmt.Fprintf(b, " code %d", m.Code)
	}
	if m.MTU >= 0 {
		fmt.Fprintf(b, " mtu %d", m.MTU)
	}
	if !m.errorMessage(proto) {
		if m.ID >= 0 && m.Seq >= 0 {
			fmt.Fprintf(b, " id %d seq %d", m.ID, m.Seq)
		}
		fmt.Fprintf(b, " (%d)", m.Len)
	}
	if m.Quote != nil {
		q := *m.Quote
		q.IP = IPInfo{}
		fmt.Fprintf(b, " [%s]", strings.TrimPrefix(q.String(), "* "))
	}
}
