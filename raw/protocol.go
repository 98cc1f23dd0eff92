package raw

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Config is the settings of one stack's raw endpoints. The zero value is a
// modern host.
type Config struct {
	// MaxPCBs is the most endpoints at a time. Default 1024; range 1 to 2^24.
	// lwIP: MEMP_NUM_RAW_PCB (4); ESP-IDF: LWIP_MAX_RAW_PCBS (16).
	MaxPCBs int
	// TTL is the time to live of unicast packets. Default 0: the network
	// layer's. lwIP: RAW_TTL.
	TTL uint8
	// MulticastTTL is the initial time to live of multicast packets. Default 1,
	// as BSD and Linux have it; lwIP's is RAW_TTL.
	MulticastTTL uint8
	// NoMulticastLoop makes endpoints start without the MulticastLoop option,
	// as in lwIP. Default: they start with it.
	NoMulticastLoop bool
	// AllowBroadcast lets endpoints send broadcasts without the Broadcast
	// option. Default: ErrBroadcast; lwIP: the opposite of IP_SOF_BROADCAST (0).
	AllowBroadcast bool
	// FreeBind lets endpoints bind to addresses that are not the stack's.
	// Default: ErrNoAddress; lwIP never checks.
	FreeBind bool
}

const maxPCBsLimit = 1 << 24

func (c Config) withDefaults() Config {
	if c.MaxPCBs <= 0 {
		c.MaxPCBs = 1024
	}
	c.MaxPCBs = min(c.MaxPCBs, maxPCBsLimit)
	if c.MulticastTTL == 0 {
		c.MulticastTTL = 1
	}
	return c
}

// Stats counts packets.
type Stats struct {
	// Delivered counts packets offered to an endpoint's handler; one packet
	// counts for each endpoint that saw it.
	Delivered uint64
	// Eaten counts packets that an endpoint kept from the rest of the stack.
	Eaten uint64
	// BadChecksum counts IPv6 packets withheld from endpoints that want their
	// checksum verified (RFC 3542 §3.1).
	BadChecksum uint64
	// RxNoMemory counts reassembled packets withheld because packet memory for
	// their header ran out.
	RxNoMemory uint64
	// Sent counts packets that the network layer took.
	Sent uint64
	// SendErrors counts Send calls that returned an error.
	SendErrors uint64
	// TxHostScope counts multicast packets with TTL 0, which stay on this host
	// and are not sent.
	TxHostScope uint64
}

// Protocol is the raw endpoints of one stack. It implements ip.RawHandler.
type Protocol struct {
	cfg   Config
	pool  *pbuf.Pool
	ifs   *netif.Protocol
	net4  ip.Network // nil: switched off
	net6  ip.Network
	stats Stats

	heads [256]*PCB // by IP protocol, the last to eat or be made first
	n     int

	// scratch holds the receivers of one packet; nil while in use.
	scratch []*PCB
}

var _ ip.RawHandler = (*Protocol)(nil)

// New returns a Protocol without endpoints. A nil network switches that family
// off. The caller makes it the raw handler of both networks.
func New(pool *pbuf.Pool, net4, net6 ip.Network, ifs *netif.Protocol, cfg Config) *Protocol {
	p := &Protocol{cfg: cfg.withDefaults(), pool: pool, ifs: ifs, net4: net4, net6: net6}
	ifs.Listen(p.interfaceEvent)
	return p
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }

// PCBs returns the number of endpoints.
func (p *Protocol) PCBs() int { return p.n }

// network returns the network of a's family, or nil.
func (p *Protocol) network(a netip.Addr) ip.Network {
	if a.Is4() {
		return p.net4
	}
	return p.net6
}

// insert puts q at the front of its protocol's list.
func (p *Protocol) insert(q *PCB) {
	head := &p.heads[q.number]
	q.prev, q.next = nil, *head
	if q.next != nil {
		q.next.prev = q
	}
	*head = q
}

func (p *Protocol) remove(q *PCB) {
	if q.next != nil {
		q.next.prev = q.prev
	}
	if q.prev != nil {
		q.prev.next = q.next
	} else {
		p.heads[q.number] = q.next
	}
	q.next, q.prev = nil, nil
}
