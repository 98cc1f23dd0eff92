package drill

import "net/netip"

// flowOf returns the flow of a packet to inject, and makes one if there is none:
// a SYN to a listener begins a connection from a port of its own.
func (r *runner) flowOf(k *Packet) *flow {
	proto := k.Proto
	if q := k.ICMP.Quote; q != nil {
		// An error belongs to what it quotes.
		proto = q.Proto
		if r.cur != nil && (r.cur.proto == proto || proto == RawIP) && !explicit(q) {
			return r.cur
		}
		if f := r.find(proto, q.Src, q.Dst); f != nil {
			return f
		}
		return r.add(proto, q.Src, q.Dst)
	}
	if explicit(k) {
		if f := r.find(proto, k.Dst, k.Src); f != nil {
			r.cur = f
			return f
		}
		return r.add(proto, k.Dst, k.Src)
	}
	syn := proto == TCP && k.TCP.Flags&(SYN|ACK) == SYN
	if r.cur != nil && r.cur.proto == proto && !(syn && r.listens) {
		return r.cur
	}
	if syn {
		r.listens = false
	}
	return r.add(proto, k.Dst, k.Src)
}

// explicit reports whether a packet names an address or port.
func explicit(k *Packet) bool {
	return k.Src.Addr.IsValid() || k.Dst.Addr.IsValid() || k.Src.Port >= 0 || k.Dst.Port >= 0
}

// find returns the newest flow that the given parts of its ends fit, or nil.
func (r *runner) find(proto Proto, local, remote Endpoint) *flow {
	for i := len(r.flows) - 1; i >= 0; i-- {
		if f := r.flows[i]; f.proto == proto && over(local, f.local) == f.local && over(remote, f.remote) == f.remote {
			return f
		}
	}
	return nil
}

// add makes a flow and makes it the current one. What is not given of its ends
// is the usual.
func (r *runner) add(proto Proto, local, remote Endpoint) *flow {
	port := r.cfg.bindPort
	if r.bound != 0 {
		port = r.bound
	}
	f := &flow{
		proto: proto, fd: -1,
		local:  over(local, netip.AddrPortFrom(r.cfg.local, port)),
		remote: over(remote, netip.AddrPortFrom(r.cfg.remote, 0)),
	}
	if f.remote.Port() == 0 && proto != ICMP && proto != ICMPv6 {
		f.remote = netip.AddrPortFrom(f.remote.Addr(), r.nextPort)
		r.nextPort++
	}
	r.flows = append(r.flows, f)
	r.cur = f
	return f
}

// outboundFlow returns the flow of a packet that the stack sent: the one it
// belongs to if the script expects no other, so that the right numbers are
// translated.
func (r *runner) outboundFlow(want *Packet, got *decoded) *flow {
	proto := got.Proto
	if got.ICMP.Quote != nil {
		// An error of the stack goes back along the flow that it quotes.
		q := got.ICMP.Quote
		if f := r.find(q.Proto, q.Dst, q.Src); f != nil {
			return f
		}
	}
	if f := r.find(proto, got.Src, got.Dst); f != nil {
		return f
	}
	if proto != want.Proto && r.cur != nil {
		return r.cur
	}
	if proto == ICMP || proto == ICMPv6 {
		if r.cur != nil && r.cur.local.Addr() == got.Src.Addr && r.cur.remote.Addr() == got.Dst.Addr {
			return r.cur
		}
	}
	return r.add(proto, got.Src, got.Dst)
}

// ofPeer returns the newest flow with a peer, or nil.
func (r *runner) ofPeer(proto Proto, peer netip.AddrPort) *flow {
	peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
	for i := len(r.flows) - 1; i >= 0; i-- {
		if f := r.flows[i]; f.proto == proto && f.remote == peer {
			return f
		}
	}
	return nil
}
