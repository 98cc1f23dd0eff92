package generate

import (
	"fmt"
	"slices"
	"strings"
)

// edition is one of lwIP's configurations, with timelines that were measured of
// the C code, in seconds. Its ticks of half a second, which add up to that much,
// are left out.
type edition struct {
	profile string
	head    string // option lines and settings of the scripts about data
	mss     int    // what a SYN says
	syn     []float64
	synEnd  float64
	data    []float64 // transmissions of data that nobody acknowledges
	dataEnd float64
	synack  []float64
	ackEnd  float64
	lastFIN []float64
}

func editions() []edition {
	var every []float64 // ESP-IDF does not back off in a handshake
	for i := range 13 {
		every = append(every, 1.5*float64(i))
	}
	return []edition{
		{
			profile: "upstream",
			// Before a sample lwIP waits for 3 s; here the handshake is one.
			head: "--profile=upstream\n`sysctl net.ipv4.tcp_rto_min_us=3000000`\n", mss: 536,
			syn: []float64{0, 3, 6, 9, 12, 15, 18}, synEnd: 18.5,
			data: []float64{0, 3, 9, 21, 45, 93, 189, 381, 765, 1149, 1533, 1917, 2301}, dataEnd: 2301.5,
			synack: []float64{0, 3, 9}, ackEnd: 20,
			lastFIN: []float64{0, 3, 9, 21, 45, 93},
		},
		{
			profile: "espidf", head: "--profile=espidf\n", mss: 1440,
			syn: every, synEnd: 18.5,
			data: []float64{0, 1.5, 4.5, 10.5, 22.5, 46.5, 94.5, 190.5, 382.5, 574.5, 766.5, 958.5, 1150.5}, dataEnd: 1151,
			synack: every, ackEnd: 18.5,
			lastFIN: []float64{0, 1.5, 4.5, 10.5, 22.5, 46.5, 94.5},
		},
	}
}

// persist are the window probes of both editions, and the end.
func persist() ([]float64, float64) {
	return []float64{1.5, 4.5, 10.5, 22.5, 46.5, 94.5, 154.5, 214.5, 274.5, 334.5, 394.5, 454.5}, 455
}

// gaps returns the times between the elements of a list that begins at 0, and up
// to end.
func gaps(list []float64, end float64) (out []float64) {
	for i, t := range append(slices.Clone(list), end) {
		if i > 0 {
			out = append(out, t-list[i-1])
		}
	}
	return out
}

