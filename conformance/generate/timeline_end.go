package generate

import (
	"fmt"
	"strings"
)

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
	// A second sample of 0.1 s: RTTVAR falls to 3/4 of 0.05 s, four times which is less than
	// the margin of 0.2 s.
	list = waits(0.1+0.2, list[len(list)-1], len(list))
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

func halfCloseTimeline() string {
	return comment("RFC 9293 §3.6.1 (MAY-1): who only shuts down for writing waits in FIN-WAIT-2 for as long as the peer likes.") +
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
