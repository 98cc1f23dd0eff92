package api

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// WriteFlags modify Netconn.Write.
//
// lwIP: NETCONN_COPY, NETCONN_NOCOPY, NETCONN_MORE, NETCONN_DONTBLOCK.
type WriteFlags uint8

const (
	Copy      WriteFlags = 0
	NoCopy    WriteFlags = 1 << iota // refer to the bytes; see WriteNoCopy for when they are free
	More                             // more will follow soon: no PSH, and a partial segment waits up to 200 ms
	DontBlock                        // write what fits; ErrWouldBlock if nothing does
)

// RecvFlags modify receiving.
//
// lwIP: NETCONN_DONTBLOCK, NETCONN_NOAUTORCVD.
type RecvFlags uint8

const (
	RecvDontBlock    RecvFlags = 1 << iota // ErrWouldBlock in place of waiting
	RecvNoAutoRecved                       // the window opens by Recved, not by receiving
	RecvPeek                               // what is received stays where it is
)

func (f WriteFlags) internal(set settings) (g writeFlags) {
	if f&More != 0 {
		g |= moreComing
	}
	if f&DontBlock != 0 || set.nonblocking {
		g |= dontBlock
	}
	return g
}

func (f RecvFlags) internal(set settings) (g recvFlags) {
	if f&RecvDontBlock != 0 || set.nonblocking {
		g |= dontWait
	}
	if f&RecvNoAutoRecved != 0 {
		g |= noRecved
	}
	if f&RecvPeek != 0 {
		g |= peek
	}
	return g
}

// Write sends b on a connection and returns how many bytes tcp has taken: all,
// or fewer with the reason. With DontBlock, or nonblocking, or when the send
// timeout passes, fewer than all are no error, and none are ErrWouldBlock.
//
// lwIP: netconn_write, netconn_write_partly.
func (c *Netconn) Write(b []byte, f WriteFlags) (int, error) {
	s, d, _, set, err := c.enter()
	if err != nil {
		return 0, err
	}
	n := 0
	switch {
	case d != nil:
		err = ErrValue
	case s == nil:
		err = ErrNotConnected
	case f&NoCopy != 0:
		n, err = s.writeNoCopy(b, nil, f.internal(set), c.p.limit(set.send))
	default:
		n, err = s.write(b, f.internal(set), c.p.limit(set.send))
	}
	n, err = partly(n, err)
	c.leave(err)
	c.spent(s, n)
	return n, err
}

// partly turns a partial write that would block into a success.
func partly(n int, err error) (int, error) {
	if n > 0 && err == ErrWouldBlock {
		return n, nil
	}
	return n, err
}

// spent tells that the send buffer is full, if it is.
func (c *Netconn) spent(s *stream, n int) {
	if c.callback != nil && n > 0 && !s.roomy() {
		c.event(SendMinus, n)
	}
}

// WriteNoCopy sends b without copying it; done, if not nil, is called when
// nobody looks at b any more. See TCPConn.WriteNoCopy.
//
// lwIP: netconn_write with NETCONN_NOCOPY.
func (c *Netconn) WriteNoCopy(b []byte, done func(), f WriteFlags) (int, error) {
	s, d, _, set, err := c.enter()
	if err != nil {
		return 0, err
	}
	n := 0
	switch {
	case d != nil:
		err = ErrValue
	case s == nil:
		err = ErrNotConnected
	default:
		n, err = s.writeNoCopy(b, done, f.internal(set), c.p.limit(set.send))
	}
	n, err = partly(n, err)
	c.leave(err)
	c.spent(s, n)
	return n, err
}

// WriteVectors sends several slices as one write.
//
// lwIP: netconn_write_vectors_partly, of at most 65535 elements.
func (c *Netconn) WriteVectors(bs [][]byte, f WriteFlags) (int, error) {
	s, d, _, set, err := c.enter()
	if err != nil {
		return 0, err
	}
	n := 0
	switch {
	case d != nil || len(bs) > 65535:
		err = ErrValue
	case s == nil:
		err = ErrNotConnected
	default:
		n, err = s.writeVectors(bs, f.internal(set), c.p.limit(set.send))
	}
	n, err = partly(n, err)
	c.leave(err)
	c.spent(s, n)
	return n, err
}

// WriteBufs sends a chain without copying it. It consumes buf, also on an error.
func (c *Netconn) WriteBufs(buf *pbuf.Buf, f WriteFlags) (int, error) {
	s, d, _, set, err := c.enter()
	if err != nil {
		buf.Free()
		return 0, err
	}
	n := 0
	switch {
	case d != nil:
		err = ErrValue
		buf.Free()
	case s == nil:
		err = ErrNotConnected
		buf.Free()
	default:
		n, err = s.writeBufs(buf, f.internal(set), c.p.limit(set.send))
	}
	n, err = partly(n, err)
	c.leave(err)
	c.spent(s, n)
	return n, err
}

// Recv receives a packet, or what waits of a stream, without copying it. It
// waits, unless nonblocking or the receive timeout passes. nb gets the data,
// which the caller must Delete or Free, and the addresses; what it had is freed.
//
// Errors: io.EOF at the end of a stream, ErrWouldBlock, a timeout,
// ErrNotConnected, ErrClosed, the connection's.
//
// lwIP: netconn_recv, netconn_recv_udp_raw_netbuf_flags.
func (c *Netconn) Recv(nb *Netbuf, f RecvFlags) error {
	s, d, _, set, err := c.enter()
	if err != nil {
		return err
	}
	limit := c.p.limit(set.recv)
	switch {
	case d != nil:
		var k packet
		if err = d.receive(&k, f.internal(set), limit); err == nil {
			local, _ := d.addresses()
			nb.fill(&k, local.Port())
		}
	case s == nil:
		err = ErrNotConnected
	default:
		var buf *pbuf.Buf
		if buf, err = s.readBufs(pbuf.MaxLen, f.internal(set)&^peek, limit); err == nil {
			nb.SetBuf(buf)
		}
	}
	c.leave(err)
	return err
}

