package generate

import (
	"fmt"
	"strings"
)

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
