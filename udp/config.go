package udp

// Config is the settings of one stack's UDP. The zero value is a modern host.
type Config struct {
	// MaxPCBs is the most endpoints at a time. Default 65536; range 1 to 2^24.
	// lwIP: MEMP_NUM_UDP_PCB (4); ESP-IDF: LWIP_MAX_UDP_PCBS (16).
	MaxPCBs int
	// TTL is the time to live of unicast datagrams. Default 0: the network
	// layer's. lwIP: UDP_TTL.
	TTL uint8
	// MulticastTTL is the initial time to live of multicast datagrams. Default
	// 1, as BSD and Linux have it; lwIP's is UDP_TTL.
	MulticastTTL uint8
	// NoMulticastLoop makes endpoints start without the MulticastLoop option,
	// as in lwIP. Default: they start with it, as in BSD and Linux.
	NoMulticastLoop bool
	// AllowBroadcast lets endpoints send broadcasts without the Broadcast
	// option. Default: ErrBroadcast, as in BSD and Linux; lwIP: the opposite of
	// IP_SOF_BROADCAST (0).
	AllowBroadcast bool
	// AcceptZeroChecksum6 accepts IPv6 datagrams without a checksum, which
	// RFC 8200 §8.1 forbids but for tunnels (RFC 6935). Default: they are
	// dropped; lwIP accepts them.
	AcceptZeroChecksum6 bool
	// FreeBind lets endpoints bind to addresses that are not the stack's.
	// Default: ErrNoAddress; lwIP never checks.
	FreeBind bool
	// BroadcastToBound delivers broadcasts also to endpoints bound to the
	// receiving interface's own address. Default: only to those bound to any
	// address or to the broadcast address, as in Linux; lwIP: always on.
	BroadcastToBound bool
	// FirstMatchOnly delivers a broadcast or multicast datagram to one endpoint
	// even if several share the port. Default: to all of them. lwIP: the
	// opposite of SO_REUSE_RXTOALL (0 in lwIP, 1 in ESP-IDF).
	FirstMatchOnly bool
}

const maxPCBsLimit = 1 << 24

func (c Config) withDefaults() Config {
	if c.MaxPCBs <= 0 {
		c.MaxPCBs = 65536
	}
	c.MaxPCBs = min(c.MaxPCBs, maxPCBsLimit)
	if c.MulticastTTL == 0 {
		c.MulticastTTL = 1
	}
	return c
}
