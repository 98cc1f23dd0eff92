package property

import (
	"fmt"
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// foulTime is the most time that passes in foul weather, all in all: so little
// that no connection may be given up for it.
const foulTime = 150 * time.Second

// world is two stacks, the link between them and what was done with them.
type world struct {
	clock *sysarch.Manual
	hosts [2]*host
	wire  *memlink.Port
	conns []*conn
	grams *datagrams

	began  timers.Time
	steady bool   // interfaces, cable and addresses stay
	anew   bool   // somebody began anew to look for neighbours
	ending bool   // connections are closed once both streams have ended
	bug    string // the first thing that is wrong
}

// host is one stack.
type host struct {
	w      *world
	side   int
	s      *lwip.Stack
	ifc    *netif.Interface
	link   *impair.Driver
	tap    *tap
	trace  *trace
	addr   [2]netip.Prefix // IPv4, IPv6
	has    [2]bool         // the address is there
	listen *tcp.Listener   // nil: none
}

// port is what hosts listen on.
const port = 7

// newWorld returns two stacks with nothing between them but a wire.
func newWorld(seed uint64) (*world, error) {
	w := &world{clock: sysarch.NewManual()}
	w.began = w.clock.Now()
	var ends [2]*memlink.Port
	ends[0], ends[1] = memlink.New(memlink.Config{})
	w.wire = ends[0]
	for i := range w.hosts {
		h := &host{w: w, side: i, has: [2]bool{true, true}}
		h.addr[0] = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24)
		h.addr[1] = netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(i + 1)}), 64)
		cfg := lwip.Config{Clock: w.clock, Rand: sysarch.NewSeededRand(2*seed + uint64(i)), NoLoopback: true}
		cfg.ND6.DADAttempts, cfg.ND6.NoRouterDiscovery = -1, true
		cfg.TCP.SendBuffer, cfg.TCP.ReceiveBuffer = 64<<10, 96<<10
		var err error
		if h.s, err = lwip.New(cfg); err != nil {
			return nil, err
		}
		h.link = impair.New(ends[i], w.clock, impair.Config{})
		h.tap = &tap{Driver: h.link, w: w}
		if h.trace, err = newTrace(h.tap, w.clock); err != nil {
			return nil, err
		}
		h.ifc, err = h.s.AddInterface(h.trace, netif.Config{Addr4: h.addr[0], Addrs6: h.addr[1:]})
		if err != nil {
			return nil, err
		}
		w.hosts[i] = h
		if err := h.startListening(4); err != nil {
			return nil, err
		}
	}
	var err error
	w.grams, err = newDatagrams(w)
	return w, err
}

// fail records what is wrong, unless something already is.
func (w *world) fail(format string, args ...any) {
	if w.bug == "" {
		w.bug = fmt.Sprintf("%v: ", w.clock.Now().Sub(w.began)) + fmt.Sprintf(format, args...)
	}
}

// startListening opens the listener.
func (h *host) startListening(backlog int) error {
	h.s.Lock()
	defer h.s.Unlock()
	p, err := h.s.TCP().NewPCB()
	if err != nil {
		return err
	}
	p.Set(tcp.ReuseAddr) // there are connections of an earlier listener
	if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, port), nil); err != nil {
		return err
	}
	h.listen, err = p.Listen(backlog, h)
	return err
}

// stopListening closes it. Connections that were not accepted are cut off.
func (h *host) stopListening() {
	for _, c := range h.w.conns {
		if c.server == h.side && c.ends[1] == nil {
			c.spoil("nobody listens any more")
		}
	}
	h.s.Lock()
	h.listen.Close()
	h.s.Unlock()
	h.listen = nil
}

// Accept implements tcp.AcceptHandler: it finds the connection whose other end
// this is.
func (h *host) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	l.Accepted(p)
	for i := len(h.w.conns) - 1; i >= 0; i-- {
		c := h.w.conns[i]
		if c.server != h.side || c.client != p.Remote() {
			continue
		}
		if c.ends[1] != nil {
			c.fail("accepted twice")
		}
		c.ends[1] = &end{c: c, role: 1, h: h, p: p, connected: true}
		c.ends[1].note("is accepted", 0)
		return c.ends[1]
	}
	h.w.fail("accepted a connection from %v that nobody opened", p.Remote())
	return nil
}

// ListenerClosed implements tcp.AcceptHandler.
func (h *host) ListenerClosed(*tcp.Listener, error) {
	h.w.fail("host %d: listener closed from below", h.side)
}

