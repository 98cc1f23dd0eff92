package raw

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Handler is offered received packets. Its method runs inside the core lock and
// may call any method of the package.
type Handler interface {
	// Received takes a packet, which begins with the IP header for IPv4, with
	// what follows the IPv6 headers for IPv6, and reports whether it keeps it
	// from other endpoints and from the rest of the stack ("eaten"). It consumes
	// buf if so; otherwise it borrows it and leaves it as it was. info is valid
	// during the call.
	Received(p *PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool)
}

// Option is a set of properties of a PCB.
type Option uint8

const (
	// HeaderIncluded says that what is sent begins with a complete IP header,
	// which goes out as it is (IP_HDRINCL, lwIP RAW_FLAGS_HDRINCL).
	HeaderIncluded Option = 1 << iota
	// Broadcast permits sending to broadcast addresses (SO_BROADCAST).
	Broadcast
	// MulticastLoop delivers multicast packets that are sent to this stack's
	// members too (IP_MULTICAST_LOOP). New PCBs have it unless
	// Config.NoMulticastLoop.
	MulticastLoop
)

// Raw is the protocol number (IANA: reserved) of endpoints that only send:
// they start with HeaderIncluded, as IPPROTO_RAW sockets do on Linux and BSD.
const Raw ip.Proto = 255

// NoChecksum is the checksum offset of endpoints whose packets have none.
const NoChecksum = -1

// icmp6ChecksumOffset is where an ICMPv6 header has its checksum (RFC 4443 §2.1).
const icmp6ChecksumOffset = 2

// PCB is one raw endpoint.
//
// lwIP: struct raw_pcb.
type PCB struct {
	proto      *Protocol // nil after Close
	h          Handler
	next, prev *PCB // in Protocol.heads[number]

	number ip.Proto
	opts   Option
	ttl    uint8
	mttl   uint8
	tos    uint8
	csum   int // offset in bytes, or NoChecksum

	local  netip.Addr // invalid: any address of both families
	remote netip.Addr // invalid: not connected
	ifc    *netif.Interface
	mifc   *netif.Interface // for multicast
}

// NewPCB returns an endpoint for packets of the IP protocol number; it receives
// at once, from any address of both families. It returns ErrTooManyPCBs, an
// ip.ErrNoMemory, when Config.MaxPCBs are in use. h may be nil: the endpoint
// then only sends.
//
// lwIP: raw_new, raw_recv.
func (p *Protocol) NewPCB(number ip.Proto, h Handler) (*PCB, error) {
	if p.n >= p.cfg.MaxPCBs {
		return nil, ErrTooManyPCBs
	}
	q := &PCB{proto: p, h: h, number: number, ttl: p.cfg.TTL, mttl: p.cfg.MulticastTTL, csum: NoChecksum}
	if !p.cfg.NoMulticastLoop {
		q.opts |= MulticastLoop
	}
	switch number {
	case ip.ICMPv6:
		q.csum = icmp6ChecksumOffset
	case Raw:
		q.opts |= HeaderIncluded
	}
	p.n++
	p.insert(q)
	return q, nil
}

// Close ends the endpoint: its handler is not called again. It may be called
// from a handler, and more than once.
//
// lwIP: raw_remove.
func (p *PCB) Close() {
	if p.proto == nil {
		return
	}
	p.proto.remove(p)
	p.proto.n--
	p.proto, p.h = nil, nil
}

// Proto returns the IP protocol number.
func (p *PCB) Proto() ip.Proto { return p.number }

// Local returns the local address; an invalid one is any.
func (p *PCB) Local() netip.Addr { return p.local }

// Remote returns the peer, or an invalid address while not connected.
func (p *PCB) Remote() netip.Addr { return p.remote }

// Interface returns the interface that the endpoint is bound to, or nil.
func (p *PCB) Interface() *netif.Interface { return p.ifc }

// Set adds options.
func (p *PCB) Set(f Option) { p.opts |= f }

// Clear removes options.
func (p *PCB) Clear(f Option) { p.opts &^= f }

// Has reports whether all of the options are set.
func (p *PCB) Has(f Option) bool { return p.opts&f == f }

// SetTTL sets the time to live, or hop limit, of unicast packets; 0 is the
// network layer's default.
func (p *PCB) SetTTL(ttl uint8) { p.ttl = ttl }

// TTL returns what SetTTL set.
func (p *PCB) TTL() uint8 { return p.ttl }

// SetTOS sets the type of service, or traffic class.
func (p *PCB) SetTOS(tos uint8) { p.tos = tos }

// TOS returns what SetTOS set.
func (p *PCB) TOS() uint8 { return p.tos }

// SetMulticastTTL sets the time to live, or hop limit, of multicast packets.
// With 0 they do not leave this host, so they are not sent.
//
// lwIP: raw_set_multicast_ttl.
func (p *PCB) SetMulticastTTL(ttl uint8) { p.mttl = ttl }

// MulticastTTL returns the time to live of multicast packets.
func (p *PCB) MulticastTTL() uint8 { return p.mttl }

// SetMulticastInterface sets the interface through which multicast packets are
// sent; nil lets routing choose.
func (p *PCB) SetMulticastInterface(ifc *netif.Interface) { p.mifc = ifc }

// MulticastInterface returns what SetMulticastInterface set.
func (p *PCB) MulticastInterface() *netif.Interface { return p.mifc }

// SetChecksumOffset makes the endpoint compute the checksum of the IPv6 packets
// it sends, store it n bytes into them, and receive only packets whose checksum
// is right. NoChecksum ends that. ErrBadOffset: n is odd or negative, or the
// protocol is ICMPv6, whose checksum is where it is.
//
// RFC 3542 §3.1 (IPV6_CHECKSUM).
func (p *PCB) SetChecksumOffset(n int) error {
	if p.number == ip.ICMPv6 || n < NoChecksum || n != NoChecksum && n&1 != 0 {
		return ErrBadOffset
	}
	p.csum = n
	return nil
}

// ChecksumOffset returns the offset of the checksum in bytes, or NoChecksum.
func (p *PCB) ChecksumOffset() int { return p.csum }
