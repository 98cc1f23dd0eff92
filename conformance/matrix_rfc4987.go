package conformance

// rfc4987 is the defences of RFC 4987 §3 that the stack has.
var rfc4987 = Family{4987, "TCP SYN Flooding Attacks", []Requirement{
	{"3.1", "", "filtering", nil, "the network's task"},
	{"3.2", "", "the backlog can be set", []string{"rfc9293/backlog.pkt", "calls/sockets/backlog.pkt"}, ""},
	{"3.3", "", "a SYN that nobody completes is given up", []string{"tcp.TestHalfOpenTimeout", "rfc9293/synack-retransmit.pkt"}, ""},
	{"3.4a", "", "half-open connections take little memory, and have a bound", []string{"tcp.TestHalfOpenMemory", "rfc4987/syn-cookie.pkt"}, ""},
	{"3.4b", "", "they do not take the place of those that wait to be accepted", []string{"rfc4987/accept-queue-full.pkt", "tcp.TestAcceptQueueFull"}, ""},
	{"3.5", "", "a hybrid: a queue, and cookies beyond it", []string{"rfc4987/syn-cookie.pkt"}, ""},
	{"3.6a", "", "a cookie brings back the segment size, and options by timestamps", []string{"tcp.TestCookie", "rfc4987/syn-flood.pkt"}, ""},
	{"3.6b", "", "a forged one opens nothing", []string{"rfc4987/syn-flood.pkt", "tcp.TestCookieForged"}, ""},
	{"3.6c", "", "an old one neither", []string{"tcp.TestCookieSecrets"}, ""},
	{"3.6d", "", "the accept queue bounds cookies, too", []string{"tcp.TestCookieAcceptQueueFull"}, ""},
}}

// rfc6191 is RFC 6191.
var rfc6191 = Family{6191, "Reducing the TIME-WAIT State Using TCP Timestamps", []Requirement{
	{"2a", "", "a SYN with a newer timestamp opens anew, whatever its number", []string{"rfc6191/time-wait-reuse.pkt", "tcp.TestTimeWaitReuse"}, ""},
	{"2b", "", "one with the same timestamp, or without, if its number is beyond", []string{"tcp.TestTimeWaitReuse"}, ""},
	{"2c", "", "an older one does not", []string{"rfc5961/old-syn-in-time-wait.pkt", "tcp.TestTimeWaitReuse"}, ""},
	{"3", "", "the clock and offset of a tuple go on, so that our own SYN is newer", []string{"tcp.TestConnectReusesTimeWait"}, ""},
}}

// rfc6528 is RFC 6528.
var rfc6528 = Family{6528, "Defending against Sequence Number Attacks", []Requirement{
	{"3", "", "a clock of 4 µs and a keyed hash of the tuple", []string{"tcp.TestInitialSequenceNumbers"}, ""},
}}

// rfc6093 is RFC 6093.
var rfc6093 = Family{6093, "On the Implementation of the TCP Urgent Mechanism", []Requirement{
	{"4", "", "the pointer's end", nil, urgent},
	{"6a", "", "urgent data stays in the stream", []string{"rfc9293/urgent.pkt", "security/urgent-pointer.pkt", "tcp.TestUnusedBits"}, ""},
	{"6b", "", "SO_OOBINLINE is always on", []string{"sockets.TestOptionRoundTrip"}, ""},
}}

// rfc5482 is RFC 5482.
var rfc5482 = Family{5482, "TCP User Timeout Option", []Requirement{
	{"3", "", "a user's time-out ends the connection", []string{"rfc9293/user-timeout.pkt", "timeline/user-timeout-5s.pkt", "tcp.TestUserTimeout"}, ""},
	{"3.1", "", "the option is sent and read", nil, "hardly anybody sends it: docs/gaps.md"},
	{"3.2", "", "an option that comes is ignored by who does not have it", []string{"options/later/user-timeout.pkt"}, ""},
}}

// rfc6429 is RFC 6429.
var rfc6429 = Family{6429, "Sender Clarification for Persist Condition", []Requirement{
	{"3a", "", "a connection is not given up while its peer answers with a closed window", []string{"timeline/zero-window-answered-rtt-200ms.pkt", "tcp.TestAnsweredProbes"}, ""},
	{"3b", "", "but may be for want of resources: once it is closed here", []string{"tcp.TestZeroWindowAfterClose", "tcp.TestMaxOrphans"}, ""},
}}
