package oracle

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

var arpRules = []Rule{
	{ID: "arp-malformed", Title: "an ARP packet that is none", Section: "RFC 826", Severity: Error},
	{ID: "arp-rate", Title: "more than one ARP request a second for an address", Section: "RFC 1122 §2.3.2.1", Severity: Error},
	{ID: "arp-probe", Title: "ARP probes less than a second apart", Section: "RFC 5227 §2.1.1", Severity: Error},
	{ID: "arp-announce", Title: "ARP announcements less than two seconds apart", Section: "RFC 5227 §2.3", Severity: Warning},
	{ID: "arp-conflict", Title: "two stations claim an address", Section: "RFC 5227 §2.4", Severity: Warning},
}

// Requests for one address are to be a second apart. What comes within twin of
// its like is taken for a copy that the link made; a third is not.
const (
	askLimit      = 900 * time.Millisecond
	announceLimit = 1800 * time.Millisecond
	twin          = 50 * time.Millisecond
	// conflictTime is how long ago another station must have claimed an address
	// for it to have moved.
	conflictTime = 10 * time.Second
)

// asked is when a station last asked the same.
type asked struct {
	at     time.Duration
	number int
	twins  int
}

// pace tells how often something is sent.
type pace map[string]asked

// maxPace bounds a pace; what is older than a minute is forgotten then.
const maxPace = 4096

// earliest is the least time between two packets of which the first may have
// been late.
func (l *ledger) earliest(limit time.Duration) time.Duration { return limit - l.opts.Slack }

// tooSoon enters a packet and reports the one before it if it is closer than
// limit.
func (m pace) tooSoon(key string, p *Packet, limit time.Duration) (before asked, soon bool) {
	before, ok := m[key]
	now := asked{at: p.At, number: p.Number}
	if ok && p.At-before.at < twin {
		now = before
		now.twins++
		m[key] = now
		return before, now.twins == 3
	}
	if len(m) >= maxPace {
		for k, v := range m {
			if p.At-v.at > time.Minute {
				delete(m, k)
			}
		}
		if len(m) >= maxPace {
			clear(m)
		}
	}
	m[key] = now
	return before, ok && p.At-before.at < limit
}

// arpWatch follows ARP on all interfaces.
type arpWatch struct {
	ledger  *ledger
	damages *damages
	pace    pace
	owner   map[netip.Addr]ownership
}

type ownership struct {
	hw     string
	at     time.Duration
	number int
}

func (w *arpWatch) init(l *ledger, d *damages) {
	w.ledger, w.damages, w.pace, w.owner = l, d, make(pace), make(map[netip.Addr]ownership)
}

// find reports a finding against the station hw.
func (w *arpWatch) find(rule, hw string, p *Packet, before []int, format string, args ...any) {
	w.ledger.addPaced(candidate{rule, hw, p.At, append(before, p.Number), fmt.Sprintf(format, args...)})
}

// malformed enters a packet that is to be discarded.
func (w *arpWatch) malformed(hw string, p *Packet, format string, args ...any) {
	w.damages.bad(candidate{"arp-malformed", hw, p.At, []int{p.Number}, fmt.Sprintf(format, args...)})
}

// packet judges an ARP packet.
//
//	 0      2      4    5    6    8        14       18       24       28
//	┌──────┬──────┬────┬────┬────┬────────┬────────┬────────┬────────┐
//	│ htype│ ptype│hlen│plen│ op │ sha    │ spa    │ tha    │ tpa    │
//	└──────┴──────┴────┴────┴────┴────────┴────────┴────────┴────────┘
func (w *arpWatch) packet(p *Packet) {
	b := p.ARPBody
	hw := station(p.HWSrc)
	if len(b) < 8 {
		if p.CapLen >= p.Len {
			w.malformed(hw, p, "%d octets", len(b))
		}
		return
	}
	if binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != etherIPv4 {
		return // of another network
	}
	op := binary.BigEndian.Uint16(b[6:])
	if b[4] != 6 || b[5] != 4 {
		w.malformed(hw, p, "address lengths %d and %d", b[4], b[5])
		return
	}
	if len(b) < 28 {
		if p.CapLen >= p.Len {
			w.malformed(hw, p, "%d octets", len(b))
		}
		return
	}
	sha, spa := b[8:14], netip.AddrFrom4([4]byte(b[14:18]))
	tpa := netip.AddrFrom4([4]byte(b[24:28]))
	switch {
	case sha[0]&1 != 0:
		w.malformed(hw, p, "the sender %s is a group", station(sha))
		return
	case op != 1 && op != 2:
		return // RARP and the like
	}
	w.damages.good(hw)
	if len(p.HWSrc) > 0 && !bytes.Equal(p.HWSrc, sha) {
		return // a proxy's, or damaged on the way
	}
	if !spa.IsUnspecified() {
		w.claim(p, station(sha), spa)
	}
	if op == 1 {
		w.request(p, sha, spa, tpa)
	}
}

// request judges how often a station asks.
func (w *arpWatch) request(p *Packet, sha []byte, spa, tpa netip.Addr) {
	hw := station(sha)
	rule, limit := "arp-rate", w.ledger.earliest(askLimit)
	switch {
	case spa.IsUnspecified():
		rule = "arp-probe"
	case spa == tpa:
		rule, limit = "arp-announce", w.ledger.earliest(announceLimit)
	}
	key := fmt.Sprint(p.Interface, rule, hw, tpa)
	if before, soon := w.pace.tooSoon(key, p, limit); soon {
		w.find(rule, hw, p, []int{before.number}, "asked for %v again after %v", tpa, secs(p.At-before.at))
	}
}

// claim judges who an address belongs to.
func (w *arpWatch) claim(p *Packet, hw string, a netip.Addr) {
	o, ok := w.owner[a]
	if ok && o.hw != hw && p.At-o.at < conflictTime {
		w.find("arp-conflict", hw, p, []int{o.number}, "it claims %v, as %s does", a, o.hw)
	}
	if !ok && len(w.owner) >= maxPace {
		clear(w.owner)
	}
	w.owner[a] = ownership{hw, p.At, p.Number}
}

// station is a hardware address as text.
func station(hw []byte) string {
	if len(hw) == 0 {
		return "unknown station"
	}
	var b bytes.Buffer
	for i, x := range hw {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02x", x)
	}
	return b.String()
}
