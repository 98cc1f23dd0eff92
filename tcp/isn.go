package tcp

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/internal/siphash"
)

// AddrPort is an address with a port, as netip has it.
type AddrPort = netip.AddrPort

// initialSeq returns the ISS of a connection: a keyed hash of its tuple plus a
// clock that ticks every 4 microseconds, so that an outsider cannot guess it and
// a new incarnation begins after the old one.
//
// RFC 6528 §3, RFC 9293 §3.4.1 (MUST-8).
func (t *Protocol) initialSeq(id *tuple) Seq {
	if t.cfg.ISN != nil {
		return Seq(t.cfg.ISN(netip.AddrPortFrom(id.local, id.lport), netip.AddrPortFrom(id.remote, id.rport)))
	}
	return Seq(uint32(id.prf(t.isnKey)) + uint32(t.q.Now()/4000))
}

// timestampOffset returns what is added to the clock in the timestamps of a
// connection: a keyed hash of its tuple, so that timestamps tell nothing of the
// host's uptime but grow from one incarnation to the next.
//
// RFC 7323 §5.4, §7.1.
func (t *Protocol) timestampOffset(id *tuple) uint32 { return uint32(id.prf(t.tsKey)) }

// prf is a pseudorandom function of the tuple.
func (id *tuple) prf(key siphash.Key) uint64 {
	h := id.hasher(key)
	return h.Sum()
}

// hasher returns a keyed hash that has taken the tuple in.
func (id *tuple) hasher(key siphash.Key) siphash.Hasher {
	l, r := id.local.As16(), id.remote.As16()
	h := siphash.New(key)
	h.Word(binary.BigEndian.Uint64(l[:8]))
	h.Word(binary.BigEndian.Uint64(l[8:]))
	h.Word(binary.BigEndian.Uint64(r[:8]))
	h.Word(binary.BigEndian.Uint64(r[8:]))
	h.Word(uint64(id.lport)<<16 | uint64(id.rport))
	return h
}

// now32 returns the timestamp clock, in milliseconds.
//
// RFC 7323 §5.4: 1 ms is within the range of 1 ms to 1 s.
func (p *PCB) now32() uint32 { return uint32(p.t.q.Now()/1e6) + p.tsOffset }
