package tcp

// Stats counts what a Protocol did. Each Rx counter below Segments is the reason
// why one segment, or part of it, was dropped.
type Stats struct {
	// Segments and SegmentsOut count segments received and sent.
	Segments, SegmentsOut uint64
	// LargeOut counts large segments sent, each of several segments; LargeIn,
	// packets that came as one large segment; Merged, segments that were joined
	// to the one before them.
	LargeOut, LargeIn, Merged uint64
	// BytesIn and BytesOut count payload delivered and payload sent, without
	// retransmissions.
	BytesIn, BytesOut uint64

	// BadHeader counts segments shorter than their header says.
	BadHeader uint64
	// BadChecksum counts segments whose checksum is wrong.
	BadChecksum uint64
	// BadAddress counts segments from or to a broadcast or multicast address, or
	// from port or to port zero.
	BadAddress uint64
	// BadOption counts segments with an option of impossible length; what came
	// before it was used.
	BadOption uint64
	// NoConnection counts segments that belong to no connection.
	NoConnection uint64
	// BadFlags counts segments whose control bits make no sense in the state.
	BadFlags uint64
	// OutOfWindow counts segments outside the receive window.
	OutOfWindow uint64
	// Duplicate counts segments with nothing new.
	Duplicate uint64
	// PAWS counts segments with an old timestamp (RFC 7323 §5).
	PAWS uint64
	// BadAck counts segments that acknowledge what was never sent or long ago.
	BadAck uint64
	// BadReset counts RSTs that did not hit exactly (RFC 5961 §3).
	BadReset uint64
	// AfterClose counts segments with payload for which no reader is left.
	AfterClose uint64
	// OutOfOrder counts segments kept for later.
	OutOfOrder uint64
	// OutOfOrderFull counts segments dropped because too many wait.
	OutOfOrderFull uint64
	// OutOfOrderExpired counts times that what waited was dropped for its age.
	OutOfOrderExpired uint64
	// Backlog counts SYNs dropped because a listener's backlog was full,
	// AcceptFull ACKs of a handshake dropped for that reason.
	Backlog, AcceptFull uint64
	// HalfOpenFull counts SYNs for which there was no room among the half-open
	// connections: answered by a cookie, or dropped. HalfOpenTimeout counts
	// half-open connections whose peer never answered.
	HalfOpenFull, HalfOpenTimeout uint64
	// CookiesSent counts SYN cookies sent, CookiesTaken those that came back and
	// made a connection, CookiesBad ACKs that were none while some were out.
	CookiesSent, CookiesTaken, CookiesBad uint64
	// NoMemory counts segments not accepted or not sent for want of memory.
	NoMemory uint64

	// ChallengeACKs counts those sent, ChallengeLimited those suppressed.
	ChallengeACKs, ChallengeLimited uint64
	// ResetsOut counts RSTs sent.
	ResetsOut uint64
	// Retransmits counts segments sent again; FastRetransmits, recoveries
	// entered by duplicate ACKs; Timeouts, retransmission timer expiries.
	Retransmits, FastRetransmits, Timeouts uint64
	// SACKs counts ACKs with a SACK option, DSACKs those of them that report a
	// duplicate, BadSACK the blocks that lie outside of what is in flight.
	SACKs, DSACKs, BadSACK uint64
	// RACKLosses counts segments that were taken for lost because a later one had
	// arrived, LostRetransmits those of them that had been sent again before.
	RACKLosses, LostRetransmits uint64
	// TLPs counts tail loss probes sent, TLPRecoveries losses that one repaired.
	TLPs, TLPRecoveries uint64
	// SpuriousUndone counts recoveries that proved needless and were undone,
	// SpuriousTimeouts those of them that F-RTO found.
	SpuriousUndone, SpuriousTimeouts uint64
	// Reneged counts peers that threw away what they had reported.
	Reneged uint64
	// Probes counts zero-window probes, KeepAlives keep-alive probes.
	Probes, KeepAlives uint64
	// DelayedACKs counts ACKs sent by the timer.
	DelayedACKs uint64

	// ActiveOpens, PassiveOpens and Established count connections.
	ActiveOpens, PassiveOpens, Established uint64
	// TimeWaitReused counts TIME-WAIT connections ended early by a new one,
	// TimeWaitFull those ended because there were too many.
	TimeWaitReused, TimeWaitFull uint64
	// Forwarded counts requests to Forwarders, ForwardRepeated SYNs of those that
	// waited, ForwardFull SYNs dropped because too many did, ForwardTimeout
	// requests that nobody decided.
	Forwarded, ForwardRepeated, ForwardFull, ForwardTimeout uint64
	// OrphansFull counts connections reset at Close because of MaxOrphans.
	OrphansFull uint64
	// Evicted counts connections aborted to make room (MaxPCBs).
	Evicted uint64

	// ReceiveGrown and SendGrown count how often a buffer has grown by itself.
	ReceiveGrown, SendGrown uint64

	// ECN counts connections that use it; ECNMarks segments that came marked;
	// ECNReductions windows reduced because the peer said so.
	ECN, ECNMarks, ECNReductions uint64

	// BlackHoles counts connections whose full segments vanished, so that they went on
	// with smaller ones; MTUProbes segments sent to find a larger size (RFC 4821).
	BlackHoles, MTUProbes uint64
}
