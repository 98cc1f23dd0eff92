package udp

// Stats counts datagrams. Each received datagram is counted in Received and
// then in exactly one of Delivered and the drops.
type Stats struct {
	// Received counts datagrams that came from the network layer.
	Received uint64
	// Delivered counts datagrams that reached at least one endpoint (RFC 4113
	// udpInDatagrams).
	Delivered uint64
	// Copies counts further deliveries of one broadcast or multicast datagram.
	Copies uint64
	// Trimmed counts datagrams with bytes behind their length field's end,
	// which were cut off.
	Trimmed uint64

	// TooShort counts datagrams shorter than a header.
	TooShort uint64
	// BadLength counts datagrams whose length field is below 8 or beyond the IP
	// payload.
	BadLength uint64
	// BadChecksum counts datagrams with a wrong checksum.
	BadChecksum uint64
	// NoChecksum6 counts IPv6 datagrams without checksum (RFC 8200 §8.1).
	NoChecksum6 uint64
	// BadAddress counts datagrams from or to an IPv4-mapped IPv6 address, which
	// must not be on a wire.
	BadAddress uint64
	// NoPort counts datagrams to a port that nobody has (RFC 4113 udpNoPorts).
	NoPort uint64
	// NoHandler counts datagrams for endpoints without a Handler.
	NoHandler uint64
	// RxNoMemory counts copies for sharing endpoints that were not made because
	// packet memory ran out.
	RxNoMemory uint64

	// Forwarded counts flows that Forwarders took, ForwardRefused first datagrams
	// that they did not, ForwardIdle flows that ended by themselves,
	// ForwardEvicted those that made room for others.
	Forwarded, ForwardRefused, ForwardIdle, ForwardEvicted uint64

	// Sent counts datagrams that the network layer took (RFC 4113
	// udpOutDatagrams).
	Sent uint64
	// SendErrors counts Send calls that returned an error.
	SendErrors uint64
	// TxHostScope counts multicast datagrams with TTL 0, which stay on this
	// host and are not sent.
	TxHostScope uint64

	// ICMPErrors counts ICMP errors passed to connected endpoints.
	ICMPErrors uint64
	// ICMPShort counts ICMP errors that quote less than the ports.
	ICMPShort uint64
	// ICMPUnmatched counts ICMP errors about datagrams of no connected endpoint.
	ICMPUnmatched uint64
}
