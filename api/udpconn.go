package api

import (
	"net"
	"net/netip"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// UDPConn is a UDP endpoint: a net.PacketConn and a net.Conn. Its methods may be
// called by several goroutines at once.
//
// Sending never waits: when the interface's transmit queue is full it fails with
// ENOMEM, and the caller tries again later.
type UDPConn dgram

var (
	_ net.Conn       = (*UDPConn)(nil)
	_ net.PacketConn = (*UDPConn)(nil)
)

func (c *UDPConn) d() *dgram { return (*dgram)(c) }

func (c *UDPConn) fail(op string, err error) error { return c.d().fail(op, "udp", udpAddr, err) }

// fail wraps an error with operation and addresses.
func (d *dgram) fail(op, network string, addr func(netip.AddrPort) net.Addr, err error) error {
	if err == nil {
		return nil
	}
	local, remote := d.addresses()
	return opError(op, network, addr(local), addr(remote), err)
}

// Read copies the payload of the next datagram to b and waits for it; what does
// not fit is lost.
func (c *UDPConn) Read(b []byte) (int, error) {
	var k packet
	n, err := c.d().read(&k, b, 0, 0)
	return n, c.fail("read", err)
}

// ReadFrom is Read that also returns the sender, a *net.UDPAddr, which is not to
// be changed: the next datagram of the same sender may come with the same one.
func (c *UDPConn) ReadFrom(b []byte) (int, net.Addr, error) {
	var k packet
	n, err := c.d().read(&k, b, 0, 0)
	if err != nil {
		return 0, nil, c.fail("read", err)
	}
	return n, c.d().from.addr(k.from), nil
}

// ReadFromUDPAddrPort is Read that also returns the sender. It allocates
// nothing.
func (c *UDPConn) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	var k packet
	n, err := c.d().read(&k, b, 0, 0)
	return n, k.from, c.fail("read", err)
}

// Received tells of a datagram what ReadMessage learned.
type Received struct {
	From     netip.AddrPort
	To       netip.Addr // where it was sent to
	Index    int        // of the interface that it came in through
	TTL, TOS uint8
}

// ReadMessage is Read that also tells where the datagram came from and was sent
// to, and through which interface (IP_PKTINFO).
func (c *UDPConn) ReadMessage(b []byte) (n int, m Received, err error) {
	var k packet
	n, err = c.d().read(&k, b, 0, 0)
	return n, Received{k.from, k.to, int(k.index), k.ttl, k.tos}, c.fail("read", err)
}

// ReadBuf takes the next datagram without copying it. The caller must Free it.
func (c *UDPConn) ReadBuf() (*pbuf.Buf, netip.AddrPort, error) {
	var k packet
	err := c.d().receive(&k, 0, 0)
	return k.buf, k.from, c.fail("read", err)
}

// Write sends b to the connected peer.
func (c *UDPConn) Write(b []byte) (int, error) {
	n, err := c.d().send(b, new(route))
	return n, c.fail("write", err)
}

// WriteTo sends b to addr, a *net.UDPAddr.
func (c *UDPConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	a, ok := addr.(*net.UDPAddr)
	if !ok || a == nil {
		return 0, c.fail("write", ErrArgument)
	}
	return c.WriteToUDPAddrPort(b, a.AddrPort())
}

// WriteToUDPAddrPort sends b to addr. It allocates nothing.
func (c *UDPConn) WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (int, error) {
	n, err := c.d().sendTo(b, addr)
	return n, c.fail("write", err)
}

// sendTo is send for the net types, which do not send to somebody else than the
// connected peer.
func (d *dgram) sendTo(b []byte, addr netip.AddrPort) (int, error) {
	if !addr.Addr().IsValid() {
		return 0, ErrNoDest
	}
	if d.wr.has(blockPeer) {
		return 0, net.ErrWriteToConnected
	}
	return d.send(b, &route{to: addr})
}

// WriteBuf sends a datagram whose payload is buf, without copying it; with the
// headroom of pbuf.Transport no memory is needed. It consumes buf, also on an
// error. An invalid addr is the connected peer.
func (c *UDPConn) WriteBuf(buf *pbuf.Buf, addr netip.AddrPort) error {
	return c.fail("write", c.d().sendBuf(buf, &route{to: addr}))
}

