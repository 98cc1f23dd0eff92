package generate

import (
	"fmt"
	"strings"
)

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
		s += ",nop,wscale 7"
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
+0  > S 0:0(0) <mss ...,sackOK,TS val 100 ecr 0,nop,wscale 7>
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
		{"sack", "RFC 2018 §2: blocks are not reported without the option on our SYN", "tcp_sack", "mss ...,nop,nop,TS val 100 ecr 0,nop,wscale 7"},
		{"ts", "RFC 7323 §3.2: timestamps are sent if both SYNs had them", "tcp_timestamps", "mss ...,nop,nop,sackOK,nop,wscale 7"},
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
