package oracle

import (
	"maps"
	"slices"
)

var damageRules = []Rule{
	{ID: "link-damaged", Title: "an ARP packet or neighbour message that is to be discarded, damaged on the way", Section: "RFC 826, RFC 4861 §6.1, §7.1, §8.1", Severity: Info},
}

// damages counts, for each station, what is well formed and what is not. ARP has
// no checksum and that of ICMPv6 leaves the hop limit out: of a station whose
// packets are mostly good a bad one was damaged behind it, as a link does that
// is emulated, or whose frames have lost their check sequence.
type damages struct {
	ledger *ledger
	hosts  map[string]*tally
}

func (d *damages) init(l *ledger) { d.ledger, d.hosts = l, make(map[string]*tally) }

// of returns a station's tally, which is forgotten if there are too many.
func (d *damages) of(host string) *tally {
	t := d.hosts[host]
	if t == nil {
		if len(d.hosts) >= maxPace {
			return new(tally)
		}
		t = new(tally)
		d.hosts[host] = t
	}
	return t
}

// good enters a packet that is well formed.
func (d *damages) good(host string) { d.of(host).good++ }

// bad enters one that is not.
func (d *damages) bad(c candidate) {
	t := d.of(c.host)
	if t.bad++; t.bad <= d.ledger.opts.PerRule {
		t.list = append(t.list, c)
	}
}

// finish reports them, by who is to blame.
func (d *damages) finish() {
	for _, host := range slices.Sorted(maps.Keys(d.hosts)) {
		t := d.hosts[host]
		wrong := sentWrong(t.good, t.bad)
		for _, c := range t.list {
			if !wrong {
				c.rule = "link-damaged"
			}
			d.ledger.add(c, "")
		}
		if n := t.bad - len(t.list); n > 0 && wrong {
			d.ledger.suppress(t.list[0].rule, n)
		}
	}
}
