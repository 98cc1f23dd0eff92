package property

import (
	"encoding/binary"
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// datagrams are the UDP endpoints of both hosts and what was sent.
type datagrams struct {
	w    *world
	pcbs [2]*udp.PCB
	sent []datagram
	// corrupted says that frames were damaged at some time. Two damaged
	// fragments may cancel out in the checksum, so datagrams are kept small
	// then.
	corrupted bool
}

// smallSize is a size that needs no fragments, however narrow the path.
const smallSize = 1200

// datagram is one that was sent; its number is its index.
type datagram struct {
	from, size, arrived int
}

// newDatagrams binds an endpoint on each host.
func newDatagrams(w *world) (*datagrams, error) {
	d := &datagrams{w: w}
	for i, h := range w.hosts {
		h.s.Lock()
		p, err := h.s.UDP().NewPCB(d)
		if err == nil {
			err = p.Bind(netip.AddrPortFrom(netip.Addr{}, port), nil)
		}
		h.s.Unlock()
		if err != nil {
			return nil, err
		}
		d.pcbs[i] = p
	}
	return d, nil
}

func (d *datagrams) close() {
	for i, p := range d.pcbs {
		d.w.hosts[i].s.Lock()
		p.Close()
		d.w.hosts[i].s.Unlock()
	}
}

const numberLen = 4

// send sends one with size bytes from a host to the other. Whether that is
// possible is not checked.
func (d *datagrams) send(from, family, size int) {
	h, to := d.w.hosts[from], d.w.hosts[1-from]
	if d.corrupted {
		size = min(size, smallSize)
	}
	size = max(size, numberLen)
	h.s.Lock()
	defer h.s.Unlock()
	buf := h.s.Pool().Alloc(pbuf.Transport, size, pbuf.Pooled)
	if buf == nil {
		d.w.fail("no memory for a datagram")
		return
	}
	b := make([]byte, size)
	binary.BigEndian.PutUint32(b, uint32(len(d.sent)))
	for i := numberLen; i < size; i++ {
		b[i] = d.at(len(d.sent), i)
	}
	buf.Take(b)
	if d.pcbs[from].SendTo(buf, netip.AddrPortFrom(to.addr[family].Addr(), port)) == nil {
		d.sent = append(d.sent, datagram{from: from, size: size})
	}
}

// at returns byte i of a datagram.
func (d *datagrams) at(number, i int) byte { return byte(uint32(i*7+number*31) * 2654435761 >> 17) }

// Received implements udp.Handler.
func (d *datagrams) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, _ *ip.Info) {
	defer buf.Free()
	b := make([]byte, buf.TotalLen())
	buf.CopyPartial(b, 0)
	if d.corrupted && len(b) > smallSize {
		return // sent before, but some of its fragments were under way
	}
	if len(b) < numberLen || binary.BigEndian.Uint32(b) >= uint32(len(d.sent)) {
		d.w.fail("a datagram of %d bytes that nobody sent", len(b))
		return
	}
	number := int(binary.BigEndian.Uint32(b))
	g := &d.sent[number]
	g.arrived++
	if len(b) != g.size || p != d.pcbs[1-g.from] || g.arrived > 2 { // the link duplicates once
		d.w.fail("datagram %d of %d bytes from host %d arrived %d times, last with %d bytes from %v",
			number, g.size, g.from, g.arrived, len(b), from)
	}
	for i := numberLen; i < len(b); i++ {
		if b[i] != d.at(number, i) {
			d.w.fail("datagram %d: byte %d is wrong", number, i)
			return
		}
	}
}

// Error implements udp.Handler.
func (d *datagrams) Error(*udp.PCB, error) {}
