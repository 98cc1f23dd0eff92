package oracle

import (
	"container/list"
	"net/netip"
	"time"
)

// key names a connection at one interface.
type key struct {
	lo, hi netip.AddrPort
	ifc    int
	vlan   uint16
}

func keyOf(p *Packet) key {
	if p.Src.Compare(p.Dst) < 0 {
		return key{p.Src, p.Dst, p.Interface, p.VLAN}
	}
	return key{p.Dst, p.Src, p.Interface, p.VLAN}
}

// How long a connection must have been silent to be forgotten once it is
// closed, and to give way to a SYN even if it is not: TIME-WAIT is over then.
const (
	forgetAfter = 4 * time.Minute
	giveWay     = time.Minute
)

// connections is the table of the connections that are followed.
type connections struct {
	j     *judge
	table map[key]*list.Element // of *flow
	order *list.List            // the one that was silent for longest at the back
	swept time.Duration
}

func (c *connections) init(j *judge) {
	c.j, c.table, c.order = j, make(map[key]*list.Element), list.New()
}

// packet hands a segment to its connection, which it may open.
func (c *connections) packet(p *Packet) {
	c.sweep(p.At)
	k := keyOf(p)
	e := c.table[k]
	var former *flow
	if e != nil && p.Flags&(SYN|ACK|RST) == SYN && p.Sum != Bad {
		switch e.Value.(*flow).onSYN(p) {
		case synNew:
			former = e.Value.(*flow)
			c.end(e)
			e = nil
		case synStray:
			return
		case synAgain:
		}
	}
	if e == nil {
		if !c.j.straySum(p) {
			return
		}
		if len(c.table) >= c.j.opts.MaxFlows {
			c.end(c.order.Back())
		}
		f := newFlow(c.j, k, p)
		if former != nil {
			f.inherit(former)
		}
		e = c.order.PushFront(f)
		c.table[k] = e
	}
	c.order.MoveToFront(e)
	e.Value.(*flow).packet(p)
}

// synKind is what a SYN is to a connection that is known.
type synKind uint8

const (
	synAgain synKind = iota // of this connection
	synNew                  // the connection's successor
	synStray                // neither: to be answered by a challenge
)

// onSYN tells what a SYN without ACK is.
func (f *flow) onSYN(p *Packet) synKind {
	x := f.sender(p)
	switch {
	case f.dead:
		return synNew
	case x.synSeen && x.unwrap(p.Seq) == x.synAt, !x.known:
		return synAgain
	case f.closed(), !x.peer.known, !x.peer.synSeen, p.At-f.last > giveWay:
		return synNew
	}
	return synStray
}

// sweep forgets connections that are over.
func (c *connections) sweep(now time.Duration) {
	if now-c.swept < giveWay {
		return
	}
	c.swept = now
	var next *list.Element
	for e := c.order.Back(); e != nil; e = next {
		next = e.Prev()
		f := e.Value.(*flow)
		if now-f.last < forgetAfter {
			return
		}
		if f.closed() {
			c.end(e)
		}
	}
}

func (c *connections) end(e *list.Element) {
	f := c.order.Remove(e).(*flow)
	delete(c.table, f.key)
	f.finish()
}

// finish ends every connection, the oldest first.
func (c *connections) finish() {
	for e := c.order.Back(); e != nil; e = c.order.Back() {
		c.end(e)
	}
}
