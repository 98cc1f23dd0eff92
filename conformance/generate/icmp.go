package generate

import (
	"fmt"
	"strings"
)

// effect is what an ICMP error may do.
type effect uint8

const (
	ignored effect = iota // says nothing to TCP
	soft                  // advice
	hard                  // ends an open; RFC 5461, RFC 5927 §5.2: advice later on
	tooBig                // segments become smaller
)

// icmpError is a message of one type and code.
type icmpError struct {
	name, text string
	effect     effect
}

// icmpErrors returns the messages of a family and what they mean.
//
// RFC 1122 §3.2.2, §4.2.3.9, RFC 1812 §5.2.7.1, RFC 4443 §3, RFC 5461 §2, RFC 6633.
func icmpErrors(six bool) (list []icmpError) {
	add := func(e effect, proto, typ string, codes ...int) {
		for _, c := range codes {
			name := fmt.Sprintf("%s-%d", strings.ReplaceAll(typ, "_", "-"), c)
			list = append(list, icmpError{name, fmt.Sprintf("%s %s code %d", proto, typ, c), e})
		}
	}
	if six {
		add(soft, "icmpv6", "unreachable", 0, 1, 2, 3, 5, 6)
		add(hard, "icmpv6", "unreachable", 4)
		add(soft, "icmpv6", "time_exceeded", 0, 1)
		add(soft, "icmpv6", "parameter_problem", 0, 2)
		add(hard, "icmpv6", "parameter_problem", 1) // the peer does not know TCP
		return list
	}
	add(soft, "icmp", "unreachable", 0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
	add(hard, "icmp", "unreachable", 2, 3)
	add(ignored, "icmp", "source_quench", 0)
	add(ignored, "icmp", "redirect", 0, 1, 2, 3)
	add(soft, "icmp", "time_exceeded", 0, 1)
	add(soft, "icmp", "parameter_problem", 0, 1, 2)
	return list
}

// errno returns what SO_ERROR says after the error, for a connection that stays.
//
// RFC 9293 §3.9.2.2 (MUST-56): what is soft should be told to the user. No RFC has
// the numbers; they are BSD's, which knows one for all that cannot be reached.
func (e effect) errno() string {
	switch e {
	case soft:
		return "EHOSTUNREACH"
	case hard:
		return "ECONNREFUSED"
	case ignored, tooBig:
	}
	return "0"
}

// family is one of the two, with the suffix of a script's name.
type family struct {
	six             bool
	suffix, version string
}

func families() []family {
	return []family{{false, "", "--ip_version=ipv4\n"}, {true, "-6", "--ip_version=ipv6\n"}}
}

// ICMPErrors returns the scripts about ICMP and ICMPv6 errors in each state.
func ICMPErrors() (scripts []Script) {
	for _, f := range families() {
		add := func(name, text string) {
			scripts = append(scripts, Script{"icmp/" + name + f.suffix + ".pkt", text})
		}
		for _, e := range icmpErrors(f.six) {
			add("syn-sent/"+e.name, synSentError(f, e))
			add("established/"+e.name, establishedError(f, e))
		}
		for _, s := range icmpStates() {
			add("state/"+s.name, s.errors(f))
			add("blind/"+s.name, s.blind(f))
		}
		add("strangers", strangers(f))
		for _, m := range pathMTUs(f) {
			add(fmt.Sprintf("mtu/%d", m.mtu), m.script(f))
		}
	}
	return scripts
}

// synSentError sends an error about a SYN. A hard one ends the open; any other
// leaves it: the SYN goes again in its time, and is answered.
func synSentError(f family, e icmpError) string {
	var b strings.Builder
	rule := map[effect]string{
		ignored: "RFC 9293 §3.9.2.2 (MUST-55), RFC 1122 §3.2.2: this message says nothing to TCP.",
		soft:    "RFC 1122 §4.2.3.9, RFC 5461 §2.1: a soft error does not end an open, and the user can ask for it.",
		hard:    "RFC 1122 §4.2.3.9, RFC 5461 §2.1: a hard error ends an open.",
	}[e.effect]
	b.WriteString(comment(rule) + f.version)
	if e.effect == hard {
		fmt.Fprintf(&b, `0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.1 connect(3, ..., ...) = -1 ECONNREFUSED
+0  > S 0:0(0) <...>
+.1 < [S 0:0(0)] %s
+2  < S. 0:0(0) ack 1 win 10000 <mss 1000>
+0  > R 1:1(0)
`, e.text)
		return b.String()
	}
	fmt.Fprintf(&b, `0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0  connect(3, ..., ...) = -1 EINPROGRESS
+0  > S 0:0(0) <...>
+.1 < [S 0:0(0)] %s
+.9 > S 0:0(0) <...>
+.1 < S. 0:0(0) ack 1 win 10000 <mss 1000>
+0  > . 1:1(0) ack 1
+0  getsockopt(3, SOL_SOCKET, SO_ERROR, [%s], [4]) = 0
+0  write(3, ..., 100) = 100
+0  > P. 1:101(100) ack 1
`, e.text, e.effect.errno())
	return b.String()
}

// establishedError sends an error about data in flight. Nothing ends; the user
// can learn of it, once.
func establishedError(f family, e icmpError) string {
	rule := "RFC 5927 §5.2, RFC 9293 §3.9.2.2 (MUST-56): an error does not end a synchronized connection, and the user can ask for it."
	if e.effect == ignored {
		rule = "RFC 9293 §3.9.2.2 (MUST-55), RFC 1122 §3.2.2: this message says nothing to TCP."
	}
	return comment(rule) + open(f.version, 0.1, 10000) + fmt.Sprintf(`+0  write(4, ..., 2000) = 2000
+0  > P. 1:2001(2000) ack 1
+.01 < [1:1001(1000)] %[1]s
+0  getsockopt(4, SOL_SOCKET, SO_ERROR, [%[2]s], [4]) = 0
+0  getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+0  %%{ assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_cwnd == 10, (tcpi_state, tcpi_snd_cwnd) }%%
+.09 < P. 1:101(100) ack 2001 win 10000
+0~+.5 > . 2001:2001(0) ack 101
+0  read(4, ..., 9999) = 100
+0  write(4, ..., 100) = 100
+0  > P. 2001:2101(100) ack 101
`, e.text, e.effect.errno())
}

// strangers sends errors about an open that quote other ends than its own.
func strangers(f family) string {
	text, here, there := "icmp unreachable port_unreachable", "192.168.0.1", "192.0.2.1"
	if f.six {
		text, here, there = "icmpv6 unreachable port_unreachable", "[fd3d:a0b:17d6::1]", "[fd3d:fa7b:d17d::1]"
	}
	other := strings.Replace(there, "1]", "99]", 1)
	if !f.six {
		other = "192.0.2.99"
	}
	var b strings.Builder
	b.WriteString(comment("RFC 5927 §4: an error counts for the connection whose addresses and ports it quotes, and for no other."))
	fmt.Fprintf(&b, `%s--connect_port=80
0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  connect(3, ..., ...) = -1 EINPROGRESS
+0  > (%[2]s:8080 > %[3]s:80) S 0:0(0) <...>
`, f.version, here, there)
	for _, ends := range []string{
		here + ":8080 > " + there + ":81", here + ":8081 > " + there + ":80", here + ":8080 > " + other + ":80", there + ":80 > " + here + ":8080",
	} {
		fmt.Fprintf(&b, "+0  < (%s > %s) %s [(%s) S 0:0(0)]\n", there, here, text, ends)
	}
	fmt.Fprintf(&b, "+1  > (%s:8080 > %s:80) S 0:0(0) <...>\n", here, there)
	fmt.Fprintf(&b, "+0  < (%s > %s) %s [(%s:8080 > %s:80) S 0:0(0)]\n", there, here, text, here, there)
	b.WriteString("+0  getsockopt(3, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0\n")
	return b.String()
}

// pathMTU is a router's word about a full segment, and how large segments are
// then.
type pathMTU struct {
	mtu, mss int // mss 0: as before
	rule     string
}

func pathMTUs(f family) []pathMTU {
	if f.six {
		const small = "RFC 8201 §4: less than the least MTU of IPv6 must be discarded."
		return []pathMTU{
			{0, 0, small}, {68, 0, small}, {1279, 0, small},
			{1280, 1220, "RFC 8201 §4: segments fit the path."}, {1400, 1340, "RFC 8201 §4: segments fit the path."},
			{1500, 0, "RFC 8201 §4: an error never raises the path MTU."}, {9000, 0, "RFC 8201 §4: an error never raises the path MTU."},
		}
	}
	const small = "RFC 1191 §6: segments fit the path, but are never smaller than the default of 536."
	return []pathMTU{
		{0, 1452, "RFC 1191 §5, §7.1: a router that does not say the MTU lowers it to the next plateau, 1492."},
		{1, 536, small}, {68, 536, small}, {575, 536, small}, {576, 536, "RFC 1191 §6: segments fit the path."},
		{1006, 966, "RFC 1191 §6: segments fit the path."}, {1492, 1452, "RFC 1191 §6: segments fit the path."},
		{1500, 0, "RFC 1191 §3: an error never raises the path MTU."}, {65535, 0, "RFC 1191 §3: an error never raises the path MTU."},
	}
}

// script sends a full segment, which is too big, and two more.
func (m pathMTU) script(f family) string {
	full, msg := linkMSS4, fmt.Sprintf("icmp unreachable frag_needed mtu %d", m.mtu)
	if f.six {
		full, msg = linkMSS6, fmt.Sprintf("icmpv6 packet_too_big mtu %d", m.mtu)
	}
	var b strings.Builder
	b.WriteString(comment(m.rule))
	b.WriteString(strings.ReplaceAll(open(f.version+"--strict_segments\n", 0.1, 20000), "mss 1000", fmt.Sprintf("mss %d", full)))
	fmt.Fprintf(&b, "+0  write(4, ..., %d) = %d\n+0  > P. 1:%d(%d) ack 1\n", full, full, 1+full, full)
	fmt.Fprintf(&b, "+.01 < [1:%d(%d)] %s\n", 1+full, full, msg)
	n := full
	if m.mss != 0 {
		n = m.mss
		cut(&b, 1, full, n)
	}
	fmt.Fprintf(&b, "+.1 < . 1:1(0) ack %d win 20000\n", 1+full)
	fmt.Fprintf(&b, "+0  write(4, ..., %d) = %d\n", 2*n, 2*n)
	cut(&b, 1+full, 2*n, n)
	return b.String()
}

// cut writes the segments that total octets make, the last one with PSH.
func cut(b *strings.Builder, at, total, n int) {
	for ; total > 0; total -= n {
		size, flags := min(total, n), ". "
		if total <= n {
			flags = "P."
		}
		fmt.Fprintf(b, "+0  > %s %d:%d(%d) ack 1\n", flags, at, at+size, size)
		at += size
	}
}
