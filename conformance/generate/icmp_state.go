package generate

import (
	"fmt"
	"strings"
)

// icmpState is a way into a state, and a proof that the connection is in it
// still.
type icmpState struct {
	name          string
	enter, proof  string
	first, length int  // what is quoted
	flight        bool // it is in flight
	flags         string
}

func icmpStates() []icmpState {
	const (
		fin  = "+0  > F. 1:1(0) ack 1\n"
		gone = "+.1 < F. 1:1(0) ack 2 win 10000\n+0  > . 2:2(0) ack 2\n"
	)
	return []icmpState{
		{"syn-received", `0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  listen(3, 5) = 0
+0  < S 0:0(0) win 10000 <mss 1000>
+0  > S. 0:0(0) ack 1 <mss ...>
`, "+.1 < . 1:1(0) ack 1 win 10000\n+0  accept(3, ..., ...) = 4\n+0  write(4, ..., 10) = 10\n+0  > P. 1:11(10) ack 1\n", 0, 0, true, "S."},
		{"fin-wait-1", open("", 0.1, 10000) + "+0  close(4) = 0\n" + fin, gone, 1, 0, true, "F."},
		{"fin-wait-2", open("", 0.1, 10000) + "+0  close(4) = 0\n" + fin + "+.1 < . 1:1(0) ack 2 win 10000\n", gone, 1, 0, false, "F."},
		{"closing", open("", 0.1, 10000) + "+0  close(4) = 0\n" + fin + "+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 2:2(0) ack 2\n",
			"+.1 < . 2:2(0) ack 2 win 10000\n+0  < F. 1:1(0) ack 2 win 10000\n+0  > . 2:2(0) ack 2\n", 1, 0, true, "F."},
		{"time-wait", open("", 0.1, 10000) + "+0  close(4) = 0\n" + fin + gone, "+1  < F. 1:1(0) ack 2 win 10000\n+0  > . 2:2(0) ack 2\n", 1, 0, false, "F."},
		{"close-wait", open("", 0.1, 10000) + "+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n+0  write(4, ..., 100) = 100\n+0  > P. 1:101(100) ack 2\n",
			"+.1 < . 2:2(0) ack 101 win 10000\n+0  read(4, ..., 10) = 0\n+0  write(4, ..., 10) = 10\n+0  > P. 101:111(10) ack 2\n", 1, 100, true, "P."},
		{"last-ack", open("", 0.1, 10000) + "+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n+0  close(4) = 0\n+0  > F. 1:1(0) ack 2\n",
			"+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 2:2(0) ack 2\n", 1, 0, true, "F."},
	}
}

// quote returns a quote of length octets at a sequence number.
func (s *icmpState) quote(first int) string {
	return fmt.Sprintf("[%s %d:%d(%d)]", s.flags, uint32(first), uint32(first+s.length), s.length)
}

// errors sends every error about what is in flight, or about what was last.
// Without a synchronized connection hard errors are left out: RFC 1122 §4.2.3.9
// and RFC 5927 §5.2 do not agree about SYN-RECEIVED.
func (s *icmpState) errors(f family) string {
	var b strings.Builder
	b.WriteString(comment("RFC 5927 §5.2, RFC 9293 §3.9.2.2: no ICMP error ends a connection in " + strings.ToUpper(s.name) + "."))
	b.WriteString(f.version + s.enter)
	for _, e := range icmpErrors(f.six) {
		if e.effect == hard && s.name == "syn-received" {
			continue
		}
		fmt.Fprintf(&b, "+0  < %s %s\n", s.quote(s.first), e.text)
	}
	b.WriteString(s.proof)
	return b.String()
}

// blind sends every error about numbers that are not in flight.
func (s *icmpState) blind(f family) string {
	var b strings.Builder
	b.WriteString(comment("RFC 5927 §4.1: an error about a segment that is not in flight is ignored, here in " + strings.ToUpper(s.name) + "."))
	b.WriteString(f.version + s.enter)
	for _, first := range []int{s.first - 1, s.first + 1000, s.first + -1<<31, s.first - 1000000} {
		for _, e := range icmpErrors(f.six) {
			fmt.Fprintf(&b, "+0  < %s %s\n", s.quote(first), e.text)
		}
	}
	b.WriteString(s.proof)
	return b.String()
}
