package tcp

import (
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Protocol is the TCP of one stack.
type Protocol struct {
	pool *pbuf.Pool
	q    *timers.Queue
	net4 ip.Network // nil: the family is switched off
	net6 ip.Network
	cfg  Config

	conns     table
	ports     portCounts          // connections by local port
	bound     map[uint16]*portUse // bound PCBs and listeners by port
	listeners int
	choose    *ip.Ports
	timeWait  timeWaitList
	pcbs      int
	orphans   int                  // orphan.go
	prios     [PriorityMax + 1]int // connections of each priority; priority.go
	evictHand int                  // of the table's slots, where the next search begins
	count     [TimeWait + 1]int

	unread, unacked int // bytes that all connections hold; crowd.go

	ended *PCB // released, and over since the batch began; reuse.go
	free  *PCB // for reuse
	nfree int

	dirty   []*PCB // finish is due
	spare   []*PCB
	stalled []*PCB      // waiting for room in a driver's queue
	ready   []*pbuf.Buf // payload on its way up, see checkText
	seg     Segment     // the segment being processed
	held    merging     // what came before it, to be processed with its successors
	segs    *outSegment // free list
	nsegs   int
	boards  *board // free list
	nboards int

	syn     synQueue   // synqueue.go
	cookies synCookies // syncookie.go

	forwarders map[*netif.Interface]*Forwarder // forward.go

	isnKey, tsKey siphash.Key
	rand          *sysarch.Rand
	stats         Stats
}

// New returns the TCP of a stack whose network layers are net4 and net6; nil
// switches a family off.
func New(pool *pbuf.Pool, q *timers.Queue, r *sysarch.Rand, net4, net6 ip.Network, ifs *netif.Protocol, cfg Config) *Protocol {
	t := &Protocol{
		pool: pool, q: q, net4: net4, net6: net6, cfg: cfg.withDefaults(),
		bound: make(map[uint16]*portUse), choose: ip.NewPorts(r), rand: r,
		isnKey: siphash.Key{r.Uint64(), r.Uint64()},
		tsKey:  siphash.Key{r.Uint64(), r.Uint64()},
	}
	t.conns.key = [2]uint64{r.Uint64(), r.Uint64()}
	t.initSynQueue()
	ifs.Listen(t.onNetif)
	return t
}

// Stats returns a copy of the counters.
func (t *Protocol) Stats() Stats { return t.stats }

// Count returns how many connections are in state s.
func (t *Protocol) Count(s State) int {
	if s == Listen {
		return t.listeners
	}
	return t.count[s]
}

// network returns the network layer of a's family, or nil.
func (t *Protocol) network(a netip.Addr) ip.Network {
	if a.Is4() {
		return t.net4
	}
	return t.net6
}

// markDirty puts p on the list of connections that Flush finishes.
func (t *Protocol) markDirty(p *PCB) {
	if !p.todo.dirty {
		p.todo.dirty = true
		t.dirty = append(t.dirty, p)
	}
}

// Flush sends what was decided since the last call: each connection that was
// touched sends its segments and its ACK once. The stack calls it before it
// releases the core lock.
func (t *Protocol) Flush() {
	if t.held.p != nil {
		t.release()
	}
	for len(t.dirty) > 0 {
		list := t.dirty
		t.dirty = t.spare[:0]
		for i, p := range list {
			p.todo.dirty = false
			list[i] = nil
			p.finish()
		}
		t.spare = list[:0]
	}
	if t.ended != nil {
		t.reclaim()
	}
}

// onNetif follows the interfaces' addresses: a connection whose local address is
// taken away is aborted, a listener on it moves to the new one.
//
// lwIP: tcp_netif_ip_addr_changed.
func (t *Protocol) onNetif(ev netif.Event) {
	switch ev.Kind {
	case netif.Addr4Changed, netif.Addr6Changed:
		if ev.OldAddr.IsValid() && ev.OldAddr != ev.NewAddr {
			t.addressChanged(ev.OldAddr, ev.NewAddr)
		}
	case netif.Removed:
		t.interfaceRemoved(ev.Ifc)
	case netif.Added, netif.StatusChanged, netif.LinkChanged, netif.Addr6State:
	}
}

func (t *Protocol) addressChanged(old, new netip.Addr) {
	if !t.cfg.KeepOnAddressChange {
		t.resetHalfOpens(func(h *halfOpen) bool { return h.id.local == old })
		t.conns.each(func(p *PCB) {
			if p.id.local == old {
				p.kill(ErrAddressChanged)
			}
		})
	}
	for _, use := range t.bound {
		for _, l := range use.listeners {
			if l.addr == old && new.IsValid() {
				l.addr = new
			}
		}
	}
}

func (t *Protocol) interfaceRemoved(ifc *netif.Interface) {
	t.resetHalfOpens(func(h *halfOpen) bool { return h.ifc == ifc })
	if f := t.forwarders[ifc]; f != nil {
		f.Close()
	}
	t.conns.each(func(p *PCB) {
		if p.ifc == ifc {
			p.kill(ErrAddressChanged)
		}
	})
	var gone []*Listener
	for _, use := range t.bound {
		for _, l := range use.listeners {
			if l.ifc == ifc {
				gone = append(gone, l)
			}
		}
	}
	for _, l := range gone {
		h := l.up
		l.Close()
		h.ListenerClosed(l, ErrAddressChanged)
	}
}

// Close aborts every connection and ends every listener, without telling their
// owners' peers more than a RST each.
func (t *Protocol) Close() {
	t.release()
	for _, f := range t.forwarders {
		f.Close()
	}
	t.conns.each(func(p *PCB) { p.kill(ErrAborted) })
	for _, use := range t.bound {
		for len(use.listeners) > 0 {
			l := use.listeners[0]
			h := l.up
			l.Close()
			h.ListenerClosed(l, ErrAborted)
		}
	}
}
