package conformance

// rfc5681 is RFC 5681, by its sections.
var rfc5681 = Family{5681, "TCP Congestion Control", []Requirement{
	{"2", "", "what is a duplicate ACK", []string{"rfc5681/not-duplicate.pkt", "tcp.TestProbeACKsAreNoDuplicates", "tcp.TestDuplicateACKBesideData"}, ""},
	{"3.1a", "", "the initial window (RFC 6928: ten segments)", []string{"rfc5681/initial-window-10.pkt", "rfc5681/initial-window.pkt"}, ""},
	{"3.1b", "", "one segment if a SYN was lost", []string{"rfc5681/lost-syn-window.pkt"}, ""},
	{"3.1c", "", "slow start below ssthresh", []string{"rfc5681/initial-window-10.pkt", "tcp/cc.TestRenoSlowStart"}, ""},
	{"3.1d", "", "congestion avoidance above it: a segment for each window", []string{"rfc5681/congestion-avoidance.pkt", "tcp/cc.TestRenoCongestionAvoidance"}, ""},
	{"3.1e", "", "a loss sets ssthresh to half of what is in flight, at least two segments", []string{"rfc5681/timeout.pkt", "rfc5681/fast-retransmit.pkt", "tcp/cc.TestRenoLoss"}, ""},
	{"3.1f", "", "a time-out shuts the window to one segment", []string{"rfc5681/timeout.pkt", "tcp/cc.TestRenoTimeout"}, ""},
	{"3.2a", "", "limited transmit on the first two duplicates (RFC 3042)", []string{"rfc3042/limited-transmit.pkt"}, ""},
	{"3.2b", "", "the third makes a fast retransmission", []string{"rfc5681/fast-retransmit.pkt"}, ""},
	{"3.2c", "", "further ones let new data go; the ACK of all ends it", []string{"rfc5681/fast-recovery.pkt", "tcp.TestFastRetransmitNewReno"}, ""},
	{"3.2d", "", "a partial ACK sends the next hole (RFC 6582)", []string{"rfc6582/partial-ack.pkt"}, ""},
	{"4.1", "", "after an idle time at most the initial window", []string{"rfc5681/idle-restart.pkt", "tcp/cc.TestRenoIdle"}, ""},
	{"4.2a", "", "an ACK within 500 ms, and for every second segment", []string{"rfc5681/ack-every-second.pkt", "rfc9293/delayed-ack.pkt"}, ""},
	{"4.2b", "", "at once for what is out of order, and for what fills a gap", []string{"rfc9293/out-of-order.pkt"}, ""},
	{"4.2c", "", "not more than one ACK for a segment", []string{"tcp.TestBatchIsAcknowledgedOnce", "rfc9293/old-duplicate.pkt"}, ""},
}}

// rfc6298 is RFC 6298, rule by rule.
var rfc6298 = Family{6298, "Computing TCP's Retransmission Timer", []Requirement{
	{"2.1", "", "one second before the first sample", []string{"rfc6298/initial-rto.pkt"}, ""},
	{"2.2", "", "the first sample", []string{"rfc6298/estimator.pkt", "rfc6298/backoff.pkt"}, ""},
	{"2.3", "", "later ones, with gains of 1/8 and 1/4", []string{"rfc6298/estimator.pkt", "tcp.TestRTTSamples"}, ""},
	{"2.4", "", "at least one second; 200 ms by default", []string{"rfc6298/minimum.pkt", "rfc6298/host-minimum.pkt", "tcp.TestRTOFloor"}, ""},
	{"2.5", "", "a largest time-out of at least 60 s", []string{"tcp.TestBackoff", "tcp.TestTimelines/data unanswered"}, ""},
	{"3", "", "no sample from what was sent again, but by timestamps", []string{"rfc6298/karn.pkt", "rfc7323/rtt.pkt"}, ""},
	{"5.1", "", "the timer starts with the first segment in flight", []string{"rfc6298/first-segment.pkt"}, ""},
	{"5.2", "", "and stops when all is acknowledged", []string{"rfc6298/restart.pkt"}, ""},
	{"5.3", "", "an ACK of new data restarts it", []string{"rfc6298/restart.pkt", "tcp.TestRTORestart"}, ""},
	{"5.4", "", "at expiry the first segment goes again", []string{"rfc5681/timeout.pkt"}, ""},
	{"5.5", "", "and the time-out doubles", []string{"rfc6298/backoff.pkt", "rfc9293/syn-retransmit.pkt"}, ""},
	{"5.6", "", "the timer starts anew", []string{"rfc6298/backoff.pkt"}, ""},
	{"5.6b", "", "it stays doubled until there is a sample", []string{"rfc6298/backoff-until-sample.pkt", "rfc6298/backoff-ends.pkt"}, ""},
	{"5.7", "", "after a lost SYN, three seconds", []string{"rfc6298/syn-lost.pkt"}, ""},
}}
