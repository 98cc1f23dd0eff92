package property

import (
	"errors"
	"fmt"
	"net/netip"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// conn is one connection.
type conn struct {
	w      *world
	number int
	family int            // 0: IPv4, 1: IPv6
	server int            // the host that was asked
	client netip.AddrPort // who asked
	ends   [2]*end        // who asked, who was asked; nil: not accepted yet
	spoilt string         // why it may fail; empty: it must not
	events []event        // what happened, for history
}

// event is something that happened to an end. The last events are told with a
// failure.
type event struct {
	at   timers.Time
	role int
	what string
	n    int // bytes
}

func (e *end) note(what string, n int) {
	e.c.events = append(e.c.events, event{e.c.w.clock.Now(), e.role, what, n})
}

// history lists the last events.
func (c *conn) history() (s string) {
	for _, e := range c.events[max(len(c.events)-40, 0):] {
		s += fmt.Sprintf("\n\t%v end %d: %s %d", e.at.Sub(c.w.began), e.role, e.what, e.n)
	}
	return s
}

// fail records what is wrong with the connection.
func (c *conn) fail(format string, args ...any) {
	if c.w.bug == "" {
		c.w.fail("%v: %s%s", c, fmt.Sprintf(format, args...), c.history())
	}
}

// fail records what is wrong with the end.
func (e *end) fail(format string, args ...any) {
	state := "gone"
	if !e.gone {
		state = e.p.State().String()
	}
	e.c.fail("end %d, %s: %s", e.role, state, fmt.Sprintf(format, args...))
}

func (c *conn) String() string {
	return fmt.Sprintf("connection %d to host %d, IPv%d", c.number, c.server, 4+2*c.family)
}

// spoil says that the connection may fail from now on.
func (c *conn) spoil(why string) {
	if c.spoilt == "" {
		c.spoilt = why
	}
}

// end is one end of a connection. It implements tcp.Handler.
type end struct {
	c    *conn
	role int // in c.ends
	h    *host
	p    *tcp.PCB

	written, acked, got int // bytes
	held                []*pbuf.Buf
	unread              int // bytes received that Recved has not been called for

	stalled   bool // does not read by itself
	connected bool
	noRead    bool // Shutdown(ShutRead)
	fin       bool // Shutdown(ShutWrite)
	peerFin   bool // told
	closed    bool // Close
	gone      bool // told, or Abort
	err       error
}

// dial opens a connection from h to the other host.
func (w *world) dial(t rapid.TB, h *host, family int) {
	t.Helper()
	server := w.hosts[1-h.side]
	c := &conn{w: w, number: len(w.conns), family: family, server: server.side}
	e := &end{c: c, h: h}
	c.ends[0] = e
	if server.listen == nil || !server.has[family] {
		c.spoil("nobody listens")
	}
	h.s.Lock()
	defer h.s.Unlock()
	var err error
	if e.p, err = h.s.TCP().NewPCB(); err != nil {
		t.Fatal(err)
	}
	if err := e.p.Connect(netip.AddrPortFrom(server.addr[family].Addr(), port), e); err != nil {
		if h.has[family] && h.ifc.Ready() {
			t.Fatalf("connect: %v", err)
		}
		e.p.Abort()
		return
	}
	c.client = e.p.Local()
	w.conns = append(w.conns, c)
}

// peer returns the other end, or nil.
func (e *end) peer() *end { return e.c.ends[1-e.role] }

// alive reports whether calls are allowed.
func (e *end) alive() bool { return e != nil && !e.gone && !e.closed }

// at returns byte i of what e writes.
func (e *end) at(i int) byte {
	x := uint32(i)*2654435761 + uint32(e.c.number)*40503 + uint32(e.role)*977
	return byte(x >> 15)
}

// write writes n bytes, as many as there is room for, in elements of the given
// size.
func (e *end) write(n, element int, flags tcp.WriteFlags) {
	e.h.s.Lock()
	defer e.h.s.Unlock()
	n = min(n, e.p.SendSpace())
	for n > 0 {
		var chain *pbuf.Buf
		size := 0
		for elements := 0; n > 0 && elements < 8; elements++ {
			buf := e.h.s.Pool().Alloc(pbuf.Transport, min(n, element), pbuf.RAM)
			b := buf.Bytes()
			for i := range b {
				b[i] = e.at(e.written + size + i)
			}
			size += len(b)
			n -= len(b)
			if chain == nil {
				chain = buf
			} else if !chain.Cat(buf) {
				panic("chain too long")
			}
		}
		if err := e.p.Write(chain, flags); err != nil {
			chain.Free()
			e.fail("write of %d bytes: %v", size, err)
			return
		}
		e.written += size
		e.note("wrote", size)
	}
}

// read consumes up to n bytes.
func (e *end) read(n int) {
	e.h.s.Lock()
	defer e.h.s.Unlock()
	e.consume(n)
}

// consume is read for callers that hold the core lock.
func (e *end) consume(n int) {
	n = min(n, e.unread)
	e.note("read", n)
	e.unread -= n
	e.p.Recved(n)
	// Buffers are freed when all that is in those that stay is unread.
	total := 0
	for _, b := range e.held {
		total += b.TotalLen()
	}
	for len(e.held) > 0 && total-e.held[0].TotalLen() >= e.unread {
		total -= e.held[0].TotalLen()
		e.held[0].Free()
		e.held = e.held[1:]
	}
}

// shutdown ends directions.
func (e *end) shutdown(which tcp.Shutdown) {
	if which&tcp.ShutRead != 0 {
		e.noRead = true
		e.c.spoil("nobody reads one direction")
	}
	if which&tcp.ShutWrite != 0 {
		e.fin = true
	}
	e.note("shutdown", int(which))
	e.h.s.Lock()
	defer e.h.s.Unlock()
	if err := e.p.Shutdown(which); err != nil {
		e.fail("shutdown: %v", err)
	}
}

// endStream reads everything and ends our direction; both ended, it closes.
func (e *end) endStream() {
	if !e.alive() {
		return
	}
	e.stalled = false
	e.read(e.unread)
	if e.alive() && !e.fin { // the peer may have answered with a RST
		e.shutdown(tcp.ShutWrite)
	}
	if e.peerFin {
		e.close()
	}
}

// close closes. That is in order if the peer has ended its stream and all of it
// has been read.
func (e *end) close() {
	if !e.alive() {
		return
	}
	e.h.s.Lock()
	defer e.h.s.Unlock()
	e.closeLocked()
}

func (e *end) closeLocked() {
	if !e.peerFin || e.unread > 0 {
		e.c.spoil("closed before the end")
	}
	e.note("close, unread", e.unread)
	e.closed = true
	e.free()
	e.p.Close()
}

// abort cuts the connection off.
func (e *end) abort() {
	e.c.spoil("aborted")
	e.note("abort, unread", e.unread)
	e.h.s.Lock()
	defer e.h.s.Unlock()
	e.gone = true
	e.free()
	e.p.Abort()
}

func (e *end) free() {
	for _, b := range e.held {
		b.Free()
	}
	e.held = nil
}

// Connected implements tcp.Handler.
func (e *end) Connected(*tcp.PCB) {
	e.note("is connected", 0)
	if e.connected || e.gone {
		e.fail("connected twice, or too late")
	}
	e.connected = true
}

// Received implements tcp.Handler: it compares every byte with what the peer
// wrote.
func (e *end) Received(_ *tcp.PCB, buf *pbuf.Buf) {
	w, peer := e.c.w, e.peer()
	e.note("received", buf.TotalLen())
	switch {
	case e.gone || e.closed || e.noRead:
		e.fail("payload for nobody")
	case e.peerFin:
		e.fail("payload after the end")
	case !e.connected || peer == nil:
		e.fail("payload on a connection that is not open")
	case e.got+buf.TotalLen() > peer.written:
		e.fail("%d bytes arrived, the peer wrote %d", e.got+buf.TotalLen(), peer.written)
	}
	if w.bug != "" {
		buf.Free()
		return
	}
	for b := buf; b != nil; b = b.Next() {
		for _, x := range b.Bytes() {
			if want := peer.at(e.got); x != want {
				e.fail("byte %d is %#02x, want %#02x", e.got, x, want)
				buf.Free()
				return
			}
			e.got++
		}
	}
	e.unread += buf.TotalLen()
	e.held = append(e.held, buf)
	if !e.stalled {
		e.consume(e.unread)
	}
}

// PeerClosed implements tcp.Handler: it checks that all has arrived.
func (e *end) PeerClosed(*tcp.PCB) {
	w, peer := e.c.w, e.peer()
	e.note("is told the end after", e.got)
	switch {
	case e.gone || e.closed || e.peerFin:
		e.fail("told the end of the stream twice, or too late")
	case peer == nil || !peer.fin && !peer.closed:
		e.fail("the end of a stream that goes on")
	case e.got != peer.written && !e.noRead:
		e.fail("the end after %d of %d bytes", e.got, peer.written)
	}
	e.peerFin = true
	if w.ending && e.fin {
		e.consume(e.unread)
		e.closeLocked()
	}
}

// Sent implements tcp.Handler.
func (e *end) Sent(_ *tcp.PCB, n int) {
	e.note("is told acknowledged", n)
	e.acked += n
	if e.gone || n <= 0 || e.acked > e.written {
		e.fail("%d more bytes acknowledged, %d in all, %d written", n, e.acked, e.written)
	}
}

// SoftError implements tcp.Handler.
func (e *end) SoftError(*tcp.PCB, error) {}

// Closed implements tcp.Handler: it checks that there is a reason.
func (e *end) Closed(_ *tcp.PCB, err error) {
	e.note(fmt.Sprintf("is closed: %v;", err), e.acked)
	if e.gone {
		e.fail("closed twice")
	}
	e.gone, e.err = true, err
	e.free()
	switch {
	case err == nil && !e.closed && !(e.fin && e.peerFin):
		e.fail("closed without a reason")
	case err == nil && e.connected && e.acked != e.written:
		e.fail("closed in order with %d of %d bytes acknowledged", e.acked, e.written)
	case err != nil && !e.connected && errors.Is(err, tcp.ErrTimeout):
		e.c.spoil("not opened in time")
	case err != nil && e.c.spoilt == "" && !e.delivered():
		e.fail("failed: %v", err)
	}
}

// delivered reports whether both streams have come to their end, so that only
// acknowledgements may be missing: the peer may have forgotten the connection
// before they got through.
func (e *end) delivered() bool {
	p := e.peer()
	return p != nil && (e.fin || e.closed) && (p.fin || p.closed) && e.got == p.written && p.got == e.written
}

// check checks that the state is the one that follows from what happened.
func (c *conn) check() {
	for _, e := range c.ends {
		if e == nil || e.gone {
			continue
		}
		s := e.p.State()
		var ok bool
		switch {
		case !e.connected:
			ok = s == tcp.SynSent || s == tcp.SynReceived
		case !e.fin && !e.closed && !e.peerFin:
			ok = s == tcp.Established
		case !e.fin && !e.closed:
			ok = s == tcp.CloseWait
		case !e.peerFin && !e.closed:
			ok = s == tcp.FinWait1 || s == tcp.FinWait2
		default:
			ok = s == tcp.FinWait1 || s == tcp.FinWait2 || s == tcp.Closing || s == tcp.LastAck || s == tcp.TimeWait
		}
		if !ok {
			e.fail("connected %v, ended %v, peer ended %v, closed %v", e.connected, e.fin, e.peerFin, e.closed)
		}
		if i := e.p.Info(); i.InFlight < 0 || i.Unsent < 0 || i.ReceiveWindow < 0 || e.acked+i.Unsent > e.written+1 || e.connected && i.Cwnd < 0 {
			e.fail("%+v", i)
		}
	}
}

// checkComplete checks, after some time of fair weather, that a connection that
// nobody cut off has delivered everything.
func (c *conn) checkComplete() {
	if c.spoilt != "" {
		return
	}
	for _, e := range c.ends {
		switch p := c.ends[0]; {
		case e == nil:
			c.fail("never accepted")
			return
		case e.role == 0:
		case e.got != p.written || p.got != e.written:
			c.fail("%d of %d bytes arrived, and %d of %d", e.got, p.written, p.got, e.written)
		}
		if !e.gone {
			e.fail("not over")
		}
	}
}
