package drill

import "sort"

// named is a number with the name that scripts use.
type named struct {
	name  string
	value uint8
}

// icmpType is a type of ICMP message with the names of its codes.
type icmpType struct {
	named
	codes []named
}

// icmp4Types are ICMPv4's types (RFC 792, RFC 1122, RFC 1812), icmp6Types
// ICMPv6's (RFC 4443).
var icmp4Types = []icmpType{
	{named{"echo_reply", 0}, nil},
	{named{"unreachable", 3}, []named{
		{"net_unreachable", 0}, {"host_unreachable", 1}, {"protocol_unreachable", 2}, {"port_unreachable", 3},
		{"frag_needed", 4}, {"source_route_failed", 5}, {"net_unknown", 6}, {"host_unknown", 7},
		{"source_host_isolated", 8}, {"net_prohibited", 9}, {"host_prohibited", 10},
		{"net_unreachable_for_tos", 11}, {"host_unreachable_for_tos", 12}, {"pkt_filtered", 13},
		{"precedence_violation", 14}, {"precedence_cutoff", 15},
	}},
	{named{"source_quench", 4}, nil},
	{named{"redirect", 5}, []named{{"net", 0}, {"host", 1}, {"net_for_tos", 2}, {"host_for_tos", 3}}},
	{named{"echo_request", 8}, nil},
	{named{"echo", 8}, nil},
	{named{"time_exceeded", 11}, []named{{"exc_ttl", 0}, {"ttl", 0}, {"exc_fragtime", 1}, {"fragtime", 1}}},
	{named{"parameter_problem", 12}, nil},
	{named{"timestamp", 13}, nil},
	{named{"timestamp_reply", 14}, nil},
	{named{"info_request", 15}, nil},
	{named{"info_reply", 16}, nil},
	{named{"address", 17}, nil},
	{named{"address_reply", 18}, nil},
}

var icmp6Types = []icmpType{
	{named{"unreachable", 1}, []named{
		{"no_route", 0}, {"net_unreachable", 0}, {"admin_prohibited", 1}, {"prohibited", 1}, {"beyond_scope", 2},
		{"not_neighbour", 2}, {"address_unreachable", 3}, {"host_unreachable", 3}, {"port_unreachable", 4},
		{"policy_fail", 5}, {"reject_route", 6},
	}},
	{named{"packet_too_big", 2}, nil},
	{named{"time_exceeded", 3}, []named{{"exc_hoplimit", 0}, {"exc_fragtime", 1}}},
	{named{"parameter_problem", 4}, []named{{"bad_header", 0}, {"bad_next_header", 1}, {"bad_option", 2}}},
	{named{"echo_request", 128}, nil},
	{named{"echo_reply", 129}, nil},
}

func icmpTypes(proto Proto) []icmpType {
	if proto == ICMPv6 {
		return icmp6Types
	}
	return icmp4Types
}

// icmpNames returns the names of a message's type and code; "" for none.
func icmpNames(proto Proto, typ, code uint8) (t, c string) {
	for _, x := range icmpTypes(proto) {
		if x.value != typ {
			continue
		}
		for _, y := range x.codes {
			if y.value == code {
				return x.name, y.name
			}
		}
		return x.name, ""
	}
	return "", ""
}

// icmp reads a message from its type on:
//
//	unreachable frag_needed mtu 1200 [1:1001(1000)]
//	echo_request id 7 seq 1 (56)
//	type 3 code 4
func (p *parser) icmp(k *Packet, quote *Packet) {
	m := &k.ICMP
	p.accept(":")
	var codes []named
	if p.acceptWord("type") {
		m.Type = uint8(p.integer(0, 255))
	} else {
		codes = p.icmpType(k)
	}
	m.AnyCode = k.Dir == Outbound
	if p.acceptWord("code") {
		m.Code, m.AnyCode = uint8(p.integer(0, 255)), false
	} else if p.tok.kind == tWord {
		for _, c := range codes {
			if p.acceptWord(c.name) {
				m.Code, m.AnyCode = c.value, false
				break
			}
		}
	}
	for p.tok.kind == tWord {
		switch {
		case p.acceptWord("mtu"):
			m.MTU = int(p.integer(0, 1<<31))
		case p.acceptWord("id"):
			m.ID = int(p.integer(0, 65535))
		case p.acceptWord("seq"):
			m.Seq = int(p.integer(0, 65535))
		default:
			p.fail("%s %v is not a code or property", "ICMP:", p.tok)
		}
	}
	if p.tok.is("(") {
		m.Len = p.parenthesized()
	}
	m.Quote = quote
	if p.accept("[") {
		if quote != nil {
			p.fail("an ICMP message quotes one packet")
		}
		m.Quote = p.quote(k.Dir)
		p.expect("]")
	}
}

// icmpType reads a type's name and returns its codes.
func (p *parser) icmpType(k *Packet) []named {
	types := icmpTypes(k.Proto)
	for _, t := range types {
		if p.acceptWord(t.name) {
			k.ICMP.Type = t.value
			return t.codes
		}
	}
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.name
	}
	sort.Strings(names)
	p.fail("%v is not an ICMP type; there are %v", p.tok, names)
	return nil
}

// errorMessage reports whether the message quotes a packet.
func (m *Message) errorMessage(proto Proto) bool {
	if proto == ICMPv6 {
		return m.Type < 128
	}
	switch m.Type {
	case 3, 4, 5, 11, 12:
		return true
	}
	return false
}
