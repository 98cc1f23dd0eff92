package ip4

import "time"

// Config bounds and tunes IPv4. The zero value is a modern host.
type Config struct {
	// TTL is the time to live of packets whose sender does not say. Default 64
	// (RFC 1700). lwIP: IP_DEFAULT_TTL (255), ESP-IDF: 64.
	TTL uint8
	// ICMPTTL is the time to live of ICMP messages. Default TTL. lwIP: ICMP_TTL.
	ICMPTTL uint8
	// SequentialID numbers packets from one counter, as lwIP does, so that an
	// observer can count them. Default: a keyed sequence per flow, and zero for
	// packets that cannot be fragmented (RFC 6864 §4.1).
	SequentialID bool

	// RejectOptions drops received packets with IP options. Default: they are
	// validated and ignored. lwIP: IP_OPTIONS_ALLOWED 0.
	RejectOptions bool
	// AcceptSourceRoute takes packets for us that have a source-route option,
	// and ignores the option, as lwIP does. Default: dropped (RFC 7126 §4.3).
	AcceptSourceRoute bool
	// AcceptOwnSource takes packets from a link whose source is one of our own
	// addresses, as lwIP does. Default: dropped ("LAND").
	AcceptOwnSource bool

	// ReassemblyTimeout is how long a datagram may be incomplete. Default 30 s,
	// as the kernels do; RFC 1122 §3.3.2 recommends 60 to 120 s. lwIP:
	// IP_REASS_MAXAGE (15 s plus one tick), ESP-IDF 3 s.
	ReassemblyTimeout time.Duration
	// ReassemblyBytes is the most memory that incomplete datagrams pin. Default
	// 4 MiB.
	ReassemblyBytes int
	// ReassemblyDatagrams is the most incomplete datagrams. Default 256. lwIP:
	// MEMP_NUM_REASSDATA (5).
	ReassemblyDatagrams int
	// ReassemblyFragments is the most fragments of all incomplete datagrams.
	// Default 4096. lwIP: IP_REASS_MAX_PBUFS (10).
	ReassemblyFragments int
	// NoReassembly drops all fragments. ESP-IDF's default (IP4_REASSEMBLY n).
	NoReassembly bool
	// NoFragmentation refuses packets larger than the MTU. lwIP: IP_FRAG 0.
	NoFragmentation bool
	// TolerateOverlap drops only the fragment that overlaps, as lwIP does.
	// Default: the whole datagram goes, as RFC 5722 says for IPv6.
	TolerateOverlap bool

	// NoICMP neither answers nor sends nor reads any ICMP message. lwIP:
	// LWIP_ICMP 0.
	NoICMP bool
	// BroadcastPing and MulticastPing answer echo requests to a group. lwIP:
	// LWIP_BROADCAST_PING, LWIP_MULTICAST_PING, both off.
	BroadcastPing, MulticastPing bool
	// ICMPQuote is how many bytes after the IP header an ICMP error quotes.
	// Default 0: as many as make a packet of 576 bytes (RFC 1812 §4.3.2.3).
	// lwIP: 8.
	ICMPQuote int
	// ICMPRate and ICMPBurst limit ICMP errors to a number a second, and a
	// number at once, for all receivers together; a negative rate: no limit, as
	// in lwIP. Default 1000 and 50.
	ICMPRate, ICMPBurst int
	// ICMPHostRate and ICMPHostBurst are the same for one receiver; a negative
	// rate: no limit. Default 10 and 20.
	ICMPHostRate, ICMPHostBurst int

	// ForwardSameInterface forwards packets out of the interface that they came
	// in by. Default: dropped. lwIP: IP_FORWARD_ALLOW_TX_ON_RX_NETIF.
	ForwardSameInterface bool
	// Routes is the most static routes. Default 256.
	Routes int
	// LoopQueue is the most packets to ourselves that wait for the end of the
	// running event, when there is no loopback interface. Default 64. lwIP:
	// LWIP_LOOPBACK_MAX_PBUFS (ESP-IDF 8).
	LoopQueue int
}

// Upstream is lwIP's configuration (opt.h).
func Upstream() Config {
	return Config{
		TTL: 255, SequentialID: true, AcceptSourceRoute: true, AcceptOwnSource: true,
		ReassemblyTimeout: 16 * time.Second, ReassemblyDatagrams: 5, ReassemblyFragments: 10,
		TolerateOverlap: true, ICMPQuote: 8, ICMPRate: -1, ICMPHostRate: -1,
	}
}

// ESPIDF is the configuration of ESP-IDF's edition.
func ESPIDF() Config {
	c := Upstream()
	c.TTL, c.NoReassembly, c.LoopQueue = 64, true, 8
	c.ReassemblyTimeout = 4 * time.Second
	return c
}

func (c Config) withDefaults() Config {
	c.TTL = or(c.TTL, 64)
	c.ICMPTTL = or(c.ICMPTTL, c.TTL)
	c.ReassemblyTimeout = or(c.ReassemblyTimeout, 30*time.Second)
	c.ReassemblyBytes = or(c.ReassemblyBytes, 4<<20)
	c.ReassemblyDatagrams = or(c.ReassemblyDatagrams, 256)
	c.ReassemblyFragments = or(c.ReassemblyFragments, 4096)
	c.ICMPRate = or(c.ICMPRate, 1000)
	c.ICMPBurst = or(c.ICMPBurst, 50)
	c.ICMPHostRate = or(c.ICMPHostRate, 10)
	c.ICMPHostBurst = or(c.ICMPHostBurst, 20)
	c.Routes = or(c.Routes, 256)
	c.LoopQueue = or(c.LoopQueue, 64)
	return c
}

// or returns v, or def if v is zero.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
