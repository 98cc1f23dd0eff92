package generate

// state is a connection's state by its RFC 9293 name.
type state string

const (
	closed      state = "CLOSED"
	listen      state = "LISTEN"
	synSent     state = "SYN-SENT"
	synReceived state = "SYN-RECEIVED"
	established state = "ESTABLISHED"
	finWait1    state = "FIN-WAIT-1"
	finWait2    state = "FIN-WAIT-2"
	closeWait   state = "CLOSE-WAIT"
	closing     state = "CLOSING"
	lastAck     state = "LAST-ACK"
	timeWait    state = "TIME-WAIT"
)

// bits are control bits.
type bits uint8

const (
	fin bits = 1 << iota
	syn
	rst
	psh
	ack
	urg
)

// segment is a segment in either direction, in the numbers of the script: both
// sides begin at 0.
type segment struct {
	bits     bits
	seq, ack uint32
	n        uint32 // octets of text
	soon     bool   // of an answer: it may wait for half a second
	options  bool   // of an answer: it carries the MSS
}

func (s *segment) has(b bits) bool { return s.bits&b == b }

// length is SEG.LEN: text, SYN and FIN.
func (s *segment) length() uint32 {
	n := s.n
	if s.has(syn) {
		n++
	}
	if s.has(fin) {
		n++
	}
	return n
}

// between reports whether lo <= x < hi, going round from lo.
func between(lo, x, hi uint32) bool { return x-lo < hi-lo }

// conn is one end of a connection, as RFC 9293 §3.3.1 has it: a model that is
// obvious first.
type conn struct {
	state  state
	active bool // from SYN-SENT
	gone   bool // the user has called CLOSE, rather than only ended what it sends
	ended  bool // our FIN is sent: SND.NXT counts it
	fresh  bool // established, and accept has not been called
	err    string
	una    uint32 // SND.UNA
	nxt    uint32 // SND.NXT
	max    uint32 // MAX.SND.WND, RFC 5961 §5.2
	irs    uint32
	rcv    uint32 // RCV.NXT
	edge   uint32 // RCV.NXT+RCV.WND
	unread uint32 // octets that the user has not read
	held   map[uint32]bool
	last   uint32 // where the peer's FIN is that came too early, if early
	early  bool
	again  bool // the 2 MSL of TIME-WAIT began with the last segment
}

// buffer is the receive buffer of every script.
const buffer = 5000

// window is what the peer offers in every script.
const window = 10000

// verdict is what the RFC makes of a segment: what is answered, and why.
type verdict struct {
	answers []segment
	rule    string
}

func silence(rule string) verdict { return verdict{nil, rule} }

func answer(rule string, s ...segment) verdict { return verdict{s, rule} }

// acknowledgment is <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
func (c *conn) acknowledgment() segment { return segment{bits: ack, seq: c.nxt, ack: c.rcv} }

// synAck is <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>.
func (c *conn) synAck() segment {
	return segment{bits: syn | ack, seq: 0, ack: c.rcv, options: true}
}

// reset is the RST for a segment that is none of this connection's.
//
// RFC 9293 §3.5.2, §3.10.7.1.
func reset(s *segment) segment {
	if s.has(ack) {
		return segment{bits: rst, seq: s.ack}
	}
	return segment{bits: rst | ack, seq: 0, ack: s.seq + s.length()}
}

// arrives is SEGMENT ARRIVES.
//
// RFC 9293 §3.10.7.
func (c *conn) arrives(s segment) verdict {
	switch c.state {
	case closed:
		return c.inClosed(&s)
	case listen:
		return c.inListen(&s)
	case synSent:
		return c.inSynSent(&s)
	}
	if c.state == timeWait && s.bits&(syn|ack|rst|fin) == syn && between(c.rcv+1, s.seq, c.rcv+1<<31) {
		c.state = listen
		v := c.inListen(&s)
		v.rule = "RFC 6191 §2, RFC 9293 §3.6.1 (MAY-2): a SYN later than all of the old connection begins a new one."
		return v
	}
	return c.otherwise(&s)
}

// inClosed is §3.10.7.1.
func (c *conn) inClosed(s *segment) verdict {
	switch {
	case s.has(rst):
		return silence("RFC 9293 §3.10.7.1: an incoming segment with RST is discarded.")
	case s.has(ack):
		return answer("RFC 9293 §3.10.7.1: with ACK, the answer is <SEQ=SEG.ACK><CTL=RST>.", reset(s))
	}
	return answer("RFC 9293 §3.10.7.1: without ACK, the answer is <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.", reset(s))
}

// inListen is §3.10.7.2. Text of a SYN may be kept or sent again: it is not
// acknowledged.
func (c *conn) inListen(s *segment) verdict {
	switch {
	case s.has(rst):
		return silence("RFC 9293 §3.10.7.2, first: a RST is ignored.")
	case s.has(ack):
		return answer("RFC 9293 §3.10.7.2, second: an ACK is answered by <SEQ=SEG.ACK><CTL=RST>.", reset(s))
	case s.has(syn | fin):
		return silence("RFC 9293 §3.10.7.2, third, with the exception that docs/gaps.md has: a SYN with FIN is dropped.")
	case s.has(syn):
		*c = conn{state: synReceived, nxt: 1, max: window}
		c.peerSYN(s)
		return answer("RFC 9293 §3.10.7.2, third: a SYN is answered by <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>.", c.synAck())
	}
	return silence("RFC 9293 §3.10.7.2, fourth: what has neither SYN, ACK nor RST is dropped.")
}

// peerSYN takes IRS.
func (c *conn) peerSYN(s *segment) {
	c.irs, c.rcv = s.seq, s.seq+1
	c.edge = c.rcv + buffer
	c.held = make(map[uint32]bool)
}

// inSynSent is §3.10.7.3.
func (c *conn) inSynSent(s *segment) verdict {
	good := s.has(ack) && s.ack == c.nxt
	switch {
	case s.has(ack) && !good && s.has(rst):
		return silence("RFC 9293 §3.10.7.3, first: an ACK that is not acceptable, with RST, is dropped.")
	case s.has(ack) && !good:
		return answer("RFC 9293 §3.10.7.3, first: an ACK that is not acceptable is answered by <SEQ=SEG.ACK><CTL=RST>.", reset(s))
	case s.has(rst) && good:
		c.state, c.err = closed, "ECONNREFUSED"
		return silence("RFC 9293 §3.10.7.3, second: a RST with an ACK that is acceptable ends the attempt.")
	case s.has(rst):
		return silence("RFC 9293 §3.10.7.3, second: a RST without ACK is dropped.")
	case !s.has(syn):
		return silence("RFC 9293 §3.10.7.3, fifth: what has neither SYN nor RST is dropped.")
	}
	c.peerSYN(s)
	if !good {
		c.state = synReceived
		return answer("RFC 9293 §3.10.7.3, fourth: a SYN without ACK is a simultaneous open, answered by <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>.", c.synAck())
	}
	c.una, c.state = s.ack, established
	rest := *s
	rest.seq++
	rest.bits &^= syn
	c.text(&rest)
	c.end(&rest)
	return answer("RFC 9293 §3.10.7.3, fourth: a SYN that acknowledges ours establishes the connection; text and FIN are processed.", c.acknowledgment())
}
