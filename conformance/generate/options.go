package generate

import (
	"fmt"
	"strings"
)

// offer is a list of options on a SYN or SYN,ACK, and what a receiver must make
// of it.
type offer struct {
	name string
	rule string
	text string // @ts stands for a timestamp option
	mss  int    // 0: none
	ws   int    // the shift in force; -1: none
	sack bool
	ts   bool
}

// The most and the least that a segment carries: what the link allows, what a
// peer gets that does not say, what is not undercut whatever the peer says.
//
// RFC 9293 §3.7.1 (MUST-15, MUST-67); the floor is the stack's own defence.
const (
	linkMSS4, linkMSS6     = 1460, 1440
	silentMSS4, silentMSS6 = 536, 1220
	floorMSS               = 64
)

// offers are the rows of the scripts about handshakes.
func offers() []offer {
	const (
		mss   = "RFC 9293 §3.7.1 (MUST-14, MUST-15, MUST-16)"
		ws    = "RFC 7323 §2.2, §2.3"
		sack  = "RFC 2018 §2"
		ts    = "RFC 7323 §3.2"
		skip  = "RFC 9293 §3.1 (MUST-6): an option that is not known is skipped by its length"
		bad   = "RFC 9293 §3.1 (MUST-7): an option of impossible length does no harm; what stands before it counts"
		known = "RFC 9293 §3.1 (MUST-7): a known option of another length is none"
		twice = "no RFC forbids an option to come twice: the last one counts, as on other hosts"
		small = "a segment size that serves attacks only is not believed below a floor"
		order = "RFC 9293 §3.1 (MUST-5): options may begin at any octet, in any order"
	)
	return []offer{
		{"none", mss + ": without the option segments have the default size", "", 0, -1, false, false},
		{"mss", mss, "mss 1000", 1000, -1, false, false},
		{"mss-0", small, "mss 0", floorMSS, -1, false, false},
		{"mss-1", small, "mss 1", floorMSS, -1, false, false},
		{"mss-63", small, "mss 63", floorMSS, -1, false, false},
		{"mss-64", small, "mss 64", 64, -1, false, false},
		{"mss-536", mss, "mss 536", 536, -1, false, false},
		{"mss-65535", mss + ": the link's limit is the smaller", "mss 65535", 65535, -1, false, false},
		{"mss-short", known, "2 0x05,nop", 0, -1, false, false},
		{"mss-long", known, "2 0x03e800,nop,nop,nop", 0, -1, false, false},
		{"mss-empty", known, "raw 0x02020101", 0, -1, false, false},
		{"mss-twice", twice, "mss 500,mss 700", 700, -1, false, false},
		{"mss-last", order, "nop,nop,nop,nop,mss 900", 900, -1, false, false},
		{"mss-shifted", order, "nop,mss 900,nop,nop,nop", 900, -1, false, false},
		{"mss-after-end", "RFC 9293 §3.2: nothing counts behind the end of the list", "eol,mss 900,nop,nop,nop", 0, -1, false, false},
		{"wscale-0", ws, "mss 1000,nop,wscale 0", 1000, 0, false, false},
		{"wscale-1", ws, "mss 1000,nop,wscale 1", 1000, 1, false, false},
		{"wscale-7", ws, "mss 1000,nop,wscale 7", 1000, 7, false, false},
		{"wscale-14", ws, "mss 1000,nop,wscale 14", 1000, 14, false, false},
		{"wscale-15", ws + ": more than 14 counts as 14", "mss 1000,nop,wscale 15", 1000, 14, false, false},
		{"wscale-255", ws + ": more than 14 counts as 14", "mss 1000,nop,wscale 255", 1000, 14, false, false},
		{"wscale-short", known, "mss 1000,raw 0x03020101", 1000, -1, false, false},
		{"wscale-long", known, "mss 1000,3 0x0700", 1000, -1, false, false},
		{"wscale-twice", twice, "wscale 2,wscale 5,nop,nop,mss 1000", 1000, 5, false, false},
		{"sack", sack, "mss 1000,sackOK,nop,nop", 1000, -1, true, false},
		{"sack-long", known, "mss 1000,4 0x0000", 1000, -1, false, false},
		{"sack-twice", twice, "sackOK,sackOK,mss 1000", 1000, -1, true, false},
		{"sack-blocks", "RFC 2018 §3: blocks do not permit anything", "mss 1000,nop,nop,sack 1:2", 1000, -1, false, false},
		{"ts", ts, "mss 1000,@ts,nop,nop", 1000, -1, false, true},
		{"ts-short", known, "mss 1000,8 0x000001f4,nop,nop", 1000, -1, false, false},
		{"ts-long", known, "mss 1000,8 0x000001f4000000000000", 1000, -1, false, false},
		{"ts-ws", ts + "; " + ws, "mss 1000,@ts,nop,nop,nop,wscale 7", 1000, 7, false, true},
		{"sack-ws", sack + "; " + ws, "mss 1000,sackOK,nop,wscale 7,nop,nop", 1000, 7, true, false},
		{"sack-ts", sack + "; " + ts, "mss 1000,sackOK,@ts", 1000, -1, true, true},
		{"all", order, "wscale 7,sackOK,@ts,nop,mss 1000", 1000, 7, true, true},
		{"all-unaligned", order, "sackOK,nop,@ts,wscale 7,mss 1000", 1000, 7, true, true},
		{"nops", order, strings.Repeat("nop,", 39) + "nop", 0, -1, false, false},
		{"ends", "RFC 9293 §3.2: the end of the list may come at once", strings.Repeat("eol,", 39) + "eol", 0, -1, false, false},
		{"unknown", skip, "99 0x0102,mss 1000,nop,nop,nop,nop", 1000, -1, false, false},
		{"unknown-empty", skip, "99,mss 1000,nop,nop", 1000, -1, false, false},
		{"unknown-long", skip, "99 0x" + strings.Repeat("00", 34) + ",mss 1000", 1000, -1, false, false},
		{"experiment", skip, "254 0xf1f2,253 0xf1f2,mss 1000", 1000, -1, false, false},
		{"md5", skip, "md5 00112233445566778899aabbccddeeff,nop,nop,mss 1000", 1000, -1, false, false},
		{"fast-open", skip, "mss 1000,FO,nop,nop", 1000, -1, false, false},
		{"obsolete", skip, "6 0x00000000,7 0x00000000,mss 1000", 1000, -1, false, false},
		{"length-0", bad, "mss 1000,raw 0x63000000", 1000, -1, false, false},
		{"length-0-first", bad, "raw 0x02000000,mss 1000", 0, -1, false, false},
		{"length-1", bad, "sackOK,raw 0x0201,mss 1000", 0, -1, true, false},
		{"length-over", bad, "mss 1000,raw 0x010103ff", 1000, -1, false, false},
		{"length-cut", bad, "mss 1000,raw 0x0101020401", 1000, -1, false, false},
		{"kind-cut", bad, "mss 1000,sackOK,nop,raw 0x03", 1000, -1, true, false},
	}
}

