package drill

// group says what a constant is for, and so how its number is translated.
type group uint8

const (
	gPlain  group = iota // the same everywhere, or not passed on
	gFamily              // of addresses
	gLevel               // of socket options
	gSocket              // options of SOL_SOCKET
	gIP
	gIPv6
	gTCP
	gMsg   // flags of sending and receiving
	gPoll  // events
	gOpen  // O_*
	gFcntl // commands
	gIoctl // requests
)

// none says that a system, or the sockets here, do not have a constant.
const none = -1

// symbol is a constant with its number on Linux, on FreeBSD, and in package
// sockets. Scripts may write names or numbers; numbers are those of the system
// that the profile is of.
type symbol struct {
	group       group
	name        string
	linux, fbsd int64
	ours        int64
}

// symbols are the constants that scripts use. The names of errors are not among
// them: errors are compared by name.
var symbols = [...]symbol{
	{gFamily, "AF_UNSPEC", 0, 0, 0},
	{gFamily, "AF_INET", 2, 2, 2},
	{gFamily, "AF_INET6", 10, 28, 10},
	{gFamily, "PF_INET", 2, 2, 2},
	{gFamily, "PF_INET6", 10, 28, 10},
	{gFamily, "AF_UNIX", 1, 1, 1},
	{gFamily, "AF_LOCAL", 1, 1, 1},
	{gFamily, "AF_NETLINK", 16, none, 16},
	{gFamily, "AF_PACKET", 17, none, 17},

	{gPlain, "SOCK_STREAM", 1, 1, 1},
	{gPlain, "SOCK_DGRAM", 2, 2, 2},
	{gPlain, "SOCK_RAW", 3, 3, 3},
	{gPlain, "SOCK_SEQPACKET", 5, 5, 5},
	{gPlain, "SOCK_NONBLOCK", 0x800, 0x20000000, none},
	{gPlain, "SOCK_CLOEXEC", 0x80000, 0x10000000, none},
	{gPlain, "SHUT_RD", 0, 0, 0},
	{gPlain, "SHUT_WR", 1, 1, 1},
	{gPlain, "SHUT_RDWR", 2, 2, 2},
	{gPlain, "INADDR_ANY", 0, 0, 0},
	{gPlain, "INFTIM", none, -1, none},

	{gLevel, "SOL_SOCKET", 1, 0xffff, 0xfff},
	{gLevel, "IPPROTO_IP", 0, 0, 0},
	{gLevel, "SOL_IP", 0, 0, 0},
	{gLevel, "IPPROTO_ICMP", 1, 1, 1},
	{gLevel, "IPPROTO_TCP", 6, 6, 6},
	{gLevel, "SOL_TCP", 6, none, 6},
	{gLevel, "IPPROTO_UDP", 17, 17, 17},
	{gLevel, "SOL_UDP", 17, none, 17},
	{gLevel, "IPPROTO_IPV6", 41, 41, 41},
	{gLevel, "SOL_IPV6", 41, none, 41},
	{gLevel, "IPPROTO_ICMPV6", 58, 58, 58},
	{gLevel, "IPPROTO_SCTP", 132, 132, 132},
	{gLevel, "IPPROTO_UDPLITE", 136, 136, 136},
	{gLevel, "IPPROTO_RAW", 255, 255, 255},
	{gLevel, "IPPROTO_MPTCP", 262, none, 262},

	{gSocket, "SO_DEBUG", 1, 1, 1},
	{gSocket, "SO_REUSEADDR", 2, 4, 4},
	{gSocket, "SO_TYPE", 3, 0x1008, 0x1008},
	{gSocket, "SO_ERROR", 4, 0x1007, 0x1007},
	{gSocket, "SO_DONTROUTE", 5, 0x10, 0x10},
	{gSocket, "SO_BROADCAST", 6, 0x20, 0x20},
	{gSocket, "SO_SNDBUF", 7, 0x1001, 0x1001},
	{gSocket, "SO_RCVBUF", 8, 0x1002, 0x1002},
	{gSocket, "SO_KEEPALIVE", 9, 8, 8},
	{gSocket, "SO_OOBINLINE", 10, 0x100, 0x100},
	{gSocket, "SO_NO_CHECK", 11, none, 0x100a},
	{gSocket, "SO_PRIORITY", 12, none, none},
	{gSocket, "SO_LINGER", 13, 0x80, 0x80},
	{gSocket, "SO_REUSEPORT", 15, 0x200, 0x200},
	{gSocket, "SO_REUSEPORT_LB", none, 0x10000, none},
	{gSocket, "SO_RCVLOWAT", 18, 0x1004, 0x1004},
	{gSocket, "SO_SNDLOWAT", 19, 0x1003, 0x1003},
	{gSocket, "SO_RCVTIMEO", 20, 0x1006, 0x1006},
	{gSocket, "SO_SNDTIMEO", 21, 0x1005, 0x1005},
	{gSocket, "SO_BINDTODEVICE", 25, none, 0x100b},
	{gSocket, "SO_TIMESTAMP", 29, 0x400, none},
	{gSocket, "SO_ACCEPTCONN", 30, 2, 2},
	{gSocket, "SO_SNDBUFFORCE", 32, none, 0x1001},
	{gSocket, "SO_RCVBUFFORCE", 33, none, 0x1002},
	{gSocket, "SO_MARK", 36, none, none},
	{gSocket, "SO_TIMESTAMPING", 37, none, none},
	{gSocket, "SO_PROTOCOL", 38, 0x1016, none},
	{gSocket, "SO_DOMAIN", 39, 0x1019, none},
	{gSocket, "SO_BUSY_POLL", 46, none, none},
	{gSocket, "SO_MAX_PACING_RATE", 47, 0x1018, none},
	{gSocket, "SO_ZEROCOPY", 60, none, none},
	{gSocket, "SO_USELOOPBACK", none, 0x40, 0x40},
	{gSocket, "SO_NOSIGPIPE", none, 0x800, none},

	{gIP, "IP_TOS", 1, 3, 1},
	{gIP, "IP_TTL", 2, 4, 2},
	{gIP, "IP_HDRINCL", 3, 2, 0x102},
	{gIP, "IP_PKTINFO", 8, none, 8},
	{gIP, "IP_MTU_DISCOVER", 10, none, none},
	{gIP, "IP_RECVERR", 11, none, none},
	{gIP, "IP_RECVTTL", 12, 65, none},
	{gIP, "IP_RECVTOS", 13, 68, none},
	{gIP, "IP_MTU", 14, none, none},
	{gIP, "IP_DONTFRAG", none, 67, none},
	{gIP, "IP_MULTICAST_IF", 32, 9, 6},
	{gIP, "IP_MULTICAST_TTL", 33, 10, 5},
	{gIP, "IP_MULTICAST_LOOP", 34, 11, 7},

	{gIPv6, "IPV6_UNICAST_HOPS", 16, 4, none},
	{gIPv6, "IPV6_MULTICAST_IF", 17, 9, 0x300},
	{gIPv6, "IPV6_MULTICAST_HOPS", 18, 10, 0x301},
	{gIPv6, "IPV6_MULTICAST_LOOP", 19, 11, 0x302},
	{gIPv6, "IPV6_MTU_DISCOVER", 23, none, none},
	{gIPv6, "IPV6_RECVERR", 25, none, none},
	{gIPv6, "IPV6_V6ONLY", 26, 27, 27},
	{gIPv6, "IPV6_RECVPKTINFO", 49, 36, 49},
	{gIPv6, "IPV6_TCLASS", 67, 61, none},

	{gTCP, "TCP_NODELAY", 1, 1, 1},
	{gTCP, "TCP_MAXSEG", 2, 2, 0x102},
	{gTCP, "TCP_CORK", 3, none, 0x103},
	{gTCP, "TCP_NOPUSH", none, 4, 0x103},
	{gTCP, "TCP_NOOPT", none, 8, none},
	{gTCP, "TCP_KEEPIDLE", 4, 0x100, 3},
	{gTCP, "TCP_KEEPINTVL", 5, 0x200, 4},
	{gTCP, "TCP_KEEPCNT", 6, 0x400, 5},
	{gTCP, "TCP_SYNCNT", 7, none, 0x107},
	{gTCP, "TCP_LINGER2", 8, none, 0x108},
	{gTCP, "TCP_DEFER_ACCEPT", 9, none, 0x109},
	{gTCP, "TCP_WINDOW_CLAMP", 10, none, 0x10a},
	{gTCP, "TCP_INFO", 11, 32, 0x10b},
	{gTCP, "TCP_QUICKACK", 12, none, 0x10c},
	{gTCP, "TCP_CONGESTION", 13, 64, 0x10d},
	{gTCP, "TCP_CCALGOOPT", none, 65, none},
	{gTCP, "TCP_MD5SIG", 14, 16, none},
	{gTCP, "TCP_KEEPINIT", none, 0x80, none},
	{gTCP, "TCP_DELACK", none, 72, none},
	{gTCP, "TCP_USER_TIMEOUT", 18, none, 0x112},
	{gTCP, "TCP_FASTOPEN", 23, 1025, none},
	{gTCP, "TCP_TIMESTAMP", 24, none, none},
	{gTCP, "TCP_NOTSENT_LOWAT", 25, none, 0x119},
	{gTCP, "TCP_FASTOPEN_CONNECT", 30, none, none},
	{gTCP, "TCP_FASTOPEN_KEY", 33, none, none},
	{gTCP, "TCP_ZEROCOPY_RECEIVE", 35, none, none},
	{gTCP, "TCP_INQ", 36, none, none},
	{gTCP, "TCP_TX_DELAY", 37, none, none},
	{gTCP, "TCP_FUNCTION_BLK", none, 8192, none},
	{gTCP, "TCP_LOG", none, 34, none},
	{gTCP, "TCP_REUSPORT_LB_NUMA", none, 1026, none},

	{gMsg, "MSG_OOB", 1, 1, 4},
	{gMsg, "MSG_PEEK", 2, 2, 1},
	{gMsg, "MSG_DONTROUTE", 4, 4, none},
	{gMsg, "MSG_CTRUNC", 8, 0x20, 8},
	{gMsg, "MSG_TRUNC", 0x20, 0x10, 4},
	{gMsg, "MSG_DONTWAIT", 0x40, 0x80, 8},
	{gMsg, "MSG_EOR", 0x80, 8, none},
	{gMsg, "MSG_WAITALL", 0x100, 0x40, 2},
	{gMsg, "MSG_EOF", none, 0x100, none},
	{gMsg, "MSG_CONFIRM", 0x800, none, none},
	{gMsg, "MSG_ERRQUEUE", 0x2000, none, none},
	{gMsg, "MSG_NOSIGNAL", 0x4000, 0x20000, 0x20},
	{gMsg, "MSG_MORE", 0x8000, none, 0x10},
	{gMsg, "MSG_ZEROCOPY", 0x4000000, none, none},
	{gMsg, "MSG_FASTOPEN", 0x20000000, none, none},

	{gPoll, "POLLIN", 1, 1, 1},
	{gPoll, "POLLPRI", 2, 2, 0x40},
	{gPoll, "POLLOUT", 4, 4, 2},
	{gPoll, "POLLERR", 8, 8, 4},
	{gPoll, "POLLHUP", 0x10, 0x10, 0x200},
	{gPoll, "POLLNVAL", 0x20, 0x20, 8},
	{gPoll, "POLLRDNORM", 0x40, 0x40, 0x10},
	{gPoll, "POLLRDBAND", 0x80, 0x80, 0x20},
	{gPoll, "POLLWRNORM", 0x100, none, 0x80},
	{gPoll, "POLLWRBAND", 0x200, 0x100, 0x100},
	{gPoll, "POLLRDHUP", 0x2000, 0x4000, none},

	{gOpen, "O_RDONLY", 0, 0, 2},
	{gOpen, "O_WRONLY", 1, 1, 4},
	{gOpen, "O_RDWR", 2, 2, 6},
	{gOpen, "O_NONBLOCK", 0x800, 4, 1},
	{gOpen, "O_NDELAY", 0x800, 4, 1},

	{gFcntl, "F_GETFD", 1, 1, none},
	{gFcntl, "F_SETFD", 2, 2, none},
	{gFcntl, "F_GETFL", 3, 3, 3},
	{gFcntl, "F_SETFL", 4, 4, 4},
	{gPlain, "FD_CLOEXEC", 1, 1, 1},

	{gIoctl, "FIONREAD", 0x541b, 0x4004667f, 0x4004667f},
	{gIoctl, "SIOCINQ", 0x541b, none, 0x4004667f},
	{gIoctl, "TIOCINQ", 0x541b, none, 0x4004667f},
	{gIoctl, "FIONBIO", 0x5421, 0x8004667e, 0x8004667e},
	{gIoctl, "SIOCOUTQ", 0x5411, none, none},
	{gIoctl, "TIOCOUTQ", 0x5411, none, none},
	{gIoctl, "FIONSPACE", none, 0x40046676, none},
	{gIoctl, "FIONWRITE", none, 0x40046677, none},

	{gPlain, "EPOLLIN", 1, none, 1},
	{gPlain, "EPOLLPRI", 2, none, 2},
	{gPlain, "EPOLLOUT", 4, none, 4},
	{gPlain, "EPOLLERR", 8, none, 8},
	{gPlain, "EPOLLHUP", 0x10, none, 0x10},
	{gPlain, "EPOLLRDHUP", 0x2000, none, 0x2000},
	{gPlain, "EPOLLET", 1 << 31, none, 1 << 31},
	{gPlain, "EPOLLONESHOT", 1 << 30, none, 1 << 30},
	{gPlain, "EPOLL_CTL_ADD", 1, none, 1},
	{gPlain, "EPOLL_CTL_DEL", 2, none, 2},
	{gPlain, "EPOLL_CTL_MOD", 3, none, 3},

	{gPlain, "TCP_ESTABLISHED", 1, 4, 1},
	{gPlain, "TCP_SYN_SENT", 2, 2, 2},
	{gPlain, "TCP_SYN_RECV", 3, 3, 3},
	{gPlain, "TCP_FIN_WAIT1", 4, 6, 4},
	{gPlain, "TCP_FIN_WAIT2", 5, 9, 5},
	{gPlain, "TCP_TIME_WAIT", 6, 10, 6},
	{gPlain, "TCP_CLOSE", 7, 0, 7},
	{gPlain, "TCP_CLOSE_WAIT", 8, 5, 8},
	{gPlain, "TCP_LAST_ACK", 9, 8, 9},
	{gPlain, "TCP_LISTEN", 10, 1, 10},
	{gPlain, "TCP_CLOSING", 11, 7, 11},
	{gPlain, "TCPI_OPT_TIMESTAMPS", 1, 1, 1},
	{gPlain, "TCPI_OPT_SACK", 2, 2, 2},
	{gPlain, "TCPI_OPT_WSCALE", 4, 4, 4},
	{gPlain, "TCPI_OPT_ECN", 8, 8, 8},
	{gPlain, "TCP_CA_Open", 0, none, 0},
	{gPlain, "TCP_CA_Disorder", 1, none, 1},
	{gPlain, "TCP_CA_CWR", 2, none, 2},
	{gPlain, "TCP_CA_Recovery", 3, none, 3},
	{gPlain, "TCP_CA_Loss", 4, none, 4},
}

// value returns a symbol's number in scripts of a profile.
func (s *symbol) value(p Profile) int64 {
	if p == FreeBSD && s.fbsd != none || s.linux == none {
		return s.fbsd
	}
	return s.linux
}

// lookupSymbol returns the row of a name, or nil.
func lookupSymbol(name string) *symbol {
	for i := range symbols {
		if symbols[i].name == name {
			return &symbols[i]
		}
	}
	return nil
}

// lookupValue returns the row of a group with a number, or nil.
func lookupValue(p Profile, g group, v int64) *symbol {
	for i := range symbols {
		if s := &symbols[i]; s.group == g && s.value(p) == v {
			return s
		}
	}
	return nil
}
