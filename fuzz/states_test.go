package fuzz

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/tcp"
)

// enter brings a new connection of w into a state, with the peer's help, and
// returns both ends; nil for a connection that there is none of in the state. In
// states that have one, unsent bytes are written and not acknowledged if busy is
// set.
func (w *world) enter(state tcp.State, busy bool) (*conn, *peer) {
	if len(w.conns) == 0 {
		w.listen()
	}
	w.meet()
	passive := state != tcp.SynSent
	if !passive {
		return w.connect(40000)
	}
	q := w.newPeer(uint16(20000+len(w.peers)), tcpPort)
	if state == tcp.Listen {
		return nil, q
	}
	w.deliver(q.send(syn, 0))
	if state == tcp.SynReceived {
		return nil, q
	}
	n := len(w.conns)
	w.deliver(q.send(ack, 0))
	if len(w.conns) == n {
		return nil, q // for want of memory
	}
	c := w.conns[n]
	if busy {
		w.do(func() { c.write(3000) })
		w.pass(5 * time.Millisecond)
	}
	ackAll := func() { w.deliver(q.send(ack, 0)) }
	closeIt := func() { w.do(c.close) }
	peerFin := func() { w.deliver(q.send(fin|ack, 0)) }
	switch state {
	case tcp.FinWait1:
		closeIt()
	case tcp.FinWait2:
		w.do(c.shutdown)
		ackAll()
		ackAll()
	case tcp.CloseWait:
		peerFin()
	case tcp.Closing:
		before := q.rcv
		closeIt()
		after := q.rcv
		q.rcv = before
		peerFin()
		q.rcv = after
	case tcp.LastAck:
		peerFin()
		closeIt()
	case tcp.TimeWait:
		closeIt()
		ackAll()
		peerFin()
	case tcp.Established, tcp.Closed, tcp.Listen, tcp.SynSent, tcp.SynReceived:
	}
	return c, q
}

// meet lets the stack and the peer learn each other's address.
func (w *world) meet() {
	if w.kind.ip() {
		return
	}
	if w.kind.six() {
		w.deliver(w.solicitation(peerHW, peer6))
	} else {
		w.deliver(w.arp(1, peerHW, peer4, host4))
	}
}

// connect opens a connection from the stack to the peer's port.
func (w *world) connect(port uint16) (c *conn, q *peer) {
	remote := peer4
	if w.kind.six() {
		remote = peer6
	}
	q = w.newPeer(port, 0)
	w.do(func() {
		p, err := w.s.TCP().NewPCB()
		if err != nil {
			return
		}
		w.must(p.Bind(netip.AddrPortFrom(netip.Addr{}, port+1000), nil))
		q.local = port + 1000
		c = &conn{w: w, p: p, followed: true, state: tcp.Closed}
		if err := p.Connect(netip.AddrPortFrom(netip.MustParseAddr(remote), port), c); err != nil {
			p.Close()
			c = nil
			return
		}
		c.local, c.remote, c.state = p.Local(), p.Remote(), p.State()
		w.conns = append(w.conns, c)
	})
	return c, q
}
