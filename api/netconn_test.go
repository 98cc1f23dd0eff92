package api

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

func newConn(t testing.TB, h *host, typ Type) *Netconn {
	t.Helper()
	c, err := h.api.New(typ, ip.ICMP, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Delete() })
	return c
}

// netconnPair makes a connection; the listener is closed again.
func netconnPair(t testing.TB, a, b *host) (c, s *Netconn) {
	t.Helper()
	l := newConn(t, b, TCP)
	if err := l.Bind(b.at(80)); err != nil {
		t.Fatal(err)
	}
	if err := l.Listen(0); err != nil {
		t.Fatal(err)
	}
	c = newConn(t, a, TCP)
	if err := c.Connect(b.at(80)); err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Delete() })
	l.Delete()
	return c, s
}

// features P1.
func TestNetconnTypes(t *testing.T) {
	a, _ := pair(t, setup{})
	for _, x := range []struct {
		typ   Type
		group Type
		v6    bool
		err   error
	}{
		{TCP, TCP, false, nil}, {TCP6, TCP, true, nil},
		{UDP, UDP, false, nil}, {UDP6, UDP, true, nil},
		{UDPNoChecksum, UDP, false, nil}, {UDPNoChecksum6, UDP, true, nil},
		{UDPLite, UDP, false, ErrProtocol}, {UDPLite6, UDP, true, ErrProtocol},
		{Raw, Raw, false, nil}, {Raw6, Raw, true, nil},
		{0x70, 0x70, false, ErrArgument},
	} {
		if x.typ.Group() != x.group || x.typ.IsV6() != x.v6 {
			t.Errorf("%#x: group %#x, IPv6 %v", x.typ, x.typ.Group(), x.typ.IsV6())
		}
		c, err := a.api.New(x.typ, ip.ICMP, nil)
		if err != x.err {
			t.Errorf("%#x: %v, want %v", x.typ, err, x.err)
		}
		if err == nil {
			if c.Type() != x.typ {
				t.Error("wrong type")
			}
			c.Delete()
		}
	}
}

// features P3, P4, P5, P7, P8: addresses and errors of opening.
func TestNetconnOpen(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := netconnPair(t, a, b)
	if peer, err := c.Peer(); peer != b.at(80) || err != nil {
		t.Errorf("peer %v, %v", peer, err)
	}
	local, err := c.Local()
	if peer, _ := s.Peer(); peer != local || err != nil {
		t.Errorf("local %v, the peer sees %v", local, peer)
	}
	want(t, c.Connect(b.at(80)), ErrIsConnected, syscall.EISCONN)
	want(t, c.Listen(1), ErrValue)
	if _, err := c.Accept(); err != ErrValue {
		t.Errorf("Accept on a connection: %v", err)
	}
	n := newConn(t, a, TCP)
	if _, err := n.Peer(); err != ErrNotConnected {
		t.Errorf("Peer of an unconnected: %v", err)
	}
	if _, err := n.Write([]byte("x"), 0); err != ErrNotConnected {
		t.Errorf("Write on an unconnected: %v", err)
	}
	var nb Netbuf
	if err := n.Recv(&nb, 0); err != ErrNotConnected {
		t.Errorf("Recv on an unconnected: %v", err)
	}
	want(t, n.Bind(netip.AddrPortFrom(a.addr6, 1)), ErrValue)
	want(t, n.Bind(netip.MustParseAddrPort("192.0.2.1:1")), syscall.EADDRNOTAVAIL)
	want(t, n.Connect(netip.AddrPortFrom(b.addr6, 1)), ErrValue)
	want(t, n.Connect(b.at(9)), syscall.ECONNREFUSED)
	u := newConn(t, a, UDP)
	want(t, u.Listen(1), ErrType)
	want(t, u.Shutdown(tcp.ShutWrite), ErrType)
	want(t, u.Close(), ErrNotConnected)
	want(t, c.Disconnect(), ErrValue)
	if _, err := u.Write(nil, 0); err != ErrValue {
		t.Errorf("Write on UDP: %v", err)
	}
	if _, err := c.SendTo(nil, b.at(1)); err != ErrValue {
		t.Errorf("SendTo on TCP: %v", err)
	}
	// A failed connect can be followed by another (POSIX).
	l := newConn(t, b, TCP)
	l.Bind(b.at(9))
	l.Listen(1)
	if err := n.Connect(b.at(9)); err != nil {
		t.Errorf("second Connect: %v", err)
	}
}