// Presets returns the scripts that hold lwip.Upstream and lwip.ESPIDF to the
// timelines of C lwIP.
func Presets() (scripts []Script) {
	for _, e := range editions() {
		add := func(name, rule, text string) {
			scripts = append(scripts, Script{"preset/" + e.profile + "/" + name + ".pkt", comment("lwIP ("+e.profile+"): "+rule) + text})
		}
		profile := "--profile=" + e.profile + "\n"
		var b strings.Builder
		fmt.Fprintf(&b, "%s0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0...%s connect(3, ..., ...) = -1 ECONNABORTED\n+0  > S 0:0(0) <mss ...>\n", profile, sec(e.synEnd))
		repeated(&b, gaps(e.syn, e.synEnd), "S 0:0(0) <mss ...>")
		add("syn", "a SYN that nobody answers is repeated at equal distances.", b.String())

		b.Reset()
		b.WriteString(profile + "0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0  bind(3, ..., ...) = 0\n+0  listen(3, 5) = 0\n+0  < S 0:0(0) win 10000 <mss 1000>\n+0  > S. 0:0(0) ack 1 <mss ...>\n")
		g := gaps(e.synack, e.ackEnd)
		repeated(&b, g, "S. 0:0(0) ack 1 <mss ...>")
		if e.ackEnd > 19 { // it was the time that ended it, not the count
			fmt.Fprintf(&b, "+%s > R. 1:1(0) ack 1\n", sec(g[len(g)-1]))
		}
		fmt.Fprintf(&b, "+%s < . 1:1(0) ack 1 win 10000\n+0  > R 1:1(0)\n", sec(g[len(g)-1]+0.1))
		add("synack", "a SYN,ACK that nobody answers, and its end, which the peer is told of, other than in C, where it is a time's.", b.String())

		b.Reset()
		b.WriteString(open(e.head, 0.001, 10000))
		b.WriteString("+0  write(4, ..., 100) = 100\n+0  > P. 1:101(100) ack 1\n")
		g = gaps(e.data, e.dataEnd)
		repeated(&b, g, "P. 1:101(100) ack 1")
		fmt.Fprintf(&b, "+0...%s read(4, ..., 10) = -1 ECONNABORTED\n", sec(g[len(g)-1]))
		add("data", "data that nobody acknowledges, its back-off and its end.", b.String())

		b.Reset()
		b.WriteString(open(e.head, 0.001, 10000))
		b.WriteString("+0  close(4) = 0\n+0  > F. 1:1(0) ack 1\n")
		repeated(&b, g, "F. 1:1(0) ack 1")
		fmt.Fprintf(&b, "+%s < . 1:1(0) ack 2 win 10000\n+0  > R 2:2(0)\n", sec(g[len(g)-1]+0.01))
		add("close-silent", "a FIN that nobody acknowledges goes again like data.", b.String())

		b.Reset()
		b.WriteString(open(e.head, 0.001, 10000))
		b.WriteString("+0  < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n+0  close(4) = 0\n+0  > F. 1:1(0) ack 2\n")
		g = gaps(e.lastFIN, 120)
		repeated(&b, g, "F. 1:1(0) ack 2")
		fmt.Fprintf(&b, "+%s < . 2:2(0) ack 2 win 10000\n+0  > R 2:2(0)\n", sec(g[len(g)-1]+0.1))
		add("last-ack", "in LAST-ACK a FIN goes again, for twice the MSL at the most.", b.String())

		b.Reset()
		b.WriteString(open(profile, 0.001, 0))
		b.WriteString("+0  write(4, ..., 5) = 5\n")
		probes, end := persist()
		g = gaps(append([]float64{0}, probes...), end)
		repeated(&b, g, "* 1:2(1) ack 1")
		fmt.Fprintf(&b, "+0...%s read(4, ..., 10) = -1 ECONNABORTED\n", sec(g[len(g)-1]))
		add("zero-window", "a window that never opens is probed, with a back-off of its own.", b.String())

		keep := keepTimeline(profile, 7200, 75, 9, false)
		add("keep-alive", "a silent peer is probed nine times, and reset.",
			strings.Replace(strings.TrimPrefix(keep, keep[:strings.Index(keep, "--")]), "ETIMEDOUT", "ECONNABORTED", 1))
		for _, x := range []struct{ name, rule, text string }{
			{"fin-wait-2", "a closed connection waits 20 s for the peer's FIN.", finWait2Timeline(profile, 20)},
			{"time-wait", "TIME-WAIT lasts 120 s.", timeWaitTimeline(profile, 120)},
		} {
			add(x.name, x.rule, x.text[strings.Index(x.text, "--"):])
		}
		add("ack", "an ACK waits a quarter of a second; the second segment's does not, nor one out of order.", open(profile, 0.1, 10000)+`+0  < . 1:101(100) ack 1 win 10000
+.25 > . 1:1(0) ack 101
+0  < . 101:201(100) ack 1 win 10000
+0  < . 201:301(100) ack 1 win 10000
+0  > . 1:1(0) ack 301
+0  < . 401:501(100) ack 1 win 10000
+0  > . 1:1(0) ack 301
+0  < . 301:401(100) ack 1 win 10000
+0  > . 1:1(0) ack 501
`)
		add("options", "a SYN says the MSS and nothing else.", fmt.Sprintf(`--profile=%s
--ip_version=ipv4
0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3
+0  connect(3, ..., ...) = -1 EINPROGRESS
+0  > [ttl %d] S 0:0(0) <mss %d>
+.1 < S. 0:0(0) ack 1 win 10000 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
+0  > . 1:1(0) ack 1
`, e.profile, map[string]int{"upstream": 255, "espidf": 64}[e.profile], e.mss))
	}
	return scripts
}