// payload returns what the segments of a connection carry.
func (o *offer) payload(six bool) int {
	n, link, silent := o.mss, linkMSS4, silentMSS4
	if six {
		link, silent = linkMSS6, silentMSS6
	}
	if n == 0 {
		n = silent
	}
	n = min(n, link)
	if o.ts {
		n -= 12 // RFC 6691 §2
	}
	return n
}

// list returns the options as the peer sends them: padded, the timestamp echoing.
func (o *offer) list(ecr int) string {
	if o.text == "" {
		return ""
	}
	text := strings.ReplaceAll(o.text, "@ts", fmt.Sprintf("TS val 500 ecr %d", ecr))
	if o.name == "length-cut" {
		text = "nop,nop,nop," + text // its last octet is the header's
	}
	return " <" + text + ">"
}

// agreed returns the options of a SYN,ACK: what was offered, no more.
func (o *offer) agreed() string {
	s := "mss ..."
	switch {
	case o.sack && o.ts:
		s += ",sackOK,TS val 100 ecr 500"
	case o.ts:
		s += ",nop,nop,TS val 100 ecr 500"
	case o.sack:
		s += ",nop,nop,sackOK"
	}
	if o.ws >= 0 {
		s += ",nop,wscale 3"
	}
	return "<" + s + ">"
}

