package drill

import (
	"bytes"
	"fmt"
	"net/netip"
)

// mismatch returns the error of a field that is not as expected.
func mismatch(field string, want, got uint32) error {
	return fmt.Errorf("live packet field %s: expected: %d (0x%x) vs actual: %d (0x%x)", field, want, want, got, got)
}

// match compares a packet that the stack sent, translated to the script's
// numbers, with the one that the script expects. tick is the length of a tick of
// the stack's timestamps if they are to be checked.
func match(s, a *Packet, f *flow) error {
	if s.Proto != a.Proto {
		return fmt.Errorf("live packet protocol: expected: %s vs actual: %s", s.Proto, a.Proto)
	}
	if err := matchIP(s, a, f); err != nil {
		return err
	}
	switch s.Proto {
	case TCP:
		return matchTCP(&s.TCP, &a.TCP)
	case UDP, RawIP:
		if s.Len != a.Len {
			return mismatch("udp_len", uint32(s.Len), uint32(a.Len))
		}
	case ICMP, ICMPv6:
		return matchICMP(s, a)
	}
	return nil
}

// String returns the protocol's name.
func (p Proto) String() string {
	return [...]string{TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPv6: "icmpv6", RawIP: "raw"}[p]
}

// matchIP compares addresses, ports and the IP header.
func matchIP(s, a *Packet, f *flow) error {
	src, dst := ends(s, f)
	for _, x := range [...]struct {
		name string
		want netip.AddrPort
		got  Endpoint
	}{{"source", src, a.Src}, {"destination", dst, a.Dst}} {
		if x.want.Addr() != x.got.Addr {
			return fmt.Errorf("live packet %s address: expected: %v vs actual: %v", x.name, x.want.Addr(), x.got.Addr)
		}
		if x.got.Port >= 0 && int(x.want.Port()) != x.got.Port {
			return mismatch(x.name+"_port", uint32(x.want.Port()), uint32(x.got.Port))
		}
	}
	ecn := a.IP.TOS & 3
	switch s.IP.ECN {
	case ECNAny:
	case ECNNone:
		if ecn != 0 {
			return mismatch("ip_ecn", 0, uint32(ecn))
		}
	case ECNECT0:
		if ecn != 2 {
			return mismatch("ip_ecn", 2, uint32(ecn))
		}
	case ECNECT1:
		if ecn != 1 {
			return mismatch("ip_ecn", 1, uint32(ecn))
		}
	case ECNECT01:
		if ecn != 1 && ecn != 2 {
			return fmt.Errorf("live packet field ip_ecn: expected: 0x1 or 0x2 vs actual: 0x%x", ecn)
		}
	case ECNCE:
		if ecn != 3 {
			return mismatch("ip_ecn", 3, uint32(ecn))
		}
	case ECNTOS:
		if s.IP.TOS != a.IP.TOS {
			return mismatch("ip_tos", uint32(s.IP.TOS), uint32(a.IP.TOS))
		}
	}
	for _, x := range [...]struct {
		name      string
		want, got int
	}{{"ip_ttl", s.IP.TTL, a.IP.TTL}, {"ip_flowlabel", s.IP.FlowLabel, a.IP.FlowLabel}, {"ip_df", s.IP.DF, max(a.IP.DF, 0)}} {
		if x.want >= 0 && x.want != x.got {
			return mismatch(x.name, uint32(x.want), uint32(x.got))
		}
	}
	if s.IP.Fragment != a.IP.Fragment {
		return mismatch("ip_fragment", uint32(s.IP.Fragment), uint32(a.IP.Fragment))
	}
	return nil
}

// matchTCP compares segments, in the order in which packetdrill does.
func matchTCP(s, a *Segment) error {
	if s.Seq.Given && s.Seq.Value != a.Seq.Value {
		return mismatch("tcp_seq", s.Seq.Value, a.Seq.Value)
	}
	if !s.AnyAck && (s.Ack.Given || s.Flags&ACK != 0 || a.Flags&ACK == 0) && s.Ack.Value != a.Ack.Value {
		return mismatch("tcp_ack_seq", s.Ack.Value, a.Ack.Value)
	}
	if want, got := optionsLen(s.Options), optionsLen(a.Options); !s.AnyOptions && want != got {
		return fmt.Errorf("%w: %s vs actual: %s", mismatch("tcp_data_offset", uint32(5+want/4), uint32(5+got/4)), list(s.Options), list(a.Options))
	}
	if !s.AnyFlags {
		for i, name := range [...]string{"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ae"} {
			if want, got := s.Flags>>i&1, a.Flags>>i&1; want != got {
				return mismatch("tcp_"+name, uint32(want), uint32(got))
			}
		}
	}
	if s.Win.Given && s.Win.Value != a.Win.Value {
		return mismatch("tcp_window", s.Win.Value, a.Win.Value)
	}
	if s.Urg != a.Urg {
		return mismatch("tcp_urg_ptr", uint32(s.Urg), uint32(a.Urg))
	}
	if s.Len != a.Len {
		return fmt.Errorf("live packet payload: expected %d bytes vs actual %d bytes", s.Len, a.Len)
	}
	return matchOptions(s, a)
}

