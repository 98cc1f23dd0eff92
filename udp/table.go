package udp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/sys_arch"
)

// key says which datagrams a PCB wants.
type key struct {
	// local has an unspecified address for "any of that family".
	local netip.AddrPort
	// remote is the zero AddrPort while not connected.
	remote netip.AddrPort
	// ifc, if not nil, restricts to datagrams received there.
	ifc *netif.Interface
	// dual marks [::] that takes IPv4 too.
	dual bool
}

// kind says where in the order of specificity a key stands, most specific
// first.
type kind uint8

const (
	flowExact  kind = iota // connected, one local address
	flowAny                // connected, any local address
	boundExact             // one local address
	any4                   // 0.0.0.0
	any6                   // [::]
	nKinds
)

func (k *key) kind() kind {
	wild := k.local.Addr().IsUnspecified()
	switch {
	case k.remote.IsValid() && !wild:
		return flowExact
	case k.remote.IsValid():
		return flowAny
	case !wild:
		return boundExact
	case k.local.Addr().Is4():
		return any4
	default:
		return any6
	}
}

// group is the PCBs that have one key: a single one, or several that share it
// by ReuseAddr or ReusePort.
type group struct {
	key
	hash uint64
	next *group // in the bucket
	pcbs []*PCB // in order of binding
	// balanced: all PCBs have ReusePort, so flows are spread over them.
	balanced bool
}

// update notes whether the members share by ReusePort.
func (g *group) update() {
	g.balanced = len(g.pcbs) > 1
	for _, p := range g.pcbs {
		if !p.opts.has(ReusePort) {
			g.balanced = false
		}
	}
}

// pick returns the member that gets a unicast flow with the given hash: for
// ReusePort an even share, otherwise the one bound last, as in BSD and Linux.
func (g *group) pick(flow uint64) *PCB {
	n := len(g.pcbs)
	if !g.balanced {
		return g.pcbs[n-1]
	}
	i, _ := bits.Mul64(flow, uint64(n))
	return g.pcbs[i]
}

// table finds groups by hash of addresses and ports: chained buckets, twice as
// many whenever there are as many groups. The hash is keyed, so that a peer
// cannot choose addresses and ports that meet in one bucket.
type table struct {
	seed    [5]uint64
	buckets []*group // a power of two
	n       int
	kinds   [nKinds]int // groups of each kind, so that empty ones are not searched
}

func (t *table) init(r *sysarch.Rand) {
	for i := range t.seed {
		t.seed[i] = r.Uint64()
	}
	t.buckets = make([]*group, 16)
}

// hash mixes a flow or, with a zero remote, a local address and port.
func (t *table) hash(local netip.Addr, lport uint16, remote netip.Addr, rport uint16) uint64 {
	a := local.As16()
	h := mix(binary.NativeEndian.Uint64(a[:8])^t.seed[0], binary.NativeEndian.Uint64(a[8:])^t.seed[1])
	if remote.IsValid() {
		b := remote.As16()
		h ^= mix(binary.NativeEndian.Uint64(b[:8])^t.seed[2], binary.NativeEndian.Uint64(b[8:])^t.seed[3])
	}
	return mix(h^uint64(lport)<<16^uint64(rport), t.seed[4]|1)
}

// mix folds the 128-bit product of two words.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func (t *table) hashKey(k *key) uint64 {
	return t.hash(k.local.Addr(), k.local.Port(), k.remote.Addr(), k.remote.Port())
}

func (t *table) bucket(hash uint64) **group {
	return &t.buckets[hash>>32&uint64(len(t.buckets)-1)]
}

// insert adds p to the group of k, making it if need be, and returns it.
func (t *table) insert(p *PCB, k key) *group {
	hash := t.hashKey(&k)
	head := t.bucket(hash)
	for g := *head; g != nil; g = g.next {
		if g.hash == hash && g.key == k {
			g.pcbs = append(g.pcbs, p)
			g.update()
			return g
		}
	}
	g := &group{key: k, hash: hash, next: *head, pcbs: []*PCB{p}}
	*head = g
	t.n++
	t.kinds[k.kind()]++
	if t.n > len(t.buckets) {
		t.grow()
	}
	return g
}

// remove takes p out of its group g, and the group out of the table if it was
// the last.
func (t *table) remove(p *PCB, g *group) {
	for i, q := range g.pcbs {
		if q == p {
			last := len(g.pcbs) - 1
			copy(g.pcbs[i:], g.pcbs[i+1:])
			g.pcbs[last] = nil
			g.pcbs = g.pcbs[:last]
			break
		}
	}
	if len(g.pcbs) > 0 {
		g.update()
		return
	}
	for at := t.bucket(g.hash); *at != nil; at = &(*at).next {
		if *at == g {
			*at = g.next
			break
		}
	}
	t.n--
	t.kinds[g.kind()]--
}

func (t *table) grow() {
	old := t.buckets
	t.buckets = make([]*group, 2*len(old))
	for _, g := range old {
		for g != nil {
			next := g.next
			at := t.bucket(g.hash)
			g.next = *at
			*at = g
			g = next
		}
	}
}

// find returns the group that wants a datagram with this local and remote end,
// received on ifc: among those that differ in the rest of the key, one bound to
// the interface before one that is not, an IPv6-only before a dual-stack one.
// dual restricts the search to dual-stack groups.
func (t *table) find(hash uint64, local, remote netip.AddrPort, ifc *netif.Interface, dual bool) *group {
	var best *group
	for g := *t.bucket(hash); g != nil; g = g.next {
		if g.hash != hash || g.local != local || g.remote != remote ||
			g.ifc != nil && g.ifc != ifc || dual && !g.dual {
			continue
		}
		if best == nil || g.specificity() > best.specificity() {
			best = g
		}
	}
	return best
}

// specificity orders groups that differ in interface and dual stack only.
func (g *group) specificity() int {
	s := 0
	if g.ifc != nil {
		s += 2
	}
	if !g.dual {
		s++
	}
	return s
}
