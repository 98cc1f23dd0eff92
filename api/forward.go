package api

import (
	"context"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// TCPRequest is a peer's wish to connect, through an interface that is forwarded,
// to an address that is not the stack's. Accept, Reset, Unreachable or Drop
// decides it, once, on any goroutine and at any time until it is forgotten
// (tcp.ForwardConfig.Timeout). Until then the peer waits.
type TCPRequest struct {
	p   *Protocol
	req *tcp.ForwardRequest
}

// ForwardTCP takes TCP connections to any address that come in through ifc. Each
// is a request, on which h is called on a goroutine of its own. It returns a
// function that ends it: connections that were made are reset then.
//
// The local address of a connection is the one that the peer asked for. Listeners
// hear of what is for the stack's own addresses only, and h of the rest.
//
// lwIP has nothing like it; gVisor calls it tcp.Forwarder.
func (p *Protocol) ForwardTCP(ifc *netif.Interface, cfg tcp.ForwardConfig, h func(*TCPRequest)) (stop func(), err error) {
	p.core.Lock()
	defer p.core.Unlock()
	if p.ended {
		return nil, ErrClosed
	}
	f, err := p.tcp.Forward(ifc, cfg, func(r *tcp.ForwardRequest) { go h(&TCPRequest{p, r}) })
	if err != nil {
		return nil, meaning(err)
	}
	return func() {
		p.core.Lock()
		f.Close()
		p.core.Unlock()
	}, nil
}

// Local returns where the peer wants to connect to.
func (r *TCPRequest) Local() netip.AddrPort { return r.req.Local() }

// Remote returns the peer's address and port.
func (r *TCPRequest) Remote() netip.AddrPort { return r.req.Remote() }

// Interface returns the interface that the request came through.
func (r *TCPRequest) Interface() *netif.Interface { return r.req.Interface() }

// Err returns why the request cannot be decided any more, or nil: tcp.ErrReset,
// that the peer took it back, tcp.ErrTimeout, tcp.ErrAborted, tcp.ErrBadState.
func (r *TCPRequest) Err() error {
	r.p.core.Lock()
	defer r.p.core.Unlock()
	return r.req.Err()
}

// Accept answers the peer and returns the connection. It blocks until the peer has
// acknowledged, the handshake has failed, or ctx is done. A failure is a
// *net.OpError.
func (r *TCPRequest) Accept(ctx context.Context) (*TCPConn, error) {
	s, err := r.accept(ctx)
	if err != nil {
		return nil, opError("accept", "tcp", tcpAddr(r.Local()), tcpAddr(r.Remote()), err)
	}
	return (*TCPConn)(s), nil
}

func (r *TCPRequest) accept(ctx context.Context) (*stream, error) {
	s := new(stream)
	s.flags |= connecting
	r.p.core.Lock()
	if r.p.ended {
		r.p.core.Unlock()
		return nil, ErrClosed
	}
	pcb, err := r.req.Accept(s)
	if err == nil {
		s.init(r.p, pcb)
		pcb.Set(tcp.NoDelay)
	}
	r.p.core.Unlock()
	if err != nil {
		return nil, meaning(err)
	}
	if err := s.finish(ctx, 0); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// Reset refuses the connection: connection refused, for the peer.
func (r *TCPRequest) Reset() error { return r.decide((*tcp.ForwardRequest).Reset) }

// Drop forgets the request without an answer; the peer's next SYN is a new one.
func (r *TCPRequest) Drop() error { return r.decide((*tcp.ForwardRequest).Drop) }

// Unreachable refuses the connection by an ICMP error.
func (r *TCPRequest) Unreachable(why ip.Reason) error {
	return r.decide(func(q *tcp.ForwardRequest) error { return q.Unreachable(why) })
}

func (r *TCPRequest) decide(f func(*tcp.ForwardRequest) error) error {
	r.p.core.Lock()
	defer r.p.core.Unlock()
	return meaning(f(r.req))
}

// ForwardUDPConfig configures ForwardUDP.
type ForwardUDPConfig struct {
	udp.ForwardConfig
	// Decide, if set, is called inside the core lock with the first datagram of
	// each flow, and must not block. Default: udp.Take for all.
	Decide func(local, remote netip.AddrPort) udp.Verdict
}

// ForwardUDP takes UDP datagrams to any address that come in through ifc. The first
// of a flow makes an endpoint, with which h is called on a goroutine of its own:
// its local address is the one that the datagram was sent to, and it is connected
// to the sender. It reads that datagram first. A flow that ends because it is idle,
// or to make room, fails with udp.ErrFlowEnded; h must close it in any case.
//
// It returns a function that ends it, and all flows.
func (p *Protocol) ForwardUDP(ifc *netif.Interface, cfg ForwardUDPConfig, h func(*UDPConn)) (stop func(), err error) {
	p.core.Lock()
	defer p.core.Unlock()
	if p.ended {
		return nil, ErrClosed
	}
	f, err := p.udp.Forward(ifc, cfg.ForwardConfig, &udpForward{p, cfg.Decide, h})
	if err != nil {
		return nil, meaning(err)
	}
	return func() {
		p.core.Lock()
		f.Close()
		p.core.Unlock()
	}, nil
}

// udpForward is the udp.ForwardHandler of ForwardUDP.
type udpForward struct {
	p      *Protocol
	decide func(local, remote netip.AddrPort) udp.Verdict
	h      func(*UDPConn)
}

// Flow implements udp.ForwardHandler.
func (f *udpForward) Flow(local, remote netip.AddrPort) (udp.Handler, udp.Verdict) {
	if f.p.ended {
		return nil, udp.Drop
	}
	if f.decide != nil {
		if v := f.decide(local, remote); v != udp.Take {
			return nil, v
		}
	}
	d := &dgram{proto: ip.UDP, limit: f.p.cfg.ReceiveBytes}
	d.p = f.p
	d.flags = connected
	d.wr.set(blockPeer)
	return d, udp.Take
}

// Opened implements udp.ForwardHandler.
func (f *udpForward) Opened(pcb *udp.PCB, h udp.Handler) {
	d := h.(*dgram)
	d.udp = pcb
	f.p.dgrams[d] = struct{}{}
	go f.h((*UDPConn)(d))
}

// flowEnded notes that the PCB of a forwarded flow is gone: what waits can still be
// read.
func (d *dgram) flowEnded() {
	d.ends = &ends{zoned(d.udp.Local(), d.udp.Interface()), zoned(d.udp.Remote(), d.udp.Interface())}
	d.udp = nil
	d.mu.Lock()
	d.flags |= dead
	d.wr.set(blockState)
	d.rd.wake()
	d.wr.wake()
	d.mu.Unlock()
}
