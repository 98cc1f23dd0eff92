// Package oracle judges packet captures: it reads any pcap or pcapng file,
// follows every TCP connection and every ARP and neighbour exchange in it, and
// reports what an RFC forbids, with the rule, its section and the packet
// numbers.
//
// [Check] reads a capture once, front to back, and keeps only what is in flight,
// so that a capture may be larger than memory. [Rules] lists what it knows.
//
// # Vantage
//
// A capture shows what passed one point of the path, not what a host did or
// knew. What can be said depends on where that point is:
//
//	A ───────────────── P ────────────────────────── B
//	    seen at P later       lost behind P: A sent it, P saw it,
//	    than A sent it        B never got it
//
// Causality holds everywhere: what B acknowledges has passed P before. Rules
// that need no more apply at any point ([Anywhere]). Rules about when a host
// acted, or what it should have known, apply to hosts that the capture was taken
// next to ([AtHost]): those that answer at once, as seen from P, and for which P
// has never seen a packet lost or reordered on the short side. For a capture
// from the middle of a path only the first kind applies.
//
// Even next to a host, a capture does not tell all. The host may have dropped
// what was captured, and what it sent may have been dropped, held back for a
// neighbour's address, or overtaken on the way out. What hinges on that is held
// against the timestamps, which tell what was sent after what and what has been
// heard, or against what the host says it has; where that decides nothing, there
// is no finding. Segments of a connection that had the same addresses and ports
// before are passed over.
//
// A capture may lack packets of its own. What is acknowledged without having
// been captured is found out by what the sender does next: it goes on behind it
// (the capture lost it), or sends it for the first time (the acknowledgment was
// false). Rules that a lost record would set off fall silent for the connection.
//
// # Offload
//
// Checksums that the network card is to fill in hold the sum of the pseudo-header
// alone. They are recognised, reported once for each host as information, and
// judged no further; segments that such a card is to split may be longer than
// the MSS.
//
// RFCs: 9293, 1122, 1191, 5681, 5961, 6069, 6298, 6582, 6691, 6928, 8985, 2018,
// 2883, 7323 (TCP), 791 and 1071 (checksums), 826, 5227 (ARP), 4861, 4862, 8200
// (IPv6).
//
// Files: oracle.go (Check, Options), rule.go (the table), finding.go, report.go;
// capture.go, guard.go (files), packet.go, network.go, transport.go (decoding);
// connections.go (the table of connections), flow.go and half.go (one
// connection, one direction), intervals.go (sets of sequence numbers),
// vantage.go, claims.go (what is acknowledged unseen), incarnation.go (what had
// the addresses before, and what was sent after what), disturbance.go (ICMP
// errors, the search for neighbours), damage.go (ARP and ND that the link
// spoilt); one file for each family
// of rules: checksum.go, sequence.go, ack.go, window.go, retransmit.go,
// congestion.go, sack.go, timestamps.go, options.go, reset.go, fin.go, arp.go,
// nd.go.
package oracle