// Close ends the endpoint. Blocked calls return net.ErrClosed.
func (c *UDPConn) Close() error { return c.fail("close", c.d().close()) }

// LocalAddr returns the local address, a *net.UDPAddr.
func (c *UDPConn) LocalAddr() net.Addr {
	local, _ := c.d().addresses()
	return udpAddr(local)
}

// RemoteAddr returns the connected peer's address, a *net.UDPAddr, or nil.
func (c *UDPConn) RemoteAddr() net.Addr {
	_, remote := c.d().addresses()
	return udpAddr(remote)
}

// SetDeadline sets both deadlines. Times are on the stack's clock's calendar.
func (c *UDPConn) SetDeadline(t time.Time) error { return c.fail("set", c.d().setDeadlines(t)) }

func (d *dgram) setDeadlines(t time.Time) error {
	if err := d.setDeadline(&d.rd, t); err != nil {
		return err
	}
	return d.setDeadline(&d.wr, t)
}

// SetReadDeadline sets when reading fails with os.ErrDeadlineExceeded.
func (c *UDPConn) SetReadDeadline(t time.Time) error {
	return c.fail("set", c.d().setDeadline(&c.d().rd, t))
}

// SetWriteDeadline sets when writing fails with os.ErrDeadlineExceeded.
func (c *UDPConn) SetWriteDeadline(t time.Time) error {
	return c.fail("set", c.d().setDeadline(&c.d().wr, t))
}

// SetReadBuffer sets how many payload bytes may wait; more are dropped.
func (c *UDPConn) SetReadBuffer(bytes int) error { return c.fail("set", c.d().setLimit(bytes)) }

// SetWriteBuffer does nothing: a datagram waits at the interface, not here.
func (c *UDPConn) SetWriteBuffer(int) error { return nil }

// JoinGroup receives what is sent to a multicast group on the interface; nil
// lets the stack choose one.
func (c *UDPConn) JoinGroup(ifc *netif.Interface, group netip.Addr) error {
	return c.fail("join", c.d().join(ifc, group))
}

// LeaveGroup ends a membership.
func (c *UDPConn) LeaveGroup(ifc *netif.Interface, group netip.Addr) error {
	return c.fail("leave", c.d().leave(ifc, group))
}

// Control runs f on the endpoint's PCB inside the core lock: f must not block.
func (c *UDPConn) Control(f func(*udp.PCB)) error { return c.fail("control", c.d().withUDP(f)) }

// ListenUDP makes a UDP endpoint bound to local, on the interface ifc alone if
// that is not nil. The zero address takes both families. A failure is a
// *net.OpError.
func (p *Protocol) ListenUDP(local netip.AddrPort, ifc *netif.Interface) (*UDPConn, error) {
	d, err := p.listenUDP(local, ifc, 0)
	if err != nil {
		return nil, opError("listen", "udp", nil, udpAddr(local), err)
	}
	return (*UDPConn)(d), nil
}

func (p *Protocol) listenUDP(local netip.AddrPort, ifc *netif.Interface, o udp.Option) (*dgram, error) {
	d, err := p.newDgram(ip.UDP, kindUDP, nil)
	if err != nil {
		return nil, err
	}
	d.withUDP(func(pcb *udp.PCB) { pcb.Set(o) })
	if err = d.bind(local, ifc); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// DialUDP makes a UDP endpoint connected to remote, bound to local if that is
// valid, through ifc if that is not nil. A failure is a *net.OpError.
func (p *Protocol) DialUDP(local, remote netip.AddrPort, ifc *netif.Interface) (*UDPConn, error) {
	d, err := p.dialUDP(local, remote, ifc)
	if err != nil {
		return nil, opError("dial", "udp", udpAddr(local), udpAddr(remote), err)
	}
	return (*UDPConn)(d), nil
}

func (p *Protocol) dialUDP(local, remote netip.AddrPort, ifc *netif.Interface) (*dgram, error) {
	d, err := p.newDgram(ip.UDP, kindUDP, nil)
	if err != nil {
		return nil, err
	}
	switch {
	case local.IsValid():
		err = d.bind(local, ifc)
	case ifc != nil:
		err = d.bindInterface(ifc)
	}
	if err == nil {
		err = d.connect(remote)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}
