package arp

// Stats counts what ARP did.
type Stats struct {
	// Received counts ARP packets that came in.
	Received uint64
	// Requests and Replies count packets sent; Requests includes probes and
	// announcements.
	Requests, Replies uint64
	// Malformed counts packets that are too short or not for IPv4 on Ethernet.
	Malformed uint64
	// BadOp counts packets that are neither request nor reply.
	BadOp uint64
	// BadSender counts packets whose sender is a group or broadcast address or
	// has no hardware address.
	BadSender uint64
	// OwnEcho counts packets of our own station, heard back.
	OwnEcho uint64
	// Conflicts counts packets of other stations that claim an address of ours,
	// or one that is watched.
	Conflicts uint64
	// Learned and Updated count entries made and changed by received packets.
	Learned, Updated uint64
	// Queued counts packets that had to wait for an answer.
	Queued uint64
	// QueueDropped counts waiting packets dropped, and packets refused, because
	// a queue was full.
	QueueDropped uint64
	// Unresolved counts addresses that did not answer.
	Unresolved uint64
	// UnresolvedDropped counts packets dropped because of that.
	UnresolvedDropped uint64
	// FlushedDropped counts waiting packets dropped because their entry was
	// recycled, removed, or its interface went down.
	FlushedDropped uint64
	// Recycled counts entries that lost their place to another.
	Recycled uint64
	// TableFull counts packets dropped because every entry is static.
	TableFull uint64
	// NoMemory counts packets dropped, and ARP packets not sent, because the
	// buffer pool was exhausted.
	NoMemory uint64
	// BadNextHop counts packets to a next hop that cannot be resolved: not an
	// IPv4 address, or 0.0.0.0.
	BadNextHop uint64
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }
