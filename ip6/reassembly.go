package ip6

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// datagramKey tells datagrams in reassembly apart. A link-local source needs its
// interface; others may send fragments along several ways.
//
// RFC 8200 §4.5: source, destination, identification.
type datagramKey struct {
	src, dst netip.Addr
	id       uint32
	ifc      *netif.Interface
}

// datagram is a datagram in reassembly.
type datagram struct {
	key   datagramKey
	parts fragments
	info  ip.Info // of the first fragment, or of any until that comes
	// first is the first fragment's bytes in front of the fragment header,
	// length and nextAt those of the chain; nil until it comes.
	first  []byte
	nextAt int      // where in first the fragment header is named
	proto  ip.Proto // what the first fragment's fragment header names
	dead   bool     // overlapped: whatever comes is dropped (RFC 5722)
	ends   timers.Time
	next   *datagram // in order of age
}

// reassembly is all datagrams in reassembly, oldest first.
type reassembly struct {
	p     *Protocol
	table map[datagramKey]*datagram
	head  *datagram
	tail  *datagram
	n     int
	bytes int // of storage that fragments pin
	timer timers.Timer
}

func (r *reassembly) init(p *Protocol) {
	r.p, r.table = p, make(map[datagramKey]*datagram)
	r.timer.Init(r.onTimer)
}

// add takes the fragment buf of n bytes at off into the datagram k, and delivers
// the datagram if that completes it. It consumes buf.
func (r *reassembly) add(k datagramKey, buf *pbuf.Buf, c chain, off, n int, more bool) {
	p := r.p
	d := r.table[k]
	if d == nil {
		for r.n >= p.cfg.ReassemblyDatagrams {
			p.stats.ReassemblyEvicted++
			r.remove(r.head)
		}
		d = &datagram{key: k, info: p.in, ends: p.q.Now().Add(p.cfg.ReassemblyTime)}
		r.insert(d)
	}
	if d.dead {
		p.drop(buf, &p.stats.FragmentOverlap)
		return
	}
	if buf = p.keep(buf); buf == nil {
		return
	}
	size := pinned(buf)
	for r.bytes+size > p.cfg.ReassemblyBytes && r.head != d {
		p.stats.ReassemblyEvicted++
		r.remove(r.head)
	}
	if r.bytes+size > p.cfg.ReassemblyBytes || len(d.parts.list) >= p.cfg.ReassemblyFragments {
		p.drop(buf, &p.stats.ReassemblyFull)
		return
	}
	b := buf.Bytes()
	if off == 0 {
		d.first = append(d.first[:0], b[:c.off]...)
		d.nextAt, d.proto, d.info = c.nextAt, ip.Proto(b[c.off]), p.in
	}
	buf.RemoveHeader(c.off + fragmentHdrLen)
	switch d.parts.insert(part{off: off, n: n, header: c.off + fragmentHdrLen, buf: buf}, more) {
	case partDuplicate:
		p.drop(buf, &p.stats.FragmentDuplicate)
		return
	case partOverlap:
		p.drop(buf, &p.stats.FragmentOverlap)
		r.bytes -= d.parts.free()
		d.dead, d.first = true, nil
		return
	case partTaken:
	}
	r.bytes += size
	if d.parts.complete() {
		r.finish(d)
	}
}

// pinned returns the storage in bytes that holding buf pins.
func pinned(buf *pbuf.Buf) int {
	n := 0
	for e := buf; e != nil; e = e.Next() {
		n += e.BlockSize()
	}
	return n
}

// keep returns buf in a form that may be kept: bytes of the caller are copied.
// It consumes buf and returns nil without memory.
func (p *Protocol) keep(buf *pbuf.Buf) *pbuf.Buf {
	if buf.Type() != pbuf.Reference {
		return buf
	}
	return p.linear(buf, &p.stats.TooShort, 0)
}

// finish delivers the complete datagram d: its first fragment's headers without
// the fragment header, then all data, copied into one block.
func (r *reassembly) finish(d *datagram) {
	p := r.p
	n := d.parts.end
	buf := p.pool.AllocBytes(pbuf.Link.Room()+len(d.first), n)
	if buf == nil {
		p.stats.NoMemory++
		r.remove(d)
		return
	}
	d.parts.copy(buf.Bytes())
	copy(buf.AddHeader(len(d.first)), d.first)
	b := buf.Bytes()
	b[d.nextAt] = byte(d.proto)
	binary.BigEndian.PutUint16(b[4:], uint16(len(d.first)-HeaderLen+n))
	p.in = d.info
	p.in.Reassembled = true
	c := chain{d.proto, len(d.first), d.nextAt}
	r.remove(d)
	p.stats.Reassembled++
	p.resume(buf, c)
}

// insert puts d at the end of the list: all wait equally long.
func (r *reassembly) insert(d *datagram) {
	r.table[d.key] = d
	r.n++
	if r.tail == nil {
		r.head = d
		r.p.q.Arm(&r.timer, d.ends)
	} else {
		r.tail.next = d
	}
	r.tail = d
}

// remove frees d and takes it out.
func (r *reassembly) remove(d *datagram) {
	delete(r.table, d.key)
	r.bytes -= d.parts.free()
	r.n--
	var before *datagram
	for x := r.head; x != d; x = x.next {
		before = x
	}
	if before == nil {
		r.head = d.next
	} else {
		before.next = d.next
	}
	if r.tail == d {
		r.tail = before
	}
	if r.head == nil {
		r.p.q.Stop(&r.timer)
		return
	}
	r.p.q.Arm(&r.timer, r.head.ends)
}

// onTimer gives up on datagrams that waited long enough. The sender is told if
// the first fragment is there to quote.
//
// RFC 8200 §4.5, RFC 4443 §3.3 (code 1).
func (r *reassembly) onTimer() {
	p := r.p
	for r.head != nil && r.head.ends <= p.q.Now() {
		d := r.head
		p.stats.ReassemblyTimeouts++
		if !d.dead {
			if f := d.parts.first(); f != nil && f.buf.AddHeaderForce(f.header) != nil {
				p.sendError(f.buf, &d.info, icmpTimeExceeded, 1, 0)
			}
		}
		r.remove(d)
	}
}

// removeInterface gives up on what came in on ifc, which is gone.
func (r *reassembly) removeInterface(ifc *netif.Interface) {
	for d := r.head; d != nil; {
		next := d.next
		if d.info.Ifc == ifc {
			r.remove(d)
		}
		d = next
	}
}
