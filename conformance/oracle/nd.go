package oracle

import (
	"fmt"
	"net/netip"
	"time"
)

var ndRules = []Rule{
	{ID: "nd-hop-limit", Title: "a neighbour message with a hop limit below 255", Section: "RFC 4861 §6.1, §7.1, §8.1", Severity: Error},
	{ID: "nd-checksum", Title: "wrong ICMPv6 checksum", Section: "RFC 4443 §2.3, RFC 4861 §7.1", Severity: Error},
	{ID: "nd-malformed", Title: "a neighbour message that is to be discarded", Section: "RFC 4861 §6.1, §7.1, §8.1", Severity: Error},
	{ID: "nd-rate", Title: "neighbour solicitations faster than RetransTimer", Section: "RFC 4861 §7.2.2, RFC 4862 §5.1", Severity: Error},
	{ID: "nd-rs-rate", Title: "router solicitations less than four seconds apart", Section: "RFC 4861 §6.3.7, RFC 7559 §2", Severity: Error},
	{ID: "nd-conflict", Title: "two stations claim an address", Section: "RFC 4862 §5.4", Severity: Warning},
}

// Types of messages (RFC 4861 §4).
const (
	ndRouterSolicit    = 133
	ndRouterAdvert     = 134
	ndNeighbourSolicit = 135
	ndNeighbourAdvert  = 136
	ndRedirect         = 137
)

// ndHeader is the least length of each message behind its checksum.
var ndHeader = [...]int{
	0:                                    4, // router solicitation
	ndRouterAdvert - ndRouterSolicit:     12,
	ndNeighbourSolicit - ndRouterSolicit: 20,
	ndNeighbourAdvert - ndRouterSolicit:  20,
	ndRedirect - ndRouterSolicit:         36,
}

// rsLimit is RTR_SOLICITATION_INTERVAL less the jitter of RFC 7559; a link that
// comes up anew may bring one that is closer.
const rsLimit = 3400 * time.Millisecond

// ndWatch follows neighbour discovery.
type ndWatch struct {
	ledger  *ledger
	damages *damages
	pace    pace
	rs      map[string]solicited
	owner   map[netip.Addr]ownership
	retrans time.Duration // of router advertisements, if less than 1 s
}

// solicited are the last two router solicitations of a station.
type solicited struct{ first, last asked }

func (w *ndWatch) init(l *ledger, d *damages) {
	w.ledger, w.damages, w.pace, w.rs, w.owner = l, d, make(pace), make(map[string]solicited), make(map[netip.Addr]ownership)
	w.retrans = time.Second
}

func (w *ndWatch) find(rule string, p *Packet, before []int, format string, args ...any) {
	w.ledger.addPaced(candidate{rule, w.host(p), p.At, append(before, p.Number), fmt.Sprintf(format, args...)})
}

// bad enters a message that is to be discarded.
func (w *ndWatch) bad(rule string, p *Packet, format string, args ...any) {
	w.damages.bad(candidate{rule, w.host(p), p.At, []int{p.Number}, fmt.Sprintf(format, args...)})
}

// host is who sent a message.
func (w *ndWatch) host(p *Packet) string {
	if p.Src.Addr().IsUnspecified() && len(p.HWSrc) > 0 {
		return station(p.HWSrc)
	}
	return p.Src.Addr().String()
}

// packet judges an ICMPv6 message, if it is one of neighbour discovery.
func (w *ndWatch) packet(p *Packet) {
	if p.ICMPType < ndRouterSolicit || p.ICMPType > ndRedirect {
		return
	}
	if p.HopLimit != 255 {
		w.bad("nd-hop-limit", p, "type %d with hop limit %d", p.ICMPType, p.HopLimit)
		return
	}
	if p.Sum == Bad {
		w.bad("nd-checksum", p, "type %d does not sum up", p.ICMPType)
		return
	}
	hasLLA, wrong := w.parse(p)
	if wrong != "" {
		w.find("nd-malformed", p, nil, "type %d: %s", p.ICMPType, wrong)
		return
	}
	if len(p.ICMPBody) < ndHeader[p.ICMPType-ndRouterSolicit] {
		return // not captured
	}
	w.damages.good(w.host(p))
	switch p.ICMPType {
	case ndRouterSolicit:
		if p.Src.Addr().IsUnspecified() && hasLLA {
			w.find("nd-malformed", p, nil, "a link-layer address, but no source address")
		}
		w.routerSolicit(p)
	case ndRouterAdvert:
		ms := uint32(p.ICMPBody[8])<<24 | uint32(p.ICMPBody[9])<<16 | uint32(p.ICMPBody[10])<<8 | uint32(p.ICMPBody[11])
		if d := time.Duration(ms) * time.Millisecond; ms != 0 && d < w.retrans {
			w.retrans = d
		}
	case ndNeighbourSolicit:
		w.solicit(p, hasLLA)
	case ndNeighbourAdvert:
		w.advert(p)
	}
}

