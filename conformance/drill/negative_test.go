package drill_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/drill"
)

// opening opens a connection as descriptor 4.
const opening = `
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 10000 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale ...>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
`

// TestFailures makes one expectation wrong at a time: the run fails at that
// line, and the message says what was expected and what came.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name, script string
		line         int
		want         string
	}{
		{"sequence number", "+0 write(4, ..., 100) = 100\n+0 > P. 2:102(100) ack 1", 10, "error handling packet: live packet field tcp_seq: expected: 2 (0x2) vs actual: 1 (0x1)"},
		{"acknowledgment", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 2", 10, "live packet field tcp_ack_seq: expected: 2 (0x2) vs actual: 1 (0x1)"},
		{"payload", "+0 write(4, ..., 100) = 100\n+0 > P. 1:100(99) ack 1", 10, "live packet payload: expected 99 bytes vs actual 100 bytes"},
		{"flags", "+0 write(4, ..., 100) = 100\n+0 > . 1:101(100) ack 1", 10, "live packet field tcp_psh: expected: 0 (0x0) vs actual: 1 (0x1)"},
		{"a flag that is missing", "+0 write(4, ..., 100) = 100\n+0 > FP. 1:101(100) ack 1", 10, "live packet field tcp_fin: expected: 1 (0x1) vs actual: 0 (0x0)"},
		{"window", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 win 5", 10, "live packet field tcp_window: expected: 5 (0x5) vs actual: "},
		{"urgent pointer", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 urg 5", 10, "live packet field tcp_urg_ptr: expected: 5 (0x5) vs actual: 0 (0x0)"},
		{"options", "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1 <nop,nop,nop,nop>", 10, "tcp_data_offset: expected: 6 (0x6) vs actual: 5 (0x5): <nop,nop,nop,nop> vs actual: <>"},
		{"an option's place", "+0 < P. 3:4(1) ack 1 win 257\n+0 > . 1:1(0) ack 1 <sack 3:4,nop,nop>", 10, "bad outbound TCP options: expected <sack 3:4,nop,nop> vs actual <nop,nop,sack 3:4>"},
		{"a SACK block", "+0 < P. 3:4(1) ack 1 win 257\n+0 > . 1:1(0) ack 1 <nop,nop,sack 3:5>", 10, "bad outbound TCP options"},
		{"ECN bits", "+0 write(4, ..., 100) = 100\n+0 > [ce] P. 1:101(100) ack 1", 10, "live packet field ip_ecn: expected: 3 (0x3) vs actual: 0 (0x0)"},
		{"TTL", "+0 write(4, ..., 100) = 100\n+0 > [ttl 63] P. 1:101(100) ack 1", 10, "live packet field ip_ttl: expected: 63 (0x3f) vs actual: 64 (0x40)"},
		{"port", "+0 write(4, ..., 100) = 100\n+0 > (... > ...:99) P. 1:101(100) ack 1", 10, "live packet field destination_port: expected: 99 (0x63) vs actual: 32768 (0x8000)"},
		{"protocol", "+0 write(4, ..., 100) = 100\n+0 > udp (100)", 10, "live packet protocol: expected: udp vs actual: tcp"},
		{"too early", "+0 write(4, ..., 100) = 100\n+1 > P. 1:101(100) ack 1", 10, "timing error: expected outbound packet at 1.100000 sec but happened at 0.100000 sec; tolerance 0.004000 sec"},
		{"too late", "+0 < P. 1:11(10) ack 1 win 257\n+.01 > . 1:1(0) ack 11", 10, "timing error: expected outbound packet at 0.110000 sec but happened at 0.140000 sec; tolerance 0.004000 sec"},
		{"outside an interval", "+0 < P. 1:11(10) ack 1 win 257\n+.1~+.2 > . 1:1(0) ack 11", 10, "timing error: expected outbound packet in time range 0.200000~0.300000 sec but happened at 0.140000 sec"},
		{"no packet", "+0 > . 1:1(0) ack 1", 9, "error handling packet: timed out waiting for packet"},
		{"a packet more than expected", "+0 write(4, ..., 100) = 100\n+0 close(4) = 0\n+0 > F. 101:101(0) ack 1", 11, "tcp_seq: expected: 101 (0x65) vs actual: 1 (0x1)"},
		{"result", "+0 write(4, ..., 100) = 99", 9, "runtime error in write call: Expected result 99 but got 100"},
		{"failure", "+0 write(9, ..., 100) = 100", 9, "runtime error in write call: Expected result 100 but got -1 with errno 9 EBADF (bad file descriptor)"},
		{"errno", "+0 write(9, ..., 100) = -1 EPIPE (Broken pipe)", 9, "Expected errno EPIPE but got errno 9 EBADF (bad file descriptor)"},
		{"success", "+0 write(4, ..., 100) = -1 EPIPE (Broken pipe)", 9, "runtime error in write call: Expected result -1 with errno EPIPE but got 100"},
		{"option's value", "+0 getsockopt(4, IPPROTO_TCP, TCP_NODELAY, [1], [4]) = 0", 9, "Bad getsockopt value: expected 1 but got 0"},
		{"field of a struct", "+0 getsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1}, [8]) = 0", 9, "Onoff: expected 1 but got 0"},
		{"address", "+0 getpeername(4, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr(\"192.0.2.1\")}, ...) = 0", 9, "Expected address 192.0.2.1:1 but got 192.0.2.1:32768"},
		{"events", "+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 0", 9, "Expected revents of fd 4 to be 0x1 but got 0x0"},
		{"data", "+0 < P. 1:2(1) ack 1 win 257\n+0 read(4, \"a\", 9) = 1", 10, "Expected data \"a\" but got"},
		{"a call that blocks", "+0 read(4, ..., 10) = 0", 9, "runtime error in read call: The call blocks"},
		{"a call that returns too soon", "+0 < P. 1:11(10) ack 1 win 257\n+0...1 read(4, ..., 10) = 10", 10, "timing error: expected system call return at 1.100000 sec but happened at 0.100000 sec"},
		{"a call that does not return", "+0...1 read(4, ..., 10) = 10", 9, "runtime error in read call: Expected system call return at 1.100000 sec, but it did not return"},
		{"a call that does not exist", "+0 fork() = 0", 9, "unknown system call: fork"},
		{"a symbol that does not exist", "+0 shutdown(4, SHUT_UP) = 0", 9, "Argument 2: unknown symbol: SHUT_UP"},
		{"arguments", "+0 shutdown(4) = 0", 9, "Expected 2 args but got 1"},
		{"assertion", "+0 %{ assert tcpi_snd_cwnd == 77, tcpi_snd_cwnd }%", 9, "error executing code: AssertionError: 10"},
		{"a later line of code", "+0 %{\nx = 1\nassert x == 2\n}%", 11, "error executing code: AssertionError"},
		{"a name that does not exist", "+0 %{ assert tcpi_nonsense == 0 }%", 9, "NameError: name 'tcpi_nonsense' is not defined"},
		{"another protocol", "+0 > sctp: INIT[flgs=0, tag=1,\n  a_rwnd=2]", 9, "sctp: not applicable"},
		{"a reset", "+0 < R 1:1(0) win 0\n+0 read(4, ..., 1) = 0", 10, "Expected result 0 but got -1 with errno 104 ECONNRESET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := drill.Run("x.pkt", opening+c.script+"\n", nil)
			var f *drill.Failure
			if !errors.As(r.Err, &f) {
				t.Fatalf("got %v, want a failure", r.Err)
			}
			if f.Line != c.line || !strings.Contains(f.Error(), c.want) {
				t.Errorf("line %d: %v\nwant line %d: %s", f.Line, f, c.line, c.want)
			}
			if r.Passed() || drill.ExitCode(r) != drill.ExitFailed {
				t.Error("the run counts as passed")
			}
		})
	}
}

// TestFailurePackets pins the form of a message with packets.
func TestFailurePackets(t *testing.T) {
	r := drill.Run("x.pkt", opening+"+.1 write(4, ..., 100) = 100\n+0 > P. 2:102(100) ack 1\n", nil)
	want := `x.pkt:10: error handling packet: live packet field tcp_seq: expected: 2 (0x2) vs actual: 1 (0x1)
script packet:  0.200000 P. 2:102(100) ack 1
actual packet:  0.200000 P. 1:101(100) ack 1 win 2048`
	if r.Err == nil || r.Err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", r.Err, want)
	}
}

