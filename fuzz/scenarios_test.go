package fuzz

import (
	"net/netip"
	"time"

	"github.com/golwip/lwip/pbuf"
)

// step is one event of a conversation: a packet of the peer's, or something that
// the application on the stack under test does.
type step struct {
	packet func(d *dialogue) []byte
	app    func(d *dialogue)
	wait   time.Duration // afterwards
}

// dialogue is a conversation that goes on.
type dialogue struct {
	*world
	q *peer
	c *conn
}

// conn finds the connection once there is one.
func (d *dialogue) conn() *conn {
	if d.c == nil && len(d.conns) > 0 {
		d.c = d.conns[0]
	}
	return d.c
}

// call runs f on the connection, if there is one.
func call(f func(c *conn)) step {
	return step{app: func(d *dialogue) {
		if c := d.conn(); c != nil {
			d.do(func() { f(c) })
		}
	}, wait: time.Millisecond}
}

func segmentStep(flags byte, n int) step {
	return step{packet: func(d *dialogue) []byte { return d.q.send(flags, n) }, wait: 10 * time.Millisecond}
}

func packetStep(f func(d *dialogue) []byte) step { return step{packet: f, wait: 5 * time.Millisecond} }

func wait(d time.Duration) step { return step{app: func(*dialogue) {}, wait: d} }

// scenario is a conversation that is valid as it stands.
type scenario struct {
	name  string
	steps []step
}

// handshake is a passive open.
var handshake = []step{segmentStep(syn, 0), segmentStep(ack, 0)}

// holes sends three segments of the stream in the wrong order, with an overlap.
func holes() []step {
	at := func(off, n int) step {
		return packetStep(func(d *dialogue) []byte {
			seq := d.q.nxt + uint32(off)
			return d.q.segment(ack, seq, d.q.rcv, d.q.stream(seq, n))
		})
	}
	return []step{at(600, 300), at(1200, 300), at(300, 400), at(800, 500), segmentStep(ack|psh, 1500)}
}

// lossy lets the stack write, and reports that a segment is missing.
func lossy() []step {
	acks := []step{call(func(c *conn) { c.write(6000) }), wait(5 * time.Millisecond)}
	for i := 2; i < 6; i++ {
		acks = append(acks, packetStep(func(d *dialogue) []byte {
			una := d.kind.iss() + 1
			d.q.sacked = []uint32{una + 536, una + uint32(i)*536}
			return d.q.segment(ack, d.q.nxt, una, nil)
		}))
	}
	return append(acks, segmentStep(ack, 0))
}

// closing is how connections end.
func closing(active bool) []step {
	end := call(func(c *conn) { c.close() })
	if active {
		return []step{end, segmentStep(ack, 0), segmentStep(fin|ack, 0), segmentStep(ack, 0), wait(3 * time.Second)}
	}
	return []step{segmentStep(fin|ack, 200), end, segmentStep(ack, 0), segmentStep(ack, 0)}
}

func join(parts ...[]step) (list []step) {
	for _, p := range parts {
		list = append(list, p...)
	}
	return list
}

// scenarios are the conversations that the input chooses from.
var scenarios = []scenario{
	{"passive open, data, passive close", join(handshake, []step{segmentStep(ack|psh, 500), call(func(c *conn) { c.write(2000) }),
		segmentStep(ack, 0), segmentStep(ack, 0)}, closing(false))},
	{"passive open, data, active close", join(handshake, []step{segmentStep(ack|psh, 1000)}, closing(true))},
	{"out of order", join(handshake, holes(), closing(false))},
	{"loss", join(handshake, lossy(), closing(true))},
	{"time-out", join(handshake, []step{call(func(c *conn) { c.write(1000) }), wait(4 * time.Second), segmentStep(ack, 0)}, closing(false))},
	{"zero window", join(handshake, []step{
		{app: func(d *dialogue) { d.q.wnd = 0 }}, segmentStep(ack, 0), call(func(c *conn) { c.write(3000) }), wait(8 * time.Second),
		segmentStep(ack, 0), {app: func(d *dialogue) { d.q.wnd = 8000 }}, segmentStep(ack, 0), wait(time.Second), segmentStep(ack, 0)}, closing(false))},
	{"our zero window", join(handshake, []step{call(func(c *conn) { c.hold = true }), segmentStep(ack, 1400), segmentStep(ack, 1400),
		segmentStep(ack, 1400), segmentStep(ack, 1400), segmentStep(ack, 1), call(func(c *conn) {
			if c.hold = false; c.alive() {
				c.read()
			}
		}), segmentStep(ack, 100)}, closing(false))},
	{"active open", []step{{app: func(d *dialogue) { d.c, d.q = d.connect(40000) }}, segmentStep(syn|ack, 0),
		call(func(c *conn) { c.write(700) }), segmentStep(ack, 300), segmentStep(fin|ack, 0), call(func(c *conn) { c.close() }), segmentStep(ack, 0)}},
	{"simultaneous open", []step{{app: func(d *dialogue) { d.c, d.q = d.connect(40000) }},
		packetStep(func(d *dialogue) []byte { return d.q.segment(syn, d.q.nxt, 0, nil) }), segmentStep(syn|ack, 0), segmentStep(ack, 100),
		call(func(c *conn) { c.shutdown() }), segmentStep(ack|fin, 0), segmentStep(ack, 0)}},
	{"simultaneous close", join(handshake, []step{
		{app: func(d *dialogue) {
			if c := d.conn(); c != nil {
				before := d.q.rcv
				d.do(c.close)
				d.q.rcv = before
			}
		}}, segmentStep(fin|ack, 0), packetStep(func(d *dialogue) []byte { d.q.rcv++; return d.q.send(ack, 0) })})},
	{"half close", join(handshake, []step{call(func(c *conn) { c.write(800); c.shutdown() }), segmentStep(ack, 0), segmentStep(ack, 900),
		segmentStep(ack|fin, 0), call(func(c *conn) { c.close() }), wait(2 * time.Second)})},
	{"resets", join(handshake, []step{
		packetStep(func(d *dialogue) []byte { return d.q.segment(rst, d.q.nxt+100, 0, nil) }),
		packetStep(func(d *dialogue) []byte { return d.q.segment(syn, d.q.nxt+5, 0, nil) }), segmentStep(ack, 10), segmentStep(rst|ack, 0)})},
	{"errors about a connection", join(handshake, []step{call(func(c *conn) { c.write(3000) })}, errorSteps(), []step{segmentStep(ack, 0)}, closing(false))},
	{"abort", join(handshake, []step{segmentStep(ack, 100), call(func(c *conn) { c.abort() }), segmentStep(ack, 100)})},
	{"datagrams", datagramSteps()},
	{"IPv4 and the link", zooSteps(false)},
	{"IPv6 and the link", zooSteps(true)},
	{"errors about datagrams", udpErrorSteps()},
}

