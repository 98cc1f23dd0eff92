package udp

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Protocol is UDP in one stack. It implements ip.Transport.
type Protocol struct {
	cfg   Config
	pool  *pbuf.Pool
	ifs   *netif.Protocol
	net4  ip.Network // nil: switched off
	net6  ip.Network
	eph   *ip.Ports
	stats Stats

	pcbs  []*PCB          // all of them; PCB.index is the place
	ports map[uint16]*PCB // by local port, newest first, linked by portNext
	table table
	found found // by the last lookup

	// scratch holds the receivers of one datagram; nil while in use.
	scratch []*PCB

	q          *timers.Queue
	forwarders map[*netif.Interface]*Forwarder // forward.go
}

var _ ip.Transport = (*Protocol)(nil)

// New returns UDP without endpoints. A nil network switches that family off.
// The caller makes it the handler of ip.UDP in both networks.
func New(pool *pbuf.Pool, q *timers.Queue, r *sysarch.Rand, net4, net6 ip.Network, ifs *netif.Protocol, cfg Config) *Protocol {
	p := &Protocol{
		cfg: cfg.withDefaults(), pool: pool, q: q, ifs: ifs, net4: net4, net6: net6,
		eph: ip.NewPorts(r), ports: make(map[uint16]*PCB),
	}
	p.table.init(r)
	ifs.Listen(p.interfaceEvent)
	return p
}

// Stats returns a copy of the counters.
func (p *Protocol) Stats() Stats { return p.stats }

// PCBs returns the number of endpoints.
func (p *Protocol) PCBs() int { return len(p.pcbs) }

// network returns the network of a's family, or nil.
func (p *Protocol) network(a netip.Addr) ip.Network {
	if a.Is4() {
		return p.net4
	}
	return p.net6
}

// drop counts and frees a received datagram.
func (p *Protocol) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}
