package generate

import (
	"fmt"
	"strings"
)

// callState is a socket in a state, and what each call does there: POSIX's
// errors, and where POSIX leaves it open, those of Linux; RFC 9293 §3.10.4 for
// what a close sends. "" is success.
type callState struct {
	name  string
	enter string // makes socket 3

	connect, bind, listen, accept, peer string
	read, write                         string // an error, or the number returned
	poll                                string // revents for POLLIN|POLLOUT
	err                                 string // SO_ERROR, which is asked first

	shutdown string // the error of shutdown
	fin      string // the FIN that shutdown and close send
	after    string // proof, after a close, of what is there still
}

// callStates are the states of a non-blocking TCP socket.
func callStates() []callState {
	const (
		fresh  = "0   socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
		dial   = fresh + "+0  bind(3, ..., ...) = 0\n+0  connect(3, ..., ...) = -1 EINPROGRESS\n+0  > S 0:0(0) <...>\n"
		est    = dial + "+.1 < S. 0:0(0) ack 1 win 10000 <mss 1000>\n+0  > . 1:1(0) ack 1\n"
		shut   = "+0  shutdown(3, SHUT_WR) = 0\n"
		out    = "POLLOUT"
		inout  = "POLLIN|POLLOUT"
		failed = "POLLIN|POLLOUT|POLLERR"
		again  = "+.01 < . 0:0(0) ack %d win 10000\n+0  > . %d:%d(0) ack %d\n" // an old segment is answered
		gone   = "+1  < . 5:5(0) ack 5 win 10000\n+0  > R 5:5(0)\n"
	)
	old := func(una, seq, ack int) string { return fmt.Sprintf(again, una, seq, seq, ack) }
	fin := func(ack int) string { return fmt.Sprintf("+0  > F. 1:1(0) ack %d\n", ack) }
	list := []callState{
		{name: "closed", enter: fresh, accept: "EINVAL", peer: "ENOTCONN", read: "ENOTCONN", write: "ENOTCONN", shutdown: "ENOTCONN"},
		{name: "bound", enter: fresh + "+0  bind(3, ..., ...) = 0\n", bind: "EINVAL", accept: "EINVAL", peer: "ENOTCONN",
			read: "ENOTCONN", write: "ENOTCONN", shutdown: "ENOTCONN"},
		{name: "listen", enter: fresh + "+0  bind(3, ..., ...) = 0\n+0  listen(3, 5) = 0\n", bind: "EINVAL", connect: "EISCONN",
			accept: "EAGAIN", peer: "ENOTCONN", read: "ENOTCONN", write: "ENOTCONN", poll: "0", shutdown: "ENOTCONN",
			after: "+0  < 1234 > 8080 S 0:0(0) win 10000\n+0  > 8080 > 1234 R. 0:0(0) ack 1\n"},
		{name: "refused", enter: dial + "+.1 < R. 0:0(0) ack 1 win 0\n", read: "ENOTCONN", write: "ENOTCONN", poll: failed, err: "ECONNREFUSED", peer: "ENOTCONN", shutdown: "ENOTCONN", after: gone},
		{name: "syn-sent", enter: dial, connect: "EALREADY", read: "EAGAIN", write: "EAGAIN", peer: "ENOTCONN", poll: "0", shutdown: "ENOTCONN",
			after: "+.1 < S. 0:0(0) ack 1 win 10000 <mss 1000>\n+0  > R 1:1(0)\n"},
		{name: "established", enter: est, read: "EAGAIN", write: "10", poll: out, fin: fin(1), after: old(1, 2, 1)},
		{name: "fin-wait-1", enter: est + shut + fin(1), read: "EAGAIN", write: "EPIPE", poll: out, after: old(1, 2, 1)},
		{name: "fin-wait-2", enter: est + shut + fin(1) + "+.1 < . 1:1(0) ack 2 win 10000\n", read: "EAGAIN", write: "EPIPE", poll: out, after: old(2, 2, 1)},
		{name: "close-wait", enter: est + "+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n", read: "0", write: "10", poll: inout, fin: fin(2), after: old(1, 2, 2)},
		{name: "closing", enter: est + shut + fin(1) + "+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 2:2(0) ack 2\n", read: "0", write: "EPIPE", poll: inout, after: old(1, 2, 2)},
		{name: "last-ack", enter: est + "+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n" + shut + fin(2), read: "0", write: "EPIPE", poll: inout, after: old(1, 2, 2)},
		{name: "time-wait", enter: est + shut + fin(1) + "+.1 < F. 1:1(0) ack 2 win 10000\n+0  > . 2:2(0) ack 2\n", read: "0", write: "EPIPE", poll: inout, after: old(2, 2, 2)},
		{name: "closed-by-both", enter: est + "+.1 < F. 1:1(0) ack 1 win 10000\n+0  > . 1:1(0) ack 2\n" + shut + fin(2) + "+.1 < . 2:2(0) ack 2 win 10000\n",
			read: "0", write: "EPIPE", poll: inout, peer: "ENOTCONN", shutdown: "ENOTCONN", after: gone},
		{name: "reset", enter: est + "+.1 < R. 1:1(0) ack 1 win 0\n", read: "0", write: "EPIPE", poll: failed, err: "ECONNRESET", peer: "ENOTCONN", shutdown: "ENOTCONN", after: gone},
	}
	for i := range list {
		s := &list[i]
		switch s.name {
		case "closed", "bound", "listen":
			continue
		}
		s.bind, s.listen, s.accept = "EINVAL", "EINVAL", "EINVAL"
		if s.connect == "" {
			s.connect = "EISCONN"
		}
	}
	return list
}

