package generate

import (
	"fmt"
	"strings"
)

// story is a script in the making: what happens is written down, and given to
// the model, which says what comes next.
type story struct {
	text strings.Builder
	conn conn
	v6   bool
	fd   int    // the connection's descriptor; 0: none
	next int    // the descriptor that the next call of accept returns
	wait string // how long to wait before what is done next, if not ""
	data bool   // the stack sends data: look tells how much is in flight
}

// line writes an event.
func (s *story) line(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if rest, ok := strings.CutPrefix(line, "+0 "); ok && s.wait != "" {
		line, s.wait = s.wait+" "+rest, ""
	}
	s.text.WriteString(line + "\n")
}

// letters are the flags in a script's order.
func (b bits) letters() string {
	if b == 0 {
		return "-"
	}
	text := ""
	for i, l := range "FSRP.U" {
		if b>>i&1 != 0 {
			text += string(l)
		}
	}
	return text
}

// in injects a segment at a time, and expects what the model answers.
func (s *story) in(at string, x segment) verdict {
	line := fmt.Sprintf("%s < %s %d:%d(%d)", at, x.bits.letters(), x.seq, x.seq+x.n, x.n)
	if x.has(ack) {
		line += fmt.Sprintf(" ack %d", x.ack)
	}
	line += fmt.Sprintf(" win %d", window)
	if x.has(urg) {
		line += " urg 50"
	}
	if x.has(syn) {
		line += " <mss 1000>"
	}
	s.line("%s", line)
	v := s.conn.arrives(x)
	for _, a := range v.answers {
		s.out(a)
	}
	return v
}

// out expects a segment.
func (s *story) out(x segment) {
	at := "+0"
	if x.soon {
		at = "+0~+.5"
	}
	line := fmt.Sprintf("%s > %s %d:%d(%d)", at, x.bits.letters(), x.seq, x.seq+x.n, x.n)
	if x.has(ack) {
		line += fmt.Sprintf(" ack %d", x.ack)
	}
	if x.options {
		// The window is what the places of the cells count on.
		line += fmt.Sprintf(" win %d <mss %d>", buffer, s.mss())
	}
	s.line("%s", line)
}

// mss is what an MTU of 1500 leaves.
func (s *story) mss() int {
	if s.v6 {
		return 1440
	}
	return 1460
}

// write sends n octets.
func (s *story) write(n uint32) {
	s.line("+0 write(%d, ..., %d) = %d", s.fd, n, n)
	s.out(segment{bits: psh | ack, seq: s.conn.nxt, n: n, ack: s.conn.rcv})
	s.conn.nxt += n
}

// finish ends what we send: by shutdown, which leaves a descriptor to look at the
// state with, or by close.
func (s *story) finish() {
	if s.conn.gone {
		s.line("+0 close(%d) = 0", s.fd)
		s.fd = 0
	} else {
		s.line("+0 shutdown(%d, SHUT_WR) = 0", s.fd)
	}
	s.out(segment{bits: fin | ack, seq: s.conn.nxt, ack: s.conn.rcv})
	s.conn.nxt++
	s.conn.ended = true
	if s.conn.state == closeWait {
		s.conn.state = lastAck
	} else {
		s.conn.state = finWait1
	}
}

// accept takes the connection that a passive open made.
func (s *story) accept() {
	s.line("+0 accept(3, ..., ...) = %d", s.next)
	s.fd = s.next
	s.next++
	s.conn.fresh = false
}

// read reads everything that the model says is there, and no more.
func (s *story) read() {
	if s.fd == 0 {
		return
	}
	if n := s.conn.unread; n > 0 {
		s.line("+0 recv(%d, ..., 20000, MSG_DONTWAIT) = %d", s.fd, n)
		s.conn.unread = 0
		if n >= buffer/2 && s.conn.receiving() { // half of the buffer is a window update (RFC 9293 §3.8.6.2.2)
			s.conn.edge = s.conn.rcv + buffer
			s.out(s.conn.acknowledgment())
		}
	}
	switch s.conn.state {
	case established, finWait1, finWait2:
		s.line("+0 recv(%d, ..., 20000, MSG_DONTWAIT) = -1 EAGAIN (Resource temporarily unavailable)", s.fd)
	case closeWait, closing, lastAck, timeWait:
		s.line("+0 recv(%d, ..., 20000, MSG_DONTWAIT) = 0", s.fd)
	}
}

// names are Linux's names of the states.
var names = map[state]string{
	synSent: "SYN_SENT", synReceived: "SYN_RECV", established: "ESTABLISHED", finWait1: "FIN_WAIT1", finWait2: "FIN_WAIT2",
	closeWait: "CLOSE_WAIT", closing: "CLOSING", lastAck: "LAST_ACK", timeWait: "TIME_WAIT",
}

// look asserts the state, if the connection has a descriptor.
func (s *story) look() {
	if name, ok := names[s.conn.state]; ok && s.fd != 0 {
		s.line("+0 %%{ assert tcpi_state == TCP_%s, tcpi_state }%%", name)
		if s.data {
			s.line("+0 %%{ assert tcpi_unacked == %d, tcpi_unacked }%%", min(s.conn.nxt-s.conn.una, 1))
		}
	}
}

// peer is a segment as the peer sends it next: at RCV.NXT.
func (s *story) peer(b bits, n, ack uint32) segment {
	return segment{bits: b, seq: s.conn.rcv, n: n, ack: ack}
}

// enter brings the connection to a state by the shortest way. The round trip of
// half a second makes for a time-out of 1.5 s, longer than any script waits for
// an answer that must not come.
func (s *story) enter(to start) {
	s.next = 4
	if to.state == closed {
		s.conn = conn{state: closed}
		return
	}
	if to.active {
		s.line("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3")
		s.line("+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)")
		s.line("+0 > S 0:0(0) <mss %d,...>", s.mss())
		s.fd = 3
		s.conn = conn{state: synSent, active: true, nxt: 1, max: window}
		if to.state == synReceived {
			s.in("+.1", segment{bits: syn})
		}
		return
	}
	s.line("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3")
	s.line("+0 bind(3, ..., ...) = 0")
	s.line("+0 listen(3, 5) = 0")
	s.conn = conn{state: listen}
	if to.state == listen {
		return
	}
	s.in("+0", segment{bits: syn})
	if to.state == synReceived {
		return
	}
	s.in("+.5", s.peer(ack, 0, 1))
	s.accept()
	s.conn.gone = to.gone
	if to.full {
		s.in("+0", s.peer(psh|ack, buffer, s.conn.nxt))
	}
	if to.flight {
		s.write(1000)
	}
	switch to.state {
	case finWait1:
		s.finish()
	case finWait2:
		s.finish()
		s.in("+.1", s.peer(ack, 0, s.conn.nxt))
	case closeWait:
		s.in("+0", s.peer(fin|ack, 0, s.conn.una))
	case closing:
		s.finish()
		s.in("+.1", s.peer(fin|ack, 0, s.conn.una))
	case lastAck:
		s.in("+0", s.peer(fin|ack, 0, s.conn.una))
		s.finish()
	case timeWait:
		s.finish()
		s.in("+.1", s.peer(ack, 0, s.conn.nxt))
		s.in("+.1", s.peer(fin|ack, 0, s.conn.nxt))
	}
}