// TestParseErrors pins where a script that cannot be read goes wrong.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"nothing to do", "0 ", "x.pkt:1: parse error at end of file: expected a packet, a system call, a command or code"},
		{"no time", "socket(..., SOCK_STREAM, 0) = 3", "x.pkt:1: parse error at 'socket': expected a time"},
		{"a bracket", "0 bind(3, [1) = 0", "x.pkt:1: parse error at ')': expected ',' or ']'"},
		{"a comment", "\n/* ", "x.pkt:2: comment is not closed"},
		{"a string", "0 write(3, \"abc, 3) = 3", "x.pkt:1: \" is not closed by \""},
		{"code", "0 %{ assert 1", "x.pkt:1: %{ is not closed by }%"},
		{"a window", "0 < S 0:0(0) <mss 1000>", "x.pkt:1: inbound TCP packets must specify a window"},
		{"options of an inbound packet", "0 < S 0:0(0) win 1 <...>", "inbound TCP packets must specify options"},
		{"lengths", "0 > . 1:5(5) ack 1", "x.pkt:1: inconsistent TCP sequence numbers: 1 + 5 != 5"},
		{"padding", "0 > . 1:1(0) ack 1 <nop>", "TCP options are not padded correctly to ensure TCP header length is a multiple of 4 bytes: 1 excess bytes"},
		{"too many options", "0 < S 0:0(0) win 1 <sack 1:2 1:2 1:2 1:2 1:2,nop,nop>", "TCP options are 44 bytes, which is more than 40"},
		{"an option", "0 > . 1:1(0) ack 1 <window 1>", "expected a TCP option"},
		{"an ICMP type", "0 < icmp nonsense", "'nonsense' is not an ICMP type"},
		{"an inbound packet at any time", "* < . 1:1(0) ack 1 win 1", "inbound packet needs an exact time"},
		{"an interval", "2~1 > . 1:1(0) ack 1", "a range ends before it begins"},
		{"a mixed interval", "1~+2 > . 1:1(0) ack 1", "a range mixes absolute and relative time"},
		{"the end of a call", "2...1 close(3) = 0", "a blocking system call ends before it starts"},
		{"depth", "0 f(" + strings.Repeat("[", 100), "expression is nested too deeply"},
		{"an option line", "--nonsense=1\n0 close(3) = 0", "x.pkt:1: unknown option --nonsense"},
		{"an option's value", "--tolerance_usecs=x\n0 close(3) = 0", "x.pkt:1: bad value 'x' of --tolerance_usecs"},
		{"an address of the other version", "--ip_version=ipv6 --local_ip=1.2.3.4\n0 close(3) = 0", "address 1.2.3.4 is not of --ip_version=ipv6"},
		{"a fragment", "0 < [frag 9] udp (10)", "a fragment's length must be a multiple of 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := drill.Run("x.pkt", c.script, nil)
			var p *drill.ParseError
			if !errors.As(r.Err, &p) || !strings.Contains(r.Err.Error(), c.want) {
				t.Errorf("got %v, want %s", r.Err, c.want)
			}
		})
	}
}

