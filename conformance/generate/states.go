package generate

import (
	"fmt"
	"strings"
)

// States returns the scripts of RFC 9293's state machine: each state with each
// kind of segment at each place in the sequence spaces for which an RFC says
// what is to be done, over IPv4 and IPv6.
//
// RFC 9293 §3.10.7.
func States() (scripts []Script) {
	for _, t := range tables() {
		for _, r := range t.rows {
			for _, p := range strings.Fields(r.places) {
				for _, a := range strings.Fields(r.acks) {
					for _, v6 := range []bool{false, true} {
						if s, ok := cell(t.start, r.kind, place(p), place(a), v6); ok {
							scripts = append(scripts, s)
						}
					}
				}
			}
		}
	}
	return scripts
}

// start is a situation that a segment meets.
type start struct {
	name   string // of the files
	words  string
	state  state
	active bool // reached by connect
	gone   bool // the user has called close
	full   bool // the window is closed
	flight bool // 1000 octets are not acknowledged
}

// cell makes the script of one segment in one situation. It reports false if the
// acknowledgment is one that has another name in this situation.
func cell(to start, kind string, p, a place, v6 bool) (Script, bool) {
	k := kinds[kind]
	s := &story{v6: v6, data: to.flight}
	s.enter(to)
	c := &s.conn
	c.again = false
	x := segment{bits: k.bits, seq: sequences[p].seq(c), n: k.n}
	name := fmt.Sprintf("%s-%s-%s", to.name, kind, p)
	words := fmt.Sprintf("%s: %s %s", to.words, k.words, sequences[p].words)
	if x.has(ack) {
		x.ack = acks[a].ack(c)
		if a != "una" && a != "some" && x.ack == c.una && c.state != closed && c.state != listen {
			return Script{}, false
		}
		words += ", acknowledging " + acks[a].words
		if a != "una" && a != "some" {
			name += "-ack-" + string(a)
		}
	}
	at := "+.1"
	if c.state == timeWait {
		at = "+40"
	}
	v := s.in(at, x)
	s.wait = "+.6"
	s.prove()
	s.fence()
	version := "ipv4"
	if v6 {
		name += "-6"
		version = "ipv6"
	}
	text := fmt.Sprintf("// %s.\n// %s\n--ip_version=%s\n`sysctl net.ipv4.tcp_rmem=\"4096 %d %d\"`\n", words, v.rule, version, buffer, buffer)
	if to.state == timeWait {
		text += "`sysctl net.inet.tcp.msl=30000`\n"
	}
	return Script{"rfc9293/states/" + name + ".pkt", text + s.text.String()}, true
}
