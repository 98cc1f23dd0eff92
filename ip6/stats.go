package ip6

// Stats counts packets, by what became of them.
type Stats struct {
	// Received counts packets that came in, Delivered those handed to a
	// transport or to ICMPv6, Sent those handed to the link, Forwarded those
	// passed on for others.
	Received, Delivered, Sent, Forwarded uint64

	// TooShort counts packets shorter than a header or than they say.
	TooShort uint64
	// BadVersion counts packets whose version is not 6.
	BadVersion uint64
	// Jumbo counts jumbograms, which are not supported.
	Jumbo uint64
	// NoLinkLocal counts packets dropped by Config.RequireLinkLocal.
	NoLinkLocal uint64
	// BadSource counts packets from an address that cannot send: multicast,
	// IPv4-mapped, loopback from outside, our own.
	BadSource uint64
	// BadDestination counts packets to an address that cannot be: unspecified,
	// IPv4-mapped, loopback from outside, a multicast scope that does not leave a
	// host.
	BadDestination uint64
	// NotForUs counts packets to somebody else.
	NotForUs uint64
	// Tentative counts packets to an address that is still being probed.
	Tentative uint64

	// BadHeader counts packets with a broken extension header.
	BadHeader uint64
	// TooManyHeaders and TooManyOptions count packets beyond the bounds.
	TooManyHeaders, TooManyOptions uint64
	// BadOption counts packets with an option that says to drop them, or a
	// broken one.
	BadOption uint64
	// RoutingHeader counts packets with segments left in a routing header.
	RoutingHeader uint64
	// NoNextHeader counts packets that end after their extension headers.
	NoNextHeader uint64
	// UnknownProtocol counts packets for a transport nobody handles.
	UnknownProtocol uint64

	// Fragments counts fragments received, AtomicFragments those that are whole,
	// Reassembled datagrams completed.
	Fragments, AtomicFragments, Reassembled uint64
	// FragmentsRefused counts fragments dropped by Config.NoReassembly.
	FragmentsRefused uint64
	// BadFragment counts fragments of impossible size or place.
	BadFragment uint64
	// FragmentOverlap counts fragments dropped because they, or others of their
	// datagram, overlap.
	FragmentOverlap uint64
	// FragmentDuplicate counts exact copies of fragments.
	FragmentDuplicate uint64
	// FragmentIncomplete counts first fragments without the whole header chain.
	FragmentIncomplete uint64
	// ReassemblyEvicted counts datagrams given up to make room.
	ReassemblyEvicted uint64
	// ReassemblyFull counts fragments for which there was no room.
	ReassemblyFull uint64
	// ReassemblyTimeouts counts datagrams whose rest did not come.
	ReassemblyTimeouts uint64

	// NoRoute counts packets sent to where no way leads.
	NoRoute uint64
	// TooBig counts packets refused because they exceed the path MTU.
	TooBig uint64
	// NoMemory counts packets dropped for want of packet memory.
	NoMemory uint64
	// FragmentsSent counts fragments sent.
	FragmentsSent uint64
	// Unresolved counts packets of ours whose next hop did not answer.
	Unresolved uint64

	// LoopQueueFull counts packets to ourselves for which there was no room.
	LoopQueueFull uint64

	// ForwardHopLimit, ForwardNoRoute, ForwardTooBig and ForwardScope count
	// packets not forwarded because of their hop limit, destination, size, or
	// addresses that may not leave their link.
	ForwardHopLimit, ForwardNoRoute, ForwardTooBig, ForwardScope uint64
	// ForwardSame counts packets not sent out where they came in.
	ForwardSame uint64

	// ICMPShort counts ICMPv6 messages shorter than their fixed part.
	ICMPShort uint64
	// ICMPChecksum counts ICMPv6 messages with a wrong checksum.
	ICMPChecksum uint64
	// ICMPUnknown counts ICMPv6 messages of a type nobody handles.
	ICMPUnknown uint64
	// EchoRequests and EchoReplies count those received; EchoIgnored requests to
	// a group, not answered.
	EchoRequests, EchoReplies, EchoIgnored uint64
	// ErrorsReceived counts ICMPv6 errors about packets of ours.
	ErrorsReceived uint64
	// ErrorsForged counts ICMPv6 errors about packets we cannot have sent.
	ErrorsForged uint64
	// PathMTULowered counts path MTUs lowered by an error.
	PathMTULowered uint64
	// ErrorsSent counts ICMPv6 errors sent, ErrorsNotDue those that RFC 4443
	// §2.4(e) forbids, ErrorsLimited those beyond Config.ErrorRate.
	ErrorsSent, ErrorsNotDue, ErrorsLimited uint64
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }
