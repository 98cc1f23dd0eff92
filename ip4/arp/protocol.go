package arp

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Protocol is the ARP of one stack.
type Protocol struct {
	ifs    *netif.Protocol
	timers *timers.Queue
	cfg    Config
	stats  Stats

	table       table
	queuedTotal int // packets in all entries' queues

	unreachable func(ifc *netif.Interface, buf *pbuf.Buf)

	watches    []*Watch
	defences   map[*netif.Interface]timers.Time // last defence of the address
	gratuitous timers.Timer
	scratch    [PacketLen]byte
}

// New returns the ARP of the interfaces ifs: it handles their ARP frames and
// follows their events.
func New(ifs *netif.Protocol, q *timers.Queue, r *sysarch.Rand, cfg Config) *Protocol {
	p := &Protocol{ifs: ifs, timers: q, cfg: cfg.withDefaults(), defences: make(map[*netif.Interface]timers.Time)}
	p.table.init(r.Uint64())
	p.gratuitous.Init(p.onGratuitous)
	ifs.Handle(ethernet.ARP, p)
	ifs.Listen(p.onEvent)
	return p
}

// SetUnreachable makes f the function that hears of each packet dropped because
// its next hop did not answer. f borrows buf, which begins with the IP header.
func (p *Protocol) SetUnreachable(f func(ifc *netif.Interface, buf *pbuf.Buf)) { p.unreachable = f }

// onEvent announces new addresses and forgets what was learned on an interface
// or link that went down.
//
// lwIP: netif_issue_reports, etharp_cleanup_netif. lwIP keeps the entries when
// only the link goes down; the station may come back to another network, so
// they go here too.
func (p *Protocol) onEvent(ev netif.Event) {
	ifc := ev.Ifc
	switch ev.Kind {
	case netif.Addr4Changed:
		delete(p.defences, ifc)
		p.announceAddress(ifc)
	case netif.StatusChanged, netif.LinkChanged:
		if !ifc.Ready() {
			p.flush(ifc, false)
			return
		}
		p.announceAddress(ifc)
	case netif.Removed:
		p.flush(ifc, true)
		delete(p.defences, ifc)
		p.unwatch(ifc)
	case netif.Added, netif.Addr6Changed, netif.Addr6State:
	}
}

// Flush forgets every entry of ifc that is not static.
//
// lwIP: etharp_cleanup_netif.
func (p *Protocol) Flush(ifc *netif.Interface) { p.flush(ifc, false) }

func (p *Protocol) flush(ifc *netif.Interface, static bool) {
	t := &p.table
	orders := []*order{&t.stable, &t.asked, &t.queued}
	if static {
		orders = append(orders, &t.static)
	}
	for _, o := range orders {
		for e := o.oldest; e != nil; {
			next := e.after
			if e.ifc == ifc {
				p.remove(e)
			}
			e = next
		}
	}
}

// Entry is one line of the cache, for display.
type Entry struct {
	Ifc   *netif.Interface
	Addr  netip.Addr
	HW    ethernet.Addr // zero while Pending
	State State
}

// Entries returns the cache: static entries first, then the stable ones, oldest
// first, then the pending ones.
//
// lwIP: etharp_get_entry.
func (p *Protocol) Entries() []Entry {
	t := &p.table
	var list []Entry
	for _, o := range []*order{&t.static, &t.stable, &t.asked, &t.queued} {
		for e := o.oldest; e != nil; e = e.after {
			if p.expired(e) {
				continue
			}
			list = append(list, Entry{Ifc: e.ifc, Addr: addrOf(e.addr), HW: e.hw, State: e.state})
		}
	}
	return list
}

// Find returns the Ethernet address of addr on ifc, if it is known.
//
// lwIP: etharp_find_addr.
func (p *Protocol) Find(ifc *netif.Interface, addr netip.Addr) (hw ethernet.Addr, ok bool) {
	if !addr.Is4() {
		return hw, false
	}
	e := p.table.find(ifc, number(addr))
	if e == nil || e.state < Stable || p.expired(e) {
		return hw, false
	}
	return e.hw, true
}

// AddStatic sets an entry that neither ages nor changes. It reports false if
// addr is not an IPv4 unicast address, hw not one station's, or the table full
// of static entries.
//
// lwIP: etharp_add_static_entry.
func (p *Protocol) AddStatic(ifc *netif.Interface, addr netip.Addr, hw ethernet.Addr) bool {
	if !addr.Is4() || addr.IsUnspecified() || addr.IsMulticast() || ifc.IsBroadcast(addr) || hw.IsMulticast() || hw.IsZero() {
		return false
	}
	v := number(addr)
	e := p.table.find(ifc, v)
	if e == nil {
		if e = p.insert(ifc, v); e == nil {
			return false
		}
		p.table.static.append(e)
	}
	p.resolved(e, hw, Static)
	return true
}

// Remove forgets addr on ifc, whatever its state, and reports whether it was
// there.
//
// lwIP: etharp_remove_static_entry.
func (p *Protocol) Remove(ifc *netif.Interface, addr netip.Addr) bool {
	if !addr.Is4() {
		return false
	}
	e := p.table.find(ifc, number(addr))
	if e == nil {
		return false
	}
	p.remove(e)
	return true
}

// number returns the IPv4 address a as a big-endian number.
func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// addrOf is the inverse of number.
func addrOf(v uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], v)
	return netip.AddrFrom4(b)
}
