package raw

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
)

// Bind restricts the endpoint to packets to local and sends from it. An
// unspecified address means any of its family, an invalid one any at all. ifc,
// if not nil, binds to the interface as BindInterface does.
//
// Errors: ErrNoAddress if the address is not the stack's (but see
// Config.FreeBind), ip.ErrFamily, ErrClosed.
//
// lwIP: raw_bind, raw_bind_netif.
func (p *PCB) Bind(local netip.Addr, ifc *netif.Interface) error {
	u := p.proto
	if u == nil {
		return ErrClosed
	}
	if ifc == nil {
		ifc = p.ifc
	}
	local = local.Unmap().WithZone("")
	if local.IsValid() {
		if u.network(local) == nil || p.remote.IsValid() && p.remote.Is4() != local.Is4() {
			return ip.ErrFamily
		}
		if !local.IsUnspecified() && !u.cfg.FreeBind && !u.receives(local, ifc) {
			return ErrNoAddress
		}
	}
	p.local, p.ifc = local, ifc
	return nil
}

// receives reports whether packets to addr may come in.
func (p *Protocol) receives(addr netip.Addr, ifc *netif.Interface) bool {
	if addr.IsMulticast() || ifc != nil && ifc.Owns(addr) || p.network(addr).Owner(addr) != nil {
		return true
	}
	return addr.IsLoopback() && addr.Is4() || p.isBroadcast(addr)
}

// isBroadcast reports whether a is a broadcast address on some interface and no
// address of this host.
func (p *Protocol) isBroadcast(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	for _, ifc := range p.ifs.List() {
		if ifc.IsBroadcast(a) {
			return p.net4.Owner(a) == nil
		}
	}
	return false
}

// BindInterface restricts the endpoint to packets received on ifc and sends
// through it only; nil lifts that.
//
// lwIP: raw_bind_netif; SO_BINDTODEVICE.
func (p *PCB) BindInterface(ifc *netif.Interface) error {
	if p.proto == nil {
		return ErrClosed
	}
	p.ifc = ifc
	return nil
}

// Connect sets the peer: Send goes there, and only its packets are received.
//
// Errors: ErrNoAddress for an invalid peer, ip.ErrFamily, ErrClosed.
//
// lwIP: raw_connect.
func (p *PCB) Connect(remote netip.Addr) error {
	if p.proto == nil {
		return ErrClosed
	}
	remote = remote.Unmap().WithZone("")
	if !remote.IsValid() {
		return ErrNoAddress
	}
	if p.proto.network(remote) == nil || p.local.IsValid() && p.local.Is4() != remote.Is4() {
		return ip.ErrFamily
	}
	p.remote = remote
	return nil
}

// Disconnect forgets the peer.
//
// lwIP: raw_disconnect.
func (p *PCB) Disconnect() { p.remote = netip.Addr{} }
