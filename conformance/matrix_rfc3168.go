package conformance

// rfc3168 is the sections of RFC 3168 on hosts.
var rfc3168 = Family{3168, "The Addition of Explicit Congestion Notification to IP", []Requirement{
	{"5", "", "marks are told to the transport", []string{"rfc3168/echo.pkt", "rfc3168/echo6.pkt"}, ""},
	{"5.3", "", "fragments: the datagram is marked if one was; impossible mixtures are dropped", []string{"ip4.TestReassemblyECN"}, ""},
	{"6.1.1a", "", "a SYN with ECE and CWR asks, a SYN,ACK with ECE agrees", []string{"rfc3168/ask.pkt", "rfc3168/negotiation.pkt", "rfc3168/negotiation6.pkt"}, ""},
	{"6.1.1b", "", "anything else is no agreement", []string{"rfc3168/ask-refused.pkt", "rfc3168/ask-reflected.pkt", "rfc3168/syn-without.pkt"}, ""},
	{"6.1.1c", "", "SYN and SYN,ACK are not ECN-capable", []string{"rfc3168/pure-ack-not-ect.pkt", "rfc3168/ask.pkt"}, ""},
	{"6.1.1.1", "", "a SYN that got no answer goes without the flags", []string{"rfc3168/fallback.pkt"}, ""},
	{"6.1.2a", "", "ECE reduces the window, once for what is in flight", []string{"rfc3168/reduce.pkt", "rfc3168/reduce-again.pkt"}, ""},
	{"6.1.2b", "", "and the next new payload has CWR", []string{"rfc3168/reduce.pkt"}, ""},
	{"6.1.3", "", "a mark is echoed on every ACK until CWR", []string{"rfc3168/echo.pkt", "rfc3168/echo6.pkt"}, ""},
	{"6.1.4", "", "pure ACKs are not ECN-capable", []string{"rfc3168/pure-ack-not-ect.pkt"}, ""},
	{"6.1.5a", "", "nor are retransmissions", []string{"rfc3168/retransmission.pkt"}, ""},
	{"6.1.5b", "", "marks outside the window are ignored", []string{"rfc3168/mark-outside-window.pkt"}, ""},
	{"6.1.6", "", "nor are window probes ECN-capable", []string{"rfc3168/window-probe.pkt"}, ""},
}}
