package conformance

// rfc2018 is RFC 2018, by its sections.
var rfc2018 = Family{2018, "TCP Selective Acknowledgment Options", []Requirement{
	{"2", "", "SACK-permitted goes on SYNs only; no SACK without it", []string{"rfc2018/not-offered.pkt", "rfc9293/active-open.pkt"}, ""},
	{"3", "", "four blocks fit, three beside timestamps", []string{"rfc2018/four-blocks.pkt", "rfc2018/timestamps.pkt"}, ""},
	{"4a", "", "the first block holds the segment that came last", []string{"rfc2018/blocks.pkt"}, ""},
	{"4b", "", "the others repeat the blocks reported before", []string{"rfc2018/blocks.pkt", "tcp.TestSACKBlockOrder"}, ""},
	{"4c", "", "as many blocks as fit, in every ACK while something is missing", []string{"rfc2018/four-blocks.pkt", "rfc2018/blocks.pkt"}, ""},
	{"5a", "", "the sender does not repeat what was reported", []string{"rfc2018/sender-skips-sacked.pkt", "rfc2018/sender-timestamps.pkt"}, ""},
	{"5b", "", "nor believe what cannot be", []string{"rfc2018/sender-bad-blocks.pkt", "rfc2018/sender-old-ack.pkt", "security/lies-in-sack.pkt"}, ""},
	{"5c", "", "a part of a segment says nothing; blocks add up", []string{"rfc2018/sender-part-of-segment.pkt", "rfc2018/sender-merges.pkt"}, ""},
	{"5.1", "", "a time-out forgets what was reported; here only if the peer has reneged (RFC 6675 §5.1)", []string{"rfc6675/timeout-keeps.pkt", "rfc2018/sender-reneging.pkt"}, ""},
	{"8a", "", "a peer that drops what it reported is survived", []string{"rfc2018/sender-reneging.pkt", "tcp.TestReneging"}, ""},
	{"8b", "", "what was reported may be dropped; here it is kept", []string{"rfc2018/zero-window.pkt"}, ""},
}}

// rfc2883 is RFC 2883, by its sections.
var rfc2883 = Family{2883, "An Extension to the SACK Option: duplicates", []Requirement{
	{"4a", "", "a duplicate is reported in the first block, once", []string{"rfc2883/dsack.pkt", "rfc2883/above-ack.pkt"}, ""},
	{"4b", "", "the block that holds it follows", []string{"rfc2883/dsack.pkt"}, ""},
	{"4c", "", "what was never received is not reported", []string{"rfc2883/paws.pkt", "tcp.TestPAWSReportsNoDuplicate"}, ""},
	{"4.1", "", "full duplicates, below and above the ACK", []string{"rfc2883/dsack.pkt", "rfc2883/above-ack.pkt"}, ""},
	{"4.2", "", "parts of segments", []string{"tcp.TestDSACK"}, ""},
	{"5.1", "", "a DSACK for a fast retransmission: it was needless", []string{"rfc2883/undo-fast-retransmit.pkt", "rfc2883/undo-after-recovery.pkt", "rfc2883/undo-not-all.pkt"}, ""},
	{"5.2", "", "of a replicated packet it proves nothing that was not sent again", []string{"tcp.TestUndoModel", "tcp.TestUndoTwice"}, ""},
	{"5.3", "", "a DSACK for what a time-out sent again", []string{"rfc2883/undo-timeout.pkt"}, ""},
}}

// rfc7323 is RFC 7323, by its sections.
var rfc7323 = Family{7323, "TCP Extensions for High Performance", []Requirement{
	{"2.2a", "", "scaling only if both SYNs offer it", []string{"rfc7323/scale-not-offered.pkt"}, ""},
	{"2.2b", "", "the window of a SYN is not scaled", []string{"rfc7323/scale.pkt", "tcp.TestSimultaneousOpenSegments"}, ""},
	{"2.3a", "", "later windows are, in both directions", []string{"rfc7323/scale.pkt", "rfc7323/scale-too-large.pkt"}, ""},
	{"2.3b", "", "a shift of more than 14 counts as 14", []string{"rfc7323/scale-too-large.pkt"}, ""},
	{"2.4", "", "a window that shrinks by rounding is survived", []string{"rfc9293/window-shrinks.pkt"}, ""},
	{"3.2a", "", "timestamps only if both SYNs have them", []string{"rfc7323/syn-without.pkt", "rfc7323/timestamps.pkt"}, ""},
	{"3.2b", "", "then on every segment but a RST", []string{"rfc7323/timestamps.pkt", "rfc7323/missing.pkt"}, ""},
	{"3.2c", "", "a segment without is dropped; here accepted, as by hosts", []string{"rfc7323/missing.pkt", "tcp.TestMissingTimestamp"}, ""},
	{"4.1", "", "round-trip times by timestamps", []string{"rfc7323/rtt.pkt", "tcp.TestTimestampLie"}, ""},
	{"4.2", "", "samples of a whole window are weighed less", nil, "one sample for an ACK, taken as RFC 6298 says: the kernels do likewise"},
	{"4.3", "", "the echo is of the earliest segment that is acknowledged", []string{"rfc7323/echo-earliest.pkt", "rfc2018/timestamps.pkt"}, ""},
	{"5.2", "", "comparison modulo 2^32; RSTs are not tested", []string{"rfc7323/wrap.pkt", "rfc7323/paws.pkt"}, ""},
	{"5.3", "", "older segments are dropped and acknowledged", []string{"rfc7323/paws.pkt", "rfc2883/paws.pkt", "tcp.TestPAWSAndEcho"}, ""},
	{"5.4", "", "the clock ticks once in 1 ms to 1 s", []string{"rfc7323/timestamps.pkt"}, ""},
	{"5.5", "", "after 24 days of silence the last timestamp proves nothing", []string{"rfc7323/outdated.pkt"}, ""},
	{"7.1", "", "timestamps tell nothing of the host's uptime", []string{"tcp.TestTimestampOffsets"}, ""},
}}

// rfc5961 is RFC 5961, by its sections.
var rfc5961 = Family{5961, "Improving TCP's Robustness to Blind In-Window Attacks", []Requirement{
	{"3.2a", "", "a RST outside the window is dropped", []string{"rfc5961/rst-outside.pkt"}, ""},
	{"3.2b", "", "one at RCV.NXT resets", []string{"rfc5961/rst-exact.pkt"}, ""},
	{"3.2c", "", "one elsewhere in the window is challenged", []string{"rfc5961/rst-in-window.pkt"}, ""},
	{"4.2", "", "a SYN is challenged, wherever it is", []string{"rfc5961/syn-in-established.pkt", "rfc9293/half-open.pkt"}, ""},
	{"5.2", "", "ACKs too old or too new are challenged, and their data dropped", []string{"rfc5961/ack-too-old.pkt", "rfc5961/ack-too-new.pkt"}, ""},
	{"7", "", "challenges are limited; here for each connection (CVE-2016-5696)", []string{"tcp.TestChallengeLimit"}, ""},
}}