// removeAddress takes the address of a family away.
func (h *host) removeAddress(family int) {
	for _, c := range h.w.conns {
		if c.family == family {
			c.spoil("an address was removed")
		}
	}
	h.has[family] = false
	h.s.Lock()
	defer h.s.Unlock()
	if family == 0 {
		h.ifc.SetAddr4(netip.Prefix{}, netip.Addr{})
	} else if err := h.s.ND6().RemoveAddress(h.ifc, h.addr[1].Addr()); err != nil {
		h.w.fail("removing %v: %v", h.addr[1], err)
	}
}

// restoreAddress gives it back.
func (h *host) restoreAddress(family int) {
	if h.has[family] {
		return
	}
	h.has[family] = true
	h.s.Lock()
	defer h.s.Unlock()
	if family == 0 {
		h.ifc.SetAddr4(h.addr[0], netip.Addr{})
	} else if _, err := h.s.ND6().AddAddress(h.ifc, h.addr[1]); err != nil {
		h.w.fail("adding %v: %v", h.addr[1], err)
	}
}

// heal makes the weather fair.
func (w *world) heal() {
	w.wire.SetLink(true)
	for _, h := range w.hosts {
		h.link.SetOut(impair.Profile{})
		h.tap.pathMTU = 0
		for family := range h.addr {
			h.restoreAddress(family)
		}
		h.s.Lock()
		if h.listen != nil {
			h.listen.SetBacklog(maxConns) // all may come at the same moment
		}
		h.ifc.SetUp(true)
		if w.grams.corrupted {
			h.s.ARP().Flush(h.ifc) // a corrupt frame may have taught it nonsense
			w.anew = true
		}
		h.s.Unlock()
	}
}

// check checks what must hold at any time.
func (w *world) check(t rapid.TB) {
	t.Helper()
	for _, h := range w.hosts {
		h.s.Lock()
		conns := 0
		for state := tcp.Closed; state <= tcp.TimeWait; state++ {
			if n := h.s.TCP().Count(state); n < 0 {
				w.fail("host %d: %d connections in %v", h.side, n, state)
			} else if state != tcp.Listen {
				conns += n
			}
		}
		if n := h.s.Timers().Len(); n > conns+24 {
			w.fail("host %d: %d timers for %d connections", h.side, n, conns)
		}
		h.s.Unlock()
		if st := h.s.Pool().Stats(); st.BytesInUse > (conns+4)<<20 {
			w.fail("host %d: %d bytes of packet memory for %d connections", h.side, st.BytesInUse, conns)
		}
	}
	for _, c := range w.conns {
		c.check()
	}
	if w.bug != "" {
		t.Fatal(w.bug)
	}
}

// finish lets the weather be fair, ends everything in order, and checks what is
// left.
func (w *world) finish(t rapid.TB) {
	t.Helper()
	w.heal()
	w.clock.Advance(2 * time.Minute) // connections that are being opened
	w.check(t)
	w.ending = true
	for _, c := range w.conns {
		for _, e := range c.ends {
			e.endStream()
		}
	}
	w.clock.Advance(10 * time.Minute)
	w.check(t)
	for _, c := range w.conns {
		c.checkComplete()
	}
	for _, c := range w.conns {
		for _, e := range c.ends {
			e.close()
		}
	}
	w.clock.Advance(30 * time.Minute)
	w.check(t)
	w.grams.close()
	for _, h := range w.hosts {
		if h.listen != nil {
			h.stopListening()
		}
		h.s.Lock()
		for state := tcp.Closed; state <= tcp.TimeWait; state++ {
			if n := h.s.TCP().Count(state); n != 0 {
				w.fail("host %d: %d connections left in %v", h.side, n, state)
			}
		}
		h.s.Unlock()
		if st := h.s.Pool().Stats(); st.BlocksInUse != 0 || st.ViewsInUse != 0 {
			w.fail("host %d: packet memory left: %+v", h.side, st)
		}
	}
	w.clock.Advance(3 * time.Hour) // alarms of timers that are gone, such as keep-alive
	if next := w.clock.Next(); next != timers.Never {
		w.fail("an alarm is left, due in %v", next.Sub(w.clock.Now()))
	}
	for _, h := range w.hosts {
		if err := h.s.Close(); err != nil {
			w.fail("close: %v", err)
		}
		h.checkTrace()
	}
	if w.bug != "" {
		t.Fatal(w.bug)
	}
}
