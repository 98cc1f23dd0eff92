package conformance

// rfc9406 is RFC 9406 §4.
var rfc9406 = Family{9406, "HyStart++", []Requirement{
	{"4.2a", "", "rounds, and the least round trip of each", []string{"tcp/cc.TestHyStartRounds", "tcp/cc.TestHyStartSamples"}, ""},
	{"4.2b", "", "growth of the round trip by the threshold begins conservative slow start", []string{"tcp/cc.TestHyStartThreshold", "tcp/cc.TestHyStartLeavesBeforeOverflow"}, ""},
	{"4.2c", "", "which grows a quarter as fast", []string{"tcp/cc.TestHyStartCSS"}, ""},
	{"4.2d", "", "and ends when the round trip falls again: it was jitter", []string{"tcp/cc.TestHyStartJitter", "tcp/cc.TestHyStartCSSAgain"}, ""},
	{"4.2e", "", "or after five rounds in congestion avoidance", []string{"tcp/cc.TestHyStartCSS"}, ""},
	{"4.2f", "", "only in the first slow start", []string{"tcp/cc.TestHyStartOnlyOnce"}, ""},
	{"4.3", "", "growth of one ACK is limited to eight segments without pacing; here it is not", []string{"tcp/cc.TestHyStartBatchACK"}, ""},
}}

// rfc9438 is RFC 9438, by its sections.
var rfc9438 = Family{9438, "CUBIC", []Requirement{
	{"4.1.2", "", "a new epoch begins at every congestion event", []string{"tcp/cc.TestCubicTrace"}, ""},
	{"4.2", "", "the curve: K, W_max, and growth towards the window of a round trip ahead", []string{"tcp/cc.TestCubicTrace", "tcp/cc.TestCubeRoot"}, ""},
	{"4.3", "", "not slower than Reno", []string{"tcp/cc.TestCubicFriendlyToReno", "tcp/cc.TestCubicTrace"}, ""},
	{"4.4", "", "concave below W_max", []string{"tcp/cc.TestCubicTrace"}, ""},
	{"4.5", "", "convex above it", []string{"tcp/cc.TestCubicTrace", "tcp/cc.TestCubicFillsPipe"}, ""},
	{"4.6", "", "a loss leaves 0.7 of what was in flight", []string{"tcp/cc.TestCubicLoss", "rfc9937/ends-at-ssthresh.pkt"}, ""},
	{"4.7", "", "fast convergence", []string{"tcp/cc.TestCubicFastConvergence"}, ""},
	{"4.8", "", "a time-out: one segment, and no W_max", []string{"tcp/cc.TestCubicLoss", "tcp/cc.TestCubicTrace"}, ""},
	{"4.9.1", "", "a spurious time-out is undone", []string{"tcp/cc.TestCubicUndo", "rfc5682/spurious.pkt"}, ""},
	{"4.9.2", "", "and a spurious fast retransmission", []string{"tcp/cc.TestCubicUndo", "rfc2883/undo-fast-retransmit.pkt"}, ""},
	{"4.10", "", "slow start ends at ssthresh, or by HyStart++", []string{"tcp/cc.TestHyStartCSS", "tcp/cc.TestCubicTrace"}, ""},
	{"5.1", "", "fair to others with the same round trip", []string{"tcp/cc.TestCubicConvergence"}, ""},
	{"5.3", "", "the response function", []string{"tcp/cc.TestCubicResponseFunction"}, ""},
	{"5.8", "", "time without use of the window does not count", []string{"tcp/cc.TestCubicTrace"}, ""},
}}

// rfc7661 is RFC 7661, of which a sender without its estimator keeps what follows from RFC 5681 §4.1.
var rfc7661 = Family{7661, "Congestion Window Validation", []Requirement{
	{"4.4", "", "a window that is not used does not grow", []string{"tcp.TestUnusedWindowDoesNotGrow"}, ""},
	{"4.2", "", "pipeACK: a sender that uses less than half of its window is not validated", nil, "experimental; growth stops at the window that was used, and an idle time restarts as RFC 5681 §4.1 has it"},
	{"5", "", "after an idle time the window is not what it was", []string{"rfc5681/idle-restart.pkt", "tcp/cc.TestRenoIdle"}, ""},
}}

// rfc1191 is the sections of RFC 1191 on hosts.
var rfc1191 = Family{1191, "Path MTU Discovery", []Requirement{
	{"3a", "", "segments have DF", []string{"rfc9293/active-open.pkt", "tcp.TestEmittedSegments"}, ""},
	{"3b", "", "an error below what every path carries is held to it", []string{"rfc1191/floor.pkt"}, ""},
	{"4", "", "an error without an MTU", []string{"tcp.TestPathMTUPlateau"}, ""},
	{"6.3", "", "forgotten after a while", nil, "what ICMP tells is kept for the connection, and ends with it"},
	{"6.4", "", "the segment size follows, and what was too large goes again at once", []string{"rfc1191/frag-needed.pkt", "tcp.TestPathMTU"}, ""},
}}

// rfc8201 is the sections of RFC 8201 on hosts.
var rfc8201 = Family{8201, "Path MTU Discovery for IPv6", []Requirement{
	{"4a", "", "never below 1280", []string{"ip6/nd6.TestPathMTU", "tcp.TestPathMTU"}, ""},
	{"4b", "", "an error must not make the MTU larger", []string{"ip6/nd6.TestPathMTU"}, ""},
	{"5.2", "", "what is known is kept for each destination", []string{"ip6.TestPathMTUDiscovery"}, ""},
	{"5.3", "", "and forgotten after a while", []string{"ip6/nd6.TestPathMTU"}, ""},
	{"5.4", "", "the segment size follows", []string{"rfc8201/packet-too-big.pkt"}, ""},
}}

// rfc4821 is RFC 4821 §7.
var rfc4821 = Family{4821, "Packetization Layer Path MTU Discovery", []Requirement{
	{"7.2", "", "it begins at about 1 KB", []string{"tcp.TestProbeAlways", "rfc4821/black-hole.pkt"}, ""},
	{"7.3", "", "the search halves the range", []string{"tcp.TestProbeAlways"}, ""},
	{"7.4", "", "a probe only with enough behind it to notice its loss", []string{"tcp.TestProbeAlways"}, ""},
	{"7.5", "", "a path is looked at again after ten minutes", []string{"tcp.TestProbeAlways"}, ""},
	{"7.6.1", "", "a probe that arrived raises the size", []string{"tcp.TestProbeAlways"}, ""},
	{"7.6.2a", "", "one that was lost narrows the search, and goes again in smaller segments", []string{"tcp.TestProbeAlways"}, ""},
	{"7.6.2b", "", "its loss is no congestion", nil, "it counts as any loss: docs/gaps.md"},
	{"7.7a", "", "full segments that time out make a black hole", []string{"rfc4821/black-hole.pkt", "rfc4821/black-hole6.pkt", "tcp.TestBlackHole"}, ""},
	{"7.7b", "", "small ones do not, nor if it is switched off", []string{"tcp.TestBlackHoleNone", "rfc4821/off.pkt"}, ""},
}}
