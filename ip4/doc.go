// Package ip4 is IPv4 and ICMPv4: validation, delivery, routing, fragments,
// forwarding.
//
// RFCs: 791 and 792; 894 and 919, 922, 950 (broadcasts); 1112 (multicast); 1122
// §3 (hosts); 1191 (the next-hop MTU of "fragmentation needed"); 1812
// (forwarding); 1858 and 3128 (tiny fragments); 2113 (router alert); 3021 (/31
// prefixes); 3168 §5.3 (ECN of fragments); 3927 (scope of 169.254/16); 5927
// (ICMP validation); 6633 (source quench is ignored); 6864 (the ID field); 7126
// (options). lwIP: ip4.c, ip4_frag.c, icmp.c.
//
// The receive path is Protocol.Input → deliver → ip.Transport.Input, the send
// path Protocol.Output → arp.Protocol.Output or netif.Interface.Output.
//
// A packet to an address of this host goes through the loopback interface, if
// the stack has one; if not, it is put on a short list here and comes back in
// as soon as the running event ends. So Input is never entered twice.
//
// Files: protocol.go (Protocol, Handle, Owner), config.go, stats.go, header.go
// (the wire format), options.go (validation), input.go (validation, whose it
// is), deliver.go (raw, transports, ICMP), output.go, ident.go (the ID field),
// fragment.go, reassembly.go, route.go (choosing interface and next hop),
// static.go (the table of static routes), own.go (which addresses are ours),
// loop.go (packets to ourselves), forward.go, icmp.go (received messages),
// icmp_error.go (errors sent), icmp_limit.go (how many), chain.go (cutting and
// joining buffers).
//
// Callers hold the core lock.
package ip4
