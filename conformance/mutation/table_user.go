package mutation

// datagrams are broken rules of UDP.
var datagrams = []Mutation{
	{"udp-checksum-off", "udp/input.go", "ip.PseudoSum(info.Src, info.Dst, ip.UDP, n)) != 0xffff {", "ip.PseudoSum(info.Src, info.Dst, ip.UDP, n)) == 0 {",
		"RFC 1122 §4.1.3.4", "damaged datagrams are taken", "udp"},
	{"udp-zero-checksum-6", "udp/input.go", "if info.Dst.Is6() && !p.cfg.AcceptZeroChecksum6 {", "if false {",
		"RFC 8200 §8.1", "datagrams without checksum are taken over IPv6", "udp"},
	{"udp-zero-sum", "udp/output.go", "sum = 0xffff\n", "sum = 0\n",
		"RFC 768, checksum", "a sum of zero is sent as it is", "udp"},
	{"udp-length", "udp/input.go", "if n < HeaderLen || n > buf.TotalLen() {", "if n > buf.TotalLen() {",
		"RFC 768, length", "a length below that of the header is believed", "udp"},
	{"udp-no-port-silent", "udp/input.go", "n.Unreachable(buf, info, ip.PortUnreachable)", "",
		"RFC 1122 §4.1.3.1", "nobody is told of a port that is not there", ""},
	{"udp-connected-open", "udp/demux.go", "if t.kinds[flowExact] > 0 {", "if false {",
		"RFC 1122 §4.1.3.5", "a connected endpoint does not get its peer's datagrams", ""},
	{"udp-icmp-deaf", "udp/icmp.go", "q.h.Error(q, err)", "_ = err",
		"RFC 1122 §4.1.3.3", "ICMP errors do not reach the user", ""},
}

// errnos are broken answers of system calls.
var errnos = []Mutation{
	{"errno-refused", "api/errors.go", "{tcp.ErrRefused, syscall.ECONNREFUSED}", "{tcp.ErrRefused, syscall.ECONNRESET}",
		"POSIX connect", "a refused connection is ECONNRESET", ""},
	{"errno-reset", "api/errors.go", "{tcp.ErrReset, syscall.ECONNRESET}", "{tcp.ErrReset, syscall.ECONNABORTED}",
		"POSIX recv", "a reset is ECONNABORTED", ""},
	{"errno-timeout", "api/errors.go", "{tcp.ErrTimeout, syscall.ETIMEDOUT}", "{tcp.ErrTimeout, syscall.ECONNABORTED}",
		"POSIX recv", "a silent peer is ECONNABORTED", ""},
	{"errno-too-long", "api/errors.go", "{udp.ErrTooLong, syscall.EMSGSIZE}", "{udp.ErrTooLong, syscall.ENOMEM}",
		"POSIX send", "a datagram too long is ENOMEM", ""},
	{"errno-broadcast", "api/errors.go", "{udp.ErrBroadcast, syscall.EACCES}", "{udp.ErrBroadcast, syscall.EINVAL}",
		"RFC 1122 §3.3.6, POSIX send", "a broadcast without leave is EINVAL", ""},
	{"errno-shut-down", "api/errors.go", "shut down for writing\", syscall.EPIPE)", "shut down for writing\", syscall.ENOTCONN)",
		"POSIX write", "a write after shutdown is ENOTCONN", ""},
}
