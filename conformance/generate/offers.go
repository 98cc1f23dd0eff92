package generate

import "strings"

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
