package nd6

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/golwip/lwip/netif"
)

// AdvertisementFlags are the flags of a router advertisement.
type AdvertisementFlags uint8

const (
	Managed     AdvertisementFlags = 0x80 // M: addresses by DHCPv6
	OtherConfig AdvertisementFlags = 0x40 // O: other configuration by DHCPv6
)

// Has reports whether all of g are set.
func (f AdvertisementFlags) Has(g AdvertisementFlags) bool { return f&g == g }

// Advertisement is a received router advertisement, as told to listeners.
type Advertisement struct {
	Ifc      *netif.Interface
	Router   netip.Addr
	Flags    AdvertisementFlags
	Lifetime time.Duration // as default router
	// DNS are the recursive name servers advertised (RFC 8106), at most 8; valid
	// during the call.
	DNS []DNSServer
}

// DNSServer is a recursive name server that a router advertised.
type DNSServer struct {
	Addr netip.Addr
	// Lifetime is how long it may be used: 0 not any more; negative for ever.
	Lifetime time.Duration
}

// maxDNS bounds the name servers taken from one advertisement.
const maxDNS = 8

// Listen calls f after every router advertisement taken in, inside the core
// lock. f may keep a copy of what it needs.
func (p *Protocol) Listen(f func(*Advertisement)) { p.listen = append(p.listen, f) }

// inputRA handles a router advertisement.
//
//	 0      1      2          4       5        6          8           12          16
//	┌──────┬──────┬──────────┬───────┬────────┬──────────┬───────────┬───────────┬─────────
//	│ 134  │ 0    │ checksum │ hops  │ M O pr │ lifetime │ reachable │ retrans   │ options
//	└──────┴──────┴──────────┴───────┴────────┴──────────┴───────────┴───────────┴─────────
//
// RFC 4861 §6.1.2, §6.3.4.
func (p *Protocol) inputRA(m message) *uint64 {
	l, b := m.link, m.body
	hw, hasHW, ok := m.opts.llAddr(optSourceLL)
	switch {
	case !m.src.IsLinkLocalUnicast():
		return &p.stats.BadSource
	case !ok:
		return &p.stats.BadOption
	case p.cfg.NoRouterDiscovery || l.ifc.Flags().Has(netif.Forwarding):
		return &p.stats.RouterIgnored
	case l.ifc.Owns(m.src):
		return &p.stats.BadSource
	}
	p.stats.InRA++
	p.q.Stop(&l.rs)
	if b[4] != 0 {
		l.hopLimit = b[4]
	}
	if ms := binary.BigEndian.Uint32(b[8:]); ms != 0 {
		if d := time.Duration(ms) * time.Millisecond; d <= maxReachableTime && d != l.base {
			l.setReachable(d)
		}
	}
	if ms := binary.BigEndian.Uint32(b[12:]); ms != 0 && !p.cfg.FixedRetrans {
		l.retrans = min(time.Duration(ms)*time.Millisecond, maxRetransTimer)
	}
	life := time.Duration(binary.BigEndian.Uint16(b[6:])) * time.Second
	p.advertisedRouter(l.ifc, m.src, preference(b[5]), life)
	if hasHW {
		if n := p.learn(l.ifc, m.src, hw); n != nil && !n.static {
			n.router = true
		}
	} else if n := p.find(l.ifc, m.src); n != nil && !n.static {
		n.router = true
	}
	p.adv = Advertisement{Ifc: l.ifc, Router: m.src, Flags: AdvertisementFlags(b[5] & 0xc0),
		Lifetime: life, DNS: p.adv.DNS[:0]}
	p.advertisedOptions(l, m)
	p.armLifetime()
	for _, f := range p.listen {
		f(&p.adv)
	}
	return nil
}

// advertisedOptions takes in the options of a router advertisement. Malformed
// ones are skipped: the message as a whole is known to be well formed.
func (p *Protocol) advertisedOptions(l *link, m message) {
	for opt, rest := m.opts.next(); opt != nil; opt, rest = rest.next() {
		switch opt[0] {
		case optMTU:
			if len(opt) == 8 {
				mtu := binary.BigEndian.Uint32(opt[4:])
				if mtu >= minMTU && uint64(mtu) <= uint64(l.ifc.MTU()) {
					l.ifc.SetMTU6(int(mtu))
				}
			}
		case optPrefix:
			if len(opt) == 32 {
				p.inputPrefix(l, opt)
			}
		case optRouteInfo:
			p.inputRoute(l.ifc, m.src, opt)
		case optRDNSS:
			p.inputRDNSS(opt)
		}
	}
}

// inputRDNSS collects advertised name servers.
//
// RFC 8106 §5.1: length at least 3 and odd.
func (p *Protocol) inputRDNSS(opt []byte) {
	if len(opt) < 24 || len(opt)%16 != 8 {
		return
	}
	life := lifetimeOf(opt[4:])
	for a := opt[8:]; len(a) >= 16 && len(p.adv.DNS) < maxDNS; a = a[16:] {
		addr := netip.AddrFrom16([16]byte(a))
		if !addr.IsMulticast() && !addr.IsUnspecified() && !addr.IsLoopback() {
			p.adv.DNS = append(p.adv.DNS, DNSServer{addr, life})
		}
	}
}

// preference decodes the router preference bits; the reserved value is medium.
//
// RFC 4191 §2.1, §2.2.
func preference(flags byte) int8 {
	switch flags >> 3 & 3 {
	case 1:
		return 1
	case 3:
		return -1
	}
	return 0
}
