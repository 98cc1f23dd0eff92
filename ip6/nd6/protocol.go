package nd6

import (
	"errors"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Errors of this package; Output returns those of package ip.
var (
	ErrFull     = errors.New("nd6: table full")
	ErrNotFound = errors.New("nd6: no such entry")
	ErrBadEntry = errors.New("nd6: invalid entry")
)

// Handler is the layer above, which hears of packets that cannot be delivered.
type Handler interface {
	// Unresolved takes a packet, which begins with its IPv6 header, whose next
	// hop on ifc did not answer. It consumes buf.
	Unresolved(ifc *netif.Interface, buf *pbuf.Buf)
}

// Protocol is neighbor discovery on all interfaces of one stack.
type Protocol struct {
	ifs  *netif.Protocol
	q    *timers.Queue
	rand *sysarch.Rand
	pool *pbuf.Pool
	cfg  Config

	handler Handler
	listen  []func(*Advertisement)
	links   []*link // by interface index

	last      *neighbor // the one last sent to; never nil
	cache     map[key]*neighbor
	neighbors []*neighbor // the same entries, for eviction
	hand      int         // where eviction looks next
	idle      []*neighbor // unused entries
	queued    int         // packets waiting, all neighbors

	gen      uint32       // changes whenever a next hop might
	lastDest *Destination // the one last looked up; never nil
	dests    map[key]*Destination
	destList []*Destination
	destHand int

	routers  []router
	robin    int // round robin over routers
	prefixes []prefix
	routes   []route
	lifetime timers.Timer
	loop     *netif.Interface // the loopback interface, or nil

	adv   Advertisement // scratch
	stats Stats
}

// key finds a neighbor or a destination: an address, and an interface's index or
// zero.
type key struct {
	addr [16]byte
	ifc  uint32
}

func makeKey(ifc *netif.Interface, addr netip.Addr) key {
	k := key{addr: addr.As16()}
	if ifc != nil {
		k.ifc = uint32(ifc.Index())
	}
	return k
}

// New returns neighbor discovery for the interfaces ifs. It listens to their
// events; an interface takes part from Start on.
func New(ifs *netif.Protocol, q *timers.Queue, r *sysarch.Rand, pool *pbuf.Pool, cfg Config) *Protocol {
	p := &Protocol{
		ifs: ifs, q: q, rand: r, pool: pool, cfg: cfg.withDefaults(),
		cache: make(map[key]*neighbor), dests: make(map[key]*Destination),
		last: new(neighbor), lastDest: new(Destination), gen: 1,
	}
	p.lifetime.Init(p.onLifetime)
	ifs.Listen(p.onEvent)
	return p
}

// SetHandler makes h the one who hears of undeliverable packets.
func (p *Protocol) SetHandler(h Handler) { p.handler = h }

// Generation returns a number that changes whenever addresses, prefixes,
// routers or links change: answers kept from before are then void.
func (p *Protocol) Generation() uint32 { return p.gen }

// changed voids all remembered next hops.
func (p *Protocol) changed() { p.gen++ }

func (p *Protocol) drop(buf *pbuf.Buf, counter *uint64) {
	*counter++
	buf.Free()
}

// Loopback returns the loopback interface, or nil.
func (p *Protocol) Loopback() *netif.Interface { return p.loop }
