package conformance

// rfc3042 is RFC 3042.
var rfc3042 = Family{3042, "Limited Transmit", []Requirement{
	{"2a", "", "the first two duplicates let a new segment go each", []string{"rfc3042/limited-transmit.pkt", "rfc6675/pipe.pkt"}, ""},
	{"2b", "", "the congestion window does not grow by them", []string{"rfc3042/limited-transmit.pkt", "rfc6675/pipe.pkt"}, ""},
}}

// rfc3522 is RFC 3522, step by step.
var rfc3522 = Family{3522, "The Eifel Detection Algorithm", []Requirement{
	{"3.2a", "", "steps 1 to 4: an echo from before the retransmission shows that it was needless", []string{"rfc3522/eifel-timeout.pkt", "rfc3522/eifel-fast-retransmit.pkt"}, ""},
	{"3.2b", "", "step 4: the echo of the retransmission shows nothing", []string{"rfc3522/genuine.pkt"}, ""},
	{"3.3", "", "the first ACK decides, lest a forged one does later", nil, "every ACK of the recovery may prove it, as a DSACK does: the proof must cover all that was sent again"},
}}

// rfc4015 is RFC 4015, step by step.
var rfc4015 = Family{4015, "The Eifel Response Algorithm", []Requirement{
	{"3.2a", "", "the congestion state from before is restored", []string{"rfc3522/eifel-timeout.pkt", "rfc5682/spurious.pkt", "tcp/cc.TestCubicUndo"}, ""},
	{"3.2b", "", "what was taken for lost is not sent again, new data goes on", []string{"rfc3522/eifel-timeout.pkt", "rfc5682/spurious.pkt"}, ""},
	{"3.2c", "", "the smoothed round trip is set anew, and the time-out adapted", nil, "the samples that come late raise SRTT and RTTVAR as RFC 6298 has them"},
	{"3.2d", "", "no undoing past a window that has outgrown it, nor past a mark", []string{"tcp/cc.TestCubicUndoRefused"}, ""},
}}

// rfc5682 is RFC 5682 §3, the variant with SACK.
var rfc5682 = Family{5682, "Forward RTO-Recovery", []Requirement{
	{"3.1a", "", "step 1: after a time-out the first segment alone goes; not if it comes on top of another", []string{"rfc5682/again.pkt", "rfc5682/spurious.pkt"}, ""},
	{"3.1b", "", "step 2a: an ACK that advances nothing ends it", []string{"rfc5682/duplicate.pkt"}, ""},
	{"3.1c", "", "step 2b: otherwise up to two new segments go", []string{"rfc5682/spurious.pkt"}, ""},
	{"3.1d", "", "step 2b: with nothing new to send the retransmission goes on", []string{"rfc5682/no-new-data.pkt"}, ""},
	{"3.1e", "", "step 3a: an ACK of nothing that was sent once: it was a loss", []string{"rfc5682/genuine.pkt"}, ""},
	{"3.1f", "", "step 3b: an ACK of something that was sent once: it was spurious", []string{"rfc5682/spurious.pkt"}, ""},
	{"2", "", "the variant without SACK", nil, "time-outs without SACK are taken for losses: few peers have none"},
}}

// rfc5827 is RFC 5827.
var rfc5827 = Family{5827, "Early Retransmit", []Requirement{
	{"3", "", "with fewer than four segments in flight fewer duplicates are enough", []string{"rfc8985/tlp-starts-recovery.pkt", "rfc8985/rack-window.pkt"}, ""},
}}

// rfc6582 is RFC 6582 §3.2, for connections without SACK.
var rfc6582 = Family{6582, "The NewReno Modification", []Requirement{
	{"3.2a", "", "step 1: duplicates of what the last recovery covered begin none", []string{"tcp.TestFastRetransmitNewReno", "tcp.TestRecoverDoesNotWrap"}, ""},
	{"3.2b", "", "step 3: a partial ACK sends the next hole", []string{"rfc6582/partial-ack.pkt"}, ""},
	{"3.2c", "", "step 3: a full ACK ends the recovery", []string{"rfc5681/fast-recovery.pkt"}, ""},
	{"4", "", "the time-out restarts with partial ACKs", []string{"tcp.TestRTORestart"}, ""},
}}

// rfc6675 is RFC 6675, by its sections.
var rfc6675 = Family{6675, "A Conservative Loss Recovery Algorithm Based on SACK", []Requirement{
	{"2", "", "an ACK is a duplicate if its blocks say something new", []string{"rfc6675/no-blocks.pkt"}, ""},
	{"3", "", "the scoreboard: what is in order, reported, or neither", []string{"tcp.TestScoreboardModel", "rfc2018/sender-merges.pkt"}, ""},
	{"4a", "", "IsLost: by time here, RFC 8985", []string{"rfc8985/rack-dupthresh.pkt", "rfc8985/rack-window.pkt"}, ""},
	{"4b", "", "SetPipe: neither what is reported nor what is lost is in flight", []string{"rfc6675/pipe.pkt", "tcp.TestSendQueueModel"}, ""},
	{"5a", "", "step 1: reports make room before there is a loss", []string{"rfc6675/pipe.pkt"}, ""},
	{"5b", "", "step 4: one reduction until what was out is acknowledged", []string{"rfc6675/one-reduction.pkt"}, ""},
	{"5c", "", "step C: holes first, several in a round trip", []string{"rfc6675/several-holes.pkt"}, ""},
	{"5.1", "", "a time-out keeps what was reported", []string{"rfc6675/timeout-keeps.pkt"}, ""},
}}

