package api

import (
	"net/netip"
	"sync"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// Type is what kind of endpoint a Netconn is: protocol and family.
//
// lwIP: enum netconn_type, with its values.
type Type uint8

const (
	TCP            Type = 0x10
	TCP6           Type = 0x18
	UDP            Type = 0x20
	UDPLite        Type = 0x21 // not supported: New returns ErrProtocol
	UDPNoChecksum  Type = 0x22
	UDP6           Type = 0x28
	UDPLite6       Type = 0x29
	UDPNoChecksum6 Type = 0x2a
	Raw            Type = 0x40
	Raw6           Type = 0x48
)

// Group returns TCP, UDP or Raw. lwIP: NETCONNTYPE_GROUP.
func (t Type) Group() Type { return t & 0xf0 }

// IsV6 reports whether the type is of IPv6. lwIP: NETCONNTYPE_ISIPV6.
func (t Type) IsV6() bool { return t&0x08 != 0 }

// Netconn is an endpoint of lwIP's sequential API. Its methods may be called by
// several goroutines at once, Delete included.
//
// A Netconn of an IPv6 type also talks IPv4, in IPv4 addresses or mapped ones,
// unless SetV6Only.
type Netconn struct {
	p        *Protocol
	typ      Type
	callback Callback

	mu       sync.Mutex
	pending  error // for Err
	settings settings
	// One of the three; a stream becomes a listener by Listen.
	stream   *stream
	dgram    *dgram
	listener *listener

	ifc     *netif.Interface // as BindInterface said
	bound   bool
	deleted bool
	calls   int        // in progress
	done    *sync.Cond // for Delete: calls became 0
}

// settings are what SetNonblocking and its kin set.
type settings struct {
	nonblocking bool
	v6only      bool
	send, recv  time.Duration
}

// New makes a Netconn, not bound. proto is the IP protocol of a raw one and
// otherwise not used. callback, if not nil, hears its events; a listener's is
// also that of the connections it accepts.
//
// Errors: ErrProtocol for UDP-Lite, ErrArgument for an unknown type, and errors
// that mean ENOBUFS.
//
// lwIP: netconn_new_with_proto_and_callback.
func (p *Protocol) New(t Type, proto ip.Proto, callback Callback) (*Netconn, error) {
	c := &Netconn{p: p, typ: t, callback: callback}
	var err error
	switch t {
	case TCP, TCP6:
		c.stream, err = p.newStream(c)
	case UDP, UDP6, UDPNoChecksum, UDPNoChecksum6:
		c.dgram, err = p.newDgram(ip.UDP, kindUDP, c)
		if err == nil && t&0x0f&^0x08 == 2 {
			err = c.dgram.withUDP(func(u *udp.PCB) { u.Set(udp.NoChecksum) })
		}
	case Raw, Raw6:
		c.dgram, err = p.newDgram(proto, kindRaw, c)
	case UDPLite, UDPLite6:
		err = ErrProtocol
	default:
		err = ErrArgument
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// child makes the Netconn of a connection that the listener c accepts.
func (c *Netconn) child(s *stream) *Netconn {
	return &Netconn{p: c.p, typ: c.typ, callback: c.callback, stream: s, bound: true}
}

// Type returns the type. It takes no lock.
//
// lwIP: netconn_type.
func (c *Netconn) Type() Type { return c.typ }

// enter begins a call: it returns the endpoints as they are now.
func (c *Netconn) enter() (s *stream, d *dgram, l *listener, set settings, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deleted {
		return nil, nil, nil, settings{}, ErrClosed
	}
	c.calls++
	return c.stream, c.dgram, c.listener, c.settings, nil
}

// leave ends a call. An error that it returns is not pending any more.
func (c *Netconn) leave(err error) {
	c.mu.Lock()
	c.calls--
	if err != nil && err == c.pending {
		c.pending = nil
	}
	if c.calls == 0 && c.done != nil {
		c.done.Broadcast()
	}
	c.mu.Unlock()
}

// Delete closes the Netconn and waits until every call in progress on it has
// returned; each returns an error. A second Delete returns ErrClosed at once.
// What was written to a connection is delivered in the background, unless
// SetLinger says otherwise.
//
// lwIP: netconn_delete. Guide §10.
func (c *Netconn) Delete() error {
	c.mu.Lock()
	if c.deleted {
		c.mu.Unlock()
		return ErrClosed
	}
	c.deleted = true
	s, d, l := c.stream, c.dgram, c.listener
	nonblocking := c.settings.nonblocking
	c.mu.Unlock()
	switch {
	case s != nil:
		if nonblocking {
			s.endLinger()
		}
		s.close()
	case d != nil:
		d.close()
	case l != nil:
		l.close()
	}
	c.mu.Lock()
	for c.calls > 0 {
		if c.done == nil {
			c.done = sync.NewCond(&c.mu)
		}
		c.done.Wait()
	}
	c.mu.Unlock()
	return nil
}

// Err returns the pending error and clears it.
//
// lwIP: netconn_err.
func (c *Netconn) Err() error {
	c.mu.Lock()
	err, d := c.pending, c.dgram
	c.pending = nil
	c.mu.Unlock()
	if d != nil && err != nil {
		d.mu.Lock()
		d.err = nil // it is told only once
		d.mu.Unlock()
	}
	return err
}

// SetNonblocking makes calls return ErrWouldBlock or ErrInProgress in place of
// waiting.
//
// lwIP: netconn_set_nonblocking.
func (c *Netconn) SetNonblocking(on bool) {
	c.mu.Lock()
	c.settings.nonblocking = on
	c.mu.Unlock()
}

// Nonblocking returns what SetNonblocking set.
func (c *Netconn) Nonblocking() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.nonblocking
}

// SetSendTimeout bounds how long a write waits; 0 for ever.
//
// lwIP: netconn_set_sendtimeout.
func (c *Netconn) SetSendTimeout(d time.Duration) {
	c.mu.Lock()
	c.settings.send = max(d, 0)
	c.mu.Unlock()
}

// SendTimeout returns what SetSendTimeout set.
func (c *Netconn) SendTimeout() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.send
}

// SetRecvTimeout bounds how long receiving and accepting wait; 0 for ever.
//
// lwIP: netconn_set_recvtimeout.
func (c *Netconn) SetRecvTimeout(d time.Duration) {
	c.mu.Lock()
	c.settings.recv = max(d, 0)
	c.mu.Unlock()
}

// RecvTimeout returns what SetRecvTimeout set.
func (c *Netconn) RecvTimeout() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.recv
}

