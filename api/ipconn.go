package api

import (
	"net"
	"net/netip"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
)

// IPConn is a raw IP endpoint: a net.PacketConn and a net.Conn. What it reads and
// writes begins after the IP header, in both families.
type IPConn dgram

var (
	_ net.Conn       = (*IPConn)(nil)
	_ net.PacketConn = (*IPConn)(nil)
)

func (c *IPConn) d() *dgram { return (*dgram)(c) }

func ipPortAddr(a netip.AddrPort) net.Addr { return ipAddr(a.Addr()) }

func (c *IPConn) fail(op string, err error) error { return c.d().fail(op, "ip", ipPortAddr, err) }

// Read copies the next packet's payload to b and waits for it; what does not fit
// is lost.
func (c *IPConn) Read(b []byte) (int, error) {
	n, _, err := c.ReadFromIP(b)
	return n, err
}

// ReadFrom is Read that also returns the sender, a *net.IPAddr.
func (c *IPConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromIP(b)
	if err != nil {
		return 0, nil, err
	}
	return n, ipAddr(from), nil
}

// ReadFromIP is Read that also returns the sender. It allocates nothing.
func (c *IPConn) ReadFromIP(b []byte) (int, netip.Addr, error) {
	var k packet
	if err := c.d().receive(&k, 0, 0); err != nil {
		return 0, netip.Addr{}, c.fail("read", err)
	}
	if k.from.Addr().Is4() && k.buf.Len() > 0 {
		// Raw endpoints see the IPv4 header; Go programs do not expect it.
		k.buf.RemoveHeader(min(int(k.buf.Bytes()[0]&0x0f)*4, k.buf.Len()))
	}
	n := gather(b, k.buf)
	k.buf.Free()
	return n, k.from.Addr(), nil
}

// Write sends b to the connected peer.
func (c *IPConn) Write(b []byte) (int, error) {
	n, err := c.d().send(b, new(route))
	return n, c.fail("write", err)
}

// WriteTo sends b to addr, a *net.IPAddr.
func (c *IPConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	a, ok := addr.(*net.IPAddr)
	if !ok || a == nil {
		return 0, c.fail("write", ErrArgument)
	}
	to, ok := netip.AddrFromSlice(a.IP)
	if !ok {
		return 0, c.fail("write", ErrNoDest)
	}
	return c.WriteToIP(b, to.Unmap().WithZone(a.Zone))
}

// WriteToIP sends b to addr. It allocates nothing.
func (c *IPConn) WriteToIP(b []byte, addr netip.Addr) (int, error) {
	n, err := c.d().sendTo(b, netip.AddrPortFrom(addr, 0))
	return n, c.fail("write", err)
}

// Close ends the endpoint. Blocked calls return net.ErrClosed.
func (c *IPConn) Close() error { return c.fail("close", c.d().close()) }

// LocalAddr returns the local address, a *net.IPAddr; nil for any.
func (c *IPConn) LocalAddr() net.Addr {
	local, _ := c.d().addresses()
	return ipPortAddr(local)
}

// RemoteAddr returns the connected peer's address, a *net.IPAddr, or nil.
func (c *IPConn) RemoteAddr() net.Addr {
	_, remote := c.d().addresses()
	return ipPortAddr(remote)
}

// SetDeadline sets both deadlines. Times are on the stack's clock's calendar.
func (c *IPConn) SetDeadline(t time.Time) error { return c.fail("set", c.d().setDeadlines(t)) }

// SetReadDeadline sets when reading fails with os.ErrDeadlineExceeded.
func (c *IPConn) SetReadDeadline(t time.Time) error {
	return c.fail("set", c.d().setDeadline(&c.d().rd, t))
}

// SetWriteDeadline sets when writing fails with os.ErrDeadlineExceeded.
func (c *IPConn) SetWriteDeadline(t time.Time) error {
	return c.fail("set", c.d().setDeadline(&c.d().wr, t))
}

// SetReadBuffer sets how many bytes may wait; more are dropped.
func (c *IPConn) SetReadBuffer(bytes int) error { return c.fail("set", c.d().setLimit(bytes)) }

// Control runs f on the endpoint's PCB inside the core lock: f must not block.
func (c *IPConn) Control(f func(*raw.PCB)) error { return c.fail("control", c.d().withRaw(f)) }

// ListenIP makes a raw endpoint for an IP protocol, bound to local if that is
// valid, on the interface ifc alone if that is not nil.
func (p *Protocol) ListenIP(proto ip.Proto, local netip.Addr, ifc *netif.Interface) (*IPConn, error) {
	d, err := p.newDgram(proto, kindRaw, nil)
	if err == nil && (local.IsValid() || ifc != nil) {
		if err = d.bind(netip.AddrPortFrom(local, 0), ifc); err != nil {
			d.close()
		}
	}
	if err != nil {
		return nil, opError("listen", "ip", nil, ipAddr(local), err)
	}
	return (*IPConn)(d), nil
}

// DialIP makes a raw endpoint for an IP protocol that talks to remote.
func (p *Protocol) DialIP(proto ip.Proto, local, remote netip.Addr, ifc *netif.Interface) (*IPConn, error) {
	c, err := p.ListenIP(proto, local, ifc)
	if err != nil {
		return nil, err
	}
	if err := c.d().connect(netip.AddrPortFrom(remote, 0)); err != nil {
		c.d().close()
		return nil, opError("dial", "ip", ipAddr(local), ipAddr(remote), err)
	}
	return c, nil
}
