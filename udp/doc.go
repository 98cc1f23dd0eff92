// Package udp is the User Datagram Protocol over both IP families.
//
// A [PCB] is one endpoint. A received datagram is checked, finds its PCB in
// constant time ([table]) and is handed up by [Handler.Received]; a datagram to
// send gets its header in the payload's own headroom where that is possible,
// and its checksum from the payload's sum where that is known.
//
// RFC 768 (UDP), RFC 1122 §4.1 (host requirements), RFC 8200 §8.1 and
// RFC 6935/6936 (checksums over IPv6), RFC 8085 (usage), RFC 6056 (ports),
// RFC 2553 §3.7 and RFC 3493 §5.3 (dual-stack endpoints). lwIP: udp.c, udp.h.
//
// Files: protocol.go (Protocol, New), config.go, stats.go, errors.go,
// header.go (wire format, checksum), pcb.go (PCB, options), table.go (the hash
// tables), demux.go (which PCB gets a datagram), bind.go (Bind, conflicts,
// ephemeral ports), connect.go, input.go, output.go, icmp.go (ICMP errors),
// addrchange.go (interface events), forward.go (datagrams to addresses that are not
// ours).
//
// Callers hold the core lock.
package udp
