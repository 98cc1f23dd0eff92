package mutation

// marks are broken rules of explicit congestion notification.
var marks = []Mutation{
	{"ecn-unasked", "tcp/ecn.go", "if f == ECE && p.ecn.has(ecnAsked) {", "if f == ECE {",
		"RFC 3168 §6.1.1", "takes ECE on a SYN,ACK for agreement though it did not ask", ""},
	{"ecn-reflected", "tcp/ecn.go", "switch f := seg.Flags & (ECE | CWR); {", "switch f := seg.Flags & ECE; {",
		"RFC 3168 §6.1.1", "takes its own flags, reflected, for an agreement", ""},
	{"ecn-half-request", "tcp/ecn.go", "case f == ECE|CWR:", "case f != 0:",
		"RFC 3168 §6.1.1", "takes a SYN with ECE alone for a request", ""},
	{"ecn-asks-again", "tcp/ecn.go", "p.t.cfg.ECN != ECNAsk || p.rec.backoff > 0 {", "p.t.cfg.ECN != ECNAsk {",
		"RFC 3168 §6.1.1.1", "repeats its SYN with the flags that may have been its end", ""},
	{"ecn-marks-always", "tcp/ecn.go", "if !p.ecn.has(ecnOn) || s.n == 0 || again", "if s.n == 0 || again",
		"RFC 3168 §6.1.2", "payload is ECN-capable without agreement", ""},
	{"ecn-marks-repeated", "tcp/ecn.go", "again := s.sentAt != p.t.q.Now()", "again := false",
		"RFC 3168 §6.1.5", "retransmissions are ECN-capable", ""},
	{"ecn-marks-probes", "tcp/ecn.go", "again || p.snd.wnd == 0 {", "again {",
		"RFC 3168 §6.1.6", "window probes are ECN-capable", ""},
	{"ecn-echo-never", "tcp/ecn.go", "p.ecn |= ecnEcho\n", "",
		"RFC 3168 §6.1.3", "marks are not told to the sender", ""},
	{"ecn-echo-for-ever", "tcp/ecn.go", "p.ecn &^= ecnEcho", "",
		"RFC 3168 §6.1.3", "CWR does not end the echo", ""},
	{"ecn-no-cwr", "tcp/ecn.go", "if p.ecn.has(ecnReduced) {\n\t\tf = CWR", "if false {\n\t\tf = CWR",
		"RFC 3168 §6.1.2", "the peer is not told that the window was reduced", ""},
	{"ecn-deaf", "tcp/ecn.go", "if again && p.rec.mode == recNone && p.snd.flight() > 0 {", "if false {",
		"RFC 3168 §6.1.2", "ECE does not reduce the window", ""},
	{"ecn-every-ack", "tcp/ecn.go", "if again && p.rec.mode == recNone && p.snd.flight() > 0 {", "if p.rec.mode == recNone && p.snd.flight() > 0 {",
		"RFC 3168 §6.1.2", "each ACK with ECE reduces the window again", ""},
}