// stamp returns the timestamp option of a segment without SYN.
func (o *offer) stamp(val, ecr string) string {
	if !o.ts {
		return ""
	}
	return fmt.Sprintf(" <nop,nop,TS val %s ecr %s>", val, ecr)
}

// window returns what the peer puts into its window field, and what that means.
func (o *offer) window() (field, octets int) {
	shift := max(o.ws, 0)
	field = max(20000>>shift, 1)
	return field, field << shift
}

// Options returns the scripts about TCP options: in a SYN, in a SYN,ACK, and
// later.
func Options() (scripts []Script) {
	for _, o := range offers() {
		for _, side := range []struct {
			dir string
			f   func(*offer, bool) string
		}{{"syn", synOptions}, {"synack", synackOptions}} {
			four, six := side.f(&o, false), side.f(&o, true)
			path := fmt.Sprintf("options/%s/%s", side.dir, o.name)
			if o.payload(false) == o.payload(true) {
				scripts = append(scripts, Script{path + ".pkt", four})
				continue
			}
			scripts = append(scripts, Script{path + ".pkt", withVersion(four, "ipv4")}, Script{path + "-6.pkt", withVersion(six, "ipv6")})
		}
	}
	for _, l := range lateOptions() {
		scripts = append(scripts, Script{"options/later/" + l.name + ".pkt", l.script()})
	}
	return append(scripts, unasked()...)
}

// withVersion puts an option line behind the comments at the head of a script.
func withVersion(text, version string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, l := range lines {
		if !strings.HasPrefix(l, "//") {
			lines[i] = "--ip_version=" + version + "\n" + l
			break
		}
	}
	return strings.Join(lines, "")
}

