package generate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// host is what a profile says about time, in seconds and counts.
type host struct {
	profile                string
	initial, least, most   float64 // retransmission time-out
	syns, again            int     // retransmissions of a SYN, of anything else
	delack, tw, finWait2   float64
	keepIdle, keepInterval float64
	keepCount              int
}

// hosts are the profiles of package drill.
func hosts() []host {
	return []host{
		{"lwip", 1, 0.2, 60, 7, 15, 0.04, 60, 60, 7200, 75, 9},
		{"linux", 1, 0.2, 120, 6, 15, 0.04, 60, 60, 7200, 75, 9},
		{"freebsd", 1, 0.23, 64, 3, 12, 0.04, 60, 60, 7200, 75, 9},
		{"rfc", 1, 1, 60, 7, 15, 0.5, 240, 60, 7200, 75, 9},
	}
}

// rto returns the retransmission time-out after one sample.
//
// RFC 6298 §2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + max(G, 4 RTTVAR).
func (h host) rto(rtt float64) float64 {
	return min(max(rtt+max(0.001, 4*rtt/2), h.least), h.most)
}

// waits returns n time-outs that double up to a limit.
//
// RFC 6298 §5.5.
func waits(first, most float64, n int) (list []float64) {
	for range n {
		list = append(list, min(first, most))
		first *= 2
	}
	return list
}

// sec formats seconds.
func sec(s float64) string {
	return strconv.FormatFloat(math.Round(s*1e6)/1e6, 'f', -1, 64)
}

// repeated writes a segment that is expected after each of the waits but the last.
func repeated(b *strings.Builder, list []float64, segment string) {
	for _, w := range list[:len(list)-1] {
		fmt.Fprintf(b, "+%s > %s\n", sec(w), segment)
	}
}

// Timelines returns the scripts about what happens by itself, and when.
func Timelines() (scripts []Script) {
	add := func(name, text string) {
		scripts = append(scripts, Script{"timeline/" + name + ".pkt", text})
	}
	for _, h := range hosts() {
		profile := "--profile=" + h.profile + "\n"
		add("syn-"+h.profile, synTimeline(profile, waits(h.initial, h.most, h.syns+1)))
		add("synack-"+h.profile, synackTimeline(profile, waits(h.initial, h.most, h.syns+1)))
		data := waits(h.rto(0.1), h.most, h.again+1)
		add("data-"+h.profile, dataTimeline(profile, 0.1, data))
		add("fin-wait-1-"+h.profile, finTimeline(profile, data))
		add("last-ack-"+h.profile, lastAckTimeline(profile, data))
		add("closing-"+h.profile, closingTimeline(profile, data))
		add("zero-window-"+h.profile, probeTimeline(profile, 0.1, data))
		add("fin-wait-2-"+h.profile, finWait2Timeline(profile, h.finWait2))
		add("time-wait-"+h.profile, timeWaitTimeline(profile, h.tw))
		add("delayed-ack-"+h.profile, delayedACKTimeline(profile, h.delack))
		add("keep-alive-"+h.profile, keepTimeline(profile, h.keepIdle, h.keepInterval, h.keepCount, false))
	}
	lwip := hosts()[0]
	for _, n := range []int{1, 2, 4} {
		sysctl := fmt.Sprintf("`sysctl net.ipv4.tcp_syn_retries=%d`\n", n)
		add(fmt.Sprintf("syn-retries-%d", n), synTimeline(sysctl, waits(1, 60, n+1)))
	}
	for _, n := range []int{1, 2, 8} {
		sysctl := fmt.Sprintf("`sysctl net.ipv4.tcp_retries2=%d`\n", n)
		add(fmt.Sprintf("data-retries-%d", n), dataTimeline(sysctl, 0.1, waits(lwip.rto(0.1), 60, n+1)))
	}
	for _, rtt := range []float64{0.01, 0.06, 0.2, 0.5, 0.9} {
		sysctl := "`sysctl net.ipv4.tcp_retries2=4`\n"
		name := fmt.Sprintf("rtt-%dms", int(rtt*1000))
		add("data-"+name, dataTimeline(sysctl, rtt, waits(lwip.rto(rtt), 60, 5)))
		add("zero-window-"+name, probeTimeline(sysctl, rtt, waits(lwip.rto(rtt), 60, 5)))
		add("zero-window-answered-"+name, answeredTimeline(rtt, waits(lwip.rto(rtt), 60, 20)))
	}
	for _, k := range []struct {
		name           string
		idle, interval float64
		count          int
	}{{"short", 1, 1, 1}, {"one-probe", 30, 7, 1}, {"many-probes", 5, 2, 20}, {"long", 36000, 600, 3}} {
		add("keep-alive-"+k.name, keepTimeline("", k.idle, k.interval, k.count, true))
	}
	for _, s := range []string{"established", "close-wait", "fin-wait-2"} {
		add("keep-alive-answered-"+s, keepAnswered(s))
	}
	for _, limit := range []float64{1, 5, 30} {
		add(fmt.Sprintf("user-timeout-%ds", int(limit)), userTimeline(limit, waits(lwip.rto(0.1), 60, 16)))
	}
	for _, limit := range []float64{5, 120} {
		add(fmt.Sprintf("fin-wait-2-%ds", int(limit)), finWait2Timeline(fmt.Sprintf("`sysctl net.ipv4.tcp_fin_timeout=%d`\n", int(limit)), limit))
	}
	for lost := 1; lost <= 5; lost++ {
		add(fmt.Sprintf("fast-retransmit-%d", lost), fastRetransmit(lost))
	}
	add("half-close-lasts", halfCloseTimeline())
	add("time-wait-again", timeWaitAgain(60))
	return scripts
}

