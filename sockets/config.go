package sockets

// Config configures BSD sockets. The zero value is a modern host.
type Config struct {
	// MaxSockets is the most descriptors. Default 65536, range 1 to 2^20. lwIP
	// MEMP_NUM_NETCONN (4), ESP-IDF LWIP_MAX_SOCKETS (10).
	MaxSockets int
	// Offset is the lowest descriptor. Default 0, range 0 to 2^20. lwIP
	// LWIP_SOCKET_OFFSET; ESP-IDF FD_SETSIZE − LWIP_MAX_SOCKETS (54).
	Offset int
	// MaxWaiters is how many calls of Select and Poll may wait on one socket; the
	// next is EBUSY. Default 4096. lwIP: 255.
	MaxWaiters int
	// MaxMemberships is the most multicast memberships of all sockets together;
	// the next is ENOMEM. Default MaxSockets. lwIP LWIP_SOCKET_MAX_MEMBERSHIPS.
	MaxMemberships int
	// MaxBacklog bounds the backlog of Listen. Default 4096. lwIP: 255.
	MaxBacklog int
	// TTL is what IP_TTL tells of a socket that has not set it. Default 64.
	TTL int
	// LwIPErrno gives the error numbers of lwIP's err_to_errno: a refused
	// connection is ECONNRESET, a SYN time-out ECONNABORTED, writing after
	// shutdown ENOTCONN, and Poll of a bad descriptor fails. Default: POSIX's.
	LwIPErrno bool
	// IgnoreWaitAll makes MSG_WAITALL do nothing, as in lwIP.
	IgnoreWaitAll bool
	// KeepWindow makes SO_RCVBUF of a TCP socket a number that is stored and no
	// more, as in lwIP. Default: it bounds the receive window.
	KeepWindow bool
	// NextFIONREAD makes FIONREAD of UDP and raw sockets tell the length of the
	// next datagram. Default: the bytes of all that wait. lwIP
	// LWIP_FIONREAD_LINUXMODE.
	NextFIONREAD bool
	// NoIPv4 and NoIPv6 refuse sockets of a family with EAFNOSUPPORT; a stack
	// sets them as its own are.
	NoIPv4, NoIPv6 bool
}

const limit = 1 << 20 // of descriptors, and of their offset

func (c Config) withDefaults() Config {
	set(&c.MaxSockets, 65536)
	c.MaxSockets = min(c.MaxSockets, limit)
	c.Offset = min(max(c.Offset, 0), limit)
	set(&c.MaxWaiters, 4096)
	set(&c.MaxMemberships, c.MaxSockets)
	set(&c.MaxBacklog, 4096)
	set(&c.TTL, 64)
	return c
}

func set(field *int, def int) {
	if *field <= 0 {
		*field = def
	}
}
