package api

import (
	"io"
	"net"
	"time"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
)

// TCPConn is a TCP connection: a net.Conn. Its methods may be called by several
// goroutines at once; each Write is sent whole before another begins.
//
// Errors are *net.OpError, but for io.EOF, and errors.Is finds in them
// net.ErrClosed, os.ErrDeadlineExceeded, the sentinels of package tcp and the
// syscall.Errno that each means.
type TCPConn stream

var (
	_ net.Conn      = (*TCPConn)(nil)
	_ io.ReaderFrom = (*TCPConn)(nil)
	_ io.WriterTo   = (*TCPConn)(nil)
)

func (c *TCPConn) s() *stream { return (*stream)(c) }

// fail wraps an error with operation and addresses.
func (c *TCPConn) fail(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	local, remote := c.s().addresses()
	return opError(op, "tcp", tcpAddr(local), tcpAddr(remote), err)
}

// opError wraps an error as package net does.
func opError(op, network string, src, dst net.Addr, err error) error {
	return &net.OpError{Op: op, Net: network, Source: src, Addr: dst, Err: err}
}

// Read copies received bytes to b and waits for the first. It takes the core
// lock only to reopen the window, after many bytes.
func (c *TCPConn) Read(b []byte) (int, error) {
	n, err := c.s().read(b, 0, 0)
	if err != nil && err != io.EOF {
		err = c.fail("read", err)
	}
	return n, err
}

// Write sends b. It waits until all of it is in the send buffer. On an error it
// returns how many bytes are.
func (c *TCPConn) Write(b []byte) (int, error) {
	n, err := c.s().write(b, 0, 0)
	if err != nil {
		err = c.fail("write", err)
	}
	return n, err
}

// ReadBufs takes received bytes without copying them, at most n and at least one,
// and waits for them. The caller must Free what it gets, and soon: the
// buffers are the stack's memory.
//
// lwIP: netconn_recv_tcp_pbuf.
func (c *TCPConn) ReadBufs(n int) (*pbuf.Buf, error) {
	buf, err := c.s().readBufs(n, 0, 0)
	return buf, c.fail("read", err)
}

// WriteBufs sends a chain without copying it. Its bytes must not change until
// they are acknowledged and the chain is free. It consumes buf, also on an
// error, and returns how many bytes are in the send buffer.
//
// lwIP: netconn_write with NETCONN_NOCOPY.
func (c *TCPConn) WriteBufs(buf *pbuf.Buf) (int, error) {
	n, err := c.s().writeBufs(buf, 0, 0)
	return n, c.fail("write", err)
}

// WriteNoCopy sends b without copying it. b must not change until done is
// called, when all that was taken of it is acknowledged or the connection has
// ended. done may be nil; it may be called before WriteNoCopy returns and inside
// the core lock, so it must not block or call into the stack.
func (c *TCPConn) WriteNoCopy(b []byte, done func()) (int, error) {
	n, err := c.s().writeNoCopy(b, done, 0, 0)
	return n, c.fail("write", err)
}

// ReadFrom sends what r has. It implements io.ReaderFrom.
func (c *TCPConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.s().readFrom(r)
	return n, c.fail("readfrom", err)
}

// WriteTo writes what is received to w. To another TCPConn, of any stack, it
// moves the buffers themselves. It implements io.WriterTo.
func (c *TCPConn) WriteTo(w io.Writer) (int64, error) {
	n, err := c.s().writeTo(w)
	return n, c.fail("writeto", err)
}

// Close ends the connection. Blocked calls return net.ErrClosed. What was
// written is delivered in the background, unless SetLinger says otherwise; if
// received bytes were not read, the peer is reset.
func (c *TCPConn) Close() error { return c.fail("close", c.s().close()) }

// CloseRead ends reading: Read returns io.EOF.
func (c *TCPConn) CloseRead() error { return c.fail("close", c.s().shutdown(tcp.ShutRead)) }

// CloseWrite ends writing: the peer reads the end of the stream after what was
// written, and Write returns EPIPE.
func (c *TCPConn) CloseWrite() error { return c.fail("close", c.s().shutdown(tcp.ShutWrite)) }