// open returns a connection whose first round trip took rtt, with the peer's
// window.
func open(head string, rtt float64, win int) string {
	s := passive(head, "win 10000 <mss 1000>", "<mss ...>", fmt.Sprintf("win %d", win))
	return strings.Replace(s, "+.1 <", "+"+sec(rtt)+" <", 1)
}

func sum(list []float64) (s float64) {
	for _, x := range list {
		s += x
	}
	return s
}

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

func keepTimeline(head string, idle, interval float64, count int, set bool) string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("RFC 9293 §3.8.4 (MUST-24 to MUST-28): after %s s without a segment come %d probes, %s s apart, and then a reset.", sec(idle), count, sec(interval))))
	b.WriteString(open(head, 0.1, 10000))
	if set {
		for _, o := range []struct {
			name string
			n    int
		}{{"TCP_KEEPIDLE", int(idle)}, {"TCP_KEEPINTVL", int(interval)}, {"TCP_KEEPCNT", count}} {
			fmt.Fprintf(&b, "+0  setsockopt(4, IPPROTO_TCP, %s, [%d], 4) = 0\n", o.name, o.n)
		}
	}
	b.WriteString("+0  setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n")
	at := idle
	for range count {
		fmt.Fprintf(&b, "+%s > . 0:0(0) ack 1\n", sec(at))
		at = interval
	}
	fmt.Fprintf(&b, "+%s > R. 1:1(0) ack 1\n+0  read(4, ..., 10) = -1 ETIMEDOUT\n", sec(at))
	return b.String()
}

func keepAnswered(state string) string {
	var b strings.Builder
	b.WriteString(comment("RFC 9293 §3.8.4: a probe that is answered begins the idle time anew, here in " + strings.ToUpper(state) + "."))
	b.WriteString(open("", 0.1, 10000))
	seq, ack := 1, 1
	switch state {
	case "close-wait":
		b.WriteString("+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n")
		ack = 2
	case "fin-wait-2":
		b.WriteString("+0  shutdown(4, SHUT_WR) = 0\n+0  > F. 1:1(0) ack 1\n+0  < . 1:1(0) ack 2 win 10000\n")
		seq = 2
	}
	b.WriteString("+0  setsockopt(4, IPPROTO_TCP, TCP_KEEPIDLE, [20], 4) = 0\n+0  setsockopt(4, IPPROTO_TCP, TCP_KEEPCNT, [2], 4) = 0\n" +
		"+0  setsockopt(4, IPPROTO_TCP, TCP_KEEPINTVL, [3], 4) = 0\n+0  setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0\n")
	probe := fmt.Sprintf("> . %d:%d(0) ack %d\n", seq-1, seq-1, ack)
	answer := fmt.Sprintf("< . %d:%d(0) ack %d win 10000\n", ack, ack, seq)
	b.WriteString("+20 " + probe + "+1  " + answer + "+20 " + probe + "+3  " + probe + "+.5 " + answer + "+20 " + probe)
	return b.String()
}

