// Package ip is the words that network and transport layers share: addresses
// and protocol of a packet ([Info]), the contracts between the layers
// ([Network], [Transport]), the pseudo-header, ports.
//
// A layer's contract is owned by the lower side: transports are written once
// against Network and netip.Addr, for both families, and are called back as
// Transport.
//
// Addresses inside the stack carry no zone; a link-local one goes together with
// the interface it belongs to.
//
// Files: contracts.go (Info, Network, Transport), proto.go (numbers),
// pseudo.go (the pseudo-header's sum), ports.go (ephemeral ports, RFC 6056).
package ip
