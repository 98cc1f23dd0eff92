package api

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/udp"
)

// dgram is a UDP or raw endpoint as its owner sees it, with its receive mailbox.
type dgram struct {
	endpoint
	rd, wr side
	udp    *udp.PCB   // guarded by the core lock; nil for a raw endpoint, or closed
	raw    *raw.PCB   // guarded by the core lock; nil for a UDP endpoint, or closed
	owner  *Netconn   // hears events; nil for a UDPConn or IPConn
	box    ring       // guarded by mu
	limit  int        // payload bytes that the mailbox takes; guarded by mu
	err    error      // of an ICMP message, for the next call; guarded by mu
	ends   *ends      // guarded by the core lock; set when the endpoint is closed
	from   lastSender // of ReadFrom
	groups []membership
	proto  ip.Proto
}

// membership is a multicast group that the endpoint joined.
type membership struct {
	ifc   *netif.Interface
	group netip.Addr
}

var (
	_ udp.Handler = (*dgram)(nil)
	_ raw.Handler = (*rawHandler)(nil)
)

// newDgram makes an endpoint of the given protocol, not bound.
func (p *Protocol) newDgram(proto ip.Proto, isRaw kind, owner *Netconn) (*dgram, error) {
	d := &dgram{owner: owner, proto: proto, limit: p.cfg.ReceiveBytes}
	d.p = p
	p.core.Lock()
	defer p.core.Unlock()
	if p.ended {
		return nil, ErrClosed
	}
	var err error
	switch {
	case isRaw == kindRaw && p.raw != nil:
		d.raw, err = p.raw.NewPCB(proto, (*rawHandler)(d))
	case isRaw == kindUDP && p.udp != nil:
		d.udp, err = p.udp.NewPCB(d)
	default:
		err = ErrProtocol
	}
	if err != nil {
		return nil, meaning(err)
	}
	p.dgrams[d] = struct{}{}
	return d, nil
}

// kind tells the two kinds of dgram apart.
type kind uint8

const (
	kindUDP kind = iota
	kindRaw
)

// open reports whether the endpoint has a PCB. The caller holds the core lock.
func (d *dgram) open() bool { return d.udp != nil || d.raw != nil }

// bind gives the endpoint a local address; ifc, if not nil, restricts it to an
// interface.
func (d *dgram) bind(local netip.AddrPort, ifc *netif.Interface) error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	local, zone, err := d.p.unzone(local)
	if err != nil {
		return err
	}
	if ifc == nil {
		ifc = zone
	}
	switch {
	case d.udp != nil:
		return meaning(d.udp.Bind(local, ifc))
	case d.raw != nil:
		return meaning(d.raw.Bind(local.Addr(), ifc))
	}
	return ErrClosed
}

// bindInterface restricts the endpoint to an interface; nil lifts that.
func (d *dgram) bindInterface(ifc *netif.Interface) error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	switch {
	case d.udp != nil:
		return meaning(d.udp.BindInterface(ifc))
	case d.raw != nil:
		return meaning(d.raw.BindInterface(ifc))
	}
	return ErrClosed
}

// connect sets the peer.
func (d *dgram) connect(remote netip.AddrPort) error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	remote, ifc, err := d.p.unzone(remote)
	if err != nil {
		return err
	}
	switch {
	case d.udp != nil:
		if ifc != nil && d.udp.Interface() == nil {
			err = d.udp.BindInterface(ifc)
		}
		if err == nil {
			err = d.udp.Connect(remote)
		}
	case d.raw != nil:
		if ifc != nil && d.raw.Interface() == nil {
			err = d.raw.BindInterface(ifc)
		}
		if err == nil {
			err = d.raw.Connect(remote.Addr())
		}
	default:
		return ErrClosed
	}
	if err == nil {
		d.mu.Lock()
		d.flags |= connected
		d.wr.set(blockPeer)
		d.mu.Unlock()
	}
	return meaning(err)
}

// disconnect forgets the peer.
func (d *dgram) disconnect() error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	switch {
	case d.udp != nil:
		d.udp.Disconnect()
	case d.raw != nil:
		d.raw.Disconnect()
	default:
		return ErrClosed
	}
	d.mu.Lock()
	d.flags &^= connected
	d.wr.clear(blockPeer)
	d.mu.Unlock()
	return nil
}

// addresses returns the local and the remote address; an invalid one is not set.
func (d *dgram) addresses() (local, remote netip.AddrPort) {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	if d.ends != nil {
		return d.ends.local, d.ends.remote
	}
	return d.current()
}

