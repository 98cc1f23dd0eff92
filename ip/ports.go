package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/sys_arch"
)

// The range of ephemeral ports: IANA's dynamic ports, as lwIP uses.
const (
	FirstEphemeral = 49152
	LastEphemeral  = 65535
)

// Ports chooses ephemeral ports for one transport: double-hash port selection,
// so that ports towards one destination do not repeat early and cannot be
// predicted from another.
//
// RFC 6056 §3.3.4 (algorithm 4).
type Ports struct {
	key   [2]uint64
	table [64]uint16
}

// NewPorts returns a chooser with a key of its own.
func NewPorts(r *sysarch.Rand) *Ports {
	p := &Ports{key: [2]uint64{r.Uint64(), r.Uint64()}}
	for i := range p.table {
		p.table[i] = r.Uint16()
	}
	return p
}

// Choose returns a port for a flow from local to remote for which free reports
// true, or 0 if there is none. It asks free at most once a port.
func (p *Ports) Choose(local netip.Addr, remote netip.AddrPort, free func(port uint16) bool) uint16 {
	const n = LastEphemeral - FirstEphemeral + 1
	offset := p.hash(p.key[0], local, remote)
	index := p.hash(p.key[1], local, remote) % uint64(len(p.table))
	for range n {
		port := FirstEphemeral + uint16((offset+uint64(p.table[index]))%n)
		p.table[index]++
		if free(port) {
			return port
		}
	}
	return 0
}

// hash is a keyed mix of a flow. It hides the key from an observer of ports; it
// is not a cryptographic hash.
func (p *Ports) hash(key uint64, local netip.Addr, remote netip.AddrPort) uint64 {
	l, r := local.As16(), remote.Addr().As16()
	h := key
	for _, w := range [...]uint64{
		binary.BigEndian.Uint64(l[:8]), binary.BigEndian.Uint64(l[8:]),
		binary.BigEndian.Uint64(r[:8]), binary.BigEndian.Uint64(r[8:]),
		uint64(remote.Port()),
	} {
		h = (h ^ w) * 0x9e3779b97f4a7c15
		h ^= h >> 29
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 32
	}
	return h
}