func userTimeline(limit float64, list []float64) string {
	var b strings.Builder
	b.WriteString(comment("RFC 9293 §3.8.3, RFC 5482 §3: the user time-out ends a connection whose data nobody acknowledges, and what is acknowledged begins it anew."))
	b.WriteString(open("", 0.1, 10000))
	fmt.Fprintf(&b, "+0  setsockopt(4, IPPROTO_TCP, TCP_USER_TIMEOUT, [%d], 4) = 0\n", int(limit*1000))
	fmt.Fprintf(&b, "+0  write(4, ..., 100) = 100\n+0  > P. 1:101(100) ack 1\n+.1 < . 1:1(0) ack 101 win 10000\n")
	fmt.Fprintf(&b, "+0  write(4, ..., 100) = 100\n+0  > P. 101:201(100) ack 1\n")
	// A second sample of 0.1 s: RTTVAR falls to 3/4 of 0.05 s.
	list = waits(0.1+4*0.05*3/4, list[len(list)-1], len(list))
	at := 0.0
	for _, w := range list {
		if at+w >= limit {
			break
		}
		at += w
		fmt.Fprintf(&b, "+%s > P. 101:201(100) ack 1\n", sec(w))
	}
	fmt.Fprintf(&b, "+0...%s read(4, ..., 10) = -1 ETIMEDOUT\n", sec(limit-at))
	return b.String()
}

func finWait2Timeline(head string, limit float64) string {
	return comment("RFC 9293 §3.6 leaves it open how long FIN-WAIT-2 lasts; once the user has closed, hosts bound it.") +
		open(head, 0.1, 10000) + fmt.Sprintf(`+0  close(4) = 0
+0  > F. 1:1(0) ack 1
+.1 < . 1:1(0) ack 2 win 10000
+%s < . 0:0(0) ack 2 win 10000
+0  > . 2:2(0) ack 1
+.2 < . 0:0(0) ack 2 win 10000
+0  > R 2:2(0)
`, sec(limit-0.1))
}

func timeWaitTimeline(head string, limit float64) string {
	return comment("RFC 9293 §3.6.1 (MUST-13): TIME-WAIT lasts for twice the MSL, and answers what is old.") +
		open(head, 0.1, 10000) + fmt.Sprintf(`+0  close(4) = 0
+0  > F. 1:1(0) ack 1
+.1 < F. 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+%s < . 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+.2 < . 1:1(0) ack 2 win 10000
+0  > R 2:2(0)
`, sec(limit-0.1))
}

func timeWaitAgain(limit float64) string {
	return comment("RFC 9293 §3.10.7.4, eighth: a FIN that comes again in TIME-WAIT is acknowledged and begins the time anew.") +
		open("", 0.1, 10000) + fmt.Sprintf(`+0  close(4) = 0
+0  > F. 1:1(0) ack 1
+.1 < F. 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+%[1]s < F. 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+%[1]s < F. 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+%[1]s < . 1:1(0) ack 2 win 10000
+0  > . 2:2(0) ack 2
+2  < . 1:1(0) ack 2 win 10000
+0  > R 2:2(0)
`, sec(limit-1))
}

func delayedACKTimeline(head string, delay float64) string {
	return comment("RFC 9293 §3.8.6.3 (MUST-58, MUST-59): an ACK waits, but less than half a second, and not for a third segment.") +
		open(head, 0.1, 10000) + fmt.Sprintf(`+0  < . 1:1001(1000) ack 1 win 10000
+%[1]s > . 1:1(0) ack 1001
+1  < . 1001:2001(1000) ack 1 win 10000
+0  < . 2001:3001(1000) ack 1 win 10000
+0  > . 1:1(0) ack 3001
+0  < P. 3001:3002(1) ack 1 win 10000
+%[1]s > . 1:1(0) ack 3002
`, sec(delay))
}

func halfCloseTimeline() string {
	return comment("RFC 9293 §3.6 (MAY-1): who only shuts down for writing waits in FIN-WAIT-2 for as long as the peer likes.") +
		open("", 0.1, 10000) + `+0  shutdown(4, SHUT_WR) = 0
+0  > F. 1:1(0) ack 1
+.1 < . 1:1(0) ack 2 win 10000
+86400 < P. 1:1001(1000) ack 2 win 10000
+0~+.5 > . 2:2(0) ack 1001
+0  read(4, ..., 9999) = 1000
+86400 < F. 1001:1001(0) ack 2 win 10000
+0  > . 2:2(0) ack 1002
+0  read(4, ..., 9999) = 0
`
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