// TestNotApplicable checks that what this stack does not have is remarked on.
func TestNotApplicable(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"a sysctl", "`sysctl -q net.ipv4.tcp_autocorking=1`", "x.pkt:1: sysctl net.ipv4.tcp_autocorking: not applicable"},
		{"a sysctl by its path", "`set_sysctls.py /proc/sys/net/ipv4/tcp_foo=1`", "sysctl net.ipv4.tcp_foo: not applicable"},
		{"a value", "`sysctl net.ipv4.tcp_congestion_control=vegas`", "sysctl net.ipv4.tcp_congestion_control: value 'vegas' not applicable"},
		{"a command", "`kldload -n tcp_rack`", "command `kldload -n tcp_rack`: not applicable"},
		{"a file that is not there", "`./defaults.sh`", "command `./defaults.sh`: not applicable"},
		{"a command too late", "0 socket(..., SOCK_STREAM, 0) = 3\n+0 `sysctl net.ipv4.tcp_sack=0`", "x.pkt:2: command `sysctl net.ipv4.tcp_sack=0`: not applicable: the stack is running"},
		{"an option line", "--wire_client", "x.pkt:1: option --wire_client: not applicable"},
		{"a socket option", "0 socket(..., SOCK_STREAM, 0) = 3\n+0 setsockopt(3, SOL_TCP, TCP_MD5SIG, \"cubic\", 5) = ...", "TCP_MD5SIG: not applicable"},
		{"a flag", "0 socket(..., SOCK_DGRAM, 0) = 3\n+0 recv(3, ..., 1, MSG_ERRQUEUE|MSG_DONTWAIT) = -1 EAGAIN", "MSG_ERRQUEUE: not applicable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := drill.Run("x.pkt", c.script+"\n", nil)
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], c.want) {
				t.Errorf("got %q, want %q", r.Notes, c.want)
			}
		})
	}
}
