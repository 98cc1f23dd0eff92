package ip4

// Stats counts what IPv4 and ICMPv4 did. Every packet received ends in exactly
// one of Delivered, Forwarded and the counters of drops, or is a fragment that
// did not complete its datagram (Fragments less Reassembled).
type Stats struct {
	// Received counts packets that came in; Delivered those given to a raw
	// socket, a transport or ICMP; Forwarded those sent on.
	Received, Delivered, Forwarded uint64
	// Sent counts packets given to an interface, each fragment as one.
	Sent uint64

	// TooShort counts packets shorter than a header.
	TooShort uint64
	// BadVersion counts packets whose version is not 4.
	BadVersion uint64
	// BadHeaderLen counts packets whose header length is below 20 or beyond
	// the packet.
	BadHeaderLen uint64
	// BadLength counts packets whose total length is less than their header.
	BadLength uint64
	// Truncated counts packets whose total length is more than what arrived.
	Truncated uint64
	// BadChecksum counts packets whose header checksum is wrong.
	BadChecksum uint64
	// BadOptions counts packets whose options are malformed, or have any when
	// Config.RejectOptions is set.
	BadOptions uint64
	// SourceRoute counts packets dropped for a source-route option.
	SourceRoute uint64
	// BadSource counts packets from a broadcast, multicast, 0/8 or foreign
	// loopback address.
	BadSource uint64
	// OwnSource counts packets from a link whose source is an address of ours.
	OwnSource uint64
	// BadDest counts packets from a link to a loopback address or to 0/8.
	BadDest uint64
	// NotForUs counts packets to addresses that are not ours, not forwarded.
	NotForUs uint64
	// NotMember counts multicast packets to groups that nobody joined.
	NotMember uint64
	// UnknownProto counts packets that no transport and no raw socket took.
	UnknownProto uint64
	// NoMemory counts packets dropped because the buffer pool was exhausted.
	NoMemory uint64

	// OptionsIgnored counts packets taken whose options were ignored.
	OptionsIgnored uint64
	// Trimmed counts packets with link padding after them.
	Trimmed uint64

	// Fragments counts fragments that came in; Reassembled datagrams made of
	// them.
	Fragments, Reassembled uint64
	// FragmentDisabled counts fragments dropped by Config.NoReassembly.
	FragmentDisabled uint64
	// FragmentBad counts fragments with an impossible length or offset: empty,
	// not a multiple of 8 with more to come, or beyond 65535.
	FragmentBad uint64
	// FragmentTiny counts fragments made to hide a transport header.
	FragmentTiny uint64
	// FragmentDuplicate counts fragments that had arrived before.
	FragmentDuplicate uint64
	// FragmentOverlap counts fragments that disagree with others of their
	// datagram, in range or in where it ends.
	FragmentOverlap uint64
	// FragmentRefused counts fragments of a datagram that was given up for such
	// a disagreement.
	FragmentRefused uint64
	// FragmentLimit counts fragments too many.
	FragmentLimit uint64
	// FragmentECN counts datagrams dropped because some fragments were marked
	// CE and others not ECN-capable.
	FragmentECN uint64
	// ReassemblyTimeouts counts datagrams that never became complete.
	ReassemblyTimeouts uint64
	// ReassemblyEvicted counts datagrams given up to make room.
	ReassemblyEvicted uint64

	// NoRoute counts packets of our own without a way to go.
	NoRoute uint64
	// NoSource counts packets whose source may not go out by that way.
	NoSource uint64
	// TooBig counts packets of our own larger than the MTU that must not be
	// fragmented, or larger than a datagram can be.
	TooBig uint64
	// Fragmented counts packets cut up, our own and forwarded ones.
	Fragmented uint64
	// LoopQueueFull counts packets to ourselves refused.
	LoopQueueFull uint64
	// Unresolved counts packets whose next hop did not answer.
	Unresolved uint64

	// ForwardScope counts packets not forwarded for their addresses: link-local
	// ones, loopback, broadcast, experimental, multicast, or a frame that was
	// broadcast.
	ForwardScope uint64
	// ForwardTTL counts packets not forwarded because their time was over.
	ForwardTTL uint64
	// ForwardNoRoute counts packets not forwarded because no route, or none
	// that takes part in forwarding, leads there.
	ForwardNoRoute uint64
	// ForwardSame counts packets not forwarded because they would leave by the
	// interface they came in by.
	ForwardSame uint64
	// ForwardTooBig counts packets not forwarded because they must not be
	// fragmented.
	ForwardTooBig uint64
	// ForwardFiltered counts packets that the filter refused.
	ForwardFiltered uint64
	// ForwardFailed counts packets that an interface refused to forward.
	ForwardFailed uint64

	ICMP ICMPStats
}

// ICMPStats counts ICMP messages.
type ICMPStats struct {
	// Received counts messages that came in.
	Received uint64
	// TooShort counts messages shorter than 8 bytes.
	TooShort uint64
	// BadChecksum counts messages whose checksum is wrong.
	BadChecksum uint64
	// Disabled counts messages dropped by Config.NoICMP.
	Disabled uint64
	// EchoRequests, EchoReplies count those received; EchoRepliesSent our own.
	EchoRequests, EchoReplies, EchoRepliesSent uint64
	// EchoGroup counts echo requests to a broadcast or multicast address, not
	// answered.
	EchoGroup uint64
	// EchoFailed counts echo replies that could not be sent.
	EchoFailed uint64
	// SourceQuench and Redirect count messages ignored (RFC 6633, RFC 1122
	// §3.2.2.2).
	SourceQuench, Redirect uint64
	// Timestamp counts timestamp, information and mask messages ignored.
	Timestamp uint64
	// Unknown counts messages of other types.
	Unknown uint64
	// Errors counts errors received and told to a transport.
	Errors uint64
	// ErrorGroup counts errors that were sent to a group address.
	ErrorGroup uint64
	// BadQuote counts errors about what cannot be a packet of ours.
	BadQuote uint64
	// NoTransport counts errors about a protocol that nobody handles, such as
	// our own echo requests: raw sockets see the message itself.
	NoTransport uint64

	// ErrorsSent counts errors sent.
	ErrorsSent uint64
	// Suppressed counts errors not sent because RFC 1122 §3.2.2 forbids it.
	Suppressed uint64
	// RateLimited counts errors not sent because there were too many.
	RateLimited uint64
	// SendFailed counts errors that could not be sent.
	SendFailed uint64
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }
