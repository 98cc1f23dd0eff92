package netif

import (
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Framing is what a link's frames begin with.
type Framing uint8

const (
	// Ethernet frames begin with an Ethernet II header; addresses are resolved.
	Ethernet Framing = iota
	// IP frames begin with the IP header, as on a TUN device or a tunnel.
	IP
)

// Properties are what a driver says of its link.
type Properties struct {
	Framing Framing
	// MTU is the largest IP packet in bytes. Default 1500.
	MTU int
	// HWAddr is the station's address on an Ethernet link. If zero, the
	// interface makes up a locally administered one.
	HWAddr ethernet.Addr
	// Loopback marks a link whose frames come back to the same stack.
	Loopback bool
	// NoMulticast and NoBroadcast mark links that cannot.
	NoMulticast, NoBroadcast bool
	// MaxSegment is the largest transport payload in bytes that Transmit splits
	// by pbuf.Buf.SegmentSize; 0 if the driver cannot split.
	MaxSegment int
	// PartialChecksums says that Transmit completes the transport checksum of
	// frames that are pbuf.Partial.
	PartialChecksums bool
}

// Driver moves frames between an interface and a link.
//
// The stack calls Attach once, then Transmit from one goroutine at a time, and
// Detach once. It never holds the core lock meanwhile, so a driver may deliver
// received frames from within Transmit.
type Driver interface {
	// Properties describes the link. They do not change, but for the link state
	// that the driver tells its Receiver.
	Properties() Properties
	// Attach starts delivering received frames to r.
	Attach(r Receiver) error
	// Transmit sends the frames in order. It consumes them, not the slice.
	Transmit(frames []*pbuf.Buf)
	// Detach stops delivering: no call to the Receiver begins after it returns.
	// It releases the link and ends the driver's goroutines.
	Detach() error
}

// Receiver is an interface as its driver sees it. Its methods take the core
// lock and may be called from any goroutine that does not hold it.
type Receiver interface {
	// Deliver passes received frames up, in order, as one batch. It consumes the
	// frames, not the slice.
	Deliver(frames []*pbuf.Buf)
	// SetLink tells that the link came up or went down.
	SetLink(up bool)
	// Pool is where the driver takes memory for received frames from.
	Pool() *pbuf.Pool
}
