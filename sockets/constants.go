package sockets

// The numbers are lwIP's. Those that lwIP does not have are marked.

// Families.
const (
	AF_UNSPEC = 0
	AF_INET   = 2
	AF_INET6  = 10
)

// Types of sockets.
const (
	SOCK_STREAM = 1
	SOCK_DGRAM  = 2
	SOCK_RAW    = 3
)

// Protocols, and levels of options.
const (
	IPPROTO_IP      = 0
	IPPROTO_ICMP    = 1
	IPPROTO_TCP     = 6
	IPPROTO_UDP     = 17
	IPPROTO_IPV6    = 41
	IPPROTO_ICMPV6  = 58
	IPPROTO_UDPLITE = 136
	IPPROTO_RAW     = 255

	SOL_SOCKET = 0xfff
)

// Options of level SOL_SOCKET.
const (
	SO_DEBUG        = 0x0001 // unimplemented: ENOPROTOOPT
	SO_ACCEPTCONN   = 0x0002
	SO_REUSEADDR    = 0x0004
	SO_KEEPALIVE    = 0x0008
	SO_DONTROUTE    = 0x0010 // unimplemented
	SO_BROADCAST    = 0x0020
	SO_USELOOPBACK  = 0x0040 // unimplemented
	SO_LINGER       = 0x0080
	SO_OOBINLINE    = 0x0100 // always on
	SO_REUSEPORT    = 0x0200
	SO_SNDBUF       = 0x1001
	SO_RCVBUF       = 0x1002
	SO_SNDLOWAT     = 0x1003 // unimplemented
	SO_RCVLOWAT     = 0x1004 // unimplemented
	SO_SNDTIMEO     = 0x1005
	SO_RCVTIMEO     = 0x1006
	SO_ERROR        = 0x1007
	SO_TYPE         = 0x1008
	SO_CONTIMEO     = 0x1009 // unimplemented
	SO_NO_CHECK     = 0x100a
	SO_BINDTODEVICE = 0x100b
)

// Options of level IPPROTO_IP.
const (
	IP_TOS             = 1
	IP_TTL             = 2
	IP_ADD_MEMBERSHIP  = 3
	IP_DROP_MEMBERSHIP = 4
	IP_MULTICAST_TTL   = 5
	IP_MULTICAST_IF    = 6
	IP_MULTICAST_LOOP  = 7
	IP_PKTINFO         = 8
	IP_HDRINCL         = 0x102 // lwIP: a flag of the raw API
)

// Options of level IPPROTO_TCP. Those from 0x100 on are Linux's, plus 0x100.
const (
	TCP_NODELAY      = 1
	TCP_KEEPALIVE    = 2 // idle time in milliseconds
	TCP_KEEPIDLE     = 3 // the same in seconds
	TCP_KEEPINTVL    = 4 // seconds
	TCP_KEEPCNT      = 5
	TCP_MAXSEG       = 0x102
	TCP_CORK         = 0x103
	TCP_SYNCNT       = 0x107
	TCP_LINGER2      = 0x108 // seconds
	TCP_DEFER_ACCEPT = 0x109 // seconds
	TCP_WINDOW_CLAMP = 0x10a // bytes
	TCP_INFO         = 0x10b // get
	TCP_QUICKACK     = 0x10c
	TCP_CONGESTION   = 0x10d // a name: "cubic", "reno", "bbr"
	TCP_USER_TIMEOUT = 0x112 // milliseconds

	TCP_NOTSENT_LOWAT = 0x119 // bytes
)

// Options of level IPPROTO_IPV6. The MULTICAST ones are ESP-IDF's.
const (
	IPV6_CHECKSUM        = 7
	IPV6_JOIN_GROUP      = 12
	IPV6_ADD_MEMBERSHIP  = IPV6_JOIN_GROUP
	IPV6_LEAVE_GROUP     = 13
	IPV6_DROP_MEMBERSHIP = IPV6_LEAVE_GROUP
	IPV6_V6ONLY          = 27
	IPV6_RECVPKTINFO     = 49 // not lwIP's; RFC 3542 §6.2
	IPV6_PKTINFO         = 50 // not lwIP's; a control message
	IPV6_MULTICAST_IF    = 0x300
	IPV6_MULTICAST_HOPS  = 0x301
	IPV6_MULTICAST_LOOP  = 0x302
)

// Flags of sending and receiving. MSG_TRUNC and MSG_CTRUNC are told by Recvmsg;
// as arguments the same bits are MSG_OOB, which is ignored, and MSG_DONTWAIT.
const (
	MSG_PEEK     = 0x01
	MSG_WAITALL  = 0x02
	MSG_OOB      = 0x04
	MSG_TRUNC    = 0x04
	MSG_DONTWAIT = 0x08
	MSG_CTRUNC   = 0x08
	MSG_MORE     = 0x10
	MSG_NOSIGNAL = 0x20
)

// How to shut down.
const (
	SHUT_RD   = 0
	SHUT_WR   = 1
	SHUT_RDWR = 2
)

// Commands and flags of Fcntl.
const (
	F_GETFL    = 3
	F_SETFL    = 4
	O_NONBLOCK = 1
	O_NDELAY   = O_NONBLOCK
	O_RDONLY   = 2
	O_WRONLY   = 4
	O_RDWR     = O_RDONLY | O_WRONLY
)

// Requests of Ioctl.
const (
	FIONREAD = 0x4004667f
	FIONBIO  = 0x8004667e
)

// Events of Poll. Those without a comment are implemented; RDNORM and WRNORM are
// IN and OUT by other names, and the rest never happen.
const (
	POLLIN     = 0x001
	POLLOUT    = 0x002
	POLLERR    = 0x004
	POLLNVAL   = 0x008
	POLLRDNORM = 0x010
	POLLRDBAND = 0x020 // never
	POLLPRI    = 0x040 // never
	POLLWRNORM = 0x080
	POLLWRBAND = 0x100 // never
	POLLHUP    = 0x200 // never: the end of a stream is POLLIN
)
