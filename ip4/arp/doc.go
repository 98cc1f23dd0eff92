// Package arp resolves IPv4 addresses to Ethernet addresses: the cache, the
// packets that wait for an answer, the answers to others, gratuitous
// announcements, and the hooks that address conflict detection stands on.
//
// RFCs: 826 (ARP), 1122 §2.3.2 (cache validation, rate of requests, queueing),
// 5227 (conflicts and defence; the detector itself is another package), 3927
// §2.5 (link-local senders are broadcast), 894 and 1112 §6.4 (broadcast and
// multicast mapping). lwIP: etharp.c.
//
// Ages are deadlines, not ticks. Only an entry whose question is unanswered has
// a timer armed; a resolved one expires when somebody looks at it, so an idle
// stack with a full cache never wakes.
//
// Files: protocol.go (Protocol, Input's and Output's roads, events), packet.go
// (the wire format), entry.go (states), table.go (lookup, recycling),
// input.go (learning, answering), output.go (resolved or queued), resolve.go
// (questions, retries, failure), announce.go (gratuitous ARP, Probe, Announce),
// conflict.go (Watch, address defence), config.go, stats.go.
//
// Callers hold the core lock.
package arp
