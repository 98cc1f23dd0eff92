package oracle

import (
	"net/netip"
	"time"
)

// disturbance is what a host hears or does beside its connections that lets it
// send at times that are none of its timers': ICMP errors
// (RFC 1191 §6.5, RFC 6069 §4), and looking for a neighbour, whose packets wait
// meanwhile and leave together (RFC 1122 §2.3.2.2, RFC 4861 §7.2.2).
type disturbance struct {
	errors map[netip.Addr]time.Duration // the last ICMP error to a host
	asking map[[6]byte]time.Duration    // the last request of a station
}

// unsettled is how long a disturbance lasts: a second until a request is
// repeated, and some more.
const unsettled = 1500 * time.Millisecond

func (d *disturbance) init() {
	d.errors, d.asking = make(map[netip.Addr]time.Duration), make(map[[6]byte]time.Duration)
}

// packet takes note of an ICMP error or a request for a neighbour.
func (d *disturbance) packet(p *Packet) {
	switch {
	case p.ICMPError:
		if len(d.errors) >= maxPace {
			clear(d.errors)
		}
		d.errors[p.Dst.Addr()] = p.At
	case len(p.HWSrc) == 6 && (p.Kind == ARP || p.Kind == ICMPv6 && p.ICMPType == ndNeighbourSolicit):
		if len(d.asking) >= maxPace {
			clear(d.asking)
		}
		d.asking[[6]byte(p.HWSrc)] = p.At
	}
}

// during reports whether the sender of a packet was disturbed at a time up to
// the packet's.
func (d *disturbance) during(p *Packet, at time.Duration) bool {
	if e, ok := d.errors[p.Src.Addr()]; ok && at-e < unsettled {
		return true
	}
	if len(p.HWSrc) != 6 {
		return false
	}
	e, ok := d.asking[[6]byte(p.HWSrc)]
	return ok && at-e < unsettled
}
