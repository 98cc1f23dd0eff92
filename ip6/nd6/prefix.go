package nd6

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

// prefix is an entry of the prefix list: addresses that are on a link.
type prefix struct {
	ifc    *netif.Interface
	prefix netip.Prefix
	until  timers.Time
}

// The flags of a prefix information option, in its fourth byte.
const (
	prefixOnLink = 0x80
	prefixAuto   = 0x40
)

// lifetimeOf decodes a lifetime in seconds; all ones is for ever, here -1.
func lifetimeOf(b []byte) time.Duration {
	s := binary.BigEndian.Uint32(b)
	if s == 1<<32-1 {
		return -1
	}
	return time.Duration(s) * time.Second
}

// after returns when a lifetime that begins now ends.
func (p *Protocol) after(life time.Duration) timers.Time {
	if life < 0 {
		return timers.Never
	}
	return p.q.Now().Add(life)
}

// inputPrefix takes in a prefix information option of 32 bytes.
//
//	 0     1     2      3       4        8            12         16
//	┌─────┬─────┬──────┬───────┬────────┬────────────┬──────────┬────────┐
//	│ 3   │ 4   │ bits │ L A   │ valid  │ preferred  │ reserved │ prefix │
//	└─────┴─────┴──────┴───────┴────────┴────────────┴──────────┴────────┘
//
// RFC 4861 §6.3.4, RFC 4862 §5.5.3.
func (p *Protocol) inputPrefix(l *link, opt []byte) {
	addr := netip.AddrFrom16([16]byte(opt[16:32]))
	bits := int(opt[2])
	if bits > 128 || addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsLoopback() || addr.Is4In6() {
		p.stats.PrefixIgnored++
		return
	}
	pre := netip.PrefixFrom(addr, bits).Masked()
	valid, preferred := lifetimeOf(opt[4:]), lifetimeOf(opt[8:])
	if opt[3]&prefixOnLink != 0 {
		p.setOnLink(l.ifc, pre, valid)
	}
	if opt[3]&prefixAuto == 0 || !l.autoconf {
		return
	}
	if bits != 64 || valid >= 0 && (preferred < 0 || preferred > valid) || addr.IsUnspecified() {
		p.stats.PrefixIgnored++
		return
	}
	p.autoAddress(l, pre, valid, preferred)
}

// setOnLink records that pre is on ifc's link for the given lifetime.
func (p *Protocol) setOnLink(ifc *netif.Interface, pre netip.Prefix, life time.Duration) {
	for i := range p.prefixes {
		x := &p.prefixes[i]
		if x.ifc != ifc || x.prefix != pre {
			continue
		}
		if life == 0 {
			p.prefixes = append(p.prefixes[:i], p.prefixes[i+1:]...)
			p.changed()
			return
		}
		x.until = p.after(life)
		return
	}
	if life == 0 {
		return
	}
	if len(p.prefixes) >= p.cfg.Prefixes {
		p.stats.PrefixesFull++
		return
	}
	p.prefixes = append(p.prefixes, prefix{ifc, pre, p.after(life)})
	p.changed()
}

// twoHours is the shortest valid lifetime that an unauthenticated advertisement
// may leave an address.
const twoHours = 2 * time.Hour

// autoAddress makes the address of an advertised prefix, or updates its
// lifetimes. A negative lifetime is for ever.
//
// RFC 4862 §5.5.3 (d), (e).
func (p *Protocol) autoAddress(l *link, pre netip.Prefix, valid, preferred time.Duration) {
	ifc := l.ifc
	for slot := range ifc.Addrs6() {
		a := &ifc.Addrs6()[slot]
		if !a.Auto || a.State == netif.Invalid || !pre.Contains(a.Addr) {
			continue
		}
		until := a.ValidUntil
		switch rest := until.Sub(p.q.Now()); {
		case valid < 0 || valid > twoHours || until != timers.Never && valid > rest:
			until = p.after(valid)
		case until != timers.Never && rest <= twoHours:
		default:
			until = p.after(twoHours)
		}
		ifc.SetAddr6Lifetimes(slot, min(p.after(preferred), until), until)
		switch {
		case a.State == netif.Deprecated && preferred != 0:
			ifc.SetAddr6State(slot, netif.Preferred)
		case a.State == netif.Preferred && preferred == 0:
			ifc.SetAddr6State(slot, netif.Deprecated)
		}
		return
	}
	if valid == 0 {
		return
	}
	state := p.newState(ifc)
	switch {
	case state == netif.Preferred && preferred == 0:
		state = netif.Deprecated
	case !p.stable() && ifc.Addrs6()[0].State == netif.Duplicated:
		state = netif.Duplicated // the same identifier is taken
	}
	l.startAt = p.q.Now().Add(p.startDelay())
	_, err := ifc.AddAddr6(netif.Addr6{
		Addr: withID(pre, p.autoID(l, pre)), Bits: 128, State: state, Auto: true,
		PreferredUntil: p.after(preferred), ValidUntil: p.after(valid),
	})
	if err != nil {
		p.stats.AddressesFull++
	}
}
