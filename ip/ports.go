package ip

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
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
	key   siphash.Key
	table [64]uint16
}

// NewPorts returns a chooser with a key of its own.
func NewPorts(r *sysarch.Rand) *Ports {
	p := &Ports{key: siphash.Key{r.Uint64(), r.Uint64()}}
	for i := range p.table {
		p.table[i] = r.Uint16()
	}
	return p
}

// Choose returns a port for a flow from local to remote for which free reports
// true, or 0 if there is none. It asks free at most once a port.
func (p *Ports) Choose(local netip.Addr, remote netip.AddrPort, free func(port uint16) bool) uint16 {
	const n = LastEphemeral - FirstEphemeral + 1
	offset, index := p.hash(local, remote)
	next := &p.table[index%uint64(len(p.table))]
	for range n {
		port := FirstEphemeral + uint16((offset+uint64(*next))%n)
		*next++
		if free(port) {
			return port
		}
	}
	return 0
}

// hash returns RFC 6056's F and G of a flow: two keyed hashes, neither of which
// tells anything of the other.
func (p *Ports) hash(local netip.Addr, remote netip.AddrPort) (f, g uint64) {
	l, r := local.As16(), remote.Addr().As16()
	h := siphash.New(p.key)
	h.Word(binary.BigEndian.Uint64(l[:8]))
	h.Word(binary.BigEndian.Uint64(l[8:]))
	h.Word(binary.BigEndian.Uint64(r[:8]))
	h.Word(binary.BigEndian.Uint64(r[8:]))
	h.Word(uint64(remote.Port()))
	f = h.Sum()
	h.Word(0)
	return f, h.Sum()
}
