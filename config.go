package lwip

import (
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// Config configures a Stack: one part for each package, each with its own
// defaults. The zero value is a modern host on the real clock.
type Config struct {
	// Clock tells the time. Default sysarch.Real().
	Clock sysarch.Clock
	// Rand is the randomness. Default: seeded by the host's entropy. Stacks must
	// not share one.
	Rand *sysarch.Rand

	// NoIPv4 and NoIPv6 switch a family off. lwIP LWIP_IPV4, LWIP_IPV6.
	NoIPv4, NoIPv6 bool
	// NoLoopback leaves out the loopback interface with 127.0.0.1 and ::1. lwIP
	// LWIP_HAVE_LOOPIF.
	NoLoopback bool

	Pbuf    pbuf.Config
	ARP     arp.Config
	IP4     ip4.Config
	ND6     nd6.Config
	IP6     ip6.Config
	UDP     udp.Config
	Raw     raw.Config
	TCP     tcp.Config
	API     api.Config
	Sockets sockets.Config
}
