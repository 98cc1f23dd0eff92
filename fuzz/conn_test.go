package fuzz

import (
	"bytes"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// inByte and outByte are the streams to the stack and from it.
func inByte(i int64) byte  { return byte(i*7 + i>>8 + 1) }
func outByte(i int64) byte { return byte(i*5 + i>>8 + 2) }

// piece is payload of a forged segment at its place in the stream.
type piece struct {
	off int64
	b   []byte
}

// conn is the owner of a connection of the stack under test.
type conn struct {
	w             *world
	p             *tcp.PCB
	local, remote netip.AddrPort
	state         tcp.State // when last looked at

	wrote     int64 // bytes that Write took
	got       int64 // bytes that were received
	unread    int
	hold      bool // what is received waits
	connected bool
	peerEnded bool
	ended     bool // Close or Shutdown was called
	closed    bool // the last upcall came
	released  bool // Close or Abort was called: nothing but Sent and Closed may come
	aborted   bool
	followed  bool // its peer is one that the world follows
	err       error
}

// connOf returns the connection with these ports and this remote address.
func (w *world) connOf(six bool, remote, local uint16, addr []byte) *conn {
	for i := len(w.conns) - 1; i >= 0; i-- {
		c := w.conns[i]
		if c.remote.Port() == remote && c.local.Port() == local && c.remote.Addr().Is6() == six &&
			bytes.Equal(c.remote.Addr().AsSlice(), addr) {
			return c
		}
	}
	return nil
}

// newConn makes the owner of p.
func (w *world) newConn(p *tcp.PCB) *conn {
	c := &conn{w: w, p: p, local: p.Local(), remote: p.Remote(), state: p.State()}
	a := c.remote.Addr().String()
	c.followed = a == peer4 || a == peer6
	w.conns = append(w.conns, c)
	return c
}

// acceptor is the owner of listeners.
type acceptor struct{ w *world }

func (a acceptor) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	c := a.w.newConn(p)
	c.connected = true
	l.Accepted(p)
	return c
}
func (a acceptor) ListenerClosed(*tcp.Listener, error) {}

func (c *conn) Connected(*tcp.PCB) {
	if c.connected {
		c.w.t.Fatal("connected twice")
	}
	c.connected = true
}

func (c *conn) Received(p *tcp.PCB, buf *pbuf.Buf) {
	t := c.w.t
	switch {
	case c.closed:
		t.Fatal("received after the last upcall")
	case c.released:
		t.Fatal("received after Close")
	case c.peerEnded:
		t.Fatal("received after the end of the stream")
	case !c.connected:
		t.Fatal("received before the connection was open")
	case buf.TotalLen() == 0:
		t.Fatal("received nothing")
	}
	b := make([]byte, buf.TotalLen())
	buf.CopyPartial(b, 0)
	buf.Free()
	if !c.w.spoofed && c.followed {
		for i, x := range b {
			if !c.w.sentByPeer(c.got+int64(i), x) {
				t.Fatalf("byte %d received is %#02x, which the peer did not send there", c.got+int64(i), x)
			}
		}
	}
	c.got += int64(len(b))
	c.unread += len(b)
	if !c.hold {
		c.read()
	}
}

// sentByPeer reports whether the peer, or a forged segment, has x at i.
func (w *world) sentByPeer(i int64, x byte) bool {
	if x == inByte(i) && i < w.offered-1 {
		return true
	}
	for _, p := range w.forged {
		if i >= p.off && i < p.off+int64(len(p.b)) && p.b[i-p.off] == x {
			return true
		}
	}
	return false
}

// read consumes what was received.
func (c *conn) read() {
	n := c.unread
	c.unread = 0
	c.p.Recved(n)
}

func (c *conn) PeerClosed(*tcp.PCB) {
	if c.closed || c.peerEnded {
		c.w.t.Fatal("the stream ended twice, or after the last upcall")
	}
	c.peerEnded = true
}

func (c *conn) Sent(_ *tcp.PCB, n int) {
	if c.closed || n <= 0 {
		c.w.t.Fatalf("sent %d, closed %v", n, c.closed)
	}
}

func (c *conn) SoftError(*tcp.PCB, error) {
	if c.closed {
		c.w.t.Fatal("an error after the last upcall")
	}
}

func (c *conn) Closed(_ *tcp.PCB, err error) {
	if c.closed || c.aborted {
		c.w.t.Fatal("closed twice")
	}
	c.closed, c.err = true, err
}

// alive reports whether p may be used.
func (c *conn) alive() bool { return !c.closed && !c.aborted }

// write writes n bytes, or nothing if they do not fit.
func (c *conn) write(n int) {
	if !c.alive() || c.ended {
		return
	}
	n = min(n, c.p.SendSpace())
	buf := c.w.s.Pool().Alloc(pbuf.Transport, n, pbuf.RAM)
	if n == 0 || buf == nil {
		if buf != nil {
			buf.Free()
		}
		return
	}
	for b, i := buf, c.wrote; b != nil; b = b.Next() {
		for j := range b.Bytes() {
			b.Bytes()[j] = outByte(i)
			i++
		}
	}
	before := c.wrote
	c.wrote += int64(n)
	if c.p.Write(buf, 0) != nil {
		buf.Free()
		c.wrote = before
	}
}

// close, shutdown and abort end the connection.
func (c *conn) close() {
	if c.alive() && !c.released {
		c.ended, c.released = true, true
		c.p.Close()
	}
}

func (c *conn) shutdown() {
	if c.alive() && !c.released && c.connected {
		c.ended = true
		if c.p.Shutdown(tcp.ShutWrite) != nil {
			c.w.t.Fatal("a connection cannot be shut down")
		}
	}
}

func (c *conn) abort() {
	if c.alive() && !c.released {
		c.aborted, c.released, c.ended = true, true, true
		c.p.Abort()
	}
}

// listen opens the listener, and a UDP endpoint that answers.
func (w *world) listen() {
	w.do(func() {
		p, err := w.s.TCP().NewPCB()
		w.must(err)
		w.must(p.Bind(netip.AddrPortFrom(netip.Addr{}, tcpPort), nil))
		_, err = p.Listen(8, acceptor{w})
		w.must(err)
		w.echo = &datagrams{w: w}
		w.echo.p, err = w.s.UDP().NewPCB(w.echo)
		w.must(err)
		w.must(w.echo.p.Bind(netip.AddrPortFrom(netip.Addr{}, udpPort), nil))
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// datagrams is a UDP endpoint that sends back what it gets, up to 100 bytes.
type datagrams struct {
	w        *world
	p        *udp.PCB
	got      int
	largest  int
	errors   int
	lastAddr netip.AddrPort
}

func (d *datagrams) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, _ *ip.Info) {
	d.got++
	d.largest = max(d.largest, buf.TotalLen())
	d.lastAddr = from
	if buf.TotalLen() > 65535-8 {
		d.w.t.Fatalf("a datagram of %d bytes", buf.TotalLen())
	}
	if buf.TotalLen() > 100 {
		buf.Free()
		return
	}
	p.SendTo(buf, from)
}

func (d *datagrams) Error(*udp.PCB, error) { d.errors++ }