// SetRecvBufSize bounds the payload bytes that wait in a UDP or raw Netconn. It
// has no effect on TCP's window.
//
// lwIP: netconn_set_recvbufsize.
func (c *Netconn) SetRecvBufSize(n int) {
	c.mu.Lock()
	d := c.dgram
	c.mu.Unlock()
	if d != nil {
		d.setLimit(n)
	}
}

// RecvBufSize returns what SetRecvBufSize set; 0 for TCP.
//
// lwIP: netconn_get_recvbufsize.
func (c *Netconn) RecvBufSize() int {
	c.mu.Lock()
	d := c.dgram
	c.mu.Unlock()
	if d == nil {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limit
}

// SetLinger sets what Delete and Close do with data that is not acknowledged,
// as TCPConn.SetLinger. A nonblocking Netconn does not wait.
func (c *Netconn) SetLinger(seconds int) error {
	s, _, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if s == nil {
		err = ErrType
	} else {
		err = s.setLinger(seconds)
	}
	c.leave(err)
	return err
}

// SetV6Only makes an IPv6 Netconn refuse IPv4. Set it before Bind.
//
// lwIP: netconn_set_ipv6only.
func (c *Netconn) SetV6Only(on bool) error {
	s, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	switch {
	case !c.typ.IsV6():
		err = ErrValue
	case s != nil:
		err = s.with(func(p *tcp.PCB) {
			if on {
				p.Set(tcp.V6Only)
			} else {
				p.Clear(tcp.V6Only)
			}
		})
	case d != nil:
		d.setV6Only(on)
	}
	if err == nil {
		c.mu.Lock()
		c.settings.v6only = on
		c.mu.Unlock()
	}
	c.leave(err)
	return err
}

// V6Only returns what SetV6Only set.
func (c *Netconn) V6Only() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.v6only
}

// WithTCP runs f on the PCB of a connection inside the core lock; f must not
// block. ErrType: it is not one, or a listener, whose options are those that it
// had before Listen.
func (c *Netconn) WithTCP(f func(*tcp.PCB)) error {
	s, _, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if s == nil {
		err = ErrType
	} else {
		err = s.with(f)
	}
	c.leave(nil) // an error of the connection is still to be told
	return err
}

// WithUDP runs f on the PCB of a UDP Netconn inside the core lock; f must not
// block.
func (c *Netconn) WithUDP(f func(*udp.PCB)) error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if d == nil {
		err = ErrType
	} else {
		err = d.withUDP(f)
	}
	c.leave(err)
	return err
}

// WithRaw runs f on the PCB of a raw Netconn inside the core lock; f must not
// block.
func (c *Netconn) WithRaw(f func(*raw.PCB)) error {
	_, d, _, _, err := c.enter()
	if err != nil {
		return err
	}
	if d == nil {
		err = ErrType
	} else {
		err = d.withRaw(f)
	}
	c.leave(err)
	return err
}

// Local returns the local address and port; an invalid address before Bind.
//
// lwIP: netconn_addr.
func (c *Netconn) Local() (netip.AddrPort, error) { return c.address(localEnd) }

// Peer returns the remote address and port, or ErrNotConnected.
//
// lwIP: netconn_peer.
func (c *Netconn) Peer() (netip.AddrPort, error) { return c.address(remoteEnd) }

// end is one of the two addresses.
type end uint8

const (
	localEnd end = iota
	remoteEnd
)

func (c *Netconn) address(e end) (a netip.AddrPort, err error) {
	s, d, l, _, err := c.enter()
	if err != nil {
		return a, err
	}
	var local, remote netip.AddrPort
	switch {
	case s != nil:
		local, remote = s.addresses()
	case d != nil:
		local, remote = d.addresses()
	case l != nil:
		local = l.local
	}
	a = local
	if e == remoteEnd {
		if a = remote; !a.Addr().IsValid() {
			err = ErrNotConnected
		}
	}
	c.leave(err)
	return a, err
}
