// Package ip6 is the Internet Protocol version 6 with ICMPv6: input with
// extension headers and reassembly, routing, source addresses, fragmentation,
// echo, errors, forwarding.
//
// Sources: RFC 8200 (IPv6), RFC 4443 (ICMPv6), RFC 4291 and RFC 4007
// (addresses, scopes), RFC 6724 (source address selection), RFC 8201 (path
// MTU), RFC 5722, RFC 6946, RFC 7112, RFC 8021 (fragments), RFC 7739
// (fragment identifications), RFC 5095 (no type 0 routing), RFC 6437 (flow
// labels), RFC 8504 (node requirements). lwIP: ip6.c, ip6_addr.c, ip6_frag.c,
// icmp6.c.
//
// [Protocol] is the netif.Handler of IPv6 packets and the ip.Network of the
// transports. Neighbors, routers and addresses are package nd6's.
//
// A packet to a global address of ours is accepted on any interface (weak host
// model, RFC 1122 §3.3.4.2), one to a link-local address only on its own. Of a
// packet whose source and destination are those of the one before, only the
// header's lengths are looked at again.
//
// Files: protocol.go (Protocol, handlers), config.go, stats.go, input.go (the
// receive path), accept.go (which addresses), extension.go (header chains),
// option.go, fragment_input.go, reassembly.go and fragments.go (putting
// together), output.go (the send path), loop.go (to ourselves), fragment.go
// (taking apart), route.go, source.go, icmp.go (ICMPv6 input, echo),
// icmp_error.go (errors sent), icmp_report.go (errors received), limiter.go,
// forward.go.
//
// Callers hold the core lock.
package ip6