func list(options []TCPOption) string {
	s := Segment{Options: options}
	var b bytes.Buffer
	b.WriteString("<")
	for i := range s.Options {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(s.Options[i].String())
	}
	b.WriteString(">")
	return b.String()
}

// matchOptions compares the options, whose order counts.
func matchOptions(s, a *Segment) error {
	bad := fmt.Errorf("bad outbound TCP options: expected %s vs actual %s", list(s.Options), list(a.Options))
	if len(a.Options) < len(s.Options) || len(a.Options) > len(s.Options) && !s.AnyOptions {
		return bad
	}
	for i := range s.Options {
		if !sameOption(&s.Options[i], &a.Options[i]) {
			return bad
		}
	}
	return nil
}

// sameOption reports whether an option is as expected. The value of a timestamp
// is not compared here: by default it only must be there.
func sameOption(s, a *TCPOption) bool {
	if s.Kind != a.Kind || s.Exp != a.Exp || s.Raw {
		return false
	}
	same := func(want, got Number) bool { return !want.Given || want.Value == got.Value }
	switch {
	case s.Data != nil || a.Data != nil:
		return bytes.Equal(s.Data, a.Data)
	case s.Kind == optTS:
		return same(s.Ecr, a.Ecr)
	case s.Kind == optSACK:
		if len(s.Blocks) != len(a.Blocks) {
			return false
		}
		for i := range s.Blocks {
			if s.Blocks[i].Left != a.Blocks[i].Left || s.Blocks[i].Right != a.Blocks[i].Right {
				return false
			}
		}
		return true
	}
	return same(s.Val, a.Val)
}

// matchICMP compares ICMP messages, and what they quote as far as the script
// says.
func matchICMP(s, a *Packet) error {
	w, g := &s.ICMP, &a.ICMP
	if w.Type != g.Type {
		return mismatch("icmp_type", uint32(w.Type), uint32(g.Type))
	}
	if !w.AnyCode && w.Code != g.Code {
		return mismatch("icmp_code", uint32(w.Code), uint32(g.Code))
	}
	for _, x := range [...]struct {
		name      string
		want, got int
	}{{"icmp_mtu", w.MTU, g.MTU}, {"icmp_id", w.ID, g.ID}, {"icmp_seq", w.Seq, g.Seq}} {
		if x.want >= 0 && x.want != x.got {
			return mismatch(x.name, uint32(x.want), uint32(x.got))
		}
	}
	if !w.errorMessage(s.Proto) && w.Len != g.Len {
		return fmt.Errorf("live packet payload: expected %d bytes vs actual %d bytes", w.Len, g.Len)
	}
	if w.Quote == nil {
		return nil
	}
	if g.Quote == nil {
		return fmt.Errorf("live packet quotes no packet")
	}
	return matchQuote(w.Quote, g.Quote)
}

func matchQuote(w, g *Packet) error {
	if w.Proto != g.Proto && w.Proto != RawIP {
		return fmt.Errorf("quoted protocol: expected: %s vs actual: %s", w.Proto, g.Proto)
	}
	switch w.Proto {
	case TCP:
		if w.TCP.Seq.Given && w.TCP.Seq.Value != g.TCP.Seq.Value {
			return mismatch("quoted tcp_seq", w.TCP.Seq.Value, g.TCP.Seq.Value)
		}
		if !w.TCP.AnyFlags && !g.TCP.AnyFlags && w.TCP.Flags != g.TCP.Flags {
			return mismatch("quoted tcp_flags", uint32(w.TCP.Flags), uint32(g.TCP.Flags))
		}
	case UDP, RawIP:
		if w.Len != g.Len {
			return mismatch("quoted length", uint32(w.Len), uint32(g.Len))
		}
	case ICMP, ICMPv6:
		if w.ICMP.Type != g.ICMP.Type {
			return mismatch("quoted icmp_type", uint32(w.ICMP.Type), uint32(g.ICMP.Type))
		}
	}
	return nil
}