// features P5, P18: a nonblocking open.
func TestNetconnNonblockingConnect(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m})
	b.down()
	c := newConn(t, a, TCP)
	c.SetNonblocking(true)
	want(t, c.Connect(b.at(80)), ErrInProgress)
	want(t, c.Connect(b.at(80)), ErrAlready)
	if _, err := c.Write([]byte("x"), 0); err != ErrInProgress {
		t.Errorf("Write while connecting: %v", err)
	}
	if _, _, _, err := c.RecvBytes(make([]byte, 1), 0); err != ErrWouldBlock {
		t.Errorf("Recv while connecting: %v", err)
	}
	if r := c.Readiness(); r.Readable || r.Writable || r.Failed {
		t.Errorf("while connecting: %+v", r)
	}
	m.RunUntil(func() bool { return c.Readiness().Failed })
	if r := c.Readiness(); !r.Readable || !r.Writable {
		t.Errorf("after the failure: %+v", r)
	}
	want(t, c.Err(), syscall.ETIMEDOUT) // P17: returns and clears
	if err := c.Err(); err != nil {
		t.Errorf("Err again: %v", err)
	}
}

// features P8: Accept without waiting, with a limit, and on a closed listener.
func TestNetconnAccept(t *testing.T) {
	m := sysarch.NewManual()
	_, b := pair(t, setup{clock: m})
	l := newConn(t, b, TCP)
	l.Listen(0)
	if a, err := l.Local(); err != nil || a.Port() == 0 {
		t.Errorf("no port was chosen: %v, %v", a, err)
	}
	l.SetNonblocking(true)
	if _, err := l.Accept(); err != ErrWouldBlock {
		t.Errorf("nonblocking: %v", err)
	}
	l.SetNonblocking(false)
	l.SetRecvTimeout(5 * time.Second)
	got := async(func() error { _, err := l.Accept(); return err })
	blocked(t, &l.listener.endpoint, &l.listener.rd, 1)
	m.Advance(5 * time.Second)
	want(t, <-got, os.ErrDeadlineExceeded, syscall.EAGAIN)
	l.SetRecvTimeout(0)
	got = async(func() error { _, err := l.Accept(); return err })
	blocked(t, &l.listener.endpoint, &l.listener.rd, 1)
	l.Delete()
	want(t, <-got, net.ErrClosed)
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Delete: %v", err)
	}
}