// comment returns a text as comment lines of at most 80 columns.
func comment(text string) string {
	var b strings.Builder
	line := "//"
	for _, w := range strings.Fields(text) {
		if len(line)+1+len(w) > 80 {
			b.WriteString(line + "\n")
			line = "//"
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}

// synOptions is the script of an offer in a SYN.
func synOptions(o *offer, six bool) string {
	field, _ := o.window()
	return comment(o.rule+".") + passive("--strict_segments\n", "win 20000"+o.list(0), o.agreed(),
		fmt.Sprintf("win %d%s", field, o.stamp("501", "100"))) + o.use(six)
}

// synackOptions is the script of an offer in a SYN,ACK, which answers a SYN that
// has everything.
func synackOptions(o *offer, six bool) string {
	field, _ := o.window()
	return fmt.Sprintf(`%s--strict_segments
0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4
+0  connect(4, ..., ...) = -1 EINPROGRESS
+0  > S 0:0(0) <mss ...,sackOK,TS val 100 ecr 0,nop,wscale 3>
+.1 < S. 0:0(0) ack 1 win 20000%s
+0  > . 1:1(0) ack 1%s
+0  getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+0  < . 1:1(0) ack 1 win %d%s
%s`, comment(o.rule+"."), o.list(100), o.stamp("...", "500"), field, o.stamp("501", "100"), o.use(six))
}

// use shows what was agreed upon: the size of segments, the window, whether
// blocks are reported.
func (o *offer) use(six bool) string {
	var b strings.Builder
	n := o.payload(six)
	_, octets := o.window()
	fmt.Fprintf(&b, "+0  %%{ assert tcpi_snd_wnd == %d, tcpi_snd_wnd }%%\n", octets)
	fmt.Fprintf(&b, "+0  write(4, ..., %d) = %d\n", 3*n, 3*n)
	ecr := "501"
	for i, flags := range []string{". ", ". ", "P."} {
		fmt.Fprintf(&b, "+0  > %s %d:%d(%d) ack 1%s\n", flags, 1+i*n, 1+(i+1)*n, n, o.stamp("...", ecr))
	}
	end := 1 + 3*n
	field, _ := o.window()
	fmt.Fprintf(&b, "+.1 < . 101:201(100) ack %d win %d%s\n", end, field, o.stamp("502", "100"))
	var opts []string
	if o.ts {
		opts = append(opts, "nop,nop,TS val ... ecr 501")
	}
	if o.sack {
		opts = append(opts, "nop,nop,sack 101:201")
	}
	fmt.Fprintf(&b, "+0  > . %d:%d(0) ack 1", end, end)
	if len(opts) > 0 {
		fmt.Fprintf(&b, " <%s>", strings.Join(opts, ","))
	}
	b.WriteString("\n")
	return b.String()
}

// unasked returns the scripts of SYN,ACKs with options that the SYN did not have.
func unasked() (scripts []Script) {
	for _, x := range []struct{ name, rule, sysctl, syn string }{
		{"wscale", "RFC 7323 §2.2: both sides must send the option; the peer's window is not shifted", "tcp_window_scaling", "mss ...,sackOK,TS val 100 ecr 0"},
		{"sack", "RFC 2018 §2: blocks are not reported without the option on our SYN", "tcp_sack", "mss ...,nop,nop,TS val 100 ecr 0,nop,wscale 3"},
		{"ts", "RFC 7323 §3.2: timestamps are sent if both SYNs had them", "tcp_timestamps", "mss ...,nop,nop,sackOK,nop,wscale 3"},
	} {
		o := offer{mss: 1000, ws: 7, sack: true, ts: true}
		switch x.name {
		case "wscale":
			o.ws = -1
		case "sack":
			o.sack = false
		case "ts":
			o.ts = false
		}
		field, _ := o.window()
		text := fmt.Sprintf("%s--strict_segments\n`sysctl net.ipv4.%s=0`\n"+`0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 4
+0  connect(4, ..., ...) = -1 EINPROGRESS
+0  > S 0:0(0) <%s>
+.1 < S. 0:0(0) ack 1 win 20000 <mss 1000,sackOK,TS val 500 ecr 100,nop,wscale 7>
+0  > . 1:1(0) ack 1%s
+0  < . 1:1(0) ack 1 win %d%s
%s`, comment(x.rule+"."), x.sysctl, x.syn, o.stamp("...", "500"), field, o.stamp("501", "100"), o.use(false))
		scripts = append(scripts, Script{"options/synack/unasked-" + x.name + ".pkt", text})
	}
	return scripts
}

// late is a list of options on a segment of an open connection, which changes
// nothing.
type late struct {
	name, rule, text string
	ts               bool // the connection has timestamps
}

func lateOptions() []late {
	const (
		syn   = ": the option means something on a SYN only"
		skip  = "RFC 9293 §3.1 (MUST-6): an option that is not known is skipped"
		bad   = "RFC 9293 §3.1 (MUST-7): an option of impossible length does no harm"
		known = "RFC 9293 §3.1 (MUST-7): a known option of another length is none"
		blind = "RFC 2018 §3, RFC 6675 §4: a block that cannot be says nothing"
	)
	return []late{
		{"mss", "RFC 9293 §3.7.1" + syn, "mss 200", false},
		{"mss-0", "RFC 9293 §3.7.1" + syn, "mss 0", false},
		{"wscale", "RFC 7323 §2.2" + syn, "nop,wscale 7", false},
		{"sackok", "RFC 2018 §2" + syn, "nop,nop,sackOK", false},
		{"ts", "RFC 7323 §3.2: not agreed upon, it is ignored", "nop,nop,TS val 7 ecr 7", false},
		{"ts-missing", "RFC 7323 §3.2: a segment without the option is taken all the same, as hosts do", "", true},
		{"ts-short", known, "nop,nop,8 0x00000001", true},
		{"ts-long", known, "8 0x00000001000000000000", true},
		{"ts-cut", bad, "raw 0x0101080a00000001", true},
		{"ts-twice", "no RFC forbids an option to come twice: the last one counts", "nop,nop,TS val 1 ecr 0,nop,nop,TS val 502 ecr 100", true},
		{"sack", "RFC 2018 §3: not agreed upon, it is ignored", "nop,nop,sack 1:2", false},
		{"sack-empty", known, "nop,nop,sack", false},
		{"sack-odd", known, "5 0x00000001,nop,nop", false},
		{"sack-most", blind, "nop,nop,sack 9000:9001 8000:8001 7000:7001 6000:6001", false},
		{"sack-backward", blind, "nop,nop,sack 900:100", false},
		{"sack-nothing", blind, "nop,nop,sack 1:1", false},
		{"sack-overrun", bad, "raw 0x010105ff00000001", false},
		{"unknown", skip, "99 0x0102", false},
		{"unknown-most", skip, "99 0x" + strings.Repeat("ff", 38), false},
		{"accurate-ecn", skip, "ecn e0b 1 ceb 1 e1b 1,nop", false},
		{"user-timeout", "RFC 5482 §3.2: the option may be ignored", "28 0x0001", false},
		{"authentication", skip, "29 0x01020000,nop,nop", false},
		{"multipath", skip, "30 0x2000", false},
		{"length-0", bad, "raw 0x63000000", false},
		{"length-1", bad, "raw 0x01010501", false},
		{"length-over", bad, "raw 0x010108ff", false},
		{"kind-cut", bad, "nop,nop,nop,raw 0x08", false},
		{"end", "RFC 9293 §3.2: nothing counts behind the end of the list", "eol,raw 0x080000", false},
		{"nops", "RFC 9293 §3.1 (MUST-5)", strings.Repeat("nop,", 39) + "nop", false},
	}
}

// script sends data with the options, and then looks whether sizes, window and
// reports are as before.
func (l *late) script() string {
	o := offer{mss: 1000, ws: -1, ts: l.ts, sack: strings.HasPrefix(l.name, "sack-")}
	syn, report := "<mss 1000>", o.stamp("...", "501")
	if o.sack {
		syn, report = "<mss 1000,sackOK,nop,nop>", " <nop,nop,sack 201:301>"
	}
	if l.ts {
		syn = "<mss 1000,TS val 500 ecr 0,nop,nop>"
	}
	opt := ""
	if l.text != "" {
		opt = " <" + l.text + ">"
	}
	n := o.payload(false)
	ecr := "501"
	if l.name == "ts-twice" {
		ecr, report = "502", o.stamp("...", "502")
	}
	return fmt.Sprintf(`%s%s+0  < P. 1:101(100) ack 1 win 20000%s
+0~+.5 > . 1:1(0) ack 101%s
+0  read(4, ..., 9999) = 100
+0  %%{ assert tcpi_snd_wnd == 20000, tcpi_snd_wnd }%%
+0  write(4, ..., %d) = %d
+0  > .  1:%d(%d) ack 101%s
+0  > P. %d:%d(%d) ack 101%s
+.1 < . 201:301(100) ack %d win 20000%s
+0  > . %d:%d(0) ack 101%s
`, comment(l.rule+"."), passive("--strict_segments\n", "win 20000 "+syn, o.agreed(), "win 20000"+o.stamp("501", "100")),
		opt, o.stamp("...", ecr), 2*n, 2*n, 1+n, n, o.stamp("...", ecr), 1+n, 1+2*n, n, o.stamp("...", ecr),
		1+2*n, o.stamp("503", "100"), 1+2*n, 1+2*n, report)
}
