package ip6

import (
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// HeaderLen is the length in bytes of the IPv6 header.
const HeaderLen = 40

// MinMTU is the packet size in bytes that every link carries (RFC 8200 §5).
const MinMTU = 1280

// Groups knows which multicast groups this host listens to.
type Groups interface {
	// Member reports whether group is listened to on ifc.
	Member(ifc *netif.Interface, group netip.Addr) bool
}

// Protocol is IPv6 and ICMPv6 of one stack. It implements netif.Handler,
// ip.Network and nd6.Handler.
type Protocol struct {
	ifs  *netif.Protocol
	q    *timers.Queue
	rand *sysarch.Rand
	pool *pbuf.Pool
	nd   *nd6.Protocol
	cfg  Config

	transports [256]ip.Transport
	icmp       map[uint8]ip.Transport
	raw        ip.RawHandler
	groups     Groups

	in      ip.Info   // of the packet being received
	nextAt  int       // offset of the Next Header field that named its transport
	seen    admission // the one before
	foreign bool      // the packet is for no address of ours: see Info.Foreign
	err     ip.Error  // scratch

	reass reassembly
	loop  loopQueue
	limit limiter
	key   siphash.Key
	ids   [64]uint32  // RFC 7739 §5.3's counters
	views []*pbuf.Buf // scratch of fragmentation

	stats Stats
}

// New returns IPv6 for the interfaces ifs, on the neighbor discovery nd. It
// makes itself their handler of IPv6 packets and nd's handler.
func New(ifs *netif.Protocol, q *timers.Queue, r *sysarch.Rand, pool *pbuf.Pool, nd *nd6.Protocol, cfg Config) *Protocol {
	p := &Protocol{
		ifs: ifs, q: q, rand: r, pool: pool, nd: nd, cfg: cfg.withDefaults(),
		icmp: make(map[uint8]ip.Transport),
		key:  siphash.Key{r.Uint64(), r.Uint64()},
	}
	for i := range p.ids {
		p.ids[i] = r.Uint32()
	}
	p.reass.init(p)
	p.loop.timer.Init(p.onLoop)
	p.limit.init(p.cfg.ErrorRate, q.Now())
	nd.SetHandler(p)
	ifs.Listen(p.onEvent)
	ifs.Handle(ethernet.IPv6, p)
	return p
}

// Handle makes t the transport of packets with the given next header.
func (p *Protocol) Handle(proto ip.Proto, t ip.Transport) { p.transports[proto] = t }

// HandleRaw makes h see every packet before its transport.
func (p *Protocol) HandleRaw(h ip.RawHandler) { p.raw = h }

// HandleICMP makes t the one who takes ICMPv6 messages of a type that this
// package does not take itself, such as those of MLD or echo replies. Its Input
// gets the message from its type field on, checksum verified.
func (p *Protocol) HandleICMP(typ uint8, t ip.Transport) { p.icmp[typ] = t }

// SetGroups makes g the one who knows multicast membership. Until then, only
// the groups that every node belongs to are accepted.
func (p *Protocol) SetGroups(g Groups) { p.groups = g }

// HeaderLen implements ip.Network.
func (p *Protocol) HeaderLen() int { return HeaderLen }

// Owner implements ip.Network.
func (p *Protocol) Owner(addr netip.Addr) *netif.Interface {
	for _, ifc := range p.ifs.List() {
		if ifc.Owns(addr) {
			return ifc
		}
	}
	return nil
}

func (p *Protocol) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}
