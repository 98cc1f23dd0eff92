// Package drill runs packetdrill scripts against a stack, in virtual time.
//
// The language is that of github.com/google/packetdrill, with what the nplab
// fork for FreeBSD adds. A script makes system calls, which go through package
// sockets, injects packets, and says which packets the stack must send, and
// when:
//
//	 0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
//	+0   bind(3, ..., ...) = 0
//	+0   listen(3, 1) = 0
//	+0   < S  0:0(0) win 32792 <mss 1000>
//	+0   > S. 0:0(0) ack 1 <mss 1460>
//	+.1  < .  1:1(0) ack 1 win 257
//	+0   accept(3, ..., ...) = 4
//
// Every run has a stack, a clock and a seed of its own, needs no privilege and
// no network, starts no goroutine, and repeats exactly. The clock moves only
// when the script waits.
//
// # Language
//
// A script is option lines, then events. Comments are # …, // … and /* … */.
//
//	--name=value             an option; README.md lists them
//	`command`                a shell command: sysctl, ip route … initcwnd, sleep
//	time action              an event
//
// Times, in seconds:
//
//	0.5  +0.5                since the first event; since the event before
//	*                        any time
//	0.1~0.2  +0.1~+0.2       an interval
//
// Actions:
//
//	name(args) = result ERRNO (note)         a system call
//	...0.2 name(args) = result               one that blocks until then; +0...0.2
//	< packet   > packet                      inject, expect
//	`command`                                as above
//	%{ assert tcpi_snd_cwnd == 10 }%         Python; see below
//
// Arguments are numbers, strings, constants joined by |, [lists], {structs} with
// or without names, htons(8080), inet_addr("192.0.2.1"), and "...", which is the
// usual value of an input and any value of an output.
//
// Packets:
//
//	S. 0:0(0) ack 1 win 65535 urg 0 <mss 1460,nop,wscale 7>
//	udp (100)
//	icmp unreachable frag_needed mtu 1200 [1:1001(1000)]
//	icmpv6 echo_request id 1 seq 2 (56)
//
// The flags are F S R P . (ACK) U E W (CWR) A (AE), a digit for the three bits
// of accurate ECN, - for none. "win", "ack" and the options may be left out of
// what is expected: without "win" any window is right, without <…> there must be
// no option, and <...> takes any; <mss 1460,...> only looks at the first. <raw 0x0200>
// are bytes as they are, and <99 0x0102> is an option of kind 99. Numbers
// are relative to the initial sequence numbers of the script; !5 is 5 on the
// wire. TS val and ecr are translated as package comment of flow.go says.
//
// In front of a packet may stand, in any order:
//
//	[ect0, ttl 64, tos 0x10, flowlabel 0x1]  the IP header; noecn, ect1, ect01, ce
//	[df]  [nodf]                             the Don't Fragment bit
//	[frag 24]  [frag 24 reverse]             inject in fragments of 24 bytes; expect such
//	ipv4 192.0.2.1 > 192.168.0.1:            addresses
//	(192.0.2.1:80 > 192.168.0.1:9)           addresses and ports; ... for any
//	80 > 9                                   ports
//
// A payload that the script does not give is a pattern by the place in the
// stream, and compared: a stack that delivers or sends the wrong bytes fails.
//
// # Python
//
// Code is a subset: assert, print, assignments, if, for, while, expressions and
// the usual functions on numbers, strings and lists. The fields of tcp_info are
// variables.
//
// # Not applicable
//
// What this stack does not have is never ignored silently: settings, options of
// the tool's host, and socket options are remarks of the Result (and the calls
// fail as the stack makes them fail); packets of other protocols (gre, mpls,
// sctp, udplite) are failures.
//
// # Files
//
// lexer.go, ast.go, parse_script.go (options, events, times), parse_syscall.go,
// packet_parse.go, packet_tcp.go, packet_options.go, icmp_parse.go: the language;
// python_lex.go, python_parse.go, python_expr.go, python_eval.go, python_values.go,
// python_calls.go: its Python; format.go: packets as text. wire_build.go,
// wire_decode.go: packets as bytes, by gopacket; match.go: comparing them. run.go,
// outbound.go: one run; flow.go, flows.go: translating numbers, and
// which conversation a packet belongs to; link.go: the driver; syscall.go,
// args.go, calls_open.go, calls_data.go, calls_options.go, calls_wait.go: system
// calls; symbols.go: constants; code.go: tcp_info. config.go: options;
// profile.go, sysctl.go: the stack's configuration. result.go: what comes of it.
package drill
