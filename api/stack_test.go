package api

import (
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// host is a stack in as few lines as possible: the core lock over one interface.
type host struct {
	mu      sync.Mutex
	locks   int // times the core lock was taken
	clock   sysarch.Clock
	pool    *pbuf.Pool
	q       timers.Queue
	alarm   sysarch.Alarm
	alarmAt timers.Time
	ifs     *netif.Protocol
	ifc     *netif.Interface
	tcp     *tcp.Protocol
	udp     *udp.Protocol
	raw     *raw.Protocol
	api     *Protocol
	addr    netip.Addr
	addr6   netip.Addr
}

func (h *host) Lock() {
	h.mu.Lock()
	h.locks++
	h.q.Advance(h.clock.Now())
}

func (h *host) Unlock() {
	h.tcp.Flush()
	if at := h.q.Next(); at < h.alarmAt {
		h.alarmAt = at
		h.alarm.Set(at)
	}
	batch, sender := h.ifc.Publish()
	h.mu.Unlock()
	if sender {
		h.ifc.Transmit(batch)
	}
}

func (h *host) onAlarm() {
	h.Lock()
	h.alarmAt = timers.Never
	h.q.Run()
	h.Unlock()
}

func (h *host) Deliver(frames []*pbuf.Buf) {
	h.Lock()
	for _, f := range frames {
		h.ifc.Input(f)
	}
	h.Unlock()
}
func (h *host) SetLink(bool)     {}
func (h *host) Pool() *pbuf.Pool { return h.pool }

// setup configures a pair of hosts.
type setup struct {
	clock sysarch.Clock
	tcp   tcp.Config
	udp   udp.Config
	api   Config
	pbuf  pbuf.Config
}

// newHost makes a host with the addresses 10.0.0.n and fd00::n.
func newHost(t testing.TB, port *memlink.Port, n byte, s setup) *host {
	t.Helper()
	r := sysarch.NewSeededRand(uint64(n))
	h := &host{clock: s.clock, pool: pbuf.NewPool(s.pbuf), alarmAt: timers.Never}
	h.q.Advance(h.clock.Now())
	h.ifs = netif.New(&h.q, r, h.pool)
	net4 := ip4.New(h.ifs, &h.q, r, h.pool, arp.New(h.ifs, &h.q, r, arp.Config{}), ip4.Config{})
	net6 := ip6.New(h.ifs, &h.q, r, h.pool, nd6.New(h.ifs, &h.q, r, h.pool, nd6.Config{}), ip6.Config{})
	h.raw = raw.New(h.pool, net4, net6, h.ifs, raw.Config{})
	h.udp = udp.New(h.pool, &h.q, r, net4, net6, h.ifs, s.udp)
	h.tcp = tcp.New(h.pool, &h.q, r, net4, net6, h.ifs, s.tcp)
	for _, n := range []interface {
		Handle(ip.Proto, ip.Transport)
		HandleRaw(ip.RawHandler)
	}{net4, net6} {
		n.Handle(ip.TCP, h.tcp)
		n.Handle(ip.UDP, h.udp)
		n.HandleRaw(h.raw)
	}
	h.addr = netip.AddrFrom4([4]byte{10, 0, 0, n})
	h.addr6 = netip.MustParseAddr("fd00::")
	b := h.addr6.As16()
	b[15] = n
	h.addr6 = netip.AddrFrom16(b)
	var err error
	if h.ifc, err = h.ifs.Add(port, netif.Config{}); err != nil {
		t.Fatal(err)
	}
	h.ifc.SetUp(true)
	h.ifc.SetAddr4(netip.PrefixFrom(h.addr, 24), netip.Addr{})
	for _, a := range []netip.Addr{h.addr6, linkLocal(n)} {
		slot := netif.Addr6{Addr: a, Bits: 64, State: netif.Preferred, PreferredUntil: timers.Never, ValidUntil: timers.Never}
		if _, err := h.ifc.AddAddr6(slot); err != nil {
			t.Fatal(err)
		}
	}
	h.api = New(h, h.pool, h.clock, &h.q, h.tcp, h.udp, h.raw, h.ifs, s.api)
	h.alarm = h.clock.NewAlarm(h.onAlarm)
	if err := port.Attach(h); err != nil {
		t.Fatal(err)
	}
	return h
}

func linkLocal(n byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: n})
}

// pair makes two hosts on a wire of IP packets, and checks at the end of the test
// that neither has a goroutine, a buffer or an endpoint left.
func pair(t testing.TB, s setup) (a, b *host) {
	t.Helper()
	if s.clock == nil {
		s.clock = sysarch.Real()
	}
	before := runtime.NumGoroutine()
	pa, pb := memlink.New(memlink.Config{Framing: netif.IP})
	a, b = newHost(t, pa, 1, s), newHost(t, pb, 2, s)
	t.Cleanup(func() {
		for _, h := range []*host{a, b} {
			h.api.Close()
			h.Lock()
			h.tcp.Close()
			h.Unlock()
			h.Lock()
			h.alarm.Stop()
			h.Unlock()
		}
		settle(t, before)
		for _, h := range []*host{a, b} {
			drain(h.pool)
			if st := h.pool.Stats(); st.BlocksInUse != 0 || st.ViewsInUse != 0 {
				t.Errorf("%v: %d blocks and %d views are still in use", h.addr, st.BlocksInUse, st.ViewsInUse)
			}
			if len(h.api.dgrams)+len(h.api.listeners)+len(h.api.orphans) != 0 {
				t.Errorf("%v: endpoints are left", h.addr)
			}
		}
	})
	return a, b
}

// drain waits until nothing of the pool is in use: a goroutine of the test that
// the count of settle did not include may be on its way out of a call.
func drain(p *pbuf.Pool) {
	for end := time.Now().Add(5 * time.Second); p.Stats().BlocksInUse != 0 && time.Now().Before(end); {
		runtime.Gosched()
	}
}

// settle waits until no more than n goroutines run: those that have been woken
// may need a moment to return.
func settle(t testing.TB, n int) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > n; runtime.Gosched() {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), n, buf[:runtime.Stack(buf, true)])
		}
	}
}

// at returns the host's address with a port.
func (h *host) at(port uint16) netip.AddrPort { return netip.AddrPortFrom(h.addr, port) }

// connect makes a TCP connection from a to b.
func connect(t testing.TB, a, b *host) (client, server *TCPConn) {
	t.Helper()
	l, err := b.api.ListenTCP(b.at(0), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = a.api.DialTCP(t.Context(), netip.AddrPort{}, l.l().local, nil)
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// waitFor yields until done reports true.
func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("waited too long: %s", what)
		}
	}
}

// blocked waits until n callers wait on the side.
func blocked(t testing.TB, e *endpoint, s *side, n int) {
	t.Helper()
	waitFor(t, "callers to block", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return int(s.waiting) == n
	})
}

// lockCount returns how often the core lock was taken.
func (h *host) lockCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.locks
}

// down makes the host deaf.
func (h *host) down() {
	h.Lock()
	h.ifc.SetUp(false)
	h.Unlock()
}

// async reports the error of a call made in a goroutine of its own.
func async(f func() error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- f() }()
	return c
}