// rfc8985 is RFC 8985 §5 to §7, by its steps.
var rfc8985 = Family{8985, "RACK-TLP", []Requirement{
	{"5.2", "", "each segment knows when it was sent last", []string{"tcp.TestRACKModel", "rfc8985/rack-lost-retransmission.pkt"}, ""},
	{"5.3", "", "segments that leave at once are ordered by number", []string{"tcp.TestRACKModel", "rfc8985/rack-dupthresh.pkt"}, ""},
	{"6.2a", "", "step 1: the least round trip", []string{"rfc8985/rack-window.pkt"}, ""},
	{"6.2b", "", "step 2: the latest that has arrived; not by the original of a retransmission", []string{"tcp.TestRACKModel", "rfc3522/eifel-fast-retransmit.pkt"}, ""},
	{"6.2c", "", "step 3: reordering is noticed", []string{"rfc8985/rack-reordered.pkt", "rfc8985/rack-overtaken.pkt"}, ""},
	{"6.2d", "", "step 4: no reordering window after three reports while no reordering was seen", []string{"rfc8985/rack-dupthresh.pkt"}, ""},
	{"6.2e", "", "step 4: else a quarter of the least round trip", []string{"rfc8985/rack-window.pkt", "rfc8985/rack-overtaken.pkt", "tcp.TestReorderingWindow"}, ""},
	{"6.2f", "", "step 4: a DSACK widens it, once a round trip; sixteen recoveries without narrow it", []string{"rfc8985/rack-dsack.pkt", "tcp.TestReorderingWindow"}, ""},
	{"6.2g", "", "step 4: at most SRTT", []string{"tcp.TestReorderingWindow"}, ""},
	{"6.2h", "", "step 5: what was sent a reordering window before is lost, also if it was sent again", []string{"rfc8985/rack-window.pkt", "rfc8985/rack-lost-retransmission.pkt"}, ""},
	{"6.2i", "", "step 5: a timer for what is not due", []string{"rfc8985/rack-window.pkt", "rfc8985/rack-reordered.pkt"}, ""},
	{"6.3", "", "a time-out takes for lost the first and what is old enough", []string{"rfc8985/rack-timeout-marks.pkt"}, ""},
	{"7.2a", "", "a probe after two round trips, not after the time-out", []string{"rfc8985/tlp-last.pkt", "rfc8985/tlp-one-segment.pkt"}, ""},
	{"7.2b", "", "for a single segment with room for a delayed ACK", []string{"rfc8985/tlp-one-segment.pkt"}, ""},
	{"7.2c", "", "not in a recovery, nor with blocks out of order, nor without SACK", []string{"rfc8985/tlp-not-in-recovery.pkt", "rfc8985/tlp-without-sack.pkt"}, ""},
	{"7.3a", "", "new data if there is any and the peer's window takes it", []string{"rfc8985/tlp-new-data.pkt", "rfc8985/tlp-closed-window.pkt"}, ""},
	{"7.3b", "", "else the last segment", []string{"rfc8985/tlp-last.pkt"}, ""},
	{"7.3c", "", "one at a time, and a sample between two", []string{"rfc8985/tlp-one-outstanding.pkt", "rfc8985/tlp-sample.pkt"}, ""},
	{"7.3d", "", "then the time-out begins anew", []string{"rfc8985/tlp-one-segment.pkt"}, ""},
	{"7.4.1", "", "blocks that the probe brings begin a recovery", []string{"rfc8985/tlp-starts-recovery.pkt"}, ""},
	{"7.4.2a", "", "a DSACK, or an ACK of both, says that nothing was lost", []string{"rfc8985/tlp-dsack.pkt"}, ""},
	{"7.4.2b", "", "an ACK beyond without it: the window is reduced", []string{"rfc8985/tlp-repaired.pkt"}, ""},
}}

// rfc9937 is RFC 9937 §6, which replaces RFC 6937.
var rfc9937 = Family{9937, "Proportional Rate Reduction", []Requirement{
	{"6.1", "", "a recovery begins with what is in flight and ssthresh", []string{"rfc9937/proportional.pkt", "tcp.TestPRR"}, ""},
	{"6.2a", "", "above ssthresh what is sent is proportional to what arrives", []string{"rfc9937/proportional.pkt", "tcp.TestPRR"}, ""},
	{"6.2b", "", "below it as much as arrives, and a segment more if the ACK is safe", []string{"rfc9937/conservative.pkt", "tcp.TestPRR"}, ""},
	{"6.2c", "", "the first retransmission goes at once", []string{"rfc9937/first-retransmission.pkt"}, ""},
	{"6.2d", "", "what is sent counts", []string{"rfc9937/conservative.pkt", "tcp.TestPRR"}, ""},
	{"6.3", "", "at the end the window is ssthresh", []string{"rfc9937/ends-at-ssthresh.pkt"}, ""},
}}