// errorSteps are ICMP errors about the connection of a handshake.
func errorSteps() (list []step) {
	for i := range 13 {
		list = append(list, packetStep(func(d *dialogue) []byte { return d.icmpErrors()[i] }))
	}
	return list
}

// zooSteps are all frames that there are, over one family.
func zooSteps(six bool) (list []step) {
	n := len((&world{}).frameZoo())
	for i := range n {
		list = append(list, packetStep(func(d *dialogue) []byte {
			zoo := d.frameZoo()
			if i >= len(zoo) {
				return nil
			}
			if p := parse(zoo[i], d.kind.ip()); p.six != six && p.arp == nil {
				return nil
			}
			return zoo[i]
		}))
	}
	return list
}

// datagramSteps are datagrams in one piece and in several, to an endpoint.
func datagramSteps() (list []step) {
	whole := func(n int) []byte { return udpDatagram(5000, udpPort, make([]byte, n)) }
	list = append(list, packetStep(func(d *dialogue) []byte { return d.fromPeer(17, whole(60)) }))
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 0, 2}} {
		for _, i := range order {
			list = append(list, packetStep(func(d *dialogue) []byte { return d.fragment(whole(1800), i, len(list)) }))
		}
	}
	return append(list, packetStep(func(d *dialogue) []byte { return d.fromPeer(17, whole(1)) }), wait(40*time.Second))
}

// fragment is the ith of three of a datagram.
func (d *dialogue) fragment(b []byte, i, id int) []byte {
	from, to, more := i*800, min((i+1)*800, len(b)), uint16(0)
	if to < len(b) {
		more = 1
	}
	if !d.kind.six() {
		return d.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, uint16(id/3), more<<13|uint16(from/8), nil, mendUDP4(b)[from:to]))
	}
	mendTransport(17, append(addrBytes(peer6), addrBytes(host6)...), b, true)
	off := uint16(from) | more
	return d.from6(44, append([]byte{17, 0, byte(off >> 8), byte(off), 0, 0, 0, byte(id / 3)}, b[from:to]...))
}

// udpErrorSteps lets the stack send datagrams, and answers with errors.
func udpErrorSteps() (list []step) {
	var sent []byte
	send := step{app: func(d *dialogue) {
		d.tap = func(b []byte) {
			if p := parse(b, d.kind.ip()); p.proto == 17 {
				sent = append([]byte(nil), b...)
			}
		}
		d.do(func() {
			remote := peer4
			if d.kind.six() {
				remote = peer6
			}
			if buf := d.s.Pool().Alloc(pbuf.Transport, 30, pbuf.RAM); buf != nil {
				d.echo.p.SendTo(buf, netip.AddrPortFrom(netip.MustParseAddr(remote), 7000))
			}
		})
		d.tap = nil
	}}
	for _, e := range [][2]byte{{3, 3}, {3, 4}, {11, 1}, {1, 4}, {2, 0}, {4, 1}} {
		list = append(list, send, packetStep(func(d *dialogue) []byte {
			quote := sent[min(d.headRoom()&^1, len(sent)):]
			if d.kind.six() {
				return d.from6(58, icmp(e[0], e[1], 1280, quote))
			}
			return d.from4(1, icmp(e[0], e[1], 576, quote))
		}))
	}
	return list
}

// packets counts the packets of a scenario.
func (s *scenario) packets() (n int) {
	for i := range s.steps {
		if s.steps[i].packet != nil {
			n++
		}
	}
	return n
}
