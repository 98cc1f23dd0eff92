package api

import (
	"net/netip"
	"sync"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// packet is one received datagram with what is known of it.
type packet struct {
	buf   *pbuf.Buf
	from  netip.AddrPort // zone: the interface, if link-local
	to    netip.Addr
	index int32 // of the interface it came in through
	ttl   uint8
	tos   uint8
}

// ring is a queue of packets. It grows by doubling and shrinks when it has not
// needed its size for a while, so that an idle endpoint is small and a busy one
// allocates nothing.
type ring struct {
	slots []packet // the length is a power of two
	head  int
	n     int
	bytes int // payload
	pins  int // storage
	peak  int // most packets since the last look
	empty int // times the ring ran empty since the last look
}

const (
	ringMin  = 4
	ringLook = 256 // times empty between two looks at the peak
)

func (r *ring) at(i int) *packet { return &r.slots[(r.head+i)&(len(r.slots)-1)] }

// push adds a packet at the end and returns its slot, to be filled.
func (r *ring) push() *packet {
	if r.n == len(r.slots) {
		r.resize(max(2*len(r.slots), ringMin))
	}
	r.n++
	r.peak = max(r.peak, r.n)
	return r.at(r.n - 1)
}

// pop takes the first packet out to k.
func (r *ring) pop(k *packet) {
	slot := r.at(0)
	*k = *slot
	slot.buf = nil
	r.head++
	r.n--
	r.bytes -= k.buf.TotalLen()
	r.pins -= size(k.buf)
	if r.n == 0 {
		r.head = 0
		if r.empty++; r.empty == ringLook {
			if len(r.slots) > ringMin && r.peak <= len(r.slots)/4 {
				r.resize(len(r.slots) / 2)
			}
			r.empty, r.peak = 0, 0
		}
	}
}

func (r *ring) resize(size int) {
	slots := make([]packet, size)
	for i := range r.n {
		slots[i] = *r.at(i)
	}
	r.slots, r.head = slots, 0
}

// clear frees everything.
func (r *ring) clear() {
	for i := range r.n {
		r.at(i).buf.Free()
	}
	*r = ring{}
}

// deliver puts a received datagram into the mailbox, or drops it if that is
// full. It consumes buf and is called inside the core lock.
//
// A datagram that fills little of the memory it pins is copied to a block of its
// size, if there are smaller ones, when others wait already, so that the memory stays within twice the limit
// on payload.
func (d *dgram) deliver(buf *pbuf.Buf, from netip.AddrPort, info *ip.Info) {
	n := buf.TotalLen()
	pins := size(buf)
	st := &d.p.stats
	d.mu.Lock()
	drop := (*uint64)(nil)
	switch b := &d.box; {
	case d.flags.has(closed | noRead):
		drop = &st.DatagramsClosed
	case d.flags.has(v6only) && info.Src.Is4():
		drop = &st.DatagramsFamily
	case b.n >= d.p.cfg.ReceiveCount || b.bytes+n > d.limit:
		drop = &st.DatagramsFull
	case b.n > 0 && 4*n <= pins && pins > pbuf.Small && n <= pbuf.Standard:
		if c := d.p.pool.Clone(buf, pbuf.Raw, pbuf.RAM); c != nil {
			buf.Free()
			buf = c
			pins = size(buf)
		}
	}
	if drop == nil && d.box.n > 0 && d.box.pins+pins > 2*d.limit+pbuf.Standard {
		drop = &st.DatagramsFull
	}
	if drop != nil {
		d.mu.Unlock()
		*drop++
		buf.Free()
		return
	}
	k := d.box.push()
	*k = packet{buf: buf, from: zoned(from, info.Ifc), to: info.Dst, index: int32(info.Ifc.Index()), ttl: info.TTL, tos: info.TOS}
	d.box.bytes += n
	d.box.pins += pins
	c := d.rd.next()
	d.mu.Unlock()
	st.DatagramsQueued++
	signal(c)
	d.owner.event(RcvPlus, n)
}

// receive takes the next datagram to k and waits for it until limit. The caller
// owns its buffer; with peek it stays in the mailbox and the caller gets a view.
func (d *dgram) receive(k *packet, f recvFlags, limit timers.Time) error {
	d.mu.Lock()
	for tries := 0; ; tries++ {
		switch {
		case d.flags.has(closed):
			d.mu.Unlock()
			return ErrClosed
		case d.rd.has(blockExpired):
			d.mu.Unlock()
			return errDeadline
		}
		if d.err != nil {
			err := d.err
			d.err = nil
			d.mu.Unlock()
			return err
		}
		if d.box.n > 0 {
			break
		}
		var err error
		switch {
		case d.flags.has(noRead):
			err = ErrClosed
		case d.flags.has(dead):
			err = udp.ErrFlowEnded
		case f.has(dontWait):
			err = ErrWouldBlock
		case d.p.over(limit):
			err = errTimeout
		}
		if err != nil {
			d.mu.Unlock()
			return err
		}
		d.pause(&d.rd, limit, tries)
	}
	if f.has(peek) {
		*k = *d.box.at(0)
		k.buf = k.buf.Share()
		c := d.rd.next() // the datagram is still there for another reader
		d.mu.Unlock()
		signal(c)
		if k.buf == nil {
			return ErrBuffer
		}
		return nil
	}
	d.box.pop(k)
	var c *sync.Cond
	if d.box.n > 0 {
		c = d.rd.next()
	}
	d.mu.Unlock()
	signal(c)
	d.owner.event(RcvMinus, k.buf.TotalLen())
	return nil
}

// read copies the next datagram to b, what is known of it to k; what does not fit
// is lost.
func (d *dgram) read(k *packet, b []byte, f recvFlags, limit timers.Time) (n int, err error) {
	if err = d.receive(k, f, limit); err != nil {
		return 0, err
	}
	n = gather(b, k.buf)
	k.buf.Free()
	k.buf = nil
	return n, nil
}

// gather copies as much of the chain to b as fits.
func gather(b []byte, buf *pbuf.Buf) (n int) {
	for e := buf; e != nil && n < len(b); e = e.Next() {
		n += copy(b[n:], e.Bytes())
	}
	return n
}

// pending returns how many payload bytes wait, and how many of them are the next
// datagram's.
func (d *dgram) pending() (all, next int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.box.n > 0 {
		next = d.box.at(0).buf.TotalLen()
	}
	return d.box.bytes, next
}

// setLimit sets how many payload bytes the mailbox takes.
//
// lwIP: netconn_set_recvbufsize.
func (d *dgram) setLimit(n int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flags.has(closed) {
		return ErrClosed
	}
	d.limit = max(n, 0)
	return nil
}
