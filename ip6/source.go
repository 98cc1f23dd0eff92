package ip6

import (
	"math/bits"
	"net/netip"

	"github.com/golwip/lwip/netif"
)

// selectSource returns the address to send from, through ifc, to dst, or an
// invalid address if there is none. Candidates are the addresses of ifc and, for
// destinations beyond the link, the global ones of other interfaces.
//
// RFC 6724 §4, §5. lwIP: ip6_select_source_address.
func (p *Protocol) selectSource(ifc *netif.Interface, dst netip.Addr) netip.Addr {
	if p.cfg.Source != nil {
		if a := p.cfg.Source(ifc, dst); a.IsValid() {
			return a
		}
	}
	onLink := dst.IsLinkLocalUnicast() || dst.IsMulticast()
	loop := ifc.Flags().Has(netif.LoopbackFlag)
	best := candidate{}
	for _, x := range p.ifs.List() {
		if x != ifc && onLink && !loop {
			continue
		}
		for i := range x.Addrs6() {
			a := &x.Addrs6()[i]
			if !a.State.Valid() {
				continue
			}
			if x != ifc && !loop && (a.Addr.IsLinkLocalUnicast() || a.Addr.IsLoopback()) {
				continue
			}
			c := newCandidate(a, dst, x == ifc)
			if best.better(&c) {
				best = c
			}
		}
	}
	return best.addr
}

// candidate is a source address with what the rules compare.
type candidate struct {
	addr       netip.Addr
	same       bool // rule 1: is the destination
	scope      byte // rule 2
	dstScope   byte
	deprecated bool // rule 3
	outgoing   bool // rule 5: belongs to the outgoing interface
	label      bool // rule 6: matches the destination's
	common     int  // rule 8: common prefix length
}

func newCandidate(a *netif.Addr6, dst netip.Addr, outgoing bool) candidate {
	plen := a.Bits
	if plen == 128 {
		plen = 64
	}
	return candidate{
		addr: a.Addr, same: a.Addr == dst, scope: scopeOf(a.Addr), dstScope: scopeOf(dst),
		deprecated: a.State == netif.Deprecated, outgoing: outgoing,
		label:  labelOf(a.Addr) == labelOf(dst),
		common: min(commonBits(a.Addr, dst), plen),
	}
}

// better reports whether b is to be preferred to c. Rules 4 and 7, about mobile
// and temporary addresses, which we have none of, are left out.
//
// RFC 6724 §5.
func (c *candidate) better(b *candidate) bool {
	if !c.addr.IsValid() {
		return true
	}
	if c.same != b.same {
		return b.same
	}
	if c.scope != b.scope {
		if c.scope < b.scope {
			return c.scope < c.dstScope
		}
		return b.scope >= c.dstScope
	}
	if c.deprecated != b.deprecated {
		return c.deprecated
	}
	if c.outgoing != b.outgoing {
		return b.outgoing
	}
	if c.label != b.label {
		return b.label
	}
	return b.common > c.common
}

// scopeOf returns the scope of an address on the scale of multicast scopes.
//
// RFC 6724 §3.1, §3.4: loopback counts as link-local.
func scopeOf(a netip.Addr) byte {
	b := a.As16()
	switch {
	case a.IsMulticast():
		return b[1] & 15
	case a.IsLinkLocalUnicast() || a.IsLoopback():
		return 2
	case b[0] == 0xfe && b[1]&0xc0 == 0xc0:
		return 5
	}
	return 14
}

// policies is the default policy table's labels, longest prefix first.
//
// RFC 6724 §2.1.
var policies = [...]struct {
	prefix netip.Prefix
	label  byte
}{
	{netip.MustParsePrefix("::1/128"), 0},
	{netip.MustParsePrefix("::ffff:0:0/96"), 4},
	{netip.MustParsePrefix("::/96"), 3},
	{netip.MustParsePrefix("2001::/32"), 5},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("3ffe::/16"), 12},
	{netip.MustParsePrefix("fec0::/10"), 11},
	{netip.MustParsePrefix("fc00::/7"), 13},
	{netip.MustParsePrefix("::/0"), 1},
}

func labelOf(a netip.Addr) byte {
	for i := range policies {
		if policies[i].prefix.Contains(a) {
			return policies[i].label
		}
	}
	return 1
}

// commonBits returns how many leading bits two addresses share.
func commonBits(a, b netip.Addr) int {
	x, y := a.As16(), b.As16()
	for i := range x {
		if d := x[i] ^ y[i]; d != 0 {
			return 8*i + bits.LeadingZeros8(d)
		}
	}
	return 128
}
