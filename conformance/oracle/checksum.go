package oracle

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

var checksumRules = []Rule{
	{ID: "ip-checksum", Title: "wrong IPv4 header checksums, sent so", Section: "RFC 791 §3.1, RFC 1122 §3.2.1.2", Severity: Error},
	{ID: "ip-damaged", Title: "wrong IPv4 header checksum, here or on the way", Section: "RFC 1122 §3.2.1.2", Severity: Info},
	{ID: "tcp-checksum", Title: "wrong TCP checksum, sent so", Section: "RFC 9293 §3.1 (MUST-2)", Severity: Error},
	{ID: "tcp-damaged", Title: "wrong TCP checksum, here or on the way", Section: "RFC 9293 §3.1 (MUST-3)", Severity: Info},
	{ID: "checksum-offload", Title: "checksums left to the network card", Section: "RFC 9293 §3.1", Severity: Info},
}

// Checksum is what was made of a checksum.
type Checksum uint8

// The outcomes.
const (
	// Unknown is one whose bytes are not all in the capture.
	Unknown Checksum = iota
	// Good and Bad were verified.
	Good
	Bad
	// Partial holds the sum of the pseudo-header alone, for a network card to
	// go on from.
	Partial
)

// sum adds the 16-bit words of b to a sum in ones' complement, which is folded
// (RFC 1071 §1).
func sum(start uint32, b []byte) uint16 {
	s := uint64(start)
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// pseudo returns the sum of the pseudo-header of a transport's n bytes
// (RFC 9293 §3.1, RFC 8200 §8.1).
func (p *Packet) pseudo(proto byte, n int) uint16 {
	src, dst := p.Src.Addr().As16(), p.Dst.Addr().As16()
	a, b := src[:], dst[:]
	if p.Src.Addr().Is4() {
		a, b = a[12:], b[12:]
	}
	s := uint32(sum(0, a)) + uint32(sum(0, b)) + uint32(proto) + uint32(n>>16) + uint32(n&0xffff)
	return sum(s, nil)
}

// verify judges the checksum at offset at of a transport's bytes: b is what was
// captured of n.
func (p *Packet) verify(proto byte, b []byte, n, at int) Checksum {
	if len(b) < n {
		return Unknown
	}
	start := p.pseudo(proto, n)
	if sum(uint32(start), b) == 0xffff {
		return Good
	}
	// Some senders leave the length to the card, too.
	if field := binary.BigEndian.Uint16(b[at:]); field == start || field == p.pseudo(proto, 0) {
		return Partial
	}
	return Bad
}

func addrPort(a netip.AddrPort, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr(), port)
}

// tally counts one host's checksums that belong to no connection, IPv4 headers
// and segments that may have a wrong address or port, and keeps the wrong ones.
type tally struct {
	good, bad int
	list      []candidate
}

// fewBad is how many wrong checksums are still taken for damage on the way.
const fewBad = 2

// sentWrong reports whether wrong checksums are a host's own doing: most of what
// is seen of it is wrong.
func sentWrong(good, bad int) bool { return bad > fewBad && bad > good }

// count enters one checksum into the tally of a host.
func (j *judge) count(m map[netip.Addr]*tally, rule string, p *Packet, good bool, detail string) {
	a := p.Src.Addr()
	t := m[a]
	if t == nil {
		if good && len(m) >= maxPace {
			return
		}
		t = new(tally)
		m[a] = t
	}
	if good {
		t.good++
		return
	}
	if t.bad++; t.bad <= j.opts.PerRule {
		t.list = append(t.list, candidate{rule, a.String(), p.At, []int{p.Number}, detail})
	}
}

// tallyGood adds what a connection's host sent right, so that a few strays are
// not held against it.
func (j *judge) tallyGood(x *half) {
	a := x.addr.Addr()
	t := j.strays[a]
	if t == nil {
		if len(j.strays) >= maxPace {
			return
		}
		t = new(tally)
		j.strays[a] = t
	}
	t.good += x.goodSums
}

// reportTallies reports wrong checksums, by who is to blame for them.
func (j *judge) reportTallies() {
	for _, m := range []map[netip.Addr]*tally{j.headers, j.strays} {
		for _, t := range m {
			for _, c := range t.list {
				if !sentWrong(t.good, t.bad) {
					c.rule = damaged[c.rule]
				}
				j.ledger.add(c, "")
			}
			if n := t.bad - j.opts.PerRule; n > 0 && sentWrong(t.good, t.bad) {
				j.ledger.suppress(t.list[0].rule, n)
			}
		}
	}
}

// damaged are the rules for what was damaged on the way, by those for what was
// sent so.
var damaged = map[string]string{"ip-checksum": "ip-damaged", "tcp-checksum": "tcp-damaged"}

// headerSum judges the IPv4 header's checksum and reports whether the packet
// would be looked at any further.
func (j *judge) headerSum(p *Packet) bool {
	if p.HeaderSum == Unknown || j.opts.Checksum == ChecksumIgnore {
		return true
	}
	j.count(j.headers, "ip-checksum", p, p.HeaderSum == Good, "the IPv4 header does not sum up")
	return p.HeaderSum == Good
}

// straySum judges the checksum of a segment that belongs to no connection, and
// reports whether it may open one.
func (j *judge) straySum(p *Packet) bool {
	if j.opts.Checksum == ChecksumIgnore || p.Sum == Unknown || p.Sum == Partial && j.opts.Checksum == ChecksumAuto {
		return true
	}
	j.count(j.strays, "tcp-checksum", p, p.Sum == Good, "the segment does not sum up")
	return p.Sum == Good
}

// offload is what is known of one host's checksums.
type offload struct {
	partial int
	first   int
	at      time.Duration
}

// tcpSum judges a segment's checksum and reports whether the peer would take it.
func (f *flow) tcpSum(x *half, p *Packet) bool {
	mode := f.j.opts.Checksum
	if mode == ChecksumIgnore || p.Sum == Unknown {
		return true
	}
	if p.Sum == Partial && mode == ChecksumAuto {
		a := x.addr.Addr()
		o := f.j.offload[a]
		if o == nil {
			o = &offload{first: p.Number, at: p.At}
			f.j.offload[a] = o
		}
		o.partial++
		return true
	}
	if p.Sum == Good {
		x.goodSums++
		return true
	}
	x.badSums++
	f.find(x, "tcp-checksum", p, nil, "the segment does not sum up")
	return false
}

// sentDamaged reports whether wrong checksums are the sender's own: the capture
// was taken next to it, or most of what it sends is wrong. Otherwise the path
// may have damaged the segments.
func (x *half) sentDamaged() bool {
	return x.near() || sentWrong(x.goodSums, x.badSums)
}

// reportOffload tells once for each host that its checksums are left to a card.
func (j *judge) reportOffload() {
	for a, o := range j.offload {
		j.ledger.add(candidate{"checksum-offload", a.String(), o.at, []int{o.first},
			fmt.Sprintf("%d checksums hold the pseudo-header's sum alone, for a network card to complete", o.partial)}, "")
	}
}