// features P9, P10, P11: receiving without copying, opening the window by hand.
func TestNetconnRecv(t *testing.T) {
	a, b := pair(t, setup{tcp: tcp.Config{ReceiveBuffer: 8000}})
	c, s := netconnPair(t, a, b)
	s.SetNonblocking(true)
	c.SetNonblocking(true)
	total := 0
	for {
		n, err := c.Write(make([]byte, 3000), 0)
		total += n
		if err == ErrWouldBlock {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var nb Netbuf
	got := 0
	for {
		err := s.Recv(&nb, RecvNoAutoRecved)
		if err == ErrWouldBlock {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got += nb.Len()
	}
	nb.Delete()
	if got < 6000 || got > 8000 {
		t.Fatalf("%d bytes came through a window of 8000", got)
	}
	if err := s.Recved(got); err != nil {
		t.Fatal(err)
	}
	if s.Readiness().Pending == 0 {
		t.Error("the window did not open")
	}
	for got < total {
		n, _, _, err := s.RecvBytes(make([]byte, 10000), 0)
		if err != nil {
			t.Fatalf("after %d of %d: %v", got, total, err)
		}
		got += n
	}
	c.Shutdown(tcp.ShutWrite)
	if err := s.Recv(&nb, 0); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// MSG_PEEK looks at all that is queued.
func TestNetconnPeek(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := netconnPair(t, a, b)
	c.WithTCP(func(p *tcp.PCB) { p.Set(tcp.NoDelay) })
	c.Write([]byte("abc"), 0)
	c.Write([]byte("def"), 0)
	buf := make([]byte, 10)
	for _, f := range []RecvFlags{RecvPeek, RecvPeek, 0} {
		if n, _, _, err := s.RecvBytes(buf, f); err != nil || string(buf[:n]) != "abcdef" {
			t.Errorf("%q, %v", buf[:n], err)
		}
	}
	u, v := newConn(t, a, UDP), newConn(t, b, UDP)
	v.Bind(b.at(7))
	u.SendTo([]byte("one"), b.at(7))
	for _, f := range []RecvFlags{RecvPeek, 0} {
		if n, full, _, err := v.RecvBytes(buf[:2], f); err != nil || string(buf[:n]) != "on" || full != 3 {
			t.Errorf("%q of %d, %v", buf[:n], full, err)
		}
	}
}

// features P13: writing in part.
func TestNetconnWritePartly(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m, tcp: tcp.Config{SendBuffer: 10000, ReceiveBuffer: 10000}})
	c, _ := netconnPair(t, a, b)
	if n, err := c.Write(make([]byte, 100000), DontBlock); n < 10000 || n >= 100000 || err != nil {
		t.Errorf("DontBlock: %d, %v", n, err)
	}
	for {
		if _, err := c.Write(make([]byte, 1000), DontBlock); err == ErrWouldBlock {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	c.SetSendTimeout(3 * time.Second)
	start := m.Now()
	got := async(func() error { _, err := c.Write(make([]byte, 100000), 0); return err })
	blocked(t, &c.stream.endpoint, &c.stream.wr, 1)
	m.Advance(3 * time.Second)
	want(t, <-got, ErrWouldBlock)
	if d := m.Now().Sub(start); d != 3*time.Second {
		t.Errorf("after %v", d)
	}
}

func TestNetconnWriteVectors(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := netconnPair(t, a, b)
	n, err := c.WriteVectors([][]byte{[]byte("ab"), nil, []byte("cde"), []byte("f")}, 0)
	if n != 6 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := c.Write([]byte("gh"), NoCopy|More); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	buf := a.pool.AllocBytes(0, 2)
	buf.Take([]byte("ij"))
	if n, err := c.WriteBufs(buf, 0); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	c.Shutdown(tcp.ShutWrite)
	var out []byte
	for {
		b := make([]byte, 4)
		n, _, _, err := s.RecvBytes(b, 0)
		out = append(out, b[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if string(out) != "abcdefghij" {
		t.Errorf("%q", out)
	}
}

// features P2, guide §10: Delete waits until the calls in progress have returned
// with an error.
func TestNetconnDeleteWaits(t *testing.T) {
	a, b := pair(t, setup{})
	c, _ := netconnPair(t, a, b)
	var mu sync.Mutex
	returned := 0
	for range 4 {
		go func() {
			_, _, _, err := c.RecvBytes(make([]byte, 1), 0)
			want(t, err, net.ErrClosed)
			mu.Lock()
			returned++
			mu.Unlock()
		}()
	}
	blocked(t, &c.stream.endpoint, &c.stream.rd, 4)
	if err := c.Delete(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	if c.calls != 0 {
		t.Errorf("%d calls are in progress after Delete", c.calls)
	}
	c.mu.Unlock()
	want(t, c.Delete(), net.ErrClosed)
	waitFor(t, "the readers", func() bool { mu.Lock(); defer mu.Unlock(); return returned == 4 })
}

// features P6, P12, P21: datagrams and their addresses.
func TestNetconnUDP(t *testing.T) {
	a, b := pair(t, setup{})
	u, v := newConn(t, a, UDP), newConn(t, b, UDP)
	if err := v.Bind(netip.AddrPortFrom(netip.Addr{}, 7)); err != nil {
		t.Fatal(err)
	}
	if err := u.Connect(b.at(7)); err != nil {
		t.Fatal(err)
	}
	var nb Netbuf
	copy(nb.Alloc(a.api, 4), "ping")
	if err := u.Send(&nb); err != nil || nb.Len() != 0 {
		t.Fatal(err)
	}
	if err := v.Recv(&nb, 0); err != nil {
		t.Fatal(err)
	}
	if string(nb.Data()) != "ping" || nb.From.Addr() != a.addr || nb.To != b.at(7) || nb.Index != b.ifc.Index() {
		t.Errorf("%q from %v to %v through %d", nb.Data(), nb.From, nb.To, nb.Index)
	}
	if !nb.Ref(b.api, []byte("pong")) {
		t.Fatal("Ref")
	}
	if err := v.Send(&nb); err != nil { // to where it came from
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, _, m, err := u.RecvBytes(buf, 0); string(buf[:n]) != "pong" || m.From != b.at(7) || err != nil {
		t.Errorf("%q from %v, %v", buf[:n], m.From, err)
	}
	if err := u.Disconnect(); err != nil {
		t.Fatal(err)
	}
	nb.Delete()
	copy(nb.Alloc(a.api, 1), "x")
	want(t, u.Send(&nb), syscall.EDESTADDRREQ)
	v.SetNonblocking(true)
	want(t, v.Recv(&nb, 0), ErrWouldBlock)
	want(t, u.Send(&Netbuf{}), ErrValue)
}

// An IPv6 Netconn takes both families unless it is told not to (esp-lwip Y11).
func TestNetconnV6Only(t *testing.T) {
	a, b := pair(t, setup{})
	for _, only := range []bool{false, true} {
		u, v := newConn(t, a, UDP6), newConn(t, b, UDP6)
		if err := errors.Join(u.SetV6Only(only), v.SetV6Only(only)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(u.Bind(netip.AddrPort{}), v.Bind(netip.AddrPortFrom(netip.Addr{}, 7))); err != nil {
			t.Fatal(err)
		}
		_, err := u.SendTo([]byte("4"), netip.AddrPortFrom(netip.AddrFrom16(b.addr.As16()), 7))
		if only {
			want(t, err, ErrValue, syscall.EINVAL)
		} else if err != nil {
			t.Error(err)
		}
		if v.Readiness().Readable == only {
			t.Errorf("V6Only %v: readable %v", only, !only)
		}
		if _, err := u.SendTo([]byte("6"), netip.AddrPortFrom(b.addr6, 7)); err != nil {
			t.Error(err)
		}
		if !v.Readiness().Readable {
			t.Error("no IPv6 datagram")
		}
		u.Delete()
		v.Delete()
	}
	want(t, newConn(t, a, UDP).SetV6Only(true), ErrValue)
}

// features P20: the events that drive select.
func TestNetconnEvents(t *testing.T) {
	a, b := pair(t, setup{tcp: tcp.Config{SendBuffer: 4000, ReceiveBuffer: 4000}})
	var mu sync.Mutex
	var seen []Event
	note := func(_ *Netconn, e Event, _ int) {
		mu.Lock()
		seen = append(seen, e)
		mu.Unlock()
	}
	expect := func(what string, list ...Event) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		for _, e := range list {
			found := false
			for _, s := range seen {
				found = found || s == e
			}
			if !found {
				t.Errorf("%s: no %v in %v", what, e, seen)
			}
		}
		seen = nil
	}
	l, err := b.api.New(TCP, 0, note)
	if err != nil {
		t.Fatal(err)
	}
	l.Bind(b.at(80))
	l.Listen(1)
	c := newConn(t, a, TCP)
	c.Connect(b.at(80))
	expect("connection", RcvPlus)
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	expect("accept", RcvMinus)
	c.Write([]byte("x"), 0)
	expect("data", RcvPlus)
	s.RecvBytes(make([]byte, 1), 0)
	expect("read", RcvMinus)
	s.SetNonblocking(true)
	for {
		if _, err := s.Write(make([]byte, 1000), 0); err == ErrWouldBlock {
			break
		}
	}
	expect("full", SendMinus)
	if r := s.Readiness(); r.Writable {
		t.Errorf("full: %+v", r)
	}
	c.SetNonblocking(true)
	for {
		if _, _, _, err := c.RecvBytes(make([]byte, 8000), 0); err == ErrWouldBlock {
			break
		}
	}
	expect("acknowledged", SendPlus)
	if r := s.Readiness(); !r.Writable {
		t.Errorf("acknowledged: %+v", r)
	}
	c.SetLinger(0)
	c.Close()
	expect("reset", Failed)
	if r := s.Readiness(); !r.Failed || !r.Readable || !r.Writable {
		t.Errorf("reset: %+v", r)
	}
	want(t, s.Err(), syscall.ECONNRESET)
	s.Delete()
	l.Delete()
	for e := RcvPlus; e <= Failed; e++ {
		if e.String() == "" {
			t.Error("an event has no name")
		}
	}
}

// features P4: TCP bound to an interface.
func TestNetconnBindInterface(t *testing.T) {
	a, b := pair(t, setup{})
	l := newConn(t, b, TCP)
	l.BindInterface(b.ifc)
	l.Bind(netip.AddrPortFrom(netip.Addr{}, 80))
	l.Listen(1)
	c := newConn(t, a, TCP)
	if err := c.BindInterface(a.ifc); err != nil {
		t.Fatal(err)
	}
	if err := c.Connect(b.at(80)); err != nil {
		t.Fatal(err)
	}
	var ifc *netif.Interface
	if err := c.WithTCP(func(p *tcp.PCB) { ifc = p.Interface() }); err != nil || ifc != a.ifc {
		t.Errorf("interface %v, %v", ifc, err)
	}
	want(t, l.WithTCP(func(*tcp.PCB) {}), ErrType)
}

// groups counts memberships.
type groups map[netip.Addr]int

func (g groups) Join(_ *netif.Interface, a netip.Addr) error  { g[a]++; return nil }
func (g groups) Leave(_ *netif.Interface, a netip.Addr) error { g[a]--; return nil }

// features P15.
func TestNetconnGroups(t *testing.T) {
	g := groups{}
	a, _ := pair(t, setup{api: Config{Groups: g}})
	c := newConn(t, a, UDP)
	m1, m2 := netip.MustParseAddr("224.1.1.1"), netip.MustParseAddr("224.1.1.2")
	if err := errors.Join(c.JoinGroup(nil, m1), c.JoinGroup(a.ifc, m2)); err != nil {
		t.Fatal(err)
	}
	want(t, c.JoinGroup(nil, a.addr), ip.ErrNotMulticast)
	want(t, c.LeaveGroup(a.ifc, m1), ErrNotMember)
	if err := c.LeaveGroup(nil, m1); err != nil {
		t.Error(err)
	}
	c.Delete()
	if g[m1] != 0 || g[m2] != 0 {
		t.Errorf("memberships are left: %v", g)
	}
	none, _ := pair(t, setup{})
	want(t, newConn(t, none, UDP).JoinGroup(nil, m1), ErrNoGroups)
}

// netbuf.h, function by function.
func TestNetbuf(t *testing.T) {
	p := &Protocol{pool: pbuf.NewPool(pbuf.Config{})}
	var b, tail Netbuf
	if b.Len() != 0 || b.Data() != nil || b.Copy(make([]byte, 1), 0) != 0 || b.Take([]byte("x")) {
		t.Error("an empty Netbuf is not empty")
	}
	if ok, _ := b.Next(); ok {
		t.Error("an empty Netbuf has a next part")
	}
	copy(b.Alloc(p, 3), "abc")
	tail.Ref(p, []byte("defg"))
	if !b.Chain(&tail) || tail.Len() != 0 || b.Len() != 7 {
		t.Fatal("Chain")
	}
	if string(b.Data()) != "abc" {
		t.Errorf("first part %q", b.Data())
	}
	if ok, last := b.Next(); !ok || !last || string(b.Data()) != "defg" {
		t.Errorf("second part %q", b.Data())
	}
	if ok, _ := b.Next(); ok {
		t.Error("a third part")
	}
	b.First()
	if !b.Take([]byte("AB")) || string(b.Data()) != "ABc" {
		t.Error("Take")
	}
	out := make([]byte, 4)
	if n := b.Copy(out, 2); n != 4 || string(out) != "cdef" {
		t.Errorf("Copy: %q", out[:n])
	}
	if b.Alloc(p, pbuf.MaxLen+1) != nil {
		t.Error("too long an Alloc succeeded")
	}
	b.Alloc(p, 10)
	b.Delete()
	if s := p.pool.Stats(); s.BlocksInUse != 0 {
		t.Errorf("%d blocks are left", s.BlocksInUse)
	}
}
