package tcp

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// host is one end of a test: a Protocol on a network layer that hands packets
// to a function.
type host struct {
	t    testing.TB
	tcp  *Protocol
	q    *timers.Queue
	pool *pbuf.Pool
	ifs  *netif.Protocol
	ifc  *netif.Interface
	addr netip.Addr
	out  func(p packet)
	// refuse, if set, may make Output fail.
	refuse func() error

	unreachable []ip.Reason // ICMP errors asked for
}

// packet is a segment on the test's wire.
type packet struct {
	buf *pbuf.Buf
	ip.Info
}

// nullDriver is a link to nowhere.
type nullDriver struct{}

func (nullDriver) Properties() netif.Properties {
	return netif.Properties{Framing: netif.IP, HWAddr: ethernet.Addr{2}}
}
func (nullDriver) Attach(netif.Receiver) error { return nil }
func (nullDriver) Transmit(f []*pbuf.Buf)      { pbuf.FreeAll(f) }
func (nullDriver) Detach() error               { return nil }

func newHost(t testing.TB, addr string, cfg Config) *host {
	return newHostWithPool(t, addr, cfg, pbuf.Config{})
}

func newHostWithPool(t testing.TB, addr string, cfg Config, pool pbuf.Config) *host {
	h := &host{t: t, q: new(timers.Queue), addr: netip.MustParseAddr(addr), pool: pbuf.NewPool(pool)}
	h.q.Advance(timers.Time(time.Second))
	r := sysarch.NewSeededRand(uint64(h.addr.As16()[15]))
	h.ifs = netif.New(h.q, r, h.pool)
	var err error
	if h.ifc, err = h.ifs.Add(nullDriver{}, netif.Config{}); err != nil {
		t.Fatal(err)
	}
	h.tcp = New(h.pool, h.q, r, h, h, h.ifs, cfg)
	return h
}

func (h *host) Output(buf *pbuf.Buf, hd ip.Header) error {
	if h.refuse != nil {
		if err := h.refuse(); err != nil {
			buf.Free()
			return err
		}
	}
	h.out(packet{buf, ip.Info{Src: hd.Src, Dst: hd.Dst, Proto: hd.Proto, TTL: 64, TOS: hd.TOS}})
	return nil
}

func (h *host) Route(dst, src netip.Addr, _ *netif.Interface) (ip.Route, error) {
	return ip.Route{Ifc: h.ifc, Src: h.addr, MTU: 1500}, nil
}
func (h *host) Unreachable(_ *pbuf.Buf, _ *ip.Info, why ip.Reason) {
	h.unreachable = append(h.unreachable, why)
}
func (h *host) Reachable(*netif.Interface, netip.Addr) {}
func (h *host) Owner(a netip.Addr) *netif.Interface {
	if a == h.addr {
		return h.ifc
	}
	return nil
}
func (h *host) HeaderLen() int {
	if h.addr.Is6() {
		return 40
	}
	return 20
}

// input delivers a packet and flushes.
func (h *host) input(p packet) {
	p.Ifc = h.ifc
	h.tcp.Input(p.buf, &p.Info)
}

// pair is two hosts on a wire with a one-way delay and a filter.
type pair struct {
	t     testing.TB
	a, b  *host
	now   timers.Time
	delay time.Duration
	wire  []flying
	// pass, if set, may drop a packet (false); n counts packets from 0.
	pass func(from *host, h Header, n int) bool
	n    int
	// largest, if set, is the longest segment in bytes that arrives, header included.
	largest int
	// check holds every connection against its invariants after each step.
	check bool
}

type flying struct {
	at timers.Time
	to *host
	p  packet
}

func newPair(t testing.TB, cfg Config) *pair { return newPairWithPools(t, cfg, pbuf.Config{}) }

func newPairWithPools(t testing.TB, cfg Config, pool pbuf.Config) *pair {
	p := &pair{t: t, now: timers.Time(time.Second), delay: 5 * time.Millisecond}
	p.a, p.b = newHostWithPool(t, "10.0.0.1", cfg, pool), newHostWithPool(t, "10.0.0.2", cfg, pool)
	p.connect(p.a, p.b)
	p.connect(p.b, p.a)
	return p
}

func (p *pair) connect(from, to *host) {
	from.out = func(k packet) {
		hd, ok := ParseHeader(flat(k.buf))
		if !ok {
			p.t.Fatal("emitted a segment without a header")
		}
		n := p.n
		p.n++
		if p.pass != nil && !p.pass(from, hd, n) || p.largest > 0 && k.buf.TotalLen() > p.largest {
			k.buf.Free()
			return
		}
		p.wire = append(p.wire, flying{p.now.Add(p.delay), to, k})
	}
}

// flat returns a copy of the packet's bytes.
func flat(b *pbuf.Buf) []byte {
	var out []byte
	for e := b; e != nil; e = e.Next() {
		out = append(out, e.Bytes()...)
	}
	return out
}

