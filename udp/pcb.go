package udp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Handler is told what happens to a PCB. Its methods run inside the core lock
// and may call any method of the package.
type Handler interface {
	// Received takes a datagram's payload and its sender. It consumes buf; info
	// is valid during the call.
	Received(p *PCB, buf *pbuf.Buf, from netip.AddrPort, info *ip.Info)
	// Error tells of an ICMP error about a datagram of a connected PCB:
	// ErrRefused, ErrProtocol, ip.ErrNoRoute, ip.ErrHostUnknown, ip.ErrTooBig.
	Error(p *PCB, err error)
}

// Option is a set of properties of a PCB.
type Option uint8

const (
	// Broadcast permits sending to broadcast addresses (SO_BROADCAST).
	Broadcast Option = 1 << iota
	// ReuseAddr permits sharing a port with others that have ReuseAddr; a
	// broadcast or multicast datagram goes to all of them, any other to the one
	// bound last (SO_REUSEADDR).
	ReuseAddr
	// ReusePort permits sharing a port with others that have ReusePort; unicast
	// flows are spread over them (SO_REUSEPORT).
	ReusePort
	// NoChecksum sends IPv4 datagrams without checksum (SO_NO_CHECK). Over IPv6
	// it has no effect (RFC 8200 §8.1).
	NoChecksum
	// MulticastLoop delivers multicast datagrams that are sent to this stack's
	// members too (IP_MULTICAST_LOOP). New PCBs have it unless
	// Config.NoMulticastLoop.
	MulticastLoop
	// V6Only keeps a PCB bound to [::] from taking and sending IPv4
	// (IPV6_V6ONLY). Set it before Bind.
	V6Only
)

func (o Option) has(f Option) bool { return o&f == f }
func (o Option) any(f Option) bool { return o&f != 0 }

// PCB is one UDP endpoint.
//
// lwIP: struct udp_pcb.
type PCB struct {
	proto *Protocol // nil after Close
	h     Handler

	// bound is the address given to Bind; local has it too, unless Connect chose
	// one in place of "any". Both are invalid, and the port 0, before Bind.
	bound  netip.Addr
	local  netip.AddrPort
	remote netip.AddrPort // the zero AddrPort: not connected
	// fromBound: bound is an address to send from.
	fromBound bool

	ifc   *netif.Interface // as the user said
	scope *netif.Interface // where a link-local peer is, if the user did not say
	mifc  *netif.Interface // for multicast
	opts  Option
	ttl   uint8
	mttl  uint8
	tos   uint8

	group              *group // nil: not bound
	portNext, portPrev *PCB   // in Protocol.ports
	index              int    // in Protocol.pcbs

	// src is the source address towards remote, known to be good while
	// netif.Protocol.Generation is srcGen.
	src    netip.Addr
	srcGen uint64
	last   *lastWay // SendTo's; nil before the first

	flow *flow // forward.go; nil: not forwarded
}

// NewPCB returns an endpoint that is not bound. It returns ErrTooManyPCBs, an
// ip.ErrNoMemory, when Config.MaxPCBs are in use. h may be nil: what the
// endpoint receives is then dropped.
//
// lwIP: udp_new, udp_recv.
func (p *Protocol) NewPCB(h Handler) (*PCB, error) {
	if len(p.pcbs) >= p.cfg.MaxPCBs {
		return nil, ErrTooManyPCBs
	}
	q := &PCB{proto: p, h: h, ttl: p.cfg.TTL, mttl: p.cfg.MulticastTTL, index: len(p.pcbs)}
	if !p.cfg.NoMulticastLoop {
		q.opts |= MulticastLoop
	}
	p.pcbs = append(p.pcbs, q)
	return q, nil
}

// Close ends the endpoint: nothing is received any more, its port is free, and
// its handler is not called again. It may be called from a handler, and more
// than once.
//
// lwIP: udp_remove.
func (p *PCB) Close() {
	u := p.proto
	if u == nil {
		return
	}
	p.unlink()
	if p.flow != nil {
		p.flow.leave()
	}
	last := len(u.pcbs) - 1
	moved := u.pcbs[last]
	u.pcbs[p.index], moved.index = moved, p.index
	u.pcbs[last] = nil
	u.pcbs = u.pcbs[:last]
	p.proto, p.h = nil, nil
}

// SetHandler replaces the handler.
func (p *PCB) SetHandler(h Handler) { p.h = h }

// Local returns the local address and port: the zero AddrPort before Bind, an
// unspecified address for any.
func (p *PCB) Local() netip.AddrPort { return p.local }

// Remote returns the peer, or the zero AddrPort while not connected.
func (p *PCB) Remote() netip.AddrPort { return p.remote }

// Interface returns the interface that the endpoint is bound to, or nil.
func (p *PCB) Interface() *netif.Interface { return p.ifc }

// Set adds options.
func (p *PCB) Set(f Option) { p.setOptions(p.opts | f) }

// Clear removes options.
func (p *PCB) Clear(f Option) { p.setOptions(p.opts &^ f) }

// Has reports whether all of the options are set.
func (p *PCB) Has(f Option) bool { return p.opts.has(f) }

func (p *PCB) setOptions(o Option) {
	changed := p.opts ^ o
	p.opts = o
	p.forgetWays()
	if p.group == nil || p.proto == nil {
		return
	}
	if changed.any(V6Only) {
		p.rekey()
	}
	if changed.any(ReusePort) {
		p.group.update()
	}
}

// SetTTL sets the time to live, or hop limit, of unicast datagrams; 0 is the
// network layer's default.
func (p *PCB) SetTTL(ttl uint8) { p.ttl = ttl }

// TTL returns what SetTTL set.
func (p *PCB) TTL() uint8 { return p.ttl }

// SetTOS sets the type of service, or traffic class.
func (p *PCB) SetTOS(tos uint8) { p.tos = tos }

// TOS returns what SetTOS set.
func (p *PCB) TOS() uint8 { return p.tos }

// SetMulticastTTL sets the time to live, or hop limit, of multicast datagrams.
// With 0 they do not leave this host, so they are not sent.
//
// lwIP: udp_set_multicast_ttl.
func (p *PCB) SetMulticastTTL(ttl uint8) { p.mttl = ttl }

// MulticastTTL returns the time to live of multicast datagrams.
func (p *PCB) MulticastTTL() uint8 { return p.mttl }

// SetMulticastInterface sets the interface through which multicast datagrams
// are sent; nil lets routing choose. The interface that the endpoint is bound
// to, if any, comes first.
//
// lwIP: udp_set_multicast_netif_index.
func (p *PCB) SetMulticastInterface(ifc *netif.Interface) {
	p.mifc = ifc
	p.forgetWays()
}

// MulticastInterface returns what SetMulticastInterface set.
func (p *PCB) MulticastInterface() *netif.Interface { return p.mifc }
