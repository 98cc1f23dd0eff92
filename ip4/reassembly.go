package ip4

import (
	"encoding/binary"
	"slices"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// reassembly is the incomplete datagrams, oldest first: since all live equally
// long, one timer, for the oldest, serves them all.
//
// Limits are on true memory: a fragment is charged for the blocks it pins, not
// for its bytes, so many small ones cannot pin much. When there is too much,
// the oldest datagram goes, as with lwIP.
type reassembly struct {
	table          map[fragmentKey]*datagram
	oldest, newest *datagram
	free           *datagram
	count          int // datagrams
	fragments      int // of all
	bytes          int // pinned by all
	timer          timers.Timer
}

// fragmentKey tells datagrams apart. lwIP leaves the protocol out, and takes
// fragments of two protocols for one datagram; RFC 791 §3.2 has it. The
// interface keeps other links from meddling.
type fragmentKey struct {
	ifc      *netif.Interface
	src, dst uint32
	id       uint16
	proto    ip.Proto
}

// datagram is what has arrived of one.
//
//	0        8·k                          end
//	├────────┼───────┤    ├───────┤
//	│ pieces[0]      │hole│ [1]   │ …
type datagram struct {
	key      fragmentKey
	pieces   []piece // by place, not touching each other's bytes
	have     int     // bytes
	end      int     // length in bytes once the last fragment told; -1 before
	pinned   int
	refused  bool  // given up because of a contradiction
	ecn      uint8 // bit n: a fragment had codepoint n
	hdrLen   int
	hdr      [MaxHeaderLen]byte // of the first fragment
	deadline timers.Time

	older, newer *datagram // newer also links the free list
}

// piece is one fragment's payload, bytes [off, end) of the datagram.
type piece struct {
	off, end int
	buf      *pbuf.Buf
}

// pieceOverhead is charged for a fragment besides its blocks.
const pieceOverhead = 64

func (r *reassembly) init(p *Protocol) {
	r.table = make(map[fragmentKey]*datagram)
	r.timer.Init(p.onReassemblyTimeout)
}

// fragmentArrives files a fragment and returns the whole datagram, without
// header, when this was the last that was missing; otherwise nil. Then p.info
// and p.hdr are those of the first fragment. It consumes buf, which begins with
// the header h.
//
// RFC 791 §3.2; RFC 1122 §3.3.2; RFC 815 (the idea of holes, here a sorted
// list). Deviation: fragments that overlap end the whole datagram, as RFC 5722
// §4 has it for IPv6, because two stacks that choose differently see different
// datagrams; an exact duplicate is ignored. lwIP drops only the later fragment:
// Config.TolerateOverlap. Pinned by TestReassemblyModel.
func (p *Protocol) fragmentArrives(ifc *netif.Interface, buf *pbuf.Buf, h Header) *pbuf.Buf {
	p.stats.Fragments++
	if p.cfg.NoReassembly {
		p.drop(buf, &p.stats.FragmentDisabled)
		return nil
	}
	off, more := h.Offset(), h.MoreFragments()
	buf.RemoveHeader(len(h))
	n := buf.TotalLen()
	if n == 0 || more && n%8 != 0 || len(h)+off+n > maxDatagram {
		p.drop(buf, &p.stats.FragmentBad)
		return nil
	}
	if h.Proto() == ip.TCP && (off == 0 && n < 20 || off == 8) {
		p.drop(buf, &p.stats.FragmentTiny) // RFC 1858 §3, RFC 3128 §3
		return nil
	}
	d := p.datagramOf(ifc, h)
	if d.refused {
		p.drop(buf, &p.stats.FragmentRefused)
		return nil
	}
	i, fits := d.place(off, off+n, more)
	if !fits {
		p.contradiction(d, buf, i, off, off+n)
		return nil
	}
	d.pieces = slices.Insert(d.pieces, i, piece{off, off + n, buf})
	d.have += n
	cost := pin(buf) + pieceOverhead
	d.pinned += cost
	d.ecn |= 1 << (h.TOS() & 3)
	p.reass.bytes += cost
	p.reass.fragments++
	if !more {
		d.end = off + n
	}
	if off == 0 {
		d.hdrLen = copy(d.hdr[:], h)
	}
	if d.have == d.end {
		return p.complete(d)
	}
	p.makeRoom(d)
	return nil
}

// place returns where in d.pieces the bytes [off, end) belong, and whether they
// agree with what is there: no overlap, nothing beyond the last fragment.
func (d *datagram) place(off, end int, more bool) (i int, fits bool) {
	i, _ = slices.BinarySearchFunc(d.pieces, off, func(x piece, off int) int { return x.off - off })
	if i > 0 && d.pieces[i-1].end > off || i < len(d.pieces) && d.pieces[i].off < end {
		return i, false
	}
	switch {
	case more:
		return i, d.end < 0 || end < d.end
	case d.end >= 0:
		return i, end == d.end
	default:
		return i, i == len(d.pieces)
	}
}

// contradiction deals with a fragment, bytes [off, end), that does not fit at
// place i. It consumes buf.
func (p *Protocol) contradiction(d *datagram, buf *pbuf.Buf, i, off, end int) {
	if i < len(d.pieces) && d.pieces[i].off == off && d.pieces[i].end == end {
		p.drop(buf, &p.stats.FragmentDuplicate)
		return
	}
	p.drop(buf, &p.stats.FragmentOverlap)
	if !p.cfg.TolerateOverlap {
		p.emptyDatagram(d)
		d.refused = true
	}
}

// datagramOf returns the datagram that a fragment with the header h is of, a new
// one if need be.
func (p *Protocol) datagramOf(ifc *netif.Interface, h Header) *datagram {
	r := &p.reass
	key := fragmentKey{
		ifc: ifc, id: h.ID(), proto: h.Proto(),
		src: binary.BigEndian.Uint32(h[12:]), dst: binary.BigEndian.Uint32(h[16:]),
	}
	if d := r.table[key]; d != nil {
		return d
	}
	d := r.free
	if d == nil {
		d = new(datagram)
	} else {
		r.free = d.newer
	}
	d.key, d.end, d.refused, d.ecn, d.hdrLen = key, -1, false, 0, 0
	d.deadline = p.timers.Now().Add(p.cfg.ReassemblyTimeout)
	d.older, d.newer = r.newest, nil
	if r.newest == nil {
		r.oldest = d
		p.timers.Arm(&r.timer, d.deadline)
	} else {
		r.newest.newer = d
	}
	r.newest = d
	r.table[key] = d
	r.count++
	p.makeRoom(d)
	return d
}

// makeRoom gives up the oldest datagrams other than d while there is too much,
// at last d's own fragments.
func (p *Protocol) makeRoom(d *datagram) {
	r := &p.reass
	for r.count > p.cfg.ReassemblyDatagrams || r.fragments > p.cfg.ReassemblyFragments || r.bytes > p.cfg.ReassemblyBytes {
		victim := r.oldest
		if victim == d {
			victim = d.newer
		}
		if victim == nil {
			p.stats.FragmentLimit++
			p.emptyDatagram(d)
			d.refused = true
			return
		}
		p.stats.ReassemblyEvicted++
		p.removeDatagram(victim)
	}
}

// complete takes d out of the table and returns its pieces as one chain.
func (p *Protocol) complete(d *datagram) *pbuf.Buf {
	info := &p.info
	p.hdrLen = copy(p.hdr[:], d.hdr[:d.hdrLen])
	h := Header(p.hdr[:p.hdrLen])
	tos, ok := mergeECN(h.TOS(), d.ecn)
	var buf *pbuf.Buf
	switch {
	case !ok:
		p.stats.FragmentECN++
	case p.hdrLen+d.end > maxDatagram:
		p.stats.FragmentBad++
	default:
		for i := len(d.pieces) - 1; i >= 0; i-- {
			front := d.pieces[i].buf
			if buf != nil {
				front.Cat(buf)
			}
			buf = front
			d.pieces[i].buf = nil
		}
		h.setFragment(p.hdrLen+d.end, 0)
		info.TTL, info.TOS = h.TTL(), tos
		info.HeaderLen, info.Reassembled = p.hdrLen, true
		p.stats.Reassembled++
	}
	p.removeDatagram(d)
	return buf
}

// mergeECN returns the type of service of a datagram whose first fragment had
// tos and whose fragments had the codepoints seen. It reports false if some were
// marked and others cannot have been.
//
// RFC 3168 §5.3.
func mergeECN(tos, seen uint8) (uint8, bool) {
	const notECT, ce = 1 << 0, 1 << 3
	if seen&ce == 0 {
		return tos, true
	}
	return tos | 3, seen&notECT == 0
}

// emptyDatagram frees the pieces of d.
func (p *Protocol) emptyDatagram(d *datagram) {
	p.reass.fragments -= len(d.pieces)
	p.reass.bytes -= d.pinned
	for i := range d.pieces {
		d.pieces[i].buf.Free()
		d.pieces[i].buf = nil
	}
	d.pieces = d.pieces[:0]
	d.have, d.pinned = 0, 0
	if cap(d.pieces) > 64 {
		d.pieces = nil
	}
}

// removeDatagram frees d.
func (p *Protocol) removeDatagram(d *datagram) {
	r := &p.reass
	p.emptyDatagram(d)
	delete(r.table, d.key)
	if d.older == nil {
		r.oldest = d.newer
	} else {
		d.older.newer = d.newer
	}
	if d.newer == nil {
		r.newest = d.older
	} else {
		d.newer.older = d.older
	}
	d.older, d.newer = nil, r.free
	d.key = fragmentKey{}
	r.free = d
	if r.count--; r.count == 0 {
		p.timers.Stop(&r.timer)
	}
}

// onReassemblyTimeout gives up the datagrams whose time is over. The sender is
// told if its first fragment is here.
//
// RFC 792 "Time Exceeded" code 1; RFC 1122 §3.3.2.
func (p *Protocol) onReassemblyTimeout() {
	r := &p.reass
	now := p.timers.Now()
	for d := r.oldest; d != nil && d.deadline <= now; d = r.oldest {
		p.stats.ReassemblyTimeouts++
		if d.hdrLen != 0 && len(d.pieces) > 0 && p.own.owner(d.key.dst) != nil {
			p.sendError(Header(d.hdr[:d.hdrLen]), d.pieces[0].buf, 0, icmpError{typ: icmpTimeExceeded, code: codeReassembly})
		}
		p.removeDatagram(d)
	}
	if r.oldest != nil {
		p.timers.Arm(&r.timer, r.oldest.deadline)
	}
}

// forgetFragments gives up the datagrams that came by ifc.
func (p *Protocol) forgetFragments(ifc *netif.Interface) {
	for d := p.reass.oldest; d != nil; {
		next := d.newer
		if d.key.ifc == ifc {
			p.removeDatagram(d)
		}
		d = next
	}
}