// result returns what a script expects of a call: 0, a number, or -1 with an
// error.
func result(s string) string {
	switch {
	case s == "":
		return "0"
	case s[0] >= '0' && s[0] <= '9':
		return s
	}
	return "-1 " + s
}

// Calls returns the scripts of socket calls in each state.
func Calls() (scripts []Script) {
	for _, s := range callStates() {
		add := func(name, text string) {
			scripts = append(scripts, Script{"calls/" + s.name + "/" + name + ".pkt", text})
		}
		add("ask", s.ask())
		add("transfer", s.transfer())
		add("shutdown-wr", s.shut("SHUT_WR"))
		add("shutdown-rdwr", s.shut("SHUT_RDWR"))
		add("shutdown-rd", s.shutRD())
		add("close", s.closed())
	}
	return scripts
}

// ask does the calls that change nothing.
func (s *callState) ask() string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("POSIX: what can be asked of a socket in %s, and what it refuses.", strings.ToUpper(s.name))))
	b.WriteString(s.enter)
	if s.poll != "" {
		n := 1
		if s.poll == "0" {
			n = 0
		}
		fmt.Fprintf(&b, "+0  poll([{fd=3, events=POLLIN|POLLOUT, revents=%s}], 1, 0) = %d\n", s.poll, n)
	}
	err := s.err
	if err == "" {
		err = "0"
	}
	fmt.Fprintf(&b, "+0  getsockopt(3, SOL_SOCKET, SO_ERROR, [%s], [4]) = 0\n+0  getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0\n", err)
	if s.err != "" {
		b.WriteString("+0  poll([{fd=3, events=POLLIN|POLLOUT, revents=POLLIN|POLLOUT}], 1, 0) = 1\n")
	}
	b.WriteString("+0  getsockopt(3, SOL_SOCKET, SO_TYPE, [SOCK_STREAM], [4]) = 0\n+0  getsockname(3, ..., ...) = 0\n")
	fmt.Fprintf(&b, "+0  getpeername(3, ..., ...) = %s\n", result(s.peer))
	if s.bind != "" {
		fmt.Fprintf(&b, "+0  bind(3, ..., ...) = %s\n", result(s.bind))
	}
	if s.connect != "" && s.name != "refused" { // unspecified: POSIX, connect
		fmt.Fprintf(&b, "+0  connect(3, ..., ...) = %s\n", result(s.connect))
	}
	fmt.Fprintf(&b, "+0  accept(3, ..., ...) = %s\n", result(s.accept))
	fmt.Fprintf(&b, "+0  listen(3, 1) = %s\n", result(s.listen))
	return b.String()
}

