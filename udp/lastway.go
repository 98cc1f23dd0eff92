package udp

import (
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// lastWay is how the last datagram went that SendTo sent over IPv4: most go
// where the one before went. It is good while netif.Protocol.Generation is gen.
// Where routes and source addresses change by themselves, as in IPv6, nothing is
// kept.
type lastWay struct {
	way
	dst netip.Addr
	gen uint64
}

// known returns the way that route would find to dst, or nil if it has to look.
func (p *PCB) known(dst netip.Addr, via *netif.Interface, src netip.Addr) *way {
	l := p.last
	if l == nil || l.dst != dst || l.gen != p.proto.ifs.Generation() || via != nil || src.IsValid() {
		return nil
	}
	return &l.way
}

// keep notes what route found.
func (p *PCB) keep(w *way, dst netip.Addr, via *netif.Interface, src netip.Addr) {
	if !dst.Is4() || via != nil || src.IsValid() {
		return
	}
	if p.last == nil {
		p.last = new(lastWay)
	}
	*p.last = lastWay{*w, dst, p.proto.ifs.Generation()}
}

// forgetWays forgets where the endpoint sends and who receives, because what it
// says about that has changed.
func (p *PCB) forgetWays() {
	if p.proto != nil {
		p.proto.found = found{}
	}
	p.srcGen = 0
	if p.last != nil {
		p.last.gen = 0
	}
}
