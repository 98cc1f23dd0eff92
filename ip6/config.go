package ip6

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Config sets up a Protocol. The zero value is a host.
type Config struct {
	// HopLimit is the hop limit of packets whose sender names none, where no
	// router recommended another. Default 64. lwIP: IP_DEFAULT_TTL (255),
	// LWIP_ICMP6_HL.
	HopLimit uint8
	// NoFlowLabel leaves the flow label zero, as lwIP does, instead of giving
	// each flow one (RFC 6437 §3).
	NoFlowLabel bool
	// MulticastPing answers echo requests to multicast groups. Default off.
	// lwIP: LWIP_MULTICAST_PING.
	MulticastPing bool
	// RequireLinkLocal drops all packets received on an interface without a
	// link-local address. Default off. ESP-IDF: LWIP_HOOK_IP6_INPUT's default.
	RequireLinkLocal bool

	// MaxHeaders is the most extension headers of one packet. Default 8.
	MaxHeaders int
	// MaxOptions is the most options, padding not counted, of one extension
	// header. Default 8 (RFC 8504 §5.3).
	MaxOptions int

	// NoReassembly drops fragments. lwIP: LWIP_IPV6_REASS.
	NoReassembly bool
	// ReassemblyTime is how long fragments wait for the rest. Default 60 s.
	// lwIP: IPV6_REASS_MAXAGE.
	ReassemblyTime time.Duration
	// ReassemblyDatagrams is the most datagrams waiting. Default 64. lwIP:
	// MEMP_NUM_REASSDATA (5).
	ReassemblyDatagrams int
	// ReassemblyBytes is the most memory in bytes that fragments pin. Default
	// 1 MiB.
	ReassemblyBytes int
	// ReassemblyFragments is the most fragments of one datagram. Default 128.
	// lwIP: IP_REASS_MAX_PBUFS (10, for all).
	ReassemblyFragments int

	// LoopQueue is the most packets to this host itself that wait to be received
	// where no loopback interface carries them. Default 64. lwIP:
	// LWIP_LOOPBACK_MAX_PBUFS.
	LoopQueue int

	// ErrorRate is the most ICMPv6 errors sent a second, with bursts of half as
	// many. Default 100; negative: no limit, as lwIP (against RFC 4443 §2.4(f)).
	ErrorRate int

	// Input, if set, sees every received packet first and reports whether it
	// consumed it. lwIP: LWIP_HOOK_IP6_INPUT.
	Input func(ifc *netif.Interface, buf *pbuf.Buf) (eaten bool)
	// Route, if set, may name the interface to send through; nil leaves it to
	// routing. lwIP: LWIP_HOOK_IP6_ROUTE.
	Route func(src, dst netip.Addr) *netif.Interface
	// Source, if set, may name the source address for dst; an invalid address
	// leaves it to RFC 6724. ESP-IDF: LWIP_HOOK_IP6_SELECT_SRC_ADDR.
	Source func(ifc *netif.Interface, dst netip.Addr) netip.Addr
}

// Upstream is lwIP's configuration (opt.h).
func Upstream() Config {
	return Config{
		HopLimit: 255, NoFlowLabel: true, ErrorRate: -1,
		ReassemblyDatagrams: 5, ReassemblyFragments: 10,
	}
}

// ESPIDF is the configuration of ESP-IDF's edition.
func ESPIDF() Config {
	c := Upstream()
	c.HopLimit, c.NoReassembly, c.RequireLinkLocal, c.LoopQueue = 64, true, true, 8
	return c
}

func (c Config) withDefaults() Config {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	if c.HopLimit == 0 {
		c.HopLimit = 64
	}
	def(&c.MaxHeaders, 8)
	def(&c.MaxOptions, 8)
	def(&c.ReassemblyDatagrams, 64)
	def(&c.ReassemblyBytes, 1<<20)
	def(&c.ReassemblyFragments, 128)
	def(&c.LoopQueue, 64)
	def(&c.ErrorRate, 100)
	if c.ReassemblyTime == 0 {
		c.ReassemblyTime = 60 * time.Second
	}
	return c
}
