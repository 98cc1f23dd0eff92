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
	margin                 float64 // of it above the round trip, at least
	syns, again            int     // retransmissions of a SYN, of anything else
	delack, tw, finWait2   float64
	keepIdle, keepInterval float64
	keepCount              int
}

// hosts are the profiles of package drill.
func hosts() []host {
	return []host{
		{"lwip", 1, 0.2, 60, 0.2, 7, 15, 0.04, 60, 60, 7200, 75, 9},
		{"linux", 1, 0.2, 120, 0.2, 6, 15, 0.04, 60, 60, 7200, 75, 9},
		{"freebsd", 1, 0.23, 64, 0.001, 3, 12, 0.04, 60, 60, 7200, 75, 9},
		{"rfc", 1, 1, 60, 0.001, 7, 15, 0.5, 240, 60, 7200, 75, 9},
	}
}

// rto returns the retransmission time-out after one sample.
//
// RFC 6298 §2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + max(G, 4 RTTVAR), with a G that
// is the margin.
func (h host) rto(rtt float64) float64 {
	return min(max(rtt+max(h.margin, 4*rtt/2), h.least), h.most)
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
