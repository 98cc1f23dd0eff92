package ip

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Errors of the network layer, for both families.
var (
	ErrNoRoute      = errors.New("ip: no route to host")               // EHOSTUNREACH, lwIP ERR_RTE
	ErrNoSource     = errors.New("ip: no usable source address")       // EADDRNOTAVAIL
	ErrTooBig       = errors.New("ip: packet too big for the path")    // EMSGSIZE
	ErrNoMemory     = errors.New("ip: out of packet buffers")          // ENOBUFS, lwIP ERR_MEM
	ErrQueueFull    = netif.ErrQueueFull                               // ENOMEM
	ErrFamily       = errors.New("ip: address family is switched off") // EAFNOSUPPORT
	ErrHostUnknown  = errors.New("ip: host is unreachable")            // EHOSTUNREACH: resolution failed
	ErrNotMulticast = errors.New("ip: not a multicast address")        // EINVAL

	// ErrHostDown is an ErrHostUnknown: the next hop, on our own link, did not
	// answer ARP or neighbour solicitations.
	ErrHostDown = fmt.Errorf("ip: host is down: %w", ErrHostUnknown) // EHOSTDOWN
)

// Info describes a received packet to the layers above. It is valid during the
// call it is passed to; who wants to keep it copies it.
type Info struct {
	Ifc      *netif.Interface
	Src, Dst netip.Addr
	Proto    Proto
	TTL      uint8 // hop limit for IPv6
	TOS      uint8 // traffic class for IPv6: DSCP and ECN
	// Broadcast and Multicast tell what Dst is on Ifc, or that the frame was
	// sent so on the link.
	Broadcast, Multicast bool
	// HeaderLen is the length in bytes of the IP header with its options or
	// extension headers. buf.AddHeaderForce(HeaderLen) brings it back, unless
	// the packet was reassembled.
	HeaderLen int
	// Reassembled says that the packet came in fragments.
	Reassembled bool
	// Foreign says that Dst is no address of ours: the interface lets the
	// transport take packets to any (netif.Interface.SetForeign).
	Foreign bool
}

// Header says what a transport wants in the IP header of one packet.
type Header struct {
	Src, Dst netip.Addr
	// Ifc is the interface to send through; nil lets routing choose.
	Ifc   *netif.Interface
	Proto Proto
	TTL   uint8 // 0: the configured default
	TOS   uint8
	Flags HeaderFlags
}

// HeaderFlags are options of one packet.
type HeaderFlags uint8

const (
	// DontFragment forbids fragmentation: IPv4's DF, and for IPv6 no fragment
	// header. Too big a packet is ErrTooBig.
	DontFragment HeaderFlags = 1 << iota
	// RouterAlert adds the router alert option (RFC 2113, RFC 2711).
	RouterAlert
	// MulticastLoop delivers a copy of a multicast packet to this stack.
	MulticastLoop
	// HeaderIncluded says that buf begins with a complete IP header, which is
	// sent as it is (IP_HDRINCL). Of the rest, Dst gives the next hop, Ifc the
	// interface, and MulticastLoop counts. The packet is not fragmented: too big
	// a one is ErrTooBig.
	HeaderIncluded
)

// Has reports whether all of g are set.
func (f HeaderFlags) Has(g HeaderFlags) bool { return f&g == g }

// Route is the way to a destination.
type Route struct {
	Ifc *netif.Interface
	Src netip.Addr // the source address to use
	// MTU is the largest IP packet in bytes that the path is known to carry.
	MTU int
}

// Reason is why a packet cannot be delivered, as far as transports tell.
type Reason uint8

const (
	PortUnreachable Reason = iota
	ProtocolUnreachable
	AdminProhibited
	HostUnreachable
)

// Network is one family's network layer as transports see it.
type Network interface {
	// Output sends buf, whose payload begins with the transport header and has
	// room for the headers below, with checksum done. h.Src and h.Dst must be
	// what the transport summed in its pseudo-header. It consumes buf, in every
	// case. The error is for this packet only; ErrQueueFull and ErrNoMemory pass
	// with time.
	Output(buf *pbuf.Buf, h Header) error
	// Route returns the way to dst. src, if valid, must be an address of the
	// interface used; if invalid, one is selected. ifc, if not nil, restricts
	// the choice. An ifc that takes packets to any address allows any src.
	Route(dst, src netip.Addr, ifc *netif.Interface) (Route, error)
	// Unreachable tells the sender of a received packet, by ICMP, that it could
	// not be delivered, as far as RFC 1122 §3.2.2.1 and RFC 4443 §2.4 allow it.
	// It borrows buf, whose payload begins with the transport header.
	Unreachable(buf *pbuf.Buf, info *Info, why Reason)
	// Reachable tells that the peer at dst answers: forward progress was seen
	// (RFC 4861 §7.3.1). Cheap enough to be called for every new ACK.
	Reachable(ifc *netif.Interface, dst netip.Addr)
	// Owner returns the interface that has addr as an address that may receive,
	// or nil.
	Owner(addr netip.Addr) *netif.Interface
	// HeaderLen is the length in bytes of an IP header without options.
	HeaderLen() int
}

// Transport is a protocol on top of IP, as the network layers see it.
type Transport interface {
	// Input takes a received packet: buf's payload begins with the transport
	// header, and info tells the rest. It consumes buf.
	Input(buf *pbuf.Buf, info *Info)
	// Error reports an ICMP error about a packet that this stack sent. It
	// borrows buf, whose payload is the quoted packet from its transport header
	// on, of which only 8 bytes are sure to be there.
	Error(buf *pbuf.Buf, e *Error)
}

// RawHandler sees every packet that is delivered locally before its transport.
type RawHandler interface {
	// InputRaw offers a packet; buf's payload begins with the transport header.
	// It reports whether a raw socket consumed the packet (lwIP's "eaten");
	// otherwise it borrows buf.
	InputRaw(buf *pbuf.Buf, info *Info) (eaten bool)
}

// ErrorKind is what an ICMP error says, for both families.
type ErrorKind uint8

const (
	NetUnreachable   ErrorKind = iota // soft
	HostDown                          // soft: host or address unreachable
	ProtoUnreachable                  // hard
	PortRefused                       // hard
	PacketTooBig                      // MTU is set
	Prohibited                        // soft: administratively
	TimeExceeded                      // soft
	ParameterProblem                  // soft
)

// Error is an ICMP error about a packet that this stack sent: Src is the address
// it was sent from, Dst the one it was sent to.
type Error struct {
	Kind     ErrorKind
	Ifc      *netif.Interface
	Src, Dst netip.Addr
	Proto    Proto
	Reporter netip.Addr // who sent the error
	MTU      int        // PacketTooBig; 0 if the router did not say
	Type     uint8      // the ICMP type and code as received
	Code     uint8
}
