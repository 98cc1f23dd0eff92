package conformance

// arrival is RFC 9293 §3.10.7, SEGMENT ARRIVES, step by step. Of the scripts that
// package generate makes for every state and kind of segment, those are named that
// show the step in the state where it matters most.
var arrival = []Requirement{
	{"3.10.7.1", "", "CLOSED: everything but a RST is answered by one", []string{"rfc9293/syn-to-closed-port.pkt", "rfc9293/states/closed-syn-zero-6.pkt"}, ""},
	{"3.10.7.2a", "", "LISTEN, first: a RST is ignored", []string{"rfc9293/states/listen-rst-some.pkt", "rfc9293/listen-segments.pkt"}, ""},
	{"3.10.7.2b", "", "LISTEN, second: an ACK is answered by a RST", []string{"rfc9293/states/listen-ack-some.pkt"}, ""},
	{"3.10.7.2c", "", "LISTEN, third: a SYN is answered by a SYN,ACK", []string{"rfc9293/states/listen-syn-some.pkt"}, ""},
	{"3.10.7.2d", "", "LISTEN, fourth: anything else is dropped", []string{"rfc9293/states/listen-none-some.pkt", "rfc9293/states/listen-fin-some.pkt"}, ""},
	{"3.10.7.3a", "", "SYN-SENT, first: an ACK of something else is answered by a RST", []string{"rfc9293/states/syn-sent-ack-some-ack-new.pkt", "rfc9293/syn-sent-bad-ack.pkt"}, ""},
	{"3.10.7.3b", "", "SYN-SENT, second: a RST with the right ACK ends it, another does not", []string{"rfc9293/states/syn-sent-rst-ack-some-ack-all.pkt", "rfc9293/states/syn-sent-rst-some.pkt"}, ""},
	{"3.10.7.3c", "", "SYN-SENT, fourth: a SYN,ACK opens, a SYN goes to SYN-RECEIVED", []string{"rfc9293/states/syn-sent-syn-ack-some-ack-all.pkt", "rfc9293/states/syn-sent-syn-some.pkt"}, ""},
	{"3.10.7.3d", "", "SYN-SENT, fifth: anything else is dropped", []string{"rfc9293/states/syn-sent-none-some.pkt", "rfc9293/states/syn-sent-ack-some-ack-all.pkt"}, ""},
	{"3.10.7.4a", "", "first: what has no part in the window is acknowledged and dropped", []string{"rfc9293/outside-window.pkt", "rfc9293/states/established-data-far.pkt", "rfc9293/states/established-data-old.pkt"}, ""},
	{"3.10.7.4b", "", "first: what has is trimmed to it", []string{"rfc9293/states/established-data-overleft.pkt", "rfc9293/states/established-data-overright.pkt"}, ""},
	{"3.10.7.4c", "", "second: a RST at RCV.NXT resets, elsewhere it is challenged", []string{"rfc9293/states/established-rst-exact.pkt", "rfc9293/states/established-rst-inside.pkt", "rfc9293/states/established-rst-far.pkt"}, ""},
	{"3.10.7.4d", "", "second: in SYN-RECEIVED it returns to LISTEN", []string{"rfc9293/states/syn-received-rst-exact.pkt", "rfc9293/rst-in-syn-received.pkt"}, ""},
	{"3.10.7.4e", "", "third: security and compartment", nil, "no IP security option: docs/gaps.md"},
	{"3.10.7.4f", "", "fourth: a SYN is challenged, in SYN-RECEIVED it returns to LISTEN", []string{"rfc9293/states/established-syn-exact.pkt", "rfc9293/states/syn-received-syn-inside.pkt"}, ""},
	{"3.10.7.4g", "", "fifth: a segment without ACK is dropped", []string{"rfc9293/no-ack-flag.pkt", "rfc9293/states/established-none-exact.pkt"}, ""},
	{"3.10.7.4h", "", "fifth: SYN-RECEIVED opens by the right ACK; another is answered by a RST", []string{"rfc9293/bad-ack-in-syn-received.pkt", "rfc9293/states/syn-received-ack-exact-ack-new.pkt"}, ""},
	{"3.10.7.4i", "", "fifth: an ACK of what was not sent is answered by an ACK", []string{"rfc9293/states/established-ack-exact-ack-new.pkt", "rfc5961/ack-too-new.pkt"}, ""},
	{"3.10.7.4j", "", "fifth: the window of a later segment counts, not that of an earlier one", []string{"rfc9293/old-window.pkt", "tcp.TestWindowUpdateOrder"}, ""},
	{"3.10.7.4k", "", "fifth: the ACK of our FIN moves on", []string{"rfc9293/active-close.pkt", "rfc9293/states/closing-ack-exact-ack-all.pkt", "rfc9293/states/last-ack-ack-exact-ack-all.pkt"}, ""},
	{"3.10.7.4l", "", "sixth: URG", nil, urgent},
	{"3.10.7.4m", "", "seventh: text is taken in order, and acknowledged", []string{"rfc9293/states/established-data-exact.pkt", "rfc9293/states/established-data-inside.pkt"}, ""},
	{"3.10.7.4n", "", "seventh: after the peer's FIN text is ignored", []string{"rfc9293/states/close-wait-data-exact.pkt"}, ""},
	{"3.10.7.4o", "", "eighth: a FIN counts when all before it has come", []string{"rfc9293/states/established-fin-exact.pkt", "rfc9293/states/established-fin-inside.pkt", "rfc9293/fin-out-of-order.pkt"}, ""},
	{"3.10.7.4p", "", "eighth: in FIN-WAIT-2 it begins TIME-WAIT, which a repeated one restarts", []string{"rfc9293/states/fin-wait-2-fin-exact.pkt", "rfc9293/time-wait-restart.pkt"}, ""},
	{"3.10.8a", "", "the user's time-out ends the connection", []string{"rfc9293/user-timeout.pkt"}, ""},
	{"3.10.8b", "", "the retransmission time-out sends the first segment again", []string{"rfc5681/timeout.pkt"}, ""},
	{"3.10.8c", "", "the end of TIME-WAIT deletes the connection", []string{"rfc9293/active-close.pkt"}, ""},
}