// RecvBytes receives into b: bytes of a stream, or one packet, of which what
// does not fit is lost. m tells of the packet; full is the packet's whole
// length. Errors are Recv's.
func (c *Netconn) RecvBytes(b []byte, f RecvFlags) (n, full int, m Received, err error) {
	s, d, _, set, err := c.enter()
	if err != nil {
		return 0, 0, m, err
	}
	limit := c.p.limit(set.recv)
	switch {
	case d != nil:
		var k packet
		if err = d.receive(&k, f.internal(set), limit); err == nil {
			n, full = gather(b, k.buf), k.buf.TotalLen()
			k.buf.Free()
			m = Received{k.from, k.to, int(k.index), k.ttl, k.tos}
		}
	case s == nil:
		err = ErrNotConnected
	default:
		n, err = s.read(b, f.internal(set), limit)
		full = n
	}
	c.leave(err)
	return n, full, m, err
}

// Recved opens the window of a connection by n bytes that were received with
// RecvNoAutoRecved.
//
// lwIP: netconn_tcp_recvd.
func (c *Netconn) Recved(n int) error {
	s, _, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if s == nil {
		err = ErrValue
	} else {
		s.recved(n)
	}
	c.leave(err)
	return err
}

// Send sends a packet: to nb.From, or the connected peer if that is invalid. It
// consumes nb's data, also on an error; its addresses stay.
//
// Errors: ErrValue unless UDP or raw; those that mean ENOMEM (the transmit queue
// is full), EHOSTUNREACH, EMSGSIZE, ECONNREFUSED.
//
// lwIP: netconn_send, which leaves the data to the caller.
func (c *Netconn) Send(nb *Netbuf) error {
	return c.SendVia(nb, nil, netip.Addr{})
}

// SendVia is Send through the interface ifc and from the address src, where they
// are given.
func (c *Netconn) SendVia(nb *Netbuf, ifc *netif.Interface, src netip.Addr) error {
	buf := nb.buf
	nb.buf, nb.cur = nil, nil
	_, d, _, set, err := c.enter()
	if err != nil {
		buf.Free()
		return err
	}
	switch {
	case d == nil || buf == nil:
		err = ErrValue
	case nb.From.Addr().IsValid():
		err = c.fits(nb.From.Addr(), set)
	}
	if err != nil {
		buf.Free()
	} else {
		err = d.sendBuf(buf, &route{nb.From, ifc, src})
	}
	c.leave(err)
	return err
}

// SendTo sends a copy of b to an address, or the connected peer if that is
// invalid.
//
// lwIP: netconn_sendto.
func (c *Netconn) SendTo(b []byte, to netip.AddrPort) (int, error) {
	_, d, _, set, err := c.enter()
	if err != nil {
		return 0, err
	}
	n := 0
	switch {
	case d == nil:
		err = ErrValue
	case to.Addr().IsValid():
		err = c.fits(to.Addr(), set)
	}
	if err == nil {
		n, err = d.send(b, &route{to: to})
	}
	c.leave(err)
	return n, err
}

// Readiness is what select and poll ask.
type Readiness struct {
	// Readable: receiving or accepting does not wait.
	Readable bool
	// Writable: writing does not wait; for TCP, half of the send buffer or two
	// segments are free (half of the low-water mark, if one is set), or writing
	// fails at once.
	Writable bool
	// Failed: an error is pending, see Err.
	Failed bool
	// Ended: no more will be received than waits already.
	Ended bool
	// Dead: the connection has no PCB any more.
	Dead bool
	// Pending is the bytes that wait, and Next those of the first packet.
	Pending, Next int
}

// Readiness tells the present state. It takes no core lock.
func (c *Netconn) Readiness() (r Readiness) {
	c.mu.Lock()
	s, d, l := c.stream, c.dgram, c.listener
	r.Failed = c.pending != nil
	c.mu.Unlock()
	switch {
	case s != nil:
		r.Readable, r.Writable, r.Pending = s.readiness()
		r.Next = r.Pending
		s.mu.Lock()
		r.Ended = s.flags.has(closed | noRead | eof | dead)
		r.Dead = s.flags.has(dead)
		s.mu.Unlock()
	case d != nil:
		d.mu.Lock()
		r.Readable = d.box.n > 0 || d.err != nil || d.flags.has(closed|noRead)
		r.Writable = true
		d.mu.Unlock()
		r.Pending, r.Next = d.pending()
	case l != nil:
		l.mu.Lock()
		r.Readable = l.waiting() > 0 || l.flags.has(closed|dead)
		l.mu.Unlock()
	}
	return r
}

// readiness returns what select asks of a connection.
func (s *stream) readiness() (readable, writable bool, pending int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pending = s.rq.Len()
	readable = pending > 0 || s.flags.has(closed|noRead|eof|dead)
	switch {
	case s.flags.has(connecting):
	case s.flags.has(closed|noWrite|dead) || s.err != nil:
		writable = true
	case s.flags.has(connected):
		writable = s.roomy()
	}
	return readable, writable, pending
}

// roomy reports whether the send space is above the low-water mark. It takes no
// lock.
//
// lwIP: TCP_SNDLOWAT.
func (s *stream) roomy() bool {
	buffer, segment := s.buffer.Load(), s.segment.Load()
	return s.space.Load() >= min(max(buffer/2, 2*segment+1), buffer-1)
}