// parse walks through the options. It reports whether one of them is a source
// link-layer address, and what is wrong with the message, if anything.
func (w *ndWatch) parse(p *Packet) (hasLLA bool, wrong string) {
	b := p.ICMPBody
	n := ndHeader[p.ICMPType-ndRouterSolicit]
	if p.ICMPCode != 0 {
		return false, fmt.Sprintf("code %d", p.ICMPCode)
	}
	if len(b) < n {
		if p.ICMPWhole {
			return false, "too short"
		}
		return false, ""
	}
	for b = b[n:]; len(b) > 0; {
		if len(b) < 2 || len(b) < 8*int(b[1]) {
			if p.ICMPWhole {
				return hasLLA, "an option goes beyond the message"
			}
			return hasLLA, ""
		}
		if b[1] == 0 {
			return hasLLA, "an option of length 0"
		}
		hasLLA = hasLLA || b[0] == 1
		b = b[8*int(b[1]):]
	}
	return hasLLA, ""
}

// solicit judges a neighbour solicitation (RFC 4861 §7.1.1).
func (w *ndWatch) solicit(p *Packet, hasLLA bool) {
	target := netip.AddrFrom16([16]byte(p.ICMPBody[4:20]))
	dad := p.Src.Addr().IsUnspecified()
	switch {
	case target.IsMulticast():
		w.find("nd-malformed", p, nil, "the target %v is multicast", target)
		return
	case dad && hasLLA:
		w.find("nd-malformed", p, nil, "a link-layer address, but no source address")
	case dad && p.Dst.Addr() != solicitedNode(target):
		w.find("nd-malformed", p, nil, "no source address, and not to the solicited-node address")
	}
	key := fmt.Sprint(p.Interface, station(p.HWSrc), p.Src.Addr(), target)
	if before, soon := w.pace.tooSoon(key, p, w.ledger.earliest(w.retrans*9/10)); soon {
		w.find("nd-rate", p, []int{before.number}, "asked for %v again after %v", target, secs(p.At-before.at))
	}
}

// solicitedNode is the group that an address's owner listens to
// (RFC 4291 §2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
}

// advert judges a neighbour advertisement (RFC 4861 §7.1.2).
func (w *ndWatch) advert(p *Packet) {
	target := netip.AddrFrom16([16]byte(p.ICMPBody[4:20]))
	const solicited = 0x40
	switch {
	case target.IsMulticast():
		w.find("nd-malformed", p, nil, "the target %v is multicast", target)
		return
	case p.Dst.Addr().IsMulticast() && p.ICMPBody[0]&solicited != 0:
		w.find("nd-malformed", p, nil, "solicited, but to a group")
		return
	}
	if len(p.HWSrc) == 0 {
		return
	}
	hw := station(p.HWSrc)
	o, ok := w.owner[target]
	if ok && o.hw != hw && p.At-o.at < conflictTime {
		w.find("nd-conflict", p, []int{o.number}, "%s claims %v, as %s does", hw, target, o.hw)
	}
	if !ok && len(w.owner) >= maxPace {
		clear(w.owner)
	}
	w.owner[target] = ownership{hw, p.At, p.Number}
}

// routerSolicit judges how often a station asks for routers: three in a row that
// are all too close are too many.
func (w *ndWatch) routerSolicit(p *Packet) {
	key := fmt.Sprint(p.Interface, station(p.HWSrc), p.Src.Addr())
	s := w.rs[key]
	now := asked{at: p.At, number: p.Number}
	if s.last.number != 0 && now.at-s.last.at < twin {
		return
	}
	limit := w.ledger.earliest(rsLimit)
	if s.first.number != 0 && now.at-s.last.at < limit && s.last.at-s.first.at < limit {
		w.find("nd-rs-rate", p, []int{s.first.number, s.last.number}, "three in %v", secs(now.at-s.first.at))
		now = asked{}
		s.last = asked{}
	}
	if len(w.rs) >= maxPace {
		clear(w.rs)
	}
	w.rs[key] = solicited{s.last, now}
}