// transfer reads and writes. An error that is pending is told once.
func (s *callState) transfer() string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("POSIX: reading and writing in %s.", strings.ToUpper(s.name))))
	b.WriteString(s.enter)
	if s.err != "" {
		fmt.Fprintf(&b, "+0  read(3, ..., 10) = %s\n", result(s.err))
	}
	for _, call := range []string{"read(3, ..., 10)", "recv(3, ..., 10, MSG_DONTWAIT)", "recv(3, ..., 10, MSG_PEEK)", "readv(3, [{..., 5}, {..., 5}], 2)"} {
		fmt.Fprintf(&b, "+0  %s = %s\n", call, result(s.read))
	}
	seq, ack := 1, 1
	if s.name == "close-wait" {
		ack = 2
	}
	for _, call := range []string{"write(3, ..., 10)", "send(3, ..., 10, MSG_NOSIGNAL)", "writev(3, [{..., 5}, {..., 5}], 2)"} {
		fmt.Fprintf(&b, "+0  %s = %s\n", call, result(s.write))
		if s.write == "10" {
			fmt.Fprintf(&b, "+0  > P. %d:%d(10) ack %d\n+.1 < . %d:%d(0) ack %d win 10000\n", seq, seq+10, ack, ack, ack, seq+10)
			seq += 10
		}
	}
	return b.String()
}

// shut shuts down for writing, and perhaps for reading, too.
func (s *callState) shut(how string) string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("RFC 9293 §3.10.4, POSIX: shutdown for writing in %s.", strings.ToUpper(s.name))))
	b.WriteString(s.enter)
	fmt.Fprintf(&b, "+0  shutdown(3, %s) = %s\n%s", how, result(s.shutdown), s.fin)
	if s.shutdown == "" {
		fmt.Fprintf(&b, "+0  write(3, ..., 10) = -1 EPIPE\n+0  shutdown(3, %s) = 0\n", how)
		if how == "SHUT_RDWR" && s.err == "" {
			b.WriteString("+0  read(3, ..., 10) = 0\n")
		}
	}
	if s.name != "listen" && s.name != "syn-sent" {
		b.WriteString(s.after)
	}
	return b.String()
}

// shutRD shuts down for reading, of which the peer learns nothing.
func (s *callState) shutRD() string {
	var b strings.Builder
	b.WriteString(comment(fmt.Sprintf("POSIX: shutdown for reading in %s; the peer does not hear of it.", strings.ToUpper(s.name))))
	b.WriteString(s.enter)
	fmt.Fprintf(&b, "+0  shutdown(3, SHUT_RD) = %s\n", result(s.shutdown))
	if s.shutdown != "" {
		return b.String()
	}
	if s.err == "" {
		b.WriteString("+0  read(3, ..., 10) = 0\n")
	}
	b.WriteString("+0  poll([{fd=3, events=POLLIN, revents=" + map[bool]string{true: "POLLIN", false: "POLLIN|POLLERR"}[s.err == ""] + "}], 1, 0) = 1\n")
	switch s.name {
	case "established", "fin-wait-1", "fin-wait-2":
		seq := 2
		if s.name == "established" {
			seq = 1
		}
		fmt.Fprintf(&b, "+.01 < P. 1:101(100) ack %d win 10000\n*   > . %d:%d(0) ack 101\n+0  read(3, ..., 10) = 0\n", seq, seq, seq)
	}
	return b.String()
}

// closed closes the descriptor.
func (s *callState) closed() string {
	return comment(fmt.Sprintf("RFC 9293 §3.10.4: CLOSE in %s.", strings.ToUpper(s.name))) +
		s.enter + "+0  close(3) = 0\n" + s.fin + "+0  close(3) = -1 EBADF\n" + s.after
}
