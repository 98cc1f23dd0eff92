package generate

import (
	"fmt"
	"strings"
)

func synTimeline(head string, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 6298 §2.1, §5.5, RFC 9293 §3.8.3 (MUST-23): a SYN that nobody answers is repeated, the time doubles, and then the open fails."))
	fmt.Fprintf(&b, "%s0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...%s connect(3, ..., ...) = -1 ETIMEDOUT\n+0  > S 0:0(0) <...>\n", head, sec(sum(list)))
	repeated(&b, list, "S 0:0(0) <...>")
	return b.String()
}

func synackTimeline(head string, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 6298 §2.1, §5.5, RFC 9293 §3.8.3: a SYN,ACK that nobody answers is repeated, the time doubles, and then the connection is forgotten: what comes for it is a stranger's."))
	b.WriteString(head + "0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n+0  bind(3, ..., ...) = 0\n+0  listen(3, 5) = 0\n" +
		"+0  < S 0:0(0) win 10000 <mss 1000>\n+0  > S. 0:0(0) ack 1 <mss ...>\n")
	repeated(&b, list, "S. 0:0(0) ack 1 <mss ...>")
	fmt.Fprintf(&b, "+%s < . 1:1(0) ack 1 win 10000\n+0  > R 1:1(0)\n+0  accept(3, ..., ...) = -1 EAGAIN\n", sec(list[len(list)-1]+0.01))
	return b.String()
}

func dataTimeline(head string, rtt float64, list []float64) string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("RFC 6298 §2.2, §2.4, §2.5, §5.5, RFC 9293 §3.8.3 (MUST-20): after a round trip of %s s data is repeated after %s s, the time doubles, and then the connection is given up.", sec(rtt), sec(list[0]))))
	b.WriteString(open(head, rtt, 10000))
	b.WriteString("+0  write(4, ..., 100) = 100\n+0  > P. 1:101(100) ack 1\n")
	repeated(&b, list, "P. 1:101(100) ack 1")
	fmt.Fprintf(&b, "+0...%s read(4, ..., 10) = -1 ETIMEDOUT\n", sec(list[len(list)-1]))
	fmt.Fprintf(&b, "+%s < . 1:1(0) ack 101 win 10000\n+0  > R 101:101(0)\n", sec(list[len(list)-1]+0.01))
	return b.String()
}

func finTimeline(head string, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 6298 §5.5, RFC 9293 §3.8.1, §3.8.3: in FIN-WAIT-1 a FIN that nobody acknowledges is repeated like data, and given up."))
	b.WriteString(open(head, 0.1, 10000))
	b.WriteString("+0  close(4) = 0\n+0  > F. 1:1(0) ack 1\n")
	repeated(&b, list, "F. 1:1(0) ack 1")
	fmt.Fprintf(&b, "+%s < . 1:1(0) ack 2 win 10000\n+0  > R 2:2(0)\n", sec(list[len(list)-1]+0.01))
	return b.String()
}

func lastAckTimeline(head string, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 6298 §5.5, RFC 9293 §3.8.1, §3.8.3: in LAST-ACK a FIN that nobody acknowledges is repeated like data, and given up."))
	b.WriteString(open(head, 0.1, 10000))
	b.WriteString("+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n+0  read(4, ..., 10) = 0\n+0  close(4) = 0\n+0  > F. 1:1(0) ack 2\n")
	repeated(&b, list, "F. 1:1(0) ack 2")
	fmt.Fprintf(&b, "+%s < . 2:2(0) ack 2 win 10000\n+0  > R 2:2(0)\n", sec(list[len(list)-1]+0.01))
	return b.String()
}

func closingTimeline(head string, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 9293 §3.6 figure 13, RFC 6298 §5.5: in CLOSING, after FINs that crossed, ours is repeated like data, and given up."))
	b.WriteString(open(head, 0.1, 10000))
	b.WriteString("+0  close(4) = 0\n+0  > F. 1:1(0) ack 1\n+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 2:2(0) ack 2\n")
	repeated(&b, list, "F. 1:1(0) ack 2")
	fmt.Fprintf(&b, "+%s < . 2:2(0) ack 2 win 10000\n+0  > R 2:2(0)\n", sec(list[len(list)-1]+0.01))
	return b.String()
}

func probeTimeline(head string, rtt float64, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 9293 §3.8.6.1 (MUST-36, SHLD-29, SHLD-30): a window that is closed is probed after the retransmission time-out, the time doubles; a peer that never answers is given up."))
	b.WriteString(open(head, rtt, 0))
	b.WriteString("+0  write(4, ..., 100) = 100\n")
	repeated(&b, list, "* 1:2(1) ack 1")
	fmt.Fprintf(&b, "+0...%s read(4, ..., 10) = -1 ETIMEDOUT\n", sec(list[len(list)-1]))
	return b.String()
}

func answeredTimeline(rtt float64, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 9293 §3.8.6.1 (MUST-37, SHLD-30): a peer whose window stays closed is probed at times that double, up to the longest time-out, for as long as it answers: more often than data would be repeated."))
	b.WriteString(open("", rtt, 0))
	b.WriteString("+0  write(4, ..., 100) = 100\n")
	for _, w := range list {
		fmt.Fprintf(&b, "+%s > * 1:2(1) ack 1\n+0  < . 1:1(0) ack 1 win 0\n", sec(w))
	}
	return b.String()
}

func delayedACKTimeline(head string, delay float64) string {
	return comment("RFC 9293 §3.8.6.3 (MUST-40, SHLD-19): an ACK waits, but less than half a second, and not for a third segment.") +
		open(head, 0.1, 10000) + fmt.Sprintf(`+0  < . 1:1001(1000) ack 1 win 10000
+%[1]s > . 1:1(0) ack 1001
+1  < . 1001:2001(1000) ack 1 win 10000
+0  < . 2001:3001(1000) ack 1 win 10000
+0  > . 1:1(0) ack 3001
+0  < P. 3001:3002(1) ack 1 win 10000
+%[1]s > . 1:1(0) ack 3002
`, sec(delay))
}

// fastRetransmit loses one of eight segments.
func fastRetransmit(lost int) string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("RFC 5681 §3.2: of eight segments number %d is lost; the third duplicate ACK, not the second, makes it go again, and nothing else goes.", lost)))
	b.WriteString(open("--strict_segments\n", 0.1, 10000))
	b.WriteString("+0  write(4, ..., 8000) = 8000\n")
	for i := range 8 {
		flags := ". "
		if i == 7 {
			flags = "P."
		}
		fmt.Fprintf(&b, "+0  > %s %d:%d(1000) ack 1\n", flags, 1+1000*i, 1001+1000*i)
	}
	una := 1 + 1000*(lost-1)
	b.WriteString("+.1 ")
	if lost > 1 {
		fmt.Fprintf(&b, "< . 1:1(0) ack %d win 10000\n+.01 ", una)
	}
	for i := lost + 1; i <= 8; i++ {
		if i == lost+3 {
			fmt.Fprintf(&b, "< . 1:1(0) ack %d win 10000\n+0  > . %d:%d(1000) ack 1\n+.01 ", una, una, una+1000)
			continue
		}
		fmt.Fprintf(&b, "< . 1:1(0) ack %d win 10000\n+.01 ", una)
	}
	b.WriteString("< . 1:1(0) ack 8001 win 10000\n+0  write(4, ..., 1000) = 1000\n+0  > P. 8001:9001(1000) ack 1\n")
	return b.String()
}
