package nd6

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/netif"
)

// Config sets up a Protocol. The zero value is a host that learns routers and
// prefixes but makes no addresses of its own beyond the link-local one.
type Config struct {
	// Neighbors is the most neighbors remembered. Default 1024, range 2 to
	// 65536. lwIP: LWIP_ND6_NUM_NEIGHBORS (10, ESP-IDF 5).
	Neighbors int
	// Destinations is the most destinations whose next hop and path MTU are
	// remembered. Default 4096. lwIP: LWIP_ND6_NUM_DESTINATIONS (10).
	Destinations int
	// Prefixes is the most on-link prefixes learned. Default 32. lwIP:
	// LWIP_ND6_NUM_PREFIXES (5).
	Prefixes int
	// Routers is the most default routers. Default 16. lwIP:
	// LWIP_ND6_NUM_ROUTERS (3).
	Routers int
	// Routes is the most routes, given or learned by the route information
	// option. Default 64. ESP-IDF: LWIP_ND6_ROUTE_INFO_OPTION (10, off).
	Routes int
	// Queue is the most packets that wait for one neighbor's address. Default
	// 64. lwIP: MEMP_NUM_ND6_QUEUE (20 in all, ESP-IDF 3).
	Queue int
	// QueueTotal is the most packets that wait for all neighbors. Default 1024.
	QueueTotal int
	// RefuseNewest answers a full queue with ip.ErrQueueFull, as ESP-IDF does,
	// instead of dropping the oldest packet (RFC 4861 §7.2.2).
	RefuseNewest bool

	// DADAttempts is how often an address is probed for before it is used.
	// Default 1, range 1 to 7; -1 turns duplicate address detection off:
	// addresses are preferred at once. lwIP: LWIP_IPV6_DUP_DETECT_ATTEMPTS.
	DADAttempts int
	// StartDelay is the wait before the first probe and the first router
	// solicitation. Default: random below one second (RFC 4861 §6.3.7, RFC 4862
	// §5.4.2). Negative: none. lwIP's tick makes it one second.
	StartDelay time.Duration
	// NoNonce leaves the nonce out of probes; a link that loops our own
	// multicast back then makes every address look duplicated (RFC 7527).
	NoNonce bool

	// Autoconf makes addresses from advertised prefixes (SLAAC). Default off.
	// lwIP: LWIP_IPV6_AUTOCONFIG and netif_set_ip6_autoconfig_enabled.
	Autoconf bool
	// NoRouterDiscovery sends no router solicitations and ignores
	// advertisements. lwIP: LWIP_IPV6_SEND_ROUTER_SOLICIT.
	NoRouterDiscovery bool
	// NoRedirects ignores redirects.
	NoRedirects bool
	// FixedRetrans keeps the retransmission interval at RetransTimer whatever a
	// router advertises, as lwIP does.
	FixedRetrans bool

	// ReachableTime is the base reachable time. Default 30 s.
	// lwIP: LWIP_ND6_REACHABLE_TIME.
	ReachableTime time.Duration
	// RetransTimer is the interval of solicitations. Default 1 s.
	// lwIP: LWIP_ND6_RETRANS_TIMER.
	RetransTimer time.Duration
	// DelayFirstProbe is how long a used stale entry waits for a hint from above
	// before it is probed. Default 5 s. lwIP: LWIP_ND6_DELAY_FIRST_PROBE_TIME.
	DelayFirstProbe time.Duration
	// PathMTULifetime is how long a lowered path MTU is believed. Default 10
	// minutes; RFC 8201 §4 asks for at least 5.
	PathMTULifetime time.Duration
	// ExactReachableTime does not randomise the reachable time between half and
	// one and a half of its base (RFC 4861 §6.3.2), as lwIP does not.
	ExactReachableTime bool

	// StableSecret, if not all zeros, derives interface identifiers by RFC 7217
	// instead of from the hardware address.
	StableSecret [16]byte
	// Gateway, if set, may name the next hop towards dst on ifc, before default
	// routers are asked; an invalid address leaves it to them. Answers are
	// remembered in the destination cache. lwIP: LWIP_HOOK_ND6_GET_GW.
	Gateway func(ifc *netif.Interface, dst netip.Addr) netip.Addr
}

// Protocol constants of RFC 4861 §10 and RFC 4862.
const (
	maxMulticastSolicit = 3
	maxUnicastSolicit   = 3
	maxRtrSolicitations = 3
	rtrSolicitInterval  = 4 * time.Second
	maxRtrSolicitDelay  = time.Second
	maxReachableTime    = time.Hour
	maxRetransTimer     = time.Minute
	minMTU              = 1280
)

// Upstream is lwIP's configuration (opt.h), with the phase of its one-second
// tick that a measured trace shows.
func Upstream() Config {
	return Config{
		Neighbors: 10, Destinations: 10, Prefixes: 5, Routers: 3, Queue: 20, QueueTotal: 20,
		StartDelay: time.Second, NoNonce: true, FixedRetrans: true, ExactReachableTime: true,
	}
}

// ESPIDF is the configuration of ESP-IDF's edition.
func ESPIDF() Config {
	c := Upstream()
	c.Neighbors, c.Queue, c.QueueTotal, c.RefuseNewest = 5, 3, 3, true
	return c
}

func (c Config) withDefaults() Config {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	dur := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&c.Neighbors, 1024)
	c.Neighbors = min(max(c.Neighbors, 2), 65536)
	def(&c.Destinations, 4096)
	def(&c.Prefixes, 32)
	def(&c.Routers, 16)
	def(&c.Routes, 64)
	def(&c.Queue, 64)
	def(&c.QueueTotal, 1024)
	if c.DADAttempts == 0 {
		c.DADAttempts = 1
	}
	c.DADAttempts = min(c.DADAttempts, 7)
	dur(&c.ReachableTime, 30*time.Second)
	dur(&c.RetransTimer, time.Second)
	dur(&c.DelayFirstProbe, 5*time.Second)
	dur(&c.PathMTULifetime, 10*time.Minute)
	return c
}
