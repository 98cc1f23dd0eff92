// Package raw is access to IP packets below the transports: endpoints that see
// every packet of one IP protocol, and send packets of it.
//
// A received packet is offered to the endpoints of its protocol before its
// transport; one that eats it ends its way. Over IPv4 they see the packet with
// its IP header, as with lwIP and BSD, over IPv6 what follows the headers
// (RFC 3542 §3).
//
// RFC 1122 §4 (interface to the transport layer), RFC 3542 §3 (IPv6 raw
// sockets), §3.1 (checksums). lwIP: raw.c, raw.h.
//
// Files: protocol.go (Protocol, New, Config, Stats), errors.go, pcb.go (PCB,
// options), bind.go (Bind, Connect), input.go, header4.go (the header of a
// reassembled packet), output.go, checksum.go (RFC 3542 §3.1), addrchange.go
// (interface events).
//
// Callers hold the core lock.
package raw