// current returns the addresses of the PCB. The caller holds the core lock.
func (d *dgram) current() (local, remote netip.AddrPort) {
	switch {
	case d.udp != nil:
		ifc := d.udp.Interface()
		return zoned(d.udp.Local(), ifc), zoned(d.udp.Remote(), ifc)
	case d.raw != nil:
		ifc := d.raw.Interface()
		local = netip.AddrPortFrom(d.raw.Local(), 0)
		remote = netip.AddrPortFrom(d.raw.Remote(), 0)
		return zoned(local, ifc), zoned(remote, ifc)
	}
	return
}

// withUDP runs f on the PCB of a UDP endpoint inside the core lock.
func (d *dgram) withUDP(f func(*udp.PCB)) error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	switch {
	case d.udp != nil:
		f(d.udp)
		return nil
	case d.raw != nil:
		return ErrType
	}
	return ErrClosed
}

// withRaw runs f on the PCB of a raw endpoint inside the core lock.
func (d *dgram) withRaw(f func(*raw.PCB)) error {
	d.p.core.Lock()
	defer d.p.core.Unlock()
	switch {
	case d.raw != nil:
		f(d.raw)
		return nil
	case d.udp != nil:
		return ErrType
	}
	return ErrClosed
}

// join makes the endpoint a member of a multicast group, until leave or close.
//
// lwIP: netconn_join_leave_group_netif.
func (d *dgram) join(ifc *netif.Interface, group netip.Addr) error {
	if d.p.cfg.Groups == nil {
		return ErrNoGroups
	}
	group = group.Unmap().WithZone("")
	if !group.IsMulticast() {
		return meaning(ip.ErrNotMulticast)
	}
	d.p.core.Lock()
	defer d.p.core.Unlock()
	if !d.open() {
		return ErrClosed
	}
	if err := d.p.cfg.Groups.Join(ifc, group); err != nil {
		return meaning(err)
	}
	d.groups = append(d.groups, membership{ifc, group})
	return nil
}

// leave ends a membership.
func (d *dgram) leave(ifc *netif.Interface, group netip.Addr) error {
	group = group.Unmap().WithZone("")
	d.p.core.Lock()
	defer d.p.core.Unlock()
	for i, m := range d.groups {
		if m == (membership{ifc, group}) {
			d.groups = append(d.groups[:i], d.groups[i+1:]...)
			return meaning(d.p.cfg.Groups.Leave(ifc, group))
		}
	}
	return ErrNotMember
}

// close ends the endpoint: it leaves its groups, and every call on it returns
// ErrClosed.
func (d *dgram) close() error {
	d.mu.Lock()
	if d.flags.has(closed) {
		d.mu.Unlock()
		return ErrClosed
	}
	d.flags |= closed
	d.rd.set(blockState)
	d.wr.set(blockState)
	d.box.clear()
	d.rd.wake()
	d.wr.wake()
	d.mu.Unlock()

	d.p.core.Lock()
	defer d.p.core.Unlock()
	d.stop(&d.rd)
	d.stop(&d.wr)
	delete(d.p.dgrams, d)
	if d.ends == nil {
		local, remote := d.current()
		d.ends = &ends{local, remote}
	}
	for _, m := range d.groups {
		d.p.cfg.Groups.Leave(m.ifc, m.group)
	}
	d.groups = nil
	if d.udp != nil {
		d.udp.Close()
		d.udp = nil
	}
	if d.raw != nil {
		d.raw.Close()
		d.raw = nil
	}
	return nil
}

// Received implements udp.Handler.
func (d *dgram) Received(_ *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, info *ip.Info) {
	d.deliver(buf, from, info)
}

// Error implements udp.Handler.
func (d *dgram) Error(_ *udp.PCB, err error) {
	if err == udp.ErrFlowEnded {
		d.flowEnded()
		return
	}
	err = meaning(err)
	d.mu.Lock()
	d.err = err
	d.wr.set(blockError)
	d.rd.wake()
	d.mu.Unlock()
	d.owner.fail(err)
}

// rawHandler is a dgram as package raw calls it.
type rawHandler dgram

// Received implements raw.Handler: the endpoint gets a copy, and the packet goes
// on to the rest of the stack, as in lwIP's netconn.
func (h *rawHandler) Received(_ *raw.PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	d := (*dgram)(h)
	c := d.p.pool.Clone(buf, pbuf.Raw, pbuf.RAM)
	if c == nil {
		d.p.stats.NoMemory++
		return false
	}
	d.deliver(c, netip.AddrPortFrom(info.Src, 0), info)
	return false
}