// step moves to the next event and reports whether there was one before limit.
func (p *pair) step(limit timers.Time) bool {
	p.a.tcp.Flush()
	p.b.tcp.Flush()
	next := min(p.a.q.Next(), p.b.q.Next())
	if len(p.wire) > 0 {
		next = min(next, p.wire[0].at)
	}
	if next > limit {
		return false
	}
	p.now = max(p.now, next)
	p.a.q.Advance(p.now)
	p.b.q.Advance(p.now)
	for len(p.wire) > 0 && p.wire[0].at <= p.now {
		f := p.wire[0]
		p.wire = p.wire[1:]
		f.to.input(f.p)
		f.to.tcp.Flush()
	}
	p.a.q.Run()
	p.b.q.Run()
	if p.check {
		p.a.tcp.Flush()
		p.b.tcp.Flush()
		p.a.checkAll()
		p.b.checkAll()
	}
	return true
}

// run lets d of virtual time pass.
func (p *pair) run(d time.Duration) {
	limit := p.now.Add(d)
	for p.step(limit) {
	}
	p.now = limit
	p.a.q.Advance(limit)
	p.b.q.Advance(limit)
}

// until steps until done or d has passed.
func (p *pair) until(d time.Duration, done func() bool) {
	p.t.Helper()
	limit := p.now.Add(d)
	for !done() {
		if !p.step(limit) {
			p.t.Fatalf("not done within %v", d)
		}
	}
}

// end checks that nothing is left behind.
func (p *pair) end() {
	p.t.Helper()
	p.a.tcp.Close()
	p.b.tcp.Close()
	for _, f := range p.wire {
		f.p.buf.Free()
	}
	for _, h := range []*host{p.a, p.b} {
		if s := h.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			p.t.Errorf("%v: %d blocks and %d views in use at the end", h.addr, s.BlocksInUse, s.ViewsInUse)
		}
		if h.tcp.pcbs != 0 || h.q.Len() != 0 {
			p.t.Errorf("%v: %d PCBs and %d timers left", h.addr, h.tcp.pcbs, h.q.Len())
		}
		if h.tcp.unread != 0 || h.tcp.unacked != 0 {
			p.t.Errorf("%v: %d bytes unread and %d unacknowledged are counted at the end", h.addr, h.tcp.unread, h.tcp.unacked)
		}
	}
}

// owner is a Handler that records what it hears.
type owner struct {
	pcb       *PCB
	got       bytes.Buffer
	connected int
	eof       int
	sent      int
	closed    int
	err       error
	soft      error
	hold      bool // does not call Recved
	held      int
	onSent    func(n int)
}

func (o *owner) Connected(*PCB) { o.connected++ }
func (o *owner) Received(p *PCB, buf *pbuf.Buf) {
	b := flat(buf)
	o.got.Write(b)
	buf.Free()
	if o.hold {
		o.held += len(b)
	} else {
		p.Recved(len(b))
	}
}
func (o *owner) PeerClosed(*PCB) { o.eof++ }
func (o *owner) Sent(_ *PCB, n int) {
	o.sent += n
	if o.onSent != nil {
		o.onSent(n)
	}
}
func (o *owner) Closed(_ *PCB, err error)    { o.closed++; o.err = err }
func (o *owner) SoftError(_ *PCB, err error) { o.soft = err }

// door is an AcceptHandler that accepts everything.
type door struct{ got []*owner }

func (d *door) Accept(l *Listener, p *PCB) Handler {
	l.Accepted(p)
	o := &owner{pcb: p}
	d.got = append(d.got, o)
	return o
}
func (d *door) ListenerClosed(*Listener, error) {}

// listen opens port 80 on h.
func (h *host) listen() (*Listener, *door) {
	h.t.Helper()
	p, err := h.tcp.NewPCB()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, 80), nil); err != nil {
		h.t.Fatal(err)
	}
	d := new(door)
	l, err := p.Listen(128, d)
	if err != nil {
		h.t.Fatal(err)
	}
	return l, d
}

// dial connects h to port 80 of to.
func (h *host) dial(to *host) *owner {
	h.t.Helper()
	p, err := h.tcp.NewPCB()
	if err != nil {
		h.t.Fatal(err)
	}
	o := &owner{pcb: p}
	if err := p.Connect(netip.AddrPortFrom(to.addr, 80), o); err != nil {
		h.t.Fatal(err)
	}
	return o
}

// establish opens a connection and returns both ends.
func (p *pair) establish() (client, server *owner) {
	p.t.Helper()
	_, d := p.b.listen()
	c := p.a.dial(p.b)
	p.until(time.Minute, func() bool { return c.connected == 1 && len(d.got) == 1 })
	return c, d.got[0]
}

// write queues as much of b as fits and returns the rest.
func (o *owner) write(b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), o.pcb.SendSpace(), o.pcb.SegmentPayload())
		if n == 0 {
			break
		}
		buf := o.pcb.t.pool.AllocBytes(0, n)
		if buf == nil {
			break
		}
		copy(buf.Bytes(), b)
		if err := o.pcb.Write(buf, 0); err != nil {
			buf.Free()
			break
		}
		b = b[n:]
	}
	return b
}

// transfer sends n bytes from c to s and checks them.
func (p *pair) transfer(c, s *owner, n int, d time.Duration) {
	p.t.Helper()
	data := make([]byte, n)
	sysarch.NewSeededRand(7).Read(data)
	rest := c.write(data)
	from := s.got.Len()
	p.until(d, func() bool {
		rest = c.write(rest)
		return s.got.Len()-from == n
	})
	if !bytes.Equal(s.got.Bytes()[from:], data) {
		p.t.Fatal("other bytes arrived than were sent")
	}
}

func addrPort(h *host, port uint16) netip.AddrPort { return netip.AddrPortFrom(h.addr, port) }
