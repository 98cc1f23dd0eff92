package ip4

import (
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Groups tells which multicast groups an interface takes packets for.
type Groups interface {
	Member(ifc *netif.Interface, group netip.Addr) bool
}

// ForwardFilter decides whether a packet from in to out may be forwarded. It
// borrows buf, which begins with the IP header.
//
// lwIP: LWIP_HOOK_IP4_CANFORWARD.
type ForwardFilter func(in, out *netif.Interface, buf *pbuf.Buf) bool

// Protocol is the IPv4 of one stack. It implements netif.Handler and
// ip.Network.
type Protocol struct {
	ifs    *netif.Protocol
	timers *timers.Queue
	rand   *sysarch.Rand
	pool   *pbuf.Pool
	arp    *arp.Protocol
	cfg    Config
	stats  Stats

	tcp, udp ip.Transport
	others   []transport
	raw      ip.RawHandler
	groups   Groups
	filter   ForwardFilter

	// info and hdr describe the packet that is being delivered. There is one at
	// a time, because nothing that a handler sends comes back in before Input
	// returns.
	info   ip.Info
	hdr    [MaxHeaderLen]byte
	hdrLen int
	err    ip.Error
	inside bool // Input is running

	own     ownTable
	routes  routes
	ids     identifiers
	reass   reassembly
	loop    loopQueue
	limit   limiter
	scratch [MaxHeaderLen]byte
}

type transport struct {
	proto ip.Proto
	t     ip.Transport
}

// New returns the IPv4 of the interfaces ifs: it handles their frames and
// follows their events. arp may be nil if no interface needs it.
func New(ifs *netif.Protocol, q *timers.Queue, r *sysarch.Rand, pool *pbuf.Pool, arp *arp.Protocol, cfg Config) *Protocol {
	p := &Protocol{ifs: ifs, timers: q, rand: r, pool: pool, arp: arp, cfg: cfg.withDefaults()}
	p.ids.key = siphash.Key{r.Uint64(), r.Uint64()}
	p.limit.key = r.Uint64() | 1
	p.reass.init(p)
	p.loop.init(p)
	p.own.rebuild(ifs.List())
	ifs.Handle(ethernet.IPv4, p)
	ifs.Listen(p.onEvent)
	if arp != nil {
		arp.SetUnreachable(p.unresolved)
	}
	return p
}

// Handle makes t the transport of packets of protocol proto. ICMP is this
// package's own.
func (p *Protocol) Handle(proto ip.Proto, t ip.Transport) {
	switch proto {
	case ip.TCP:
		p.tcp = t
	case ip.UDP:
		p.udp = t
	default:
		p.others = append(p.others, transport{proto, t})
	}
}

// HandleRaw makes h see every packet for us before its transport.
func (p *Protocol) HandleRaw(h ip.RawHandler) { p.raw = h }

// SetGroups makes g the judge of which multicast packets are for us. Those to
// 224.0.0.1 always are.
func (p *Protocol) SetGroups(g Groups) { p.groups = g }

// SetForwardFilter makes f decide about packets to forward; nil: all may pass.
func (p *Protocol) SetForwardFilter(f ForwardFilter) { p.filter = f }

// handler returns the transport of proto, or nil.
func (p *Protocol) handler(proto ip.Proto) ip.Transport {
	switch proto {
	case ip.TCP:
		return p.tcp
	case ip.UDP:
		return p.udp
	}
	for i := range p.others {
		if p.others[i].proto == proto {
			return p.others[i].t
		}
	}
	return nil
}

// Owner implements ip.Network.
func (p *Protocol) Owner(addr netip.Addr) *netif.Interface {
	if !addr.Is4() {
		return nil
	}
	return p.own.owner(number(addr))
}

// receives reports whether addr is an address of this host: one of an
// interface, or any loopback address.
func (p *Protocol) receives(addr netip.Addr) bool {
	v := number(addr)
	return isLoopback(v) || p.own.owner(v) != nil
}

// HeaderLen implements ip.Network.
func (p *Protocol) HeaderLen() int { return HeaderLen }

// Reachable implements ip.Network. ARP has no use for it: an answer is believed
// for a fixed time.
func (p *Protocol) Reachable(ifc *netif.Interface, dst netip.Addr) {}

// onEvent keeps what is derived from the interfaces true.
func (p *Protocol) onEvent(ev netif.Event) {
	p.routes.forget()
	switch ev.Kind {
	case netif.Removed:
		p.own.rebuild(p.ifs.List())
		p.routes.removeInterface(ev.Ifc)
		p.forgetFragments(ev.Ifc)
		p.loop.removeInterface(ev.Ifc)
	case netif.Added, netif.Addr4Changed:
		p.own.rebuild(p.ifs.List())
	case netif.StatusChanged, netif.LinkChanged, netif.Addr6Changed, netif.Addr6State:
	}
}

// drop counts and frees a packet.
func (p *Protocol) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}
