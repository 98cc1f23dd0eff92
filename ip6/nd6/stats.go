package nd6

// Stats counts messages, drops and table events.
type Stats struct {
	// InNS, InNA, InRS, InRA and InRedirect count valid messages received.
	InNS, InNA, InRS, InRA, InRedirect uint64
	// OutNS, OutNA and OutRS count messages sent.
	OutNS, OutNA, OutRS uint64

	// TooShort counts messages shorter than their fixed part.
	TooShort uint64
	// BadHopLimit counts messages whose hop limit is not 255: from off the link.
	BadHopLimit uint64
	// BadCode counts messages whose code is not zero.
	BadCode uint64
	// BadOption counts messages with an option of length zero, one that ends
	// past the message, or a link-layer address that no station has.
	BadOption uint64
	// BadTarget counts messages about a multicast or otherwise impossible target.
	BadTarget uint64
	// BadSource counts messages from an address that may not send them.
	BadSource uint64
	// BadDestination counts messages to an address they may not be sent to.
	BadDestination uint64
	// Fragmented counts messages that came in fragments (RFC 6980 §5).
	Fragmented uint64
	// UnknownType counts messages that are none of the five.
	UnknownType uint64
	// NotForUs counts solicitations of somebody else's address.
	NotForUs uint64
	// TentativeTarget counts solicitations of an address still being probed.
	TentativeTarget uint64
	// Unsolicited counts advertisements of neighbors nobody asked for.
	Unsolicited uint64
	// NotForHosts counts router solicitations, which only routers answer.
	NotForHosts uint64
	// RouterIgnored counts router advertisements on an interface that forwards
	// or does not do router discovery.
	RouterIgnored uint64
	// RedirectRejected counts redirects from others than the first hop, or about
	// destinations nothing was sent to.
	RedirectRejected uint64
	// LoopedProbe counts probes of our own that came back (RFC 7527).
	LoopedProbe uint64
	// NotStarted counts messages on an interface without neighbor discovery.
	NotStarted uint64

	// QueueDropped counts packets that left a full queue as the oldest.
	QueueDropped uint64
	// QueueRefused counts packets refused because a queue was full.
	QueueRefused uint64
	// Unresolved counts packets dropped because their neighbor did not answer.
	Unresolved uint64
	// Flushed counts queued packets dropped because their entry was taken away.
	Flushed uint64
	// NoSource counts packets dropped because no address could ask for the
	// neighbor.
	NoSource uint64
	// NoMemory counts packets dropped for want of packet memory.
	NoMemory uint64
	// NeighborsFull counts neighbors not remembered, and packets dropped, for
	// want of an entry.
	NeighborsFull uint64
	// NeighborsEvicted counts entries reused for another neighbor.
	NeighborsEvicted uint64
	// RoutersFull, PrefixesFull, RoutesFull and AddressesFull count what was
	// advertised and found no room.
	RoutersFull, PrefixesFull, RoutesFull, AddressesFull uint64
	// PrefixIgnored counts prefix options that made no sense.
	PrefixIgnored uint64
	// Duplicates counts addresses found to be somebody else's when probed for.
	Duplicates uint64
	// AddressConflict counts advertisements by others of an address in use here.
	AddressConflict uint64
	// NUDFailures counts neighbors that stopped answering.
	NUDFailures uint64
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }
