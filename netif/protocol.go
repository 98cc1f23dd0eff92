package netif

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Errors of this package.
var (
	ErrQueueFull   = errors.New("netif: transmit queue full")
	ErrDown        = errors.New("netif: interface is down")
	ErrNoNumber    = errors.New("netif: no interface number free")
	ErrBadConfig   = errors.New("netif: invalid configuration")
	ErrNoSuchAddr  = errors.New("netif: no such address")
	ErrAddrsFull   = errors.New("netif: address slots full")
	ErrNotAttached = errors.New("netif: interface was removed")
	ErrAttached    = errors.New("netif: driver is attached already")
)

// Handler takes the payload of received frames of one protocol. Input consumes
// buf.
type Handler interface {
	Input(ifc *Interface, buf *pbuf.Buf)
}

// Protocol is the interfaces of one stack.
type Protocol struct {
	timers *timers.Queue
	rand   *sysarch.Rand
	pool   *pbuf.Pool

	list    []*Interface // in order of addition
	def     *Interface   // the default route
	touched uint64       // Generation
	ip4     Handler
	ip6     Handler
	arp     Handler
	other   map[ethernet.Type]Handler
	listen  []*listener
	next    int         // the number to try first
	pieces  []*pbuf.Buf // scratch of outputLarge
}

// New returns an empty list of interfaces.
func New(q *timers.Queue, r *sysarch.Rand, pool *pbuf.Pool) *Protocol {
	return &Protocol{timers: q, rand: r, pool: pool}
}

// Handle makes h the handler of received frames of type t, on every interface.
func (p *Protocol) Handle(t ethernet.Type, h Handler) {
	switch t {
	case ethernet.IPv4:
		p.ip4 = h
	case ethernet.IPv6:
		p.ip6 = h
	case ethernet.ARP:
		p.arp = h
	default:
		if p.other == nil {
			p.other = make(map[ethernet.Type]Handler)
		}
		p.other[t] = h
	}
}

// maxInterfaces is lwIP's: numbers 0 to 254, so that an index, which is the
// number plus one, fits a byte and 0 means none.
const maxInterfaces = 255

// Add makes an interface on the driver d, without attaching the driver: the
// stack does that once the interface can receive. The interface is down and has
// no addresses: the caller sets it up, unless the configuration says otherwise,
// and adds the addresses, for it knows the protocols that must probe them. The
// first interface that is not a loopback becomes the default.
//
// lwIP: netif_add.
func (p *Protocol) Add(d Driver, cfg Config) (*Interface, error) {
	props := d.Properties()
	if props.MTU == 0 {
		props.MTU = 1500
	}
	mtu := props.MTU
	if cfg.MTU != 0 {
		mtu = cfg.MTU
	}
	if mtu < 68 || mtu > props.MTU || mtu > pbuf.MaxLen {
		return nil, fmt.Errorf("%w: mtu %d not in [68, %d]", ErrBadConfig, mtu, min(props.MTU, pbuf.MaxLen))
	}
	if cfg.Addr4.IsValid() && !cfg.Addr4.Addr().Is4() {
		return nil, fmt.Errorf("%w: Addr4 %v is not IPv4", ErrBadConfig, cfg.Addr4)
	}
	if cfg.TxQueue < 0 {
		return nil, fmt.Errorf("%w: TxQueue %d is negative", ErrBadConfig, cfg.TxQueue)
	}
	num, ok := p.freeNumber()
	if !ok {
		return nil, ErrNoNumber
	}
	name := cfg.Name
	flags := Flags(0)
	switch {
	case props.Loopback:
		flags |= LoopbackFlag
		name = or(name, "lo")
	case props.Framing == Ethernet:
		flags |= Broadcast | ARP | ND
		name = or(name, "en")
	default:
		name = or(name, "tn")
	}
	if props.NoBroadcast {
		flags &^= Broadcast
	}
	if !props.NoMulticast {
		flags |= Multicast
	}
	ifc := &Interface{
		list: p, drv: d, num: num, name: fmt.Sprintf("%s%d", name, num),
		framing: props.Framing, mtu: mtu, mtu6: mtu, hwaddr: props.HWAddr,
		maxSegment: props.MaxSegment, partial: props.PartialChecksums, flags: flags | LinkUp,
		checksums: cfg.Checksums, txLimit: or(cfg.TxQueue, 1024),
	}
	if ifc.hwaddr.IsZero() && props.Framing == Ethernet {
		p.rand.Read(ifc.hwaddr[:])
		ifc.hwaddr[0] = ifc.hwaddr[0]&^1 | 2
	}
	p.list = append(p.list, ifc)
	if p.def == nil && !props.Loopback {
		p.def = ifc
	}
	p.notify(Event{Kind: Added, Ifc: ifc})
	return ifc, nil
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// freeNumber returns the next number in turn that no interface has, so that one
// given up is not soon mistaken for its successor.
func (p *Protocol) freeNumber() (uint8, bool) {
next:
	for i := range maxInterfaces {
		n := (p.next + i) % maxInterfaces
		for _, ifc := range p.list {
			if int(ifc.num) == n {
				continue next
			}
		}
		p.next = (n + 1) % maxInterfaces
		return uint8(n), true
	}
	return 0, false
}

// Remove takes ifc out of the list: it goes down, loses its addresses, and the
// listeners hear of each step. What they send through it meanwhile is dropped.
// If it was the default interface, there is none until SetDefault or the next
// Add. The caller detaches the driver.
//
// lwIP: netif_remove.
func (p *Protocol) Remove(ifc *Interface) {
	for i, x := range p.list {
		if x != ifc {
			continue
		}
		ifc.SetUp(false)
		ifc.SetAddr4(netip.Prefix{}, netip.Addr{})
		for s := range ifc.addrs6 {
			ifc.SetAddr6State(s, Invalid)
		}
		p.list = append(p.list[:i:i], p.list[i+1:]...)
		if p.def == ifc {
			p.def = nil
		}
		ifc.removed = true
		ifc.dropStaged()
		p.notify(Event{Kind: Removed, Ifc: ifc})
		return
	}
}

// List returns the interfaces in order of addition. The slice is not to be
// changed and is valid until the next Add or Remove.
func (p *Protocol) List() []*Interface { return p.list }

// Default returns the interface of the IPv4 default route, or nil.
func (p *Protocol) Default() *Interface { return p.def }

// SetDefault makes ifc the interface of the default route; nil for none.
//
// lwIP: netif_set_default.
func (p *Protocol) SetDefault(ifc *Interface) {
	p.def = ifc
	p.Touch()
}

// Generation returns a number above zero that is another one after any change of
// what decides how IPv4 packets leave: interfaces, their states and addresses,
// the default one, and whatever Touch is called for. Who keeps such a decision
// keeps the number with it.
func (p *Protocol) Generation() uint64 { return p.touched + 1 }

// Touch makes the Generation another one.
func (p *Protocol) Touch() { p.touched++ }

// ByIndex returns the interface with the given index (its number plus one), or
// nil.
//
// lwIP: netif_get_by_index.
func (p *Protocol) ByIndex(index int) *Interface {
	for _, ifc := range p.list {
		if ifc.Index() == index {
			return ifc
		}
	}
	return nil
}

// ByName returns the interface called name, or nil.
//
// lwIP: netif_find.
func (p *Protocol) ByName(name string) *Interface {
	for _, ifc := range p.list {
		if ifc.name == name {
			return ifc
		}
	}
	return nil
}