// LocalAddr returns the local address, a *net.TCPAddr.
func (c *TCPConn) LocalAddr() net.Addr {
	local, _ := c.s().addresses()
	return tcpAddr(local)
}

// RemoteAddr returns the peer's address, a *net.TCPAddr.
func (c *TCPConn) RemoteAddr() net.Addr {
	_, remote := c.s().addresses()
	return tcpAddr(remote)
}

// SetDeadline sets both deadlines. Times are on the stack's clock's calendar.
func (c *TCPConn) SetDeadline(t time.Time) error {
	s := c.s()
	err := s.setDeadline(&s.rd, t)
	if err == nil {
		err = s.setDeadline(&s.wr, t)
	}
	return c.fail("set", err)
}

// SetReadDeadline sets when reading fails with os.ErrDeadlineExceeded.
func (c *TCPConn) SetReadDeadline(t time.Time) error {
	return c.fail("set", c.s().setDeadline(&c.s().rd, t))
}

// SetWriteDeadline sets when writing fails with os.ErrDeadlineExceeded.
func (c *TCPConn) SetWriteDeadline(t time.Time) error {
	return c.fail("set", c.s().setDeadline(&c.s().wr, t))
}

// SetLinger says what Close does with unsent data: negative, the default,
// delivers it in the background; 0 discards it and resets the connection;
// positive waits up to so many seconds for the peer's acknowledgement, then
// resets.
func (c *TCPConn) SetLinger(sec int) error { return c.fail("set", c.s().setLinger(sec)) }

// SetNoDelay turns Nagle's algorithm off, which is the default, or on.
func (c *TCPConn) SetNoDelay(noDelay bool) error { return c.option(tcp.NoDelay, noDelay) }

// SetKeepAlive turns keep-alive probes on or off.
func (c *TCPConn) SetKeepAlive(on bool) error { return c.option(tcp.KeepAlive, on) }

func (c *TCPConn) option(o tcp.Option, on bool) error {
	return c.fail("set", c.s().with(func(p *tcp.PCB) {
		if on {
			p.Set(o)
		} else {
			p.Clear(o)
		}
	}))
}

// SetKeepAlivePeriod sets the time to the first probe and between probes.
func (c *TCPConn) SetKeepAlivePeriod(d time.Duration) error {
	return c.fail("set", c.s().with(func(p *tcp.PCB) { p.SetKeepAlive(d, d, 0) }))
}

// SetKeepAliveConfig sets all of the keep-alive settings; 0 means 15 s and 9
// probes, negative leaves the stack's default.
func (c *TCPConn) SetKeepAliveConfig(k net.KeepAliveConfig) error {
	period := func(d time.Duration) time.Duration {
		if d == 0 {
			return 15 * time.Second
		}
		return max(d, 0)
	}
	count := k.Count
	if count == 0 {
		count = 9
	}
	return c.fail("set", c.s().with(func(p *tcp.PCB) {
		p.SetKeepAlive(period(k.Idle), period(k.Interval), max(count, 0))
		if k.Enable {
			p.Set(tcp.KeepAlive)
		} else {
			p.Clear(tcp.KeepAlive)
		}
	}))
}

// SetReadBuffer sets the largest receive window in bytes, which then does not grow
// by itself any more.
func (c *TCPConn) SetReadBuffer(bytes int) error {
	return c.fail("set", c.s().with(func(p *tcp.PCB) { p.SetReceiveBuffer(bytes) }))
}

// SetWriteBuffer sets the size of the send buffer in bytes, which then does not
// grow by itself any more.
func (c *TCPConn) SetWriteBuffer(bytes int) error {
	return c.fail("set", c.s().with(func(p *tcp.PCB) { p.SetSendBuffer(bytes) }))
}

// Control runs f on the connection's PCB inside the core lock: f must not block, and
// must not keep the PCB, which may be another connection's once this one is closed.
func (c *TCPConn) Control(f func(*tcp.PCB)) error { return c.fail("control", c.s().with(f)) }

// Info returns the connection's figures.
func (c *TCPConn) Info() (i tcp.Info, err error) {
	err = c.Control(func(p *tcp.PCB) { i = p.Info() })
	return i, err
}
