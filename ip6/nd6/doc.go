// Package nd6 is Neighbor Discovery for IPv6: who is where on a link, which
// routers and prefixes there are, which addresses are ours.
//
// Sources: RFC 4861 (neighbor discovery), RFC 4862 (addresses, duplicate
// detection), RFC 4191 (router preferences, route information), RFC 5942
// (on-link), RFC 6980 (no fragments), RFC 7217 (stable identifiers), RFC 7527
// (looped probes), RFC 8106 (DNS servers), RFC 8201 (path MTU), RFC 2464
// (Ethernet). lwIP: nd6.c, parts of netif.c and ip6.c.
//
// [Protocol.Output] takes an IPv6 packet and its next hop to the link.
// [Protocol.Lookup] tells the next hop of a destination. Package ip6 stands on
// both and hands received messages to [Protocol.Input]. Messages of our own go
// straight to the link: they are never routed, fragmented or extended.
//
// Nothing ticks. A reachable neighbor is looked at when it is used, so a stack
// that sends nothing arms nothing; lifetimes share one timer, set for the
// earliest end of any.
//
// Files: protocol.go (Protocol), config.go, stats.go, output.go (towards the
// link), cache.go (neighbors), nud.go (their states), message.go and options.go
// (the wire), input.go (validation), solicit.go (NS and NA), router.go (RS, RA,
// default routers), prefix.go (prefixes, SLAAC), lifetime.go, routes.go,
// destination.go (next hops, path MTU), redirect.go, dad.go, link.go (an
// interface's parameters and events), address.go (adding addresses), static.go.
//
// Callers hold the core lock.
package nd6
